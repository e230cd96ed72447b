"""Compare what our readers find in each format, and how fast, with unstructured's: python -m bench.parsing FOLDER

Counts words, headings, list items and tables over all files of a format that both can read. Runs without a sandbox.
Prints a table in Markdown.
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
class Content:
    """What a reader found in a file."""

    seconds: float
    words: int
    headings: int
    items: int
    tables: int

    def __add__(self, other: Content) -> Content:
        return Content(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))


NOTHING = Content(0.0, 0, 0, 0, 0)
Reading = Callable[[bytes, str, str], Content]


def main() -> None:
    """Print a table in Markdown: one line per format and reader."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m bench.parsing FOLDER")
    rows = compare(Path(sys.argv[1]), {"ours": ours, "unstructured": theirs()})
    print(
        "| format | files | reader | seconds | words | headings | list items | tables |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for (extension, name), (files, found) in sorted(rows.items()):
        cells = (extension, files, name, f"{found.seconds:.2f}", found.words, found.headings, found.items, found.tables)
        print("| " + " | ".join(map(str, cells)) + " |")


def compare(folder: Path, readings: dict[str, Reading]) -> dict[tuple[str, str], tuple[int, Content]]:
    """Return, by format and reader, the number of files and their content; only files that both can read count."""
    rows: dict[tuple[str, str], tuple[int, Content]] = defaultdict(lambda: (0, NOTHING))
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        data = path.read_bytes()
        try:
            kind = sniff(data, path.name)
            found = {name: read(data, kind.media_type, path.name) for name, read in readings.items()}
        except VouchError:
            continue
        except Exception as error:  # the other reader's failure on one file must not end the run
            print(f"{path.name}: {type(error).__name__}", file=sys.stderr)
            continue
        for name, content in found.items():
            files, total = rows[kind.extension, name]
            rows[kind.extension, name] = files + 1, total + content
    return dict(rows)


def ours(data: bytes, media_type: str, filename: str) -> Content:
    """Read a file with our readers."""
    reader(media_type, Ocr())
    started = time.process_time()
    elements = parse(data, media_type, filename, Ocr()).elements
    return _content(time.process_time() - started, ((element.kind, element.text) for element in elements))


def theirs() -> Reading:
    """Return unstructured's own readers with their defaults, without PDFs and pictures."""
    from unstructured.partition.auto import partition

    import ingest.readers.office.drawing.frames  # noqa: F401  # so that it neither downloads a model nor calls home

    kinds = {"Title": "title", "ListItem": "list_item", "Table": "table"}

    def read(data: bytes, media_type: str, filename: str) -> Content:
        import io

        if media_type.startswith("image/") or media_type == media.PDF:
            raise VouchError("Its PDF and picture readers need layout models.")
        started = time.process_time()
        found = partition(file=io.BytesIO(data), metadata_filename=filename, content_type=media_type)
        seconds = time.process_time() - started
        return _content(seconds, ((kinds.get(item.category, "text"), item.text or "") for item in found))

    return read


def _content(seconds: float, elements: Iterable[tuple[str, str]]) -> Content:
    counts: dict[str, int] = defaultdict(int)
    words = 0
    for kind, text in elements:
        counts[kind] += 1
        words += sum(1 for word in text.split() if word != "|")
    return Content(seconds, words, counts["title"], counts["list_item"], counts["table"])


if __name__ == "__main__":
    main()
