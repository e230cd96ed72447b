"""How this program starts other processes of its own: none outlives its parent, and none imports from the work folder.

Knows not what they do. The parser's child has stricter rules of its own: `ingest.sandbox.isolation`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from core.settings import TREE

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """Let the kernel kill this process when the thread that started it ends; exit now if `parent` has ended already.

    Linux only; elsewhere it does nothing. Call it in the child, with the parent's process id.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def python_module(module: str) -> list[str]:
    """Return the command that runs a module of this program. `-P`: a file in the work folder is never imported."""
    return [sys.executable, "-P", "-m", module]


def python_environment() -> dict[str, str]:
    """Return the variables with which this program's modules are found in any folder, and nothing in that folder is.

    An empty or relative entry of PYTHONPATH means the work folder, so only absolute ones are kept.
    """
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [entry for entry in given if Path(entry).is_absolute() and entry != str(TREE)]
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join([str(TREE), *kept])}
