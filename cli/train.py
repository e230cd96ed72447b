"""`vouch train` and `vouch models …`: fine-tuning, the active version, and the weights of the manifest."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import AsJson, out, plain, print_json, print_table
from core.errors import Invalid, VouchError
from core.settings import load_settings
from core.store import jobs
from core.store.learned import lineage, taint
from core.store.learned.taint import Taint
from core.types import OPERATOR
from core.weights import models
from service.compose import open_store

models_app = typer.Typer(help="Model weights and tuned versions.", no_args_is_help=True)


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(train)
    app.add_typer(models_app, name="models")


def train(
    now: Annotated[bool, typer.Option("--now", help="Tune in this process instead of queueing a job.")] = False,
    dataset: Annotated[
        str | None, typer.Option(help="The id of a dataset; default: a new one from all approved feedback.")
    ] = None,
    promote: Annotated[bool, typer.Option("--promote", help="Promote the new version if it passes the gate.")] = False,
    recipe: Annotated[str, typer.Option(help="What is tuned: generator or search.")] = "generator",
    as_json: AsJson = False,
) -> None:
    """Tune the generator, or search, on approved feedback."""
    from service.compose import open_services
    from service.run_job import perform
    from service.train import queue_training, start_training
    from workers.context import WorkerContext
    from workers.queue import CeleryQueue

    settings = load_settings()
    services = open_services(settings, CeleryQueue(settings))
    if recipe not in lineage.ROLES:
        raise Invalid(f"There is no recipe {recipe!r}.", hint=f"Known: {', '.join(lineage.ROLES)}.")
    payload = {"dataset_id": dataset, "promote": "auto" if promote else "manual", "recipe": recipe}
    given = {name: value for name, value in payload.items() if value is not None}
    if now:
        context = WorkerContext(settings)
        job = queue_training(services.db, OPERATOR, given)
        perform(context.db, settings, context.learning_handlers(), job.id)
        with services.db.read() as session:
            job = jobs.get_job(session, job.id)
    else:
        job = start_training(services, OPERATOR, given)
    if as_json:
        print_json(job)
    else:
        out.print(f"{job.id}: {job.state}{f' – {job.reason}' if job.reason else ''}", markup=False)
    if job.state == "failed":
        raise typer.Exit(1)


@models_app.command("pull")
def pull(names: Annotated[list[str] | None, typer.Argument(help="Default: what the settings use.")] = None) -> None:
    """Download and verify weights; quick if they are here already."""
    settings = load_settings()
    wanted = names or models.defaults()
    fetched = models.pull(settings.models_dir, wanted, lambda line: out.print(line, markup=False))
    for name in wanted:
        if models.manifest()[name].role == "generator":
            from generation.models.convert import converted

            converted(models.folder(settings.models_dir, name))
    out.print(f"{len(wanted)} models in {settings.models_dir}, {len(fetched)} downloaded now", markup=False)


@models_app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Check the hash of every weight file that is here."""
    settings = load_settings()
    rows, bad = [], 0
    for name in models.manifest():
        if not (settings.models_dir / name).is_dir():
            continue
        try:
            models.verify(settings.models_dir, name)
            rows.append({"model": name, "state": "good", "reason": None})
        except VouchError as error:
            bad += 1
            rows.append({"model": name, "state": "bad", "reason": str(error)})
    print_json(rows) if as_json else print_table(rows, "There are no weights here; run `vouch models pull`.")
    if bad:
        raise typer.Exit(1)


@models_app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the weights of the manifest and the tuned versions."""
    settings = load_settings()
    db, _ = open_store(settings)
    weights = [
        {
            "model": model.name,
            "role": model.role,
            "MiB": round(model.size / 2**20, 1),
            "licence": model.licence,
            "here": "yes" if (settings.models_dir / model.name).is_dir() else "no",
        }
        for model in models.manifest().values()
    ]
    with db.read() as session:
        tuned = lineage.list_model_versions(session)
        taints = taint.model_taints(session, [model.id for model in tuned])
    if as_json:
        print_json({"weights": weights, "versions": [plain(m) | {"taint": plain(taints.get(m.id))} for m in tuned]})
        return
    print_table(weights, "")
    print_table(
        [{"version": m.id, "role": m.role, "base": m.base, "state": m.state, "made": m.created_at} for m in tuned],
        "No tuned versions yet.",
    )
    for model_id, found in taints.items():
        out.print(f"{model_id} is tainted, it saw: {_saw(found)}", markup=False)


def _saw(found: Taint) -> str:
    """Return what a tainted version saw, for people."""
    parts = [f"{len(found.withdrawn)} documents withdrawn since"] if found.withdrawn else []
    return ", ".join(parts + ([f"{found.forgotten} examples of documents forgotten since"] if found.forgotten else []))


@models_app.command("promote")
def promote(
    model_id: str,
    force: Annotated[bool, typer.Option("--force", help="Promote it even if it is rejected or tainted.")] = False,
) -> None:
    """Make a tuned version active; a running service loads it by itself."""
    from learning import registry

    settings = load_settings()
    db, _ = open_store(settings)
    serves = settings.tainted_models == "serve"
    model = registry.promote(db, OPERATOR, model_id, force=force, allow_tainted=serves)
    out.print(f"{model.id} is active", markup=False)


@models_app.command("rollback")
def rollback(
    role: Annotated[str, typer.Option(help="What goes back: generator or search.")] = lineage.GENERATOR,
) -> None:
    """Make the version active that was active before."""
    from learning import registry

    if role not in lineage.ROLES:
        raise Invalid(f"There is no role {role!r}.", hint=f"Known: {', '.join(lineage.ROLES)}.")
    db, _ = open_store(load_settings())
    model = registry.roll_back(db, OPERATOR, role)
    base = "the base model" if role == lineage.GENERATOR else "the default search"
    out.print(f"{model.id if model else base} is active", markup=False)
