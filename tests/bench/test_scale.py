"""The benchmark of scale, small: it runs through the product's own code and its figures hold together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.scale.__main__ import measure
from bench.scale.corpus import Source, read_source
from core.errors import Invalid
from core.settings import Settings
from tests.retrieval.conftest import WordEmbedder

NOUNS = ["tv", "radio", "lamp", "oven", "phone", "fridge", "heater", "kettle", "drill", "saw"]
VERBS = ["clean", "repair", "mount", "carry", "charge", "open", "store", "test", "tune", "return"]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    folder = tmp_path / "sets" / "one"
    folder.mkdir(parents=True)
    texts = [f"To {verb} the {noun} see page {at}" for at, noun in enumerate(NOUNS * 3) for verb in VERBS]
    rows = [{"_id": str(at), "title": "Manual", "text": text} for at, text in enumerate(texts)]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    asked = [
        {"_id": str(at), "text": f"how to {verb} a {noun}"}
        for at, (noun, verb) in enumerate(zip(NOUNS, VERBS, strict=True))
    ]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    return read_source(tmp_path / "sets", WordEmbedder(), None, real=100, questions=10)


def test_two_thousand_chunks_are_filled_built_and_served(source: Source, settings: Settings) -> None:
    figures = measure(settings, source, 2000, "flat", lambda _: WordEmbedder(), separate=False)

    assert (figures["chunks"], figures["kind"], figures["little_chunks"]) == (2000, "flat", 2)
    assert figures["recall@10"] == 1.0
    assert figures["little_recall@10"] == 1.0
    for name in (
        "build_s",
        "snapshot_bytes",
        "start_s",
        "search_ms_p95",
        "requests_s_8_clients",
        "add_one_ms",
        "ratio",
    ):
        assert figures[name] > 0, name


def test_a_folder_without_judged_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="judged sets"):
        read_source(tmp_path, WordEmbedder(), None, real=1, questions=1)
