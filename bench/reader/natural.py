"""Lessons from questions that people would ask of public manuals: `material/manuals-*.jsonl` says which parts answer.

A line is {"key", "q", "parts", "kind"}; `key` begins the sha256 of the window's text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

from bench.reader.lessons import IGNORED, Lesson, Read, Similar, read, without
from bench.reader.manuals import as_html
from bench.reader.written import MATERIAL
from core.errors import VouchError
from core.types import Json
from ingest.chunking.chunks import chunk
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse


def lessons(root: Path, random: Random) -> Iterator[Lesson]:
    """Yield the lessons of the questions whose windows the manuals still have."""
    asked: dict[str, list[Mapping[str, Json]]] = {}
    for path in sorted(MATERIAL.glob("manuals-*.jsonl")):
        for line in path.read_text().splitlines():
            if line.strip():
                asked.setdefault(json.loads(line)["key"], []).append(json.loads(line))
    keys = json.loads((MATERIAL / "manuals.keys.json").read_text())
    files = {keys[key] for key in asked if key in keys}
    for name in sorted(files):
        found = _windows(root / name, name)
        similar = Similar([each.window.text.text for each in found]) if len(found) > 1 else None
        for each in found:
            for question in asked.get(_key(each), ()):
                yield from _asked(each, question, found, similar, random)


def _asked(
    each: Read, question: Mapping[str, Json], pool: Sequence[Read], similar: Similar | None, random: Random
) -> Iterator[Lesson]:
    text, chosen = str(question["q"]), set(question["parts"])
    labels = [int(number in chosen) for number in range(len(each.window.parts))]
    if not chosen:
        yield each.silent(text, relevance=IGNORED)
        return
    lesson = each.lesson(text, labels, 1, 1)
    yield lesson
    if random.random() < 0.5 and (left := without(lesson)) is not None:
        yield left
    if similar is not None:
        wrong = [pool[place] for place in similar.order(text) if pool[place] is not each][:1]
        yield from (other.silent(text) for other in wrong)


def _windows(path: Path, name: str) -> list[Read]:
    try:
        parsed = parse(as_html(path), "text/html", path.name, Ocr())
    except (VouchError, OSError):
        return []
    return read(name, parsed.title or "", chunk(parsed))


def _key(each: Read) -> str:
    return sha256(each.window.text.text.encode()).hexdigest()[:16]
