"""Bytes to text, whatever their encoding."""

from __future__ import annotations

import pytest

from ingest.formats.decoding import decode


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_decoded_from_any_encoding(encoding: str) -> None:
    text, _ = decode("Déjà vu – the “manual” costs 5 €\n".encode(encoding))

    assert text.lstrip("\ufeff") == "Déjà vu – the “manual” costs 5 €\n"
