"""The home folder is private: its owner reads it, and a group only if somebody gave it to that group.

`open_home` makes it, sets the umask for what this process will write, and repairs the modes of an older home.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS, GROUP = 0o007, 0o070


def open_home(home: Path) -> None:
    """Create the folder if it is missing, and let nobody else read what is in it.

    Sets this process's umask. The group keeps its rights in a home that others cannot enter or that the group can write
    to: that is shared on purpose. Nothing changes in a home of another user. Raises OSError if it cannot be created.
    """
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        return
    forbidden = _forbidden(home)
    os.umask(forbidden)
    if _mode(home) & forbidden:
        # the door first: then nothing inside can be reached while the rest is repaired
        home.chmod(_mode(home) & ~forbidden)
        for path in open_files(home):
            with suppress(FileNotFoundError):  # another process has just removed it
                path.chmod(_mode(path) & ~forbidden)


def open_files(home: Path) -> Iterator[Path]:
    """Yield what is in the home, belongs to this user, and grants others more than the home itself does.

    Links are not followed, and a file with a second name elsewhere is left alone.
    """
    forbidden = _forbidden(home)
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            path = Path(folder, name)
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            own = found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode)
            single = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
            if own and single and found.st_mode & forbidden:
                yield path


def _forbidden(home: Path) -> int:
    """Return the permission bits that nothing in the home may have."""
    mode = _mode(home)
    shared = not mode & OTHERS or mode & 0o020
    return OTHERS | (GROUP & ~mode if shared else GROUP)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)
