"""Tabs of variants ("Debian", "Windows"): each command stands under the name of its variant, and none is missing."""

from __future__ import annotations

import pytest

from core.blocks import walk
from tests.ingest.conftest import Read
from tests.ingest.hidden_text.texts import ORDER
from tests.ingest.readers.html.reading import shown
from tests.ingest.readers.shape import shape

MKDOCS = """# Installing the agent

=== "Debian"

    Add the repository first:

    ```bash
    sudo apt install acme
    ```

    1. Start the service.
    2. Check port 7443.

=== "Windows"
    ```powershell
    winget install Acme
    ```

Then open the page.
"""
CALLED = """<Tabs>
  <TabItem value="d" label="Debian">

```bash
sudo apt install acme
```

  </TabItem>
  <TabItem value="Windows">

```powershell
winget install Acme
```

  </TabItem>
</Tabs>
"""
PANEL = '<div role="tabpanel"{}><pre>{}</pre></div>'


def test_tabs_of_mkdocs_are_read_with_what_is_in_them(read: Read) -> None:
    parsed = read(MKDOCS.encode(), "a.md")

    assert shape(parsed) == [
        ("heading", "Installing the agent"),
        (
            "note",
            "Debian\nAdd the repository first:\nsudo apt install acme\n1. Start the service.\n2. Check port 7443.",
        ),
        ("note", "Windows\nwinget install Acme"),
        ("paragraph", "Then open the page."),
    ]
    assert [(each.kind, each.label, each.number) for each in walk([parsed.elements[1].block])] == [
        ("note", "tab", None), ("paragraph", None, None), ("paragraph", None, None), ("code", "bash", None),
        ("list", None, None), ("item", None, "1."), ("item", None, "2."),
    ]  # fmt: skip
    assert parsed.account is not None
    assert parsed.account.unexplained == 0


def test_tabs_that_are_elements_have_their_labels(read: Read) -> None:
    parsed = read(CALLED.encode(), "a.md")

    assert shape(parsed) == [("note", "Debian\nsudo apt install acme"), ("note", "Windows\nwinget install Acme")]


def test_three_equals_signs_that_begin_no_tab_stay(read: Read) -> None:
    text = 'Compare with `===`:\n\n=== "a"\nis text.\n\n```\n=== "b"\n    code\n```\n'

    assert shape(read(text.encode(), "a.md"))[1:] == [("paragraph", '=== "a" is text.'), ("code", '=== "b"\n    code')]


@pytest.mark.parametrize(
    "page",
    [
        '<ul role="tablist"><li role="tab">Debian</li><li role="tab">Windows</li></ul><div>'
        + PANEL.format("", "apt install")
        + PANEL.format(" hidden", "winget install")
        + "</div>",
        '<div role="tablist"><button role="tab" id="t1">Debian</button><button role="tab" aria-controls="p2">Windows'
        "</button></div>"
        + PANEL.format(' aria-labelledby="t1"', "apt install")
        + PANEL.format(' id="p2" style="display: none"', "winget install"),
        '<div class="tabbed-set"><input type="radio" id="a" checked><input type="radio" id="b"><div class='
        '"tabbed-labels"><label for="a">Debian</label><label for="b">Windows</label></div><div class="tabbed-content">'
        '<div class="tabbed-block"><pre>apt install</pre></div><div class="tabbed-block"><pre>winget install</pre>'
        "</div></div></div>",
    ],
)
def test_tabs_of_a_page_stand_under_their_names_also_those_that_are_not_open(page: str) -> None:
    assert shown(f"<section>{page}</section><p>Then.</p>") == [
        ("note", "Debian\napt install"), ("note", "Windows\nwinget install"), ("paragraph", "Then."),
    ]  # fmt: skip


def test_a_hidden_part_that_no_tab_opens_stays_hidden() -> None:
    page = (
        f'<div role="tablist"><b role="tab">Debian</b></div>{PANEL.format("", "apt")}{PANEL.format(" hidden", ORDER)}'
    )

    assert [text for _, text in shown(f"<section>{page}</section>")] == ["Debian\napt"]
