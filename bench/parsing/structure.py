"""Compare what readers keep of documents' structure: python -m bench.parsing.structure DIR PEER_PYTHON SPACY_MODEL

DIR is a folder of pairs as `bench.parsing.pairs` makes them. Vouch parses in its sandbox; each other reader runs in a
process of its own (`bench.parsing.structure_worker`, with PEER_PYTHON), gives HTML, and is judged by the same figures.
A table in which a reader marks no header is read as if its first row were one, and a number or a bullet that it leaves
at the front of an item is taken off, so that these habits cost it nothing.
All processes stay on one core. Prints a table in Markdown for each folder of pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.parsing import structure_worker
from core.errors import VouchError
from core.settings import load_settings
from core.types import Json
from evaluation.parsing.content import Content, Item
from evaluation.parsing.figures import SCORES, Counts, compare
from evaluation.parsing.measure import evaluate_pairs
from evaluation.parsing.pairs import Pair, find_pairs
from evaluation.parsing.truth import read_truth
from ingest.sandbox.parent import Sandbox

_MARK = re.compile(r"(?:\(?(\d{1,3}|[A-Za-z]|[ivxl]+)[.)]|[•◦▪■●○·-])\s+(?=\S)")
COLUMNS = (*SCORES, "pages_per_s", "seconds", "failed")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("python", type=Path, help="an interpreter of an environment with the other readers")
    parser.add_argument("model", type=Path, help="the folder of en_core_web_sm, which unstructured would download")
    parser.add_argument("--systems", nargs="+", choices=structure_worker.READERS)
    parser.add_argument("--core", type=int, default=0, help="the core that everything runs on")
    args = parser.parse_args()
    os.sched_setaffinity(0, {args.core})
    try:
        groups = grouped(args.folder)
    except VouchError as error:
        raise SystemExit(f"{error.message} {error.hint or ''}") from error
    for name, pairs in groups.items():
        rows = {"vouch": ours(args.folder, pairs)}
        pages = int(rows["vouch"]["pages"])
        for system in args.systems or structure_worker.READERS:
            found = theirs(system, pairs, args.python, args.model)
            if found:
                rows[system] = figures(pairs, found, pages)
        print(f"\n{name}: {len(pairs)} documents, {pages or 'no'} pages\n\n{table(rows)}", flush=True)


def grouped(folder: Path) -> dict[str, list[Pair]]:
    """Return the pairs by their folder."""
    groups: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in find_pairs(folder):
        groups[pair.document.parent.name].append(pair)
    return dict(groups)


def ours(folder: Path, pairs: Sequence[Pair]) -> dict[str, Json]:
    with Sandbox(load_settings()) as sandbox:
        summary = evaluate_pairs(folder, pairs, sandbox).summary
    return {**summary, "failed": len(summary["rejected"])}


def theirs(system: str, pairs: Sequence[Pair], python: Path, model: Path) -> list[Json]:
    """Return a line for each document that the reader reads: its HTML and the seconds, or the error."""
    if pairs[0].format not in structure_worker.FORMATS[system]:
        return []
    command = [str(python), "-W", "ignore", structure_worker.__file__, system, str(model)]
    done = subprocess.run(
        [*command, *(str(pair.document) for pair in pairs)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"path"')]


def figures(pairs: Sequence[Pair], found: Iterable[Json], pages: int) -> dict[str, Json]:
    """Return the figures of a reader; a document that it did not read is lost."""
    lines = {line["path"]: line for line in found}
    counts, seconds, failed = Counts(), 0.0, 0
    for pair in pairs:
        line = lines.get(str(pair.document), {})
        failed += "html" not in line
        seconds += float(line.get("seconds", 0))
        content = indulged(read_truth(line.get("html", "")))
        counts += compare(read_truth(pair.source.read_bytes()), content)
    return {**counts.scores(), "pages_per_s": pages / seconds if seconds and pages else None, "seconds": seconds,
            "failed": failed}  # fmt: skip


def indulged(content: Content) -> Content:
    """Return the content with a header row in each table, and with items whose number is not in their text."""
    tables = [replace(each, headers=each.headers or int(len(each.rows) > 1)) for each in content.tables]
    return replace(content, items=[_numbered(each) for each in content.items], tables=tables)


def _numbered(item: Item) -> Item:
    found = _MARK.match(item.text)
    if found is None:
        return item
    return replace(item, text=item.text[found.end() :], number=found[1] or item.number)


def table(rows: Mapping[str, Mapping[str, Json]]) -> str:
    lines = [f"| reader | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(_cell(column, row.get(column)) for column in COLUMNS)} |")
    return "\n".join(lines)


def _cell(column: str, value: Json) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if column in SCORES else f"{value:.1f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
