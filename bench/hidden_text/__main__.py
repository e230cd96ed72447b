"""Measure hidden text: python -m bench.hidden_text [FOLDER ...] [--save OUT]

Without a folder, reads each file of `bench.hidden_text` (one doubtful sentence, one trick) and prints by format how
many sentences that nobody sees were left out, how many that are seen were kept, and the tricks that went wrong. With
folders prints, for each file, how text was hidden that was reported in it: judge by eye whether a person sees it.
`--save` writes the files of the first kind into a folder, to look at them.
"""

from __future__ import annotations

import argparse
import logging
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.hidden_text import html, office, pdf
from bench.hidden_text.case import DOUBTFUL, ORDINARY, Case
from core.errors import VouchError
from ingest.formats.media import sniff
from ingest.hidden_text import report
from ingest.readers import parse
from ingest.readers.ocr import Ocr

_OCR = Ocr()


def main() -> None:
    """Print the table of the tricks, or what was left out of each file of the folders."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", nargs="*", type=Path)
    options.add_argument("--save", type=Path)
    chosen = options.parse_args()
    logging.disable(logging.WARNING)
    if chosen.folders:
        _accuse([path for folder in chosen.folders for path in sorted(folder.rglob("*")) if path.is_file()])
    else:
        _tricks(chosen.save)


def all_cases() -> Iterator[Case]:
    """Yield the files of every format."""
    yield from (*html.cases(), *pdf.cases(), *office.cases())


def is_right(case: Case) -> bool:
    """Return whether the reader kept all ordinary text, and the doubtful sentence only if it is seen."""
    text = _text(case.make(), f"a{case.suffix}")
    return all(words in text for words in ORDINARY) and (DOUBTFUL in text) == case.seen


def _tricks(folder: Path | None) -> None:
    counts: Counter[tuple[str, bool, bool]] = Counter()
    wrong: list[Case] = []
    for case in all_cases():
        if folder is not None:
            _save(case, folder)
        right = is_right(case)
        counts[case.suffix, case.seen, right] += 1
        wrong += [] if right else [case]
    print("| format | hidden, left out | seen, kept |\n|---|---|---|")
    for suffix in dict.fromkeys(suffix for suffix, _, _ in counts):
        print(f"| {suffix[1:]} | {_share(counts, suffix, False)} | {_share(counts, suffix, True)} |")
    for case in wrong:
        print(f"wrong: {case.suffix[1:]}, {'seen' if case.seen else 'hidden'}: {case.name}")


def _share(counts: Mapping[tuple[str, bool, bool], int], suffix: str, seen: bool) -> str:
    right, wrong = counts.get((suffix, seen, True), 0), counts.get((suffix, seen, False), 0)
    return f"{right} of {right + wrong}"


def _save(case: Case, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", f"{'seen' if case.seen else 'hidden'} {case.name}")
    (folder / f"{name}{case.suffix}").write_bytes(case.make())


def _accuse(paths: list[Path]) -> None:
    read = accused = 0
    spent = 0.0
    for path in paths:
        started = time.perf_counter()
        try:
            data = path.read_bytes()
            found = parse.parse(data, sniff(data, path.name).media_type, path.name, _OCR).unseen
        except (VouchError, OSError):
            continue
        spent += time.perf_counter() - started
        read += 1
        if any(kind in report.DESCRIPTIONS for kind in found):
            accused += 1
            print(f"{path}: {', '.join(f'{kind} ({count})' for kind, count in sorted(found.items()))}")
    print(f"{accused} of {read} files report hidden text; read in {spent:.1f} s")


def _text(data: bytes, name: str) -> str:
    parsed = parse.parse(data, sniff(data, name).media_type, name, _OCR)
    return " ".join(" ".join(element.text.split()) for element in parsed.elements)


if __name__ == "__main__":
    main()
