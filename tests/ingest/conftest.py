"""A sandbox and a redactor for the whole session: both take seconds to start."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from core.ports import Redactor
from core.settings import load_settings
from core.types import Parsed
from ingest.formats.media import sniff
from ingest.redaction.redactor import open_redactor
from ingest.sandbox.parent import Sandbox

Read = Callable[..., Parsed]

needs_ocr = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is missing: apt install tesseract-ocr"
)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(load_settings({}, parse_timeout_s=60)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def read(sandbox: Sandbox) -> Read:
    """Read bytes as an upload would: sniffed, then parsed in the sandbox."""

    def read(data: bytes, filename: str) -> Parsed:
        return sandbox.parse(data, sniff(data, filename).media_type, filename)

    return read


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return open_redactor(load_settings({}))
