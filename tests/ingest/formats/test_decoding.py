"""Bytes to text, whatever their encoding."""

from __future__ import annotations

import pytest

from ingest.formats.decoding import decode


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_decoded_from_any_encoding(encoding: str) -> None:
    text, _ = decode("Déjà vu – the “manual” costs 5 €\n".encode(encoding))

    assert text.lstrip("\ufeff") == "Déjà vu – the “manual” costs 5 €\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_stray_zero_byte_does_not_make_a_text_of_another_encoding(encoding: str) -> None:
    text = "<p>The valve \x00 opens at 4 bar and closes at 3 bar, as each valve of the series does.</p>"

    assert decode(text.encode(encoding)) == (text, encoding)
