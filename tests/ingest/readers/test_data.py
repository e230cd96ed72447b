"""CSV, JSON and XML: tables and records; hostile nesting and entities are rejected."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_the_delimiter_of_a_table_is_detected(read: Read) -> None:
    assert shape(read(b'a;b\n1,5;"x;y"\n', "a.csv")) == [("table", "a | b\n1,5 | x;y")]


def test_each_value_of_a_record_keeps_its_name(read: Read) -> None:
    parsed = read(b'[{"question": "Why?", "meta": {"lang": "en"}}, {"question": "How?"}]', "a.json")

    assert shape(parsed) == [("text", "question: Why?\nmeta.lang: en"), ("text", "question: How?")]


def test_json_nested_too_deep_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="nested"):
        read(b"[" * 100_000 + b"]" * 100_000, "a.json")


def test_an_xml_bomb_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="entities"):
        read(files.xml_bomb(), "a.xml")
