"""How the pages look: style sheets for Chromium's print, and simpler ones that LibreOffice understands.

A style generates no words in the page itself; running heads and feet are made in the page's margin, so the source does
not hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

BASE = """
* { box-sizing: border-box; }
table { border-collapse: collapse; margin: 8pt 0; }
td, th { padding: 3pt 6pt; text-align: left; vertical-align: top; }
td p, th p, li p { margin: 2pt 0; }
pre { background: #f2f2f2; padding: 6pt; white-space: pre-wrap; overflow-wrap: anywhere; }
.note { border: 1px solid #888; padding: 4pt 8pt; margin: 8pt 0; }
.note .title { font-weight: bold; margin: 0; }
"""


@dataclass(frozen=True, slots=True)
class Style:
    """A name and a style sheet. `running` puts the page's title above and its number below each page.

    `chrome` lets the browser print its own head and foot: date, title, address and page number.
    """

    name: str
    css: str
    running: bool = False
    chrome: bool = False

    def sheet(self, title: str) -> str:
        """Return the style sheet for a page of this title."""
        return BASE + self.css + (_margins(title) if self.running else "")


def _margins(title: str) -> str:
    shown = escape(title, quote=False).replace("\\", "").replace('"', "").replace("\n", " ")[:60]
    return f"""
@page {{ margin: 22mm 18mm;
  @top-left {{ content: "{shown}"; font-size: 8pt; }} @top-right {{ content: "User Guide"; font-size: 8pt; }}
  @bottom-center {{ content: "Page " counter(page) " of " counter(pages); font-size: 8pt; }} }}
"""


SANS = "font-family: 'Liberation Sans', sans-serif; font-size: 11pt; line-height: 1.4;"
SERIF = "font-family: 'Liberation Serif', serif; font-size: 11pt; line-height: 1.3;"
PRINTED = (
    Style("ruled", f"body {{ {SANS} }} td, th {{ border: 1px solid #333; }} th {{ background: #ddd; }}", running=True),
    Style("borderless", f"@page {{ size: A4; margin: 20mm; }} body {{ {SERIF} }} th {{ font-weight: bold; }}"),
    Style(
        "zebra",
        f"@page {{ size: A4; margin: 18mm; }} body {{ {SANS} font-size: 10pt; }} table {{ width: 100%; }}"
        "tr:nth-child(even) td { background: #eef2f7; } th { border-bottom: 2px solid #445; }",
        running=True,
    ),
    Style(
        "columns",
        f"@page {{ size: A4; margin: 16mm; }} body {{ {SERIF} font-size: 9.5pt; column-count: 2; column-gap: 8mm; }}"
        "h1 { column-span: all; } td, th { border-bottom: 1px solid #999; padding: 2pt 3pt; } pre { font-size: 7pt; }"
        "table { width: 100%; } td, th { overflow-wrap: anywhere; } tr { break-inside: avoid; }",
    ),
    Style(
        "narrow",
        f"@page {{ size: A4; margin: 20mm; }} body {{ {SANS} font-size: 10pt; }} table {{ width: 62%; }}"
        "td, th { border: 1px solid #aaa; } td { font-size: 9pt; }",
    ),
    Style(
        "a5",
        f"@page {{ size: A5; margin: 12mm; }} body {{ {SERIF} font-size: 9pt; }} td, th {{ border: 0.5pt solid #000; }}"
        "td, th { overflow-wrap: anywhere; padding: 2pt 3pt; } pre { font-size: 7pt; }",
        chrome=True,
    ),
    Style(
        "booktabs",
        f"@page {{ size: A4; margin: 25mm; }} body {{ {SERIF} text-align: justify; hyphens: auto; }}"
        "table { border-top: 1.5pt solid #000; border-bottom: 1.5pt solid #000; margin: 8pt auto; }"
        "thead, tr:first-child th { border-bottom: 0.8pt solid #000; } td, th { hyphens: manual; text-align: left; }",
        running=True,
    ),
    Style(
        "dark",
        f"@page {{ size: letter; margin: 18mm; }} body {{ {SANS} font-size: 10.5pt; }} h1, h2 {{ color: #1a4f8a; }}"
        "th { background: #1a4f8a; color: #fff; } td { border-bottom: 1px solid #ccd; } .note { background: #fff6d8; "
        "border-left: 4px solid #d9a400; border-width: 0 0 0 4px; } pre { background: #222; color: #eee; }",
    ),
    Style(
        "centred",
        f"@page {{ size: A4; margin: 20mm; }} body {{ {SANS} }} table {{ width: 100%; table-layout: fixed; }}"
        "td, th { border: 1px solid #bbb; text-align: center; vertical-align: middle; overflow-wrap: anywhere; }",
        running=True,
    ),
    Style("plain", "", chrome=True),
    Style(
        "dense",
        f"@page {{ size: A4 landscape; margin: 12mm; }} body {{ {SANS} font-size: 8pt; line-height: 1.15; }}"
        "p { margin: 2pt 0; } td, th { padding: 1pt 4pt; border-left: 1px solid #ccc; } li { margin: 0; }",
    ),
    Style(
        "spaced",
        f"@page {{ size: A4; margin: 25mm; }} body {{ {SERIF} font-size: 12pt; line-height: 1.7; }}"
        "ul { list-style-type: square; } td, th { padding: 6pt 14pt; } table { border-top: 1px solid #000; }"
        "h2, h3 { font-family: 'Liberation Sans', sans-serif; font-weight: normal; font-size: 13pt; }",
    ),
)
OFFICE = (
    Style("ruled", "@page { size: 21cm 29.7cm; margin: 2cm } body { font-family: 'Liberation Sans'; font-size: 11pt }"),
    Style("serif", "@page { size: 21cm 29.7cm; margin: 2.5cm } body { font-family: 'Liberation Serif' }"),
    Style("a5", "@page { size: 14.8cm 21cm; margin: 1.5cm } body { font-family: 'Liberation Serif'; font-size: 9pt }"),
    Style("letter", "@page { size: 21.59cm 27.94cm; margin: 2cm } th { background: #cfd8e6 } h1 { color: #1a4f8a }"),
)
BORDERS = (1, 0, 1, 1)
"""The border of the tables in each of OFFICE; LibreOffice reads it from the table, not from the style sheet."""
