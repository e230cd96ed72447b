"""Make pairs of documents and their HTML source: python -m bench.parsing.pairs OUT [--part dev] [--kinds docx …]

Needs Debian's packages of `bench.parsing.pairs.sources`, chromium, libreoffice-writer and pandoc. OUT gets a folder for
each kind, in which `vouch eval parsing` finds NAME.pdf beside NAME.html. The pages of "held" are others than those of
"dev": look at the files of dev, and at the figures of held.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.parsing.pairs.mail import mail_pages
from bench.parsing.pairs.printed import convert_pages, print_pages
from bench.parsing.pairs.sheets import sheet_pages
from bench.parsing.pairs.site import serve_pages
from bench.parsing.pairs.slides import present_pages
from bench.parsing.pairs.sources import PARTS, Page, pages
from evaluation.parsing.pairs import find_pairs

SEED, COUNT = 12, 40
Make = Callable[[Path, Sequence[Page]], None]
KINDS: dict[str, Make] = {
    "pdf-chromium": partial(print_pages, tagged=True),
    "docx": partial(convert_pages, extension="docx", pandoc=True),
    "pdf-untagged": partial(print_pages, tagged=False),
    "pdf-lo": partial(convert_pages, extension="pdf"),
    "odt": partial(convert_pages, extension="odt"),
    "pptx": present_pages,
    "eml": mail_pages,
    "xlsx": sheet_pages,
    "html": serve_pages,
}


def main() -> None:
    """Make the pairs; a folder that is there already is made anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", choices=PARTS, default="dev")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--count", type=int, default=COUNT, help="pairs of a kind")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    found = pages(args.seed, args.part)
    for name in args.kinds:
        begin = list(KINDS).index(name) * args.count % max(len(found) - args.count, 1)
        some = [page for page in found if page.tables] if name == "xlsx" else found[begin : begin + args.count]
        shutil.rmtree(args.out / name, ignore_errors=True)
        KINDS[name](args.out / name, some[: args.count])
        print(name, len(find_pairs(args.out / name)), flush=True)


if __name__ == "__main__":
    main()
