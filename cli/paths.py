"""Finds the files that a command line names, and the path that each one's document has in the collection.

Reads no file. A path must not depend on what else is in the run: the same file gets the same path the next time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Invalid

MAX_CLASHES = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A file, as it was found, and its document's path."""

    source: Path
    path: str
    in_folder: bool


def find_files(given: Sequence[Path], base: Path | None = None) -> list[Found]:
    """Return each file that `given` names, once.

    The path of a file in a given folder is relative to that folder. The path of a file that was given itself is
    relative to the current folder, and from the root for a file outside of it. With `base`, every path is relative to
    `base`. Raises Invalid for what does not exist, for a file outside of `base`, and for two files with one path.
    """
    files = _each_once(_walk(given, None if base is None else _absolute(base)))
    _require_own_paths(files)
    return files


def _walk(given: Iterable[Path], base: Path | None) -> Iterator[Found]:
    for path in given:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file())
            visible = (p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts))
            for each in visible:
                yield Found(each, _inside(_absolute(each), base or _absolute(path)), in_folder=True)
        elif path.is_file():
            yield Found(path, _path_of(_absolute(path), base), in_folder=False)
        else:
            raise Invalid(f"There is no file or folder {str(path)!r}.")


def _absolute(path: Path) -> Path:
    """Return the path from the root. A symbolic link keeps its name, unless `..` follows it."""
    if ".." in path.parts:
        return path.parent.resolve() / path.name if path.name != ".." else path.resolve()
    return Path(os.path.abspath(path))


def _path_of(file: Path, base: Path | None) -> str:
    if base is not None:
        return _inside(file, base)
    here = Path.cwd()
    for each in (file, file.parent.resolve() / file.name):
        if each.is_relative_to(here):
            return each.relative_to(here).as_posix()
    return file.relative_to(file.anchor).as_posix()


def _inside(file: Path, base: Path) -> str:
    for each, folder in ((file, base), (file.parent.resolve() / file.name, base.resolve())):
        if each.is_relative_to(folder):
            return each.relative_to(folder).as_posix()
    raise Invalid(f"{str(file)!r} is not in the folder {str(base)!r}.", hint="See --base.")


def _each_once(found: Iterable[Found]) -> list[Found]:
    """Return the files in their order, each once; one that is in a given folder has its path in that folder."""
    by_file: dict[Path, Found] = {}
    for each in found:
        known = by_file.get(_absolute(each.source))
        if known is None or (each.in_folder and not known.in_folder):
            by_file[_absolute(each.source)] = each
    return list(by_file.values())


def _require_own_paths(files: list[Found]) -> None:
    """Raise Invalid for files that would replace one another; the same file by two links counts once."""
    by_path: dict[str, list[Found]] = {}
    for each in list(files):
        same = by_path.setdefault(each.path, [])
        if any(each.source.samefile(other.source) for other in same):
            files.remove(each)
        else:
            same.append(each)
    clashes = [" and ".join(str(each.source) for each in same) for same in by_path.values() if len(same) > 1]
    if not clashes:
        return
    more = f", and {len(clashes) - MAX_CLASHES} more" if len(clashes) > MAX_CLASHES else ""
    raise Invalid(
        f"Files of this run would replace each other: {', '.join(clashes[:MAX_CLASHES])}{more}. Nothing was uploaded.",
        hint="Give --base with a folder that holds all of them: paths are then relative to it.",
    )
