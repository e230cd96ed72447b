"""Makes PDFs of HTML pages with Chromium, and Word, ODF and PDF files of them with LibreOffice and pandoc.

Each program runs in the background with a profile of its own. A page that a program does not convert is left out.
"""

from __future__ import annotations

import copy
import random
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.parsing.pairs.clean import written
from bench.parsing.pairs.sources import Page
from bench.parsing.pairs.styles import BORDERS, OFFICE, PRINTED, Style

LIMIT_S = 180
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
IMPORT = "--infilter=HTML (StarWriter)"
FILTERS = {
    "odt": "odt:writer8",
    "docx": "docx:MS Word 2007 XML",
    "pdf": "pdf:writer_pdf_Export",
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
}


def print_pages(folder: Path, pages: Sequence[Page], *, tagged: bool) -> None:
    """Write each page's HTML and Chromium's print of it, in a style that is drawn by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        for page in pages:
            style = random.Random(page.name).choice(PRINTED)  # a choice, not a secret
            source = folder / f"{page.name}.{style.name}.html"
            source.write_text(written(page.body, page.title, style.sheet(page.title)), encoding="utf-8")
            if not _print(source, style, profile, tagged):
                source.unlink()


def _print(source: Path, style: Style, profile: str, tagged: bool) -> bool:
    made = source.with_suffix(".pdf")
    command = [
        *CHROMIUM, f"--user-data-dir={profile}", f"--print-to-pdf={made}",
        *(() if style.chrome else ("--no-pdf-header-footer",)),
        *(() if tagged else ("--disable-pdf-tagging",)), source.as_uri(),
    ]  # fmt: skip
    _run(command)
    return made.exists()


def convert_pages(folder: Path, pages: Sequence[Page], extension: str, *, pandoc: bool = False) -> None:
    """Write each page's HTML and what LibreOffice (and pandoc: about every second one) makes of it."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = []
    for page in pages:
        drawn = random.Random(page.name)
        style, border = drawn.choice(list(zip(OFFICE, BORDERS, strict=True)))
        body = copy.deepcopy(page.body)
        for table in body.iter("table"):
            table.set("border", str(border))
            table.set("cellpadding", "4")
            table.set("cellspacing", "0")
        by_pandoc = pandoc and drawn.random() < 0.5
        name = f"{page.name}.{'pandoc' if by_pandoc else style.name}.html"
        (folder / name).write_text(written(body, "" if by_pandoc else page.title, style.css), encoding="utf-8")
        if by_pandoc:
            _run(["pandoc", "-f", "html", str(folder / name), "-o", str((folder / name).with_suffix(f".{extension}"))])
        else:
            sources.append(folder / name)
    _convert(sources, folder, extension)
    for source in folder.glob("*.html"):
        if not source.with_suffix(f".{extension}").exists():
            source.unlink()


def _convert(sources: Sequence[Path], folder: Path, extension: str) -> None:
    """Convert pages by way of ODF: what LibreOffice reads of HTML is else a web page, not a text document."""
    with tempfile.TemporaryDirectory() as scratch:
        middle = Path(scratch) / "odt"
        _office(scratch, sources, "odt", middle, IMPORT)
        texts = sorted(middle.glob("*.odt"))
        if extension == "odt":
            for text in texts:
                shutil.copy(text, folder / text.name)
        else:
            _office(scratch, texts, extension, folder)


def _office(scratch: str, sources: Sequence[Path], extension: str, folder: Path, *more: str) -> None:
    if sources:
        profile = f"-env:UserInstallation={(Path(scratch) / 'profile').as_uri()}"
        names = [str(source) for source in sources]
        _run(
            [
                "soffice",
                profile,
                "--headless",
                *more,
                "--convert-to",
                FILTERS[extension],
                "--outdir",
                str(folder),
                *names,
            ]
        )


def recomputed(folder: Path, books: Sequence[Path]) -> None:
    """Let LibreOffice read workbooks, compute them and write them anew."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        _office(scratch, books, "xlsx", out)
        for book in out.glob("*.xlsx"):
            shutil.move(book, folder / book.name)


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT_S, check=False)
