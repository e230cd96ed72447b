"""reStructuredText: directives, roles, footnotes, tables."""

from __future__ import annotations

from ingest.account import collected
from ingest.blocks.write import elements
from ingest.readers.text.rst import read_rst


def shown(text: str) -> list[tuple[str, str | None, str]]:
    return [(element.kind, element.block.label, element.text) for element in elements(read_rst(text).nodes)]


def test_notes_and_code_are_blocks_with_their_kind() -> None:
    text = "Use\n===\n\n.. warning:: Hot.\n\n   Wait *long*.\n\n"
    text += ".. code-block:: bash\n   :linenos:\n\n   acme \\\n     --fast\n\nRun::\n\n  x = 1\n"

    assert shown(text) == [
        ("heading", None, "Use"), ("note", "warning", "Hot.\nWait long."), ("code", "bash", "acme \\\n  --fast"),
        ("paragraph", None, "Run:"), ("code", None, "x = 1"),
    ]  # fmt: skip


def test_prose_is_without_marks_and_links_have_their_targets() -> None:
    text = "See :ref:`the guide <guide>` and `here <https://a.org>`_, ``a *b*`` or **c**; a_b stays, |v| too. [1]_\n\n"
    text += ".. |v| replace:: 5.2\n.. [1] With LD-4.\n"

    assert shown(text) == [
        ("paragraph", None, "See the guide and here (https://a.org), a *b* or c; a_b stays, 5.2 too.[1]"),
        ("footnote", None, "1 With LD-4."),
    ]  # fmt: skip


def test_tables_of_all_kinds_are_tables() -> None:
    simple = "=====  =====\nPart   Price\n=====  =====\npump   80\nhose   12\n=====  =====\n\n"
    listed = ".. list-table:: Prices\n   :header-rows: 1\n\n   * - Part\n     - Price\n   * - pump\n     - 80\n\n"
    values = '.. csv-table::\n   :header: Part, Price\n\n   "pump, big", 80\n'

    assert shown(simple + listed + values) == [
        ("table", None, "Part | Price\npump | 80\nhose | 12"), ("table", None, "Prices\nPart | Price\npump | 80"),
        ("table", None, "Part | Price\npump, big | 80"),
    ]  # fmt: skip


def test_definitions_fields_and_figures() -> None:
    text = ":Author: Ann\n:Version: 2\n\nterm\n   What it is.\n\n.. figure:: a.png\n   :alt: A pump\n\n   Fig. 1\n"

    assert shown(text) == [
        ("key_value", None, "Author: Ann"), ("key_value", None, "Version: 2"), 
        ("definition", None, "term: What it is."),
        ("figure", None, "A pump\nFig. 1"),
    ]  # fmt: skip


def test_what_is_left_out_is_accounted_for_and_an_unknown_directive_keeps_its_text() -> None:
    text = ".. toctree::\n\n   one\n   two\n\n.. a comment\n\n.. strange:: Title\n\n   Text.\n"

    with collected() as left_out:
        assert shown(text) == [("paragraph", None, "Title"), ("paragraph", None, "Text.")]

    assert {reason: entry.words.total() for reason, entry in left_out.items()} == {
        "navigation": 2, "comment": 2, "markup": 2,
    }  # fmt: skip
