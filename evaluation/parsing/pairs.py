"""Finds the documents of a folder and the HTML source that each was made from.

NAME.html (or NAME.htm) is the source of NAME.pdf, NAME.docx and whatever else is beside it. NAME.src.html is one too;
beside it, NAME.html is a document. Files of formats that are not read are no part of the set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid
from ingest.formats.media import EXTENSIONS

_HTML = frozenset({".html", ".htm"})
_SOURCE = ".src"


@dataclass(frozen=True, slots=True)
class Pair:
    document: Path
    source: Path

    @property
    def format(self) -> str:
        return self.document.suffix.lower().lstrip(".")


def find_pairs(folder: Path) -> list[Pair]:
    """Return the pairs under a folder in the order of their paths.

    Raises Invalid for no folder, a folder without pairs, a document without its source, a source without a document.
    """
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder.", hint="Name a folder with documents and their HTML sources.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_known(path)]
    explicit = {_named(path): path for path in files if _is_explicit(path)}
    plain = {_named(path): path for path in files if _is_html(path) and _named(path) not in explicit}
    sources = plain | explicit
    documents = [path for path in files if path not in set(sources.values())]
    _complain(folder, documents, sources)
    return [Pair(path, sources[_named(path)]) for path in documents]


def _complain(folder: Path, documents: list[Path], sources: Mapping[Path, Path]) -> None:
    if not documents and not sources:
        raise Invalid(f"{folder} holds no pairs.", hint="Put NAME.html, the source, beside NAME.pdf.")
    alone = [path for path in documents if _named(path) not in sources]
    if alone:
        name = alone[0].relative_to(folder)
        raise Invalid(
            f"{name} has no source ({len(alone)} such files).", hint=f"Put {name.with_suffix('.html')} beside it."
        )
    made = {_named(path) for path in documents}
    unused = [path for name, path in sources.items() if name not in made]
    if unused:
        raise Invalid(
            f"{unused[0].relative_to(folder)} has no document that was made from it ({len(unused)} such files).",
            hint="Put the PDF or another document of the same name beside it, or name the source NAME.src.html.",
        )


def _named(path: Path) -> Path:
    """Return the path without its endings; the endings of names are not told from dots in them by more than this."""
    stem = path.with_suffix("")
    return stem.with_suffix("") if _is_explicit(path) else stem


def _is_explicit(path: Path) -> bool:
    return _is_html(path) and path.with_suffix("").suffix.lower() == _SOURCE


def _is_html(path: Path) -> bool:
    return path.suffix.lower() in _HTML


def _is_known(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower().lstrip(".") in EXTENSIONS
