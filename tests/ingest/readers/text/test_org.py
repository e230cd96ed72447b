"""Org files: headings, blocks, tables, links, footnotes."""

from __future__ import annotations

from ingest.account import collected
from ingest.blocks.write import elements
from ingest.readers.text.org import read_org

TEXT = """#+TITLE: Guide
* Care :tag:
:PROPERTIES:
:ID: 7
:END:
Rinse *daily*, see [[https://a.org][here]] or =x = 1=. Not +25+ 15 EUR.[fn:1]
1. Open
   - [X] lid
2. Close

| Part | Price |
|------+-------|
| pump |    80 |

#+BEGIN_SRC python
  x = 1
    y = 2
#+END_SRC

#+BEGIN_WARNING
Hot.
#+END_WARNING

# a comment
[fn:1] With LD-4.
"""


def test_org_keeps_its_structure() -> None:
    with collected() as left_out:
        reading = read_org(TEXT)

    assert reading.title == "Guide"
    assert [(element.kind, element.block.label, element.text) for element in elements(reading.nodes)] == [
        ("heading", None, "Care"),
        ("paragraph", None, "Rinse daily, see here (https://a.org) or x = 1. Not 15 EUR.[1]"),
        ("list", None, "1. Open\n  [X] lid\n2. Close"),
        ("table", None, "Part | Price\npump | 80"),
        ("code", "python", "x = 1\n  y = 2"),
        ("note", "warning", "Hot."),
        ("footnote", None, "1 With LD-4."),
    ]
    assert set(left_out) == {"metadata", "struck", "comment", "markup"}
