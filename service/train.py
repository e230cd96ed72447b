"""Tune the generator or search: the functions that the train task calls, and when the schedule starts one.

Knows no queue. The served model does not change before the last transaction, which registers the model version and
finishes the job. A worker that dies before it leaves only a folder, which a later attempt deletes.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from core.clock import now
from core.errors import Cancelled, Conflict, SettingsError
from core.ports import Blobs, Progress, Redactor
from core.settings import Settings
from core.store import jobs
from core.store.access import audit
from core.store.database import Database, Session
from core.store.forgetting import was_forgotten
from core.store.jobs import Claim, Job
from core.store.learned import lineage, taint
from core.store.learned.lineage import GENERATOR, SEARCH, Dataset, ModelVersion
from core.types import OPERATOR, Caller, Json
from core.weights import models
from learning import registry
from learning.dataset.build import build_dataset, lessons, new_feedback
from learning.dataset.search_lessons import MIN_LESSONS, build_search_dataset, new_search_feedback
from learning.gate.decision import Verdict, decide
from learning.gate.report import ModelReport, examine
from service.compose import Services
from service.run_job import report_to

if TYPE_CHECKING:
    from learning.tuning.generator import TuningReport

SEED = 17
RECENT = 50
"""Runs among which the last one of a kind is looked for."""
STALE_FOLDER_S = 2 * 86_400.0
DUE_SHARE = 0.9
"""Share of `train_every_h` after which the next scheduled run may start: a timer that fires early must not skip one."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TrainingContext:
    """What a fine-tuning needs; made once per worker. If `redactor` is None, the one in the settings is opened."""

    settings: Settings
    db: Database
    blobs: Blobs
    redactor: Redactor | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A job's payload, parsed: what to tune, on which dataset, for how many steps."""

    dataset: Dataset
    base: str
    base_folder: Path
    device: str
    steps: int
    promotes: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A tuned adapter (its blob key), and its comparison with the active model; `against` None is the base model."""

    adapter: str
    tuning: TuningReport
    candidate: ModelReport
    active: ModelReport
    against: ModelVersion | None
    verdict: Verdict

    def as_json(self) -> dict[str, Json]:
        return {
            "verdict": " ".join(self.verdict.reasons),
            "passed": self.verdict.passed,
            "reasons": list(self.verdict.reasons),
            "against": self.against.id if self.against else "base",
            "tuning": asdict(self.tuning),
            "candidate": self.candidate.as_json(),
            "active": self.active.as_json(),
        }


@dataclass(frozen=True, slots=True)
class _Tuned:
    """What a run made, in the form in which it is registered; `against` is the version that it was compared with."""

    role: str
    base: str
    blob: str
    dataset: Dataset
    against: ModelVersion | None
    verdict: Verdict
    report: Mapping[str, Json]


def train(context: TrainingContext, claim: Claim) -> None:
    """Tune on the job's dataset (or a new one), compare with the active model, register the result, finish the job.

    The payload may hold `dataset_id`, `steps`, `promote: "auto"` to make a version that passes the gate active, and
    `recipe`: "generator", or "search" with the names in `parts` of what is tuned there. Raises Invalid when there is
    too little data, WeightsError, TrainingFailed, LostLease.
    """
    progress = report_to(context.db, claim)
    progress("prepare", 0.0)
    if claim.job.payload.get("recipe") == SEARCH:
        _train_search(context, claim, progress)
        return
    plan = _plan(context, claim.job.payload)
    with _work_folder(context.settings) as folder:
        outcome = _outcome(context, plan, folder, progress)
    tuned = _Tuned(
        GENERATOR, plan.base, outcome.adapter, plan.dataset, outcome.against, outcome.verdict, outcome.as_json()
    )
    model = _register(context, claim, tuned, promotes=plan.promotes)
    log.info("training_done", job=claim.job.id, model=model.id, state=model.state, dataset=plan.dataset.id)


def _train_search(context: TrainingContext, claim: Claim, progress: Progress) -> None:
    """Tune search on the job's dataset (or a new one), compare, register the result, finish the job."""
    from learning.search_round import RECIPES, SearchRound
    from retrieval.search import open_searcher

    payload = claim.job.payload
    dataset = _search_dataset(context, payload.get("dataset_id"))
    fast = context.settings.model_copy(update={"rerank_budget_ms": 0})  # a time limit would make figures of chance
    searcher = open_searcher(fast, context.db)
    try:
        with _work_folder(context.settings) as folder:
            search = SearchRound(context.settings, context.db, context.blobs, searcher, progress)
            outcome = search.run(dataset.id, folder, tuple(payload.get("parts") or RECIPES))
    finally:
        searcher.close()
    tuned = _Tuned(SEARCH, outcome.space, outcome.blob, dataset, outcome.against, outcome.verdict, outcome.as_json())
    model = _register(context, claim, tuned, promotes=payload.get("promote") == "auto")
    log.info("training_done", job=claim.job.id, model=model.id, state=model.state, dataset=dataset.id)


def _search_dataset(context: TrainingContext, dataset_id: str | None) -> Dataset:
    if dataset_id is None:
        return build_search_dataset(context.db, _redactor(context), OPERATOR.key_id)
    with context.db.read() as session:
        return lineage.get_dataset(session, dataset_id)


def start_training(services: Services, caller: Caller, payload: Json) -> Job:
    """Queue a fine-tuning and send a hint; see `train` for the payload. Raises as `queue_training` does."""
    job = queue_training(services.db, caller, payload)
    services.queue.send([job.id], "train")
    return job


def queue_training(db: Database, caller: Caller, payload: Json) -> Job:
    """Queue a fine-tuning and send no hint. Raises NotFound for an unknown dataset, Conflict for a tainted one."""
    with db.write() as session:
        if payload.get("dataset_id") is not None:
            _require_clean(session, lineage.get_dataset(session, payload["dataset_id"]))
        job_id = jobs.enqueue(session, "train", payload=payload)
        recipe = {"recipe": payload["recipe"]} if payload.get("recipe", GENERATOR) != GENERATOR else {}
        audit.record(session, caller, "training.start", job_id, dataset=payload.get("dataset_id"), **recipe)
        return jobs.get_job(session, job_id)


def _require_clean(session: Session, dataset: Dataset) -> None:
    """Raise Conflict for a dataset with examples of a document that was withdrawn or forgotten since."""
    if dataset.id in taint.dataset_taints(session, [dataset.id]):
        raise Conflict(
            f"Dataset {dataset.id} has examples of a document that was withdrawn or forgotten since.",
            hint="Name no dataset: then a new one is built without them.",
        )


def queue_training_if_due(db: Database, settings: Settings) -> str | None:
    """Queue a tuning if one is due, of search or of the generator; return the job's id, None if none is due.

    None is due if scheduling is off, a run is queued or running, the last one of its kind began less than
    `train_every_h` ago, or fewer than `train_min_examples` opinions are new (for search, at least MIN_LESSONS). The
    generator must be one that is tuned on this machine.
    """
    if not settings.train_every_h:
        return None
    with db.read() as session:
        recent = jobs.list_jobs(session, kind="train", limit=RECENT)
    if any(not job.done for job in recent):
        return None
    for recipe, is_due in ((GENERATOR, _generator_is_due), (SEARCH, _search_is_due)):
        last = next((job for job in recent if job.payload.get("recipe", GENERATOR) == recipe), None)
        if last and now() - last.created_at < timedelta(hours=DUE_SHARE * settings.train_every_h):
            continue
        if is_due(db, settings):
            payload = {"promote": "auto"} | ({} if recipe == GENERATOR else {"recipe": recipe})
            with db.write() as session:
                job_id = jobs.enqueue(session, "train", payload=payload)
                audit.record(session, OPERATOR, "training.schedule", job_id)
            return job_id
    return None


def _generator_is_due(db: Database, settings: Settings) -> bool:
    return registry.local_base(settings) is not None and new_feedback(db) >= settings.train_min_examples


def _search_is_due(db: Database, settings: Settings) -> bool:
    return new_search_feedback(db) >= max(settings.train_min_examples, MIN_LESSONS)


def _plan(context: TrainingContext, payload: Json) -> _Plan:
    from generation.models.convert import converted

    base = registry.local_base(context.settings)
    if base is None:
        raise SettingsError(
            "VOUCH_GENERATOR_URL does not name a model that can be tuned on this machine.",
            hint="Set it to transformers://NAME; tune the model of a remote server on that server.",
        )
    return _Plan(
        dataset=_dataset(context, payload.get("dataset_id")),
        base=base,
        base_folder=converted(models.folder(context.settings.models_dir, base)),
        device=_device(context.settings),
        steps=int(payload.get("steps") or context.settings.train_steps),
        promotes=payload.get("promote") == "auto",
    )


def _dataset(context: TrainingContext, dataset_id: str | None) -> Dataset:
    if dataset_id is not None:
        with context.db.read() as session:
            return lineage.get_dataset(session, dataset_id)
    minimum = context.settings.train_min_examples
    return build_dataset(context.db, _redactor(context), OPERATOR.key_id, minimum=minimum)


def _redactor(context: TrainingContext) -> Redactor | None:
    if context.redactor is not None or not context.settings.redact:
        return context.redactor
    from ingest.redaction.redactor import open_redactor

    opened: Redactor | None = open_redactor(context.settings)
    return opened


def _device(settings: Settings) -> str:
    from generation.models.open import options

    return options(settings.generator_url, ("device", "dtype")).get("device", "cpu")


def _outcome(context: TrainingContext, plan: _Plan, folder: Path, progress: Progress) -> _Outcome:
    """Tune into `folder`, then evaluate the new model and the active one on the same test lessons."""
    from learning.tuning.generator import tune

    tuning = tune(
        plan.base_folder,
        lessons(context.db, plan.dataset.id, "train"),
        lessons(context.db, plan.dataset.id, "valid"),
        base=plan.base,
        steps=plan.steps,
        out=folder,
        seed=SEED,
        progress=_part(progress, 0.0, 0.8),
        device=plan.device,
        threads=context.settings.threads,
    )
    candidate = _examined(context, plan, (folder, "candidate"), _part(progress, 0.8, 0.9))
    against, loaded = _active(context, plan)
    active = _examined(context, plan, loaded, _part(progress, 0.9, 1.0))
    adapter = registry.save_adapter(context.blobs, folder)
    return _Outcome(adapter, tuning, candidate, active, against, decide(candidate, active))


def _active(context: TrainingContext, plan: _Plan) -> tuple[ModelVersion | None, tuple[Path, str] | None]:
    """Return the active version with its adapter; None and None for the base model or a version on another base."""
    with context.db.read() as session:
        model = lineage.active_model(session)
    if model is None or model.base != plan.base:
        return None, None
    return model, (registry.adapter_folder(context.settings, context.blobs, model), model.id)


def _examined(
    context: TrainingContext, plan: _Plan, adapter: tuple[Path, str] | None, progress: Progress
) -> ModelReport:
    from generation.models.local import TransformersGenerator
    from learning.tuning.generator import held_out_losses

    test = lessons(context.db, plan.dataset.id, "test")
    threads = context.settings.threads
    losses = held_out_losses(
        plan.base_folder,
        adapter[0] if adapter else None,
        test,
        progress=_part(progress, 0.0, 0.5),
        device=plan.device,
        threads=threads,
    )
    generator = TransformersGenerator(plan.base_folder, plan.base, device=plan.device, threads=threads)
    if adapter is not None:
        generator.load_adapter(*adapter)
    return examine(generator, losses, test, progress=_part(progress, 0.5, 1.0))


def _register(context: TrainingContext, claim: Claim, tuned: _Tuned, *, promotes: bool) -> ModelVersion:
    """Store the version, promote it if the job asks for it and it passed the gate, finish the job: one transaction."""
    with context.db.write() as session:
        jobs.finish(session, claim)
        if was_forgotten(session, tuned.dataset.id):
            raise Cancelled("A document behind this dataset was forgotten during the training. Train again.")
        model = lineage.add_model_version(
            session,
            role=tuned.role,
            base=tuned.base,
            adapter_blob=tuned.blob,
            dataset_id=tuned.dataset.id,
            job_id=claim.job.id,
            state="candidate" if tuned.verdict.passed else "rejected",
            report=tuned.report,
        )
        audit.record(session, OPERATOR, "model.register", model.id, state=model.state, dataset=tuned.dataset.id)
        unchanged = _still_active(lineage.active_model(session, tuned.role), tuned.against)
        if promotes and tuned.verdict.passed and unchanged and _may_serve(context.settings, session, model):
            model = lineage.promote(session, model.id)
            audit.record(session, OPERATOR, "model.promote", model.id, by_gate=True)
    return model


def _may_serve(settings: Settings, session: Session, model: ModelVersion) -> bool:
    """Return whether the version may become active: no document that it saw was withdrawn during the training."""
    return settings.tainted_models == "serve" or not taint.model_taints(session, [model.id])


def _still_active(model: ModelVersion | None, compared: ModelVersion | None) -> bool:
    """Return whether the candidate was compared with the model that is active now: that may have changed meanwhile."""
    return (model.id if model else None) == (compared.id if compared else None)


@contextmanager
def _work_folder(settings: Settings) -> Iterator[Path]:
    """Yield an empty folder under home and delete it afterwards; first delete folders that killed attempts left."""
    parent = settings.home / "training"
    parent.mkdir(parents=True, exist_ok=True)
    for stale in parent.iterdir():
        if time.time() - stale.stat().st_mtime > STALE_FOLDER_S:  # a newer one may be another worker's
            shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda stage, share: progress(stage, start + (end - start) * share)
