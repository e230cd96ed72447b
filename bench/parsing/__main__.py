"""`python -m bench.parsing FOLDER`: what our readers keep of each format and in what time, against unstructured's own.

Counts words, headings, list items and tables over all files of a format that both could read. Runs without a sandbox.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import VouchError
from ingest.formats import media
from ingest.formats.media import sniff
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse, reader

COLUMNS = ("seconds", "words", "headings", "items", "tables")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a reader found in a file."""

    seconds: float
    words: int
    headings: int
    items: int
    tables: int

    def __add__(self, other: Kept) -> Kept:
        return Kept(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))


NOTHING = Kept(0.0, 0, 0, 0, 0)
Reading = Callable[[bytes, str, str], Kept]


def main() -> None:
    """Print a table in Markdown: a line a format and reader."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m bench.parsing FOLDER")
    rows = compare(Path(sys.argv[1]), {"ours": ours, "unstructured": theirs()})
    print(
        "| format | files | reader | seconds | words | headings | list items | tables |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for (extension, name), (files, kept) in sorted(rows.items()):
        cells = (extension, files, name, f"{kept.seconds:.2f}", kept.words, kept.headings, kept.items, kept.tables)
        print("| " + " | ".join(map(str, cells)) + " |")


def compare(folder: Path, readings: dict[str, Reading]) -> dict[tuple[str, str], tuple[int, Kept]]:
    """Return, by format and reader, over how many files what was kept; a file that one cannot read counts for none."""
    rows: dict[tuple[str, str], tuple[int, Kept]] = defaultdict(lambda: (0, NOTHING))
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        data = path.read_bytes()
        try:
            kind = sniff(data, path.name)
            found = {name: read(data, kind.media_type, path.name) for name, read in readings.items()}
        except VouchError:
            continue
        except Exception as error:  # a file is the task here: what stops the other reader is worth a line, not an end
            print(f"{path.name}: {type(error).__name__}", file=sys.stderr)
            continue
        for name, kept in found.items():
            files, total = rows[kind.extension, name]
            rows[kind.extension, name] = files + 1, total + kept
    return dict(rows)


def ours(data: bytes, media_type: str, filename: str) -> Kept:
    reader(media_type, Ocr())
    started = time.process_time()
    elements = parse(data, media_type, filename, Ocr()).elements
    return _kept(time.process_time() - started, ((element.kind, element.text) for element in elements))


def theirs() -> Reading:
    """Return unstructured's own readers with their defaults, but for the strategy on PDFs and for OCR."""
    from unstructured.partition.auto import partition

    import ingest.readers.office  # noqa: F401  # so that it neither downloads a model nor calls home

    kinds = {"Title": "title", "ListItem": "list_item", "Table": "table"}

    def read(data: bytes, media_type: str, filename: str) -> Kept:
        import io

        if media_type.startswith("image/") or media_type == media.PDF:
            raise VouchError("Its PDF and picture readers need layout models.")
        started = time.process_time()
        found = partition(file=io.BytesIO(data), metadata_filename=filename, content_type=media_type)
        seconds = time.process_time() - started
        return _kept(seconds, ((kinds.get(item.category, "text"), item.text or "") for item in found))

    return read


def _kept(seconds: float, elements: Iterable[tuple[str, str]]) -> Kept:
    counts: dict[str, int] = defaultdict(int)
    words = 0
    for kind, text in elements:
        counts[kind] += 1
        words += sum(1 for word in text.split() if word != "|")
    return Kept(seconds, words, counts["title"], counts["list_item"], counts["table"])


if __name__ == "__main__":
    main()
