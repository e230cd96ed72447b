"""Lessons from the documents in `material/`, which were written for this with questions and the lines that answer them.

`NAME.md` is a document; `NAME.questions.jsonl` has {"q", "at": lines or "from-to", "column"?, "kind", "near"?}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.reader.lessons import IGNORED, Lesson, Read, Similar, read, shorter, without
from core.types import Json
from generation.evidence.windows import column_names
from generation.question.names import keys
from ingest.chunking.chunks import chunk
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse

MATERIAL = Path(__file__).parent / "material"
HARD = 2
"""Windows without the answer, most similar to the question, that are lessons beside those with it."""
WITHHELD = 0.25
"""Share of questions that are also asked of a text without their answer."""
SHORTER = 0.5
"""Share of those that are also asked of a shorter text with it."""
_BARE = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"^\s*(?:>\s*)?(?:[-*+]|\(?\d+[.)]|[a-z][.)])?\s*")


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A document of the material: its windows, and the lines of the file that each part stands on."""

    name: str
    windows: tuple[Read, ...]
    lines: tuple[tuple[range, ...], ...]


def documents(folder: Path = MATERIAL) -> list[WrittenDocument]:
    """Return the documents that have questions."""
    names = sorted(path.name.removesuffix(".questions.jsonl") for path in folder.glob("*.questions.jsonl"))
    return [document(name, folder) for name in names]


def is_held_out(name: str) -> bool:
    """Return whether a document is never learned from."""
    return name in HELD_OUT


HELD_OUT = frozenset(
    {
        "de-zeiterfassung-stundenwerk", "elec-vcroom", "ener-shelf", "fin-trial-faq", "fr-peinture-fds",
        "home-washer-sella8", "lang-reise", "mach-weld", "pol-supplier-onboarding", "safe-vettabs", "soft-wms42",
        "deu-kitabeitrag", "med-hearing-aid", "ops-scanner", "rom-tarifa",
    }
)  # fmt: skip
"""Documents that are never learned from, one of each trade, for choosing thresholds."""
AHEAD = 15
"""Lines that a part may stand ahead of the one before it."""


def lessons(found: Sequence[WrittenDocument], random: Random, *, folder: Path = MATERIAL) -> Iterator[Lesson]:
    """Yield the lessons of the documents' questions."""
    pool = [each for document in found for each in document.windows]
    similar = Similar([each.window.text.text for each in pool])
    for document in found:
        for question in questions(document.name, folder):
            yield from _asked(document, question, pool, similar, random)


def questions(name: str, folder: Path = MATERIAL) -> list[Mapping[str, Json]]:
    """Return a document's questions."""
    lines = (folder / f"{name}.questions.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def labels(document: WrittenDocument, question: Mapping[str, Json]) -> list[list[int]]:
    """Return the labels of each window's parts."""
    wanted = set(line_numbers(question["at"]))
    columns = question.get("column") or []
    names = {name.casefold().strip() for name in ([columns] if isinstance(columns, str) else columns)}
    return [
        [_label(each, number, not wanted.isdisjoint(lines[number]), names) for number in range(len(each.window.parts))]
        for each, lines in zip(document.windows, document.lines, strict=True)
    ]


def line_numbers(at: Iterable[int | str]) -> Iterator[int]:
    """Yield the line numbers of 7, "7" and "12-15"."""
    for each in at:
        first, _, last = str(each).partition("-")
        yield from range(int(first), int(last or first) + 1)


def document(name: str, folder: Path = MATERIAL) -> WrittenDocument:
    """Return a document with its windows."""
    raw = (folder / f"{name}.md").read_text()
    parsed = parse(raw.encode(), "text/markdown", f"{name}.md", Ocr())
    found = read(name, parsed.title or name, chunk(parsed))
    return WrittenDocument(name, tuple(found), tuple(_places(raw.splitlines(), found)))


def _places(lines: Sequence[str], found: Sequence[Read]) -> Iterator[tuple[range, ...]]:
    """Yield the lines of each part, none for a part that stands there once more; lines and parts are in one order."""
    keys = [_key(_NUMBER.sub("", line)) for line in lines]
    at = 0
    for each in found:
        places = []
        for part in each.window.parts:
            key = _key(_NUMBER.sub("", each.text[part.start : part.end]))
            repeated = any(block.repeated for block in part.within)
            first = None if repeated or not key else _first(key, keys, at)
            if first is None:
                places.append(range(0))
                continue
            last = first if part.kind == "cell" else _last(key, keys, first)
            at = last if last == first else last + 1
            places.append(range(first + 1, last + 2))
        yield tuple(places)


def _first(part: str, lines: Sequence[str], at: int) -> int | None:
    """Return the number of the line that a part begins in, a few lines from `at` on."""
    return next((n for n in range(at, min(len(lines), at + AHEAD)) if _meets(part, lines[n])), None)


def _last(part: str, lines: Sequence[str], first: int) -> int:
    """Return the number of the line that a part ends in, which begins in line `first`."""
    last, rest = first, part.replace(lines[first], "", 1)
    while last + 1 < len(lines) and rest and (not lines[last + 1] or rest.startswith(lines[last + 1])):
        last += 1
        rest = rest.removeprefix(lines[last])
    return last


def _meets(part: str, line: str) -> bool:
    """Return whether a part is in a line, or begins with it and goes on in the next."""
    return part in line or (len(line) > 3 and part.startswith(line))


def _key(text: str) -> str:
    return _BARE.sub("", text.casefold())


def _label(each: Read, number: int, wanted: bool, columns: set[str]) -> int:
    part = each.window.parts[number]
    table, cell = part.inside("table"), part.inside("cell")
    if not wanted or not columns or table is None or cell is None:
        return int(wanted)
    if column_names(each.text, table).get(cell.column or 0, "").casefold() in columns:
        return 1
    return IGNORED if cell.column == 0 else 0


def _asked(
    document: WrittenDocument, question: Mapping[str, Json], pool: Sequence[Read], similar: Similar, random: Random
) -> Iterator[Lesson]:
    asked = str(question["q"])
    found = labels(document, question)
    right = [number for number, window in enumerate(found) if 1 in window]
    for number in right:
        lesson = document.windows[number].lesson(asked, found[number], 1, 1)
        yield lesson
        if random.random() < SHORTER and (short := shorter(lesson, random)) is not None:
            yield short
        if random.random() < WITHHELD and (withheld := without(lesson)) is not None:
            yield withheld
    if question["at"] and not right:
        return
    held = {id(document.windows[number]) for number in right}
    wrong = [*_near(document, question)]
    wrong += [pool[place] for place in similar.order(asked)]
    named = {name for name in keys(asked) if name in keys(document.windows[0].title)}
    chosen: list[Read] = []
    for each in wrong:
        if len(chosen) == HARD + 2 * (not right):
            break
        # another document may answer as well, unless it is about a sibling of what the question names
        other = bool(right) and each.document != document.name
        unsure = other and named <= keys(f"{each.title} {each.window.text.text}")
        if id(each) not in held and each not in chosen and not unsure:
            chosen.append(each)
    yield from (each.silent(asked, relevance=0 if right else IGNORED) for each in chosen)


def _near(document: WrittenDocument, question: Mapping[str, Json]) -> Iterator[Read]:
    """Yield the windows with lines that are near the question without answering it."""
    near = set(line_numbers(question.get("near", ())))
    for each, lines in zip(document.windows, document.lines, strict=True):
        if any(not near.isdisjoint(place) for place in lines):
            yield each
