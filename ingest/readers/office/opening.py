"""Turns the failures of the libraries that open Office files into refusals that say what to do."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree

from core.errors import DocumentRejected

_DAMAGED = (
    KeyError, ValueError, AttributeError, IndexError, TypeError, zipfile.BadZipFile, zlib.error, EOFError,
    SyntaxError, AssertionError, NotImplementedError, etree.LxmlError,
)  # fmt: skip


@contextmanager
def opened() -> Iterator[None]:
    """Raise DocumentRejected where a library fails on a damaged file, and silence its warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _DAMAGED as error:
        raise DocumentRejected(
            f"The Office file is damaged ({type(error).__name__}).",
            hint="Open it in the program that made it and save it again, or as PDF.",
        ) from error
