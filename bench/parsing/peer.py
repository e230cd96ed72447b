"""Time our PDF and HTML readers against unstructured's: python -m bench.parsing.peer FOLDER PEER_PYTHON SPACY_MODEL

PEER_PYTHON is an interpreter of an environment with `unstructured[pdf]` (its requirements conflict with ours, so it is
not in the lock); SPACY_MODEL is the folder of en_core_web_sm, which unstructured would otherwise download. Each file is
read once to load what is lazy, then timed, in one process per reader, on one thread. Content is counted in words.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from ingest.formats.media import sniff
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse

SUFFIXES = (".pdf", ".html", ".htm")
PEER = """
import json, os, sys, time
os.environ.update(DO_NOT_TRACK="1", OMP_NUM_THREADS="1")
import unstructured.nlp.tokenize as tokenize
tokenize._SPACY_MODEL_NAME = sys.argv[1]
from unstructured.partition.html import partition_html
from unstructured.partition.pdf import partition_pdf
for path in sys.argv[2:]:
    read = (lambda: partition_pdf(path, strategy="fast")) if path.endswith("pdf") else (lambda: partition_html(path))
    try:
        if path == sys.argv[2] or path.endswith("html"):
            read()
        began = time.perf_counter()
        words = sum(len(str(element).split()) for element in read())
        print(json.dumps([path, time.perf_counter() - began, words]), flush=True)
    except Exception as error:
        print(json.dumps([path, None, type(error).__name__]), flush=True)
"""
Reading = dict[str, tuple[float, int]]


def main() -> None:
    """Print one line per format: files, pages, words and seconds of each reader, and how many times faster ours is."""
    if len(sys.argv) != 4:
        raise SystemExit("usage: python -m bench.parsing.peer FOLDER PEER_PYTHON SPACY_MODEL")
    paths = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.suffix.lower() in SUFFIXES)
    theirs = peer(sys.argv[2], sys.argv[3], paths)
    ours, pages = own(paths)
    for kind in ("pdf", "html"):
        both = [path for path in theirs if path in ours and kind.startswith(Path(path).suffix.lower()[1:4])]
        print(kind, json.dumps(compared(both, ours, theirs, pages)))


def own(paths: list[Path]) -> tuple[Reading, dict[str, int]]:
    """Return our seconds and words, and the number of pages, by path."""
    read: Reading = {}
    pages: dict[str, int] = {}
    for path in paths:
        data = path.read_bytes()
        try:
            media = sniff(data, path.name)
            parse(data, media.media_type, path.name, Ocr("eng"))
            began = time.perf_counter()
            parsed = parse(data, media.media_type, path.name, Ocr("eng"))
        except Exception as error:  # a file that is not a document: the other reader's result is not compared
            print(f"{path.name}: {type(error).__name__}", file=sys.stderr)
            continue
        words = sum(len(element.text.split()) for element in parsed.elements)
        read[str(path)], pages[str(path)] = (time.perf_counter() - began, words), parsed.pages or 0
    return read, pages


def peer(python: str, model: str, paths: list[Path]) -> Reading:
    """Return unstructured's seconds and words by path."""
    command = [python, "-W", "ignore", "-c", PEER, model, *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("[")]
    return {path: (seconds, words) for path, seconds, words in lines if seconds is not None}


def compared(both: list[str], ours: Reading, theirs: Reading, pages: dict[str, int]) -> dict[str, float]:
    """Return the sums over the files that both read."""
    our_s, their_s = (sum(read[path][0] for path in both) for read in (ours, theirs))
    our_words, their_words = (sum(read[path][1] for path in both) for read in (ours, theirs))
    return {
        "files": len(both),
        "pages": sum(pages[path] for path in both),
        "our_words": our_words,
        "their_words": their_words,
        "our_seconds": round(our_s, 3),
        "their_seconds": round(their_s, 3),
        "times_faster": round(their_s / our_s, 1),
    }


if __name__ == "__main__":
    main()
