"""One round of tuning search: from a dataset's lessons to a version and the gate's verdict on it.

Fits the weights of the lists, tunes the question's side of the embedder, and takes of both what helps the validation
part most; the test part is looked at once, by the gate. Reads stored vectors and embeds no passage. Knows no job:
`service.train` runs it and registers the result.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np

from core.errors import Invalid, WeightsError
from core.ports import Blobs, Embedder, Progress, Vectors
from core.settings import Settings
from core.store.database import Database
from core.store.index.serving import serving_settings
from core.store.index.spaces import serving_vectors
from core.store.learned import lineage
from core.store.learned.lineage import SEARCH, ModelVersion
from core.store.reading import hydrate, visible_ids
from core.types import OPERATOR, Filters, Json, Passage, Split
from learning import search_profiles
from learning.dataset.search_lessons import PassageRef, SearchLesson, search_lessons
from learning.gate.decision import Verdict
from learning.gate.search import Ranking, SearchReport, decide_search
from learning.tuning import search_files
from learning.tuning.query_encoder import QueryLesson, QueryRecipe, tune_questions
from learning.tuning.search_files import SearchCard
from learning.tuning.search_weights import Fit, Lists, fit, gains, grid, heads, make_lists, ranks
from retrieval.models.embedder import BACKENDS
from retrieval.models.spec import ModelSpec, find_prefixes, resolve_model
from retrieval.ranking.fusion import Weights
from retrieval.ranking.profile import DEFAULT_PROFILE, SearchProfile
from retrieval.search import Searcher

Recipe = Literal["weights", "query"]
RECIPES: tuple[Recipe, ...] = ("weights", "query")
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
MIN_QUERY = 100
"""Training lessons below which the question's side is not tuned."""
MIN_OWN = 60
"""Validation lessons of a collection from which it gets weights of its own."""
SHORT = 5
"""Passages of a short document, whose other passages may answer as well: nobody judged those."""
MOST_FITTED, MOST_KEPT, MOST_TITLES = 400, 200, 200
"""Questions that weights are fitted on, approved answers and titles that must stay found."""
MOST_UNTOUCHED, MOST_PASSAGES = 2000, 200_000
QUERY = QueryRecipe()
SEED = 17


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """A tuned version (its blob key), how it was made, and what the gate says of it; `against` None is the default."""

    blob: str
    space: str
    made: Mapping[str, Json]
    report: SearchReport
    verdict: Verdict
    against: ModelVersion | None

    def as_json(self) -> dict[str, Json]:
        """Return the report for a model version's row."""
        return {
            "verdict": " ".join(self.verdict.reasons),
            "passed": self.verdict.passed,
            "reasons": list(self.verdict.reasons),
            "against": self.against.id if self.against else "base",
            "tuning": dict(self.made),
            "comparison": self.report.as_json(),
        }


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The passages that serve, with their vectors in one order."""

    ids: Sequence[int]
    vectors: Vectors
    passages: Mapping[int, Passage]
    of_document: Mapping[str, Sequence[int]]

    def right(self, lesson: SearchLesson) -> set[int]:
        """Return the chunks that are right and still as they were."""
        return {ref.chunk_id for ref in lesson.right if self._stands(ref.chunk_id, ref.sha256)}

    def wrong(self, lesson: SearchLesson) -> set[int]:
        return {ref.chunk_id for ref in lesson.wrong if self._stands(ref.chunk_id, ref.sha256)}

    def unjudged(self, lesson: SearchLesson) -> set[int]:
        """Return the other chunks of right documents that are short."""
        documents = {self.passages[chunk_id].document_id for chunk_id in self.right(lesson)}
        short = (self.of_document[each] for each in documents if len(self.of_document[each]) <= SHORT)
        return {chunk_id for chunks in short for chunk_id in chunks} - self.right(lesson) - self.wrong(lesson)

    def _stands(self, chunk_id: int, sha256: str) -> bool:
        return chunk_id in self.passages and self.passages[chunk_id].sha256 == sha256


class SearchRound:
    """Tunes and compares on one corpus with one searcher; `searcher` needs no reranker."""

    def __init__(self, settings: Settings, db: Database, blobs: Blobs, searcher: Searcher, progress: Progress) -> None:
        with db.read() as session:
            self._settings = serving_settings(session, settings)
        self._db, self._blobs, self._searcher, self._progress = db, blobs, searcher, progress
        self._corpus = _Corpus([], np.zeros((0, 0), np.float32), {}, {})

    def run(self, dataset_id: str, folder: Path, recipes: Collection[str] = RECIPES) -> SearchOutcome:
        """Tune on a dataset into `folder`, compare with the active version, and store the result's bytes.

        Raises Invalid when a validation or test part has no lesson left, WeightsError, TrainingFailed.
        """
        parts = [search_lessons(self._db, dataset_id, split) for split in SPLITS]
        self._corpus = _read_corpus(self._db, self._searcher.embedder, [each for part in parts for each in part])
        train, valid, test = (self._standing(part) for part in parts)
        if not valid or not test:
            raise Invalid("The documents behind the held-out lessons have changed.", hint="Make a new dataset.")
        made: dict[str, Json] = {"lessons": {"train": len(train), "valid": len(valid), "test": len(test)}}
        candidates = [("default", DEFAULT_PROFILE)]
        if "query" in recipes and len(train) >= MIN_QUERY:
            began = time.process_time()
            made["query"] = self._tune_questions(train, valid, folder)
            made["query"]["cpu_s"] = round(time.process_time() - began, 1)
            search_files.write_card(folder, self._card(DEFAULT_PROFILE, encoder=True))
            candidates.append(("query", search_profiles.open_profile(folder, "candidate", self._settings.threads)))
        weighed = []
        began = time.process_time()
        for number, (name, profile) in enumerate(candidates):
            chosen, gain, made[f"{name} weights"] = self._weigh(profile, train, valid, "weights" in recipes)
            weighed.append((gain, -number, name, chosen))
            self._progress("fit weights", 0.6 + 0.1 * number)
        made["weights_cpu_s"] = round(time.process_time() - began, 1)
        _, _, made["chosen"], best = max(weighed, key=lambda each: each[:2])
        search_files.write_card(folder, self._card(best, encoder=best.questions is not None))
        against, active = self._active()
        began = time.process_time()
        report = self._compare(best, active, train, test, against)
        made["gate_cpu_s"] = round(time.process_time() - began, 1)
        blob = search_profiles.save_version(self._blobs, folder)
        return SearchOutcome(blob, self._searcher.embedder.name, made, report, decide_search(report), against)

    def _standing(self, lessons: Sequence[SearchLesson]) -> list[SearchLesson]:
        """Return the lessons with a right passage that is still as it was."""
        return [lesson for lesson in lessons if self._corpus.right(lesson)]

    def _card(self, profile: SearchProfile, *, encoder: bool) -> SearchCard:
        prefix = self._prefix() if encoder else ""
        return SearchCard(self._searcher.embedder.name, profile.weights, profile.by_collection, prefix, encoder)

    def _prefix(self) -> str:
        return find_prefixes(self._spec())[0]

    def _spec(self) -> ModelSpec:
        return resolve_model("VOUCH_EMBEDDER_URL", self._settings.embedder_url, self._settings.models_dir, BACKENDS)

    def _tune_questions(
        self, train: Sequence[SearchLesson], valid: Sequence[SearchLesson], folder: Path
    ) -> dict[str, Json]:
        spec, corpus = self._spec(), self._corpus
        if spec.name != self._searcher.embedder.name:
            raise WeightsError(f"{spec.name} is configured, but {self._searcher.embedder.name} serves.")
        row = {chunk_id: number for number, chunk_id in enumerate(corpus.ids)}

        def lesson(each: SearchLesson) -> QueryLesson:
            judged = (corpus.right(each), corpus.wrong(each), corpus.unjudged(each))
            return QueryLesson(each.question, *(tuple(sorted(row[i] for i in ids if i in row)) for ids in judged))

        lessons, held_out = ([each for each in map(lesson, part) if each.right] for part in (train, valid))
        return asdict(
            tune_questions(
                spec.folder,
                self._prefix(),
                corpus.vectors,
                lessons,
                held_out,
                self._untouched(),
                out=folder,
                progress=lambda stage, share: self._progress(stage, 0.55 * share),
                recipe=QUERY,
                device=spec.device,
                threads=self._settings.threads,
            )
        )

    def _untouched(self) -> list[str]:
        """Return titles and headings, each once: questions about anything in the corpus."""
        texts = {passage.title for passage in self._corpus.passages.values()}
        texts |= {" ".join(passage.heading) for passage in self._corpus.passages.values() if passage.heading}
        found = sorted(text for text in texts if text.strip())
        return Random(SEED).sample(found, min(MOST_UNTOUCHED, len(found)))

    def _weigh(
        self, profile: SearchProfile, train: Sequence[SearchLesson], valid: Sequence[SearchLesson], fits: bool
    ) -> tuple[SearchProfile, float, dict[str, Json]]:
        """Return the profile with fitted weights, its mean gain on the validation part, and how it was fitted.

        Weights for a tuned encoder are fitted on questions that it was not trained on.
        """
        seen = valid if profile.questions is not None else [*valid, *train]
        every = [self._lists(profile, lesson) for lesson in seen[:MOST_FITTED]]
        own = every[: len(valid)]
        if not fits:
            gain = float(gains(np.array([ranks(each, [profile.weights])[0] for each in own])).mean())
            return profile, gain, {"gain": round(gain, 4)}
        overall = fit(every)
        by_collection = self._fit_collections(profile, overall, seen[:MOST_FITTED])
        gain = float(gains(np.array([ranks(each, [overall.weights])[0] for each in own])).mean())
        fitted = {name: found.weights for name, found in by_collection.items() if found.weights != overall.weights}
        report = {"gain": round(gain, 4), "all": asdict(overall)}
        report |= {name: asdict(found) for name, found in by_collection.items()}
        return replace(profile, weights=overall.weights, by_collection=fitted), gain, report

    def _fit_collections(self, profile: SearchProfile, overall: Fit, lessons: Sequence[SearchLesson]) -> dict[str, Fit]:
        """Return weights for each collection with enough lessons; none where all lessons are of one."""
        of: dict[str, list[SearchLesson]] = defaultdict(list)
        for lesson in lessons:
            of[lesson.collection].append(lesson)
        return {
            name: fit([self._lists(profile, each, own=True) for each in mine], overall.weights)
            for name, mine in sorted(of.items())
            if len(of) > 1 and len(mine) >= MIN_OWN
        }

    def _lists(
        self, profile: SearchProfile, lesson: SearchLesson, tried: Sequence[Weights] = (), *, own: bool = False
    ) -> Lists:
        filters = Filters(frozenset({lesson.collection})) if own else None
        fused, late = self._searcher.lists(lesson.question, profile, heads(tried or grid()), filters)
        return make_lists(fused, late, self._corpus.right(lesson), self._corpus.unjudged(lesson))

    def _rank(self, profile: SearchProfile, lesson: SearchLesson) -> int:
        return int(ranks(self._lists(profile, lesson, [profile.weights]), [profile.weights])[0])

    def _active(self) -> tuple[ModelVersion | None, SearchProfile]:
        with self._db.read() as session:
            model = lineage.active_model(session, SEARCH)
        if model is None:
            return None, DEFAULT_PROFILE
        folder = search_profiles.version_folder(self._settings, self._blobs, model)
        return model, search_profiles.open_profile(folder, model.id, self._settings.threads)

    def _compare(
        self,
        candidate: SearchProfile,
        active: SearchProfile,
        train: Sequence[SearchLesson],
        test: Sequence[SearchLesson],
        against: ModelVersion | None,
    ) -> SearchReport:
        draw = Random(SEED)
        approved = [lesson for lesson in train if lesson.was_right]
        approved = draw.sample(approved, min(MOST_KEPT, len(approved)))
        parts = (test, approved, self._titles(draw))
        count, total = Counter[str](), sum(map(len, parts))

        def ranking(lesson: SearchLesson) -> Ranking:
            count["done"] += 1
            self._progress("compare", 0.8 + 0.2 * count["done"] / total)
            return Ranking(lesson.collection, self._rank(candidate, lesson), self._rank(active, lesson))

        held_out, kept, titles = (tuple(map(ranking, part)) for part in parts)
        return SearchReport(held_out, kept, titles, looks=self._looks(against))

    def _titles(self, draw: Random) -> list[SearchLesson]:
        """Return documents as lessons: their title is the question, all of their passages are right."""
        chosen = draw.sample(sorted(self._corpus.of_document), min(MOST_TITLES, len(self._corpus.of_document)))
        found = []
        for document_id in chosen:
            passages = [self._corpus.passages[chunk_id] for chunk_id in self._corpus.of_document[document_id]]
            refs = tuple(PassageRef(each.chunk_id, each.document_id, each.sha256) for each in passages)
            first = passages[0]
            found.append(SearchLesson(first.title, refs, (), first.collection, True, "", ""))
        return [lesson for lesson in found if lesson.question.strip()]

    def _looks(self, against: ModelVersion | None) -> int:
        """Return how many candidates were tested since the active version was made, the next one among them."""
        with self._db.read() as session:
            versions = [each for each in lineage.list_model_versions(session) if each.role == SEARCH]
        return 1 + sum(against is None or each.id > against.id for each in versions)


def _read_corpus(db: Database, embedder: Embedder, lessons: Sequence[SearchLesson]) -> _Corpus:
    """Read the lessons' passages and, of all others, as many as fit: MOST_PASSAGES, drawn at random."""
    judged = {ref.document_id for lesson in lessons for ref in lesson.right}
    with db.read() as session:
        every = visible_ids(session, OPERATOR)
        kept = visible_ids(session, OPERATOR, Filters(document_ids=frozenset(judged)))
        if len(every) > MOST_PASSAGES:
            drawn = np.random.default_rng(SEED).choice(every, MOST_PASSAGES, replace=False)
            every = np.union1d(drawn, kept)
        ids, vectors = list[int](), list[Vectors]()
        for batch, found in serving_vectors(session, embedder.name):
            wanted = np.isin(batch, every)
            ids += batch[wanted].tolist()
            vectors.append(found[wanted])
        passages = hydrate(session, OPERATOR, ids)
    of_document: dict[str, list[int]] = defaultdict(list)
    for chunk_id in ids:
        of_document[passages[chunk_id].document_id].append(chunk_id)
    joined = np.concatenate(vectors) if vectors else np.zeros((0, embedder.dimension), np.float32)
    return _Corpus(ids, joined, passages, of_document)
