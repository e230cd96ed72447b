"""Tables whose cells are icons: what an icon says is the text of its cell, however the page names it."""

from __future__ import annotations

import pytest

from tests.ingest.hidden_text.texts import ORDER
from tests.ingest.readers.html.reading import only, shown
from tests.ingest.readers.kinds.rows import rows

SCREEN_READERS = "<style>.sr-only { position: absolute; width: 1px; height: 1px; overflow: hidden }</style>"


def matrix(*cells: str) -> str:
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return (
        f"<head>{SCREEN_READERS}</head><table><tr><th>Feature</th><th>Basic</th><th>Pro</th></tr>"
        f"<tr><th>Single sign-on</th>{row}</tr><tr><th>Users</th><td>5</td><td>50</td></tr></table>"
    )


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        ('<img src="n.svg" alt="No">', '<img src="y.svg" alt="Yes">'),
        ("<svg><title>No</title><path d='M0'/></svg>", '<svg role="img" aria-label="Yes"><path d="M0"/></svg>'),
        ('<i class="fa-times" title="No"></i>', '<span role="img" aria-label="Yes"></span>'),
        (
            '<i class="x" aria-hidden="true"></i><span class="sr-only">No</span>',
            '<svg aria-hidden="true"></svg><span class="sr-only">Yes</span>',
        ),
        ('<span class="sr-only">No</span>', '<p><i></i><b class="sr-only">Yes</b></p>'),
    ],
)
def test_an_icon_is_what_it_says(no: str, yes: str) -> None:
    assert rows(only(matrix(no, yes))) == [
        ["Feature", "Basic", "Pro"],
        ["Single sign-on", "No", "Yes"],
        ["Users", "5", "50"],
    ]


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        (f'<i></i><span class="sr-only">{ORDER}</span>', ""),
        (f'<i title="{ORDER}"></i>', ""),
        ('A word <i></i><span class="sr-only">opens a window</span>', "A word"),
        ('<i></i><span class="sr-only">a text that is far too long to be what an icon says to a reader</span>', ""),
        ('<i></i><span class="sr-only" style="display: none">Yes</span>', ""),
        ('<p>Yes</p><i class="fa-link" title="Copy the link"></i> it is', "Yes it is"),
    ],
)
def test_what_no_icon_says_stays_hidden(hidden: str, expected: str) -> None:
    assert rows(only(matrix(hidden, "✓")))[1] == ["Single sign-on", expected, "✓"]


def test_a_span_without_text_says_nothing_beside_text_and_raises_as_before() -> None:
    page = '<p>Use <span title="Help"></span>10<span style="vertical-align: super">6</span> Pa.</p>'

    assert shown(page) == [("paragraph", "Use 10⁶ Pa.")]
