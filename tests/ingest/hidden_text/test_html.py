"""HTML that inline style hides: left out, counted and reported."""

from __future__ import annotations

import pytest

from tests.ingest.conftest import Read
from tests.ingest.hidden_text.texts import ORDER, texts


def page(inside: str, head: str = "") -> bytes:
    return f"<html><head>{head}</head><body><p>Press it.</p>{inside}<p>Wait.</p></body></html>".encode()


@pytest.mark.parametrize(
    ("hidden", "kind"),
    [
        ('<p style="display:none">{}</p>', "hidden"),
        ('<p style="VISIBILITY : hidden">{}</p>', "hidden"),
        ("<p hidden>{}</p>", "hidden"),
        ('<p style="opacity:0">{}</p>', "transparent"),
        ('<p style="opacity: 0.0; color: red">{}</p>', "transparent"),
        ('<p style="color:transparent">{}</p>', "transparent"),
        ('<p style="color:rgba(0,0,0,0.01)">{}</p>', "transparent"),
        ('<p style="font-size:0">{}</p>', "no_size"),
        ('<p style="font-size:1px">{}</p>', "no_size"),
        ('<p style="position:absolute;left:-9999px">{}</p>', "off_page"),
        ('<p style="text-indent: -5000px">{}</p>', "off_page"),
        ('<p style="color:#fff">{}</p>', "same_colour"),
        ('<p style="color:#123456;background:#123457">{}</p>', "same_colour"),
        ('<div bgcolor="#000000"><font color="black">{}</font></div>', "same_colour"),
        ('<table><tr><td>a</td><td style="font-size:0">{}</td></tr><tr><td>b</td><td>c</td></tr></table>', "no_size"),
    ],
)
def test_html_that_style_hides_is_left_out_and_reported(read: Read, hidden: str, kind: str) -> None:
    parsed = read(page(hidden.format(ORDER)), "a.html")

    assert ORDER not in " ".join(texts(parsed))
    assert parsed.unseen == {kind: 1, "instructions": 1}


@pytest.mark.parametrize(
    ("shown", "head"),
    [
        ('<div style="font-size:0"><span style="font-size:14px">{}</span></div>', ""),  # closes gaps between boxes
        ('<div bgcolor="#000"><font color="white">{}</font></div>', ""),
        ('<p style="color:white">{}</p>', "<style>body { background: black; color: #ddd }</style>"),
        ('<p style="font-size:10px;opacity:0.9;left:-5px">{}</p>', ""),
        ('<p style="color:#333">{}</p>', ""),
        ('<p style="font:1em/1.5 serif">{}</p>', ""),
    ],
)
def test_html_that_readers_see_stays(read: Read, shown: str, head: str) -> None:
    parsed = read(page(shown.format("Then turn it."), head), "a.html")

    assert "Then turn it." in texts(parsed)
    assert parsed.unseen == {}


def test_comments_alternative_texts_and_scripts_of_a_page_are_not_read(read: Read) -> None:
    parsed = read(page(f'<!-- {ORDER} --><img alt="{ORDER}"><script>"{ORDER}"</script>'), "a.html")

    assert texts(parsed) == ["Press it.", "Wait."]


def test_html_inside_markdown_is_checked_too(read: Read) -> None:
    parsed = read(f'# Pump\n\nPress it.\n\n<div style="display:none">{ORDER}</div>\n'.encode(), "a.md")

    assert texts(parsed) == ["Pump", "Press it."]
    assert parsed.unseen == {"hidden": 1, "instructions": 1}
