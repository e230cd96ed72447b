"""Import a library without what it would load only because it happens to be installed.

spaCy and Presidio look for torch and transformers and take them when they find them: seconds and hundreds of
mebibytes in every process, for features that Vouch does not use. Both run without.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Make imports of these packages fail inside the block, as if they were not installed.

    A package that is loaded already stays visible. Afterwards everybody can import them again.
    """
    masked = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(masked))  # type: ignore[arg-type]  # None is how an import is made to fail
    try:
        yield
    finally:
        for name in masked:
            sys.modules.pop(name, None)
