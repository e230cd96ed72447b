"""Import a library without the large packages that it would load only because they are installed.

spaCy and Presidio look for torch and transformers and load them when they find them. Each process would pay seconds and
hundreds of mebibytes for features that Vouch does not use; both libraries run without.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def masked(*names: str) -> Iterator[None]:
    """Make imports of these packages fail inside the block, as if they were not installed.

    A package that is already loaded stays visible. After the block the packages can be imported again.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)
