"""Word, PowerPoint and Excel files with one doubtful text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import docx
import openpyxl
import pptx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor
from openpyxl.styles import Alignment, Font, PatternFill
from pptx.dml.color import RGBColor as SlideColour
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.util import Inches
from pptx.util import Pt as SlidePt

from bench.hidden_text.case import DOUBTFUL, ORDINARY, Case

Change = Callable[[Any], object]
WHITE, NIGHT = RGBColor(255, 255, 255), RGBColor(0, 0, 0x40)


def cases() -> Iterator[Case]:
    """Yield every file."""
    for suffix, make, hidden, seen in (
        (".docx", _word, _WORD_HIDDEN, _WORD_SEEN),
        (".pptx", _slides, _SLIDES_HIDDEN, _SLIDES_SEEN),
        (".xlsx", _sheet, _SHEET_HIDDEN, _SHEET_SEEN),
    ):
        for is_seen, changes in ((False, hidden), (True, seen)):
            for name, change in changes.items():
                yield Case(name, suffix, is_seen, partial(make, change))


def _saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _word(change: Change) -> bytes:
    document = docx.Document()
    document.add_paragraph(ORDINARY[0])
    paragraph = document.add_paragraph()
    paragraph.add_run(DOUBTFUL)
    document.add_paragraph(ORDINARY[1])
    change(paragraph)
    return _saved(document)


def _run(**values: Any) -> Change:
    def change(paragraph: Any) -> None:
        font = paragraph.runs[0].font
        for name, value in values.items():
            if name == "rgb":
                font.color.rgb = value
            else:
                setattr(font, name, value)

    return change


def _style(kind: str = "paragraph", based: bool = False, **values: Any) -> Change:
    def change(paragraph: Any) -> None:
        styles = paragraph.part.document.styles
        type_ = WD_STYLE_TYPE.PARAGRAPH if kind == "paragraph" else WD_STYLE_TYPE.CHARACTER
        style = styles.add_style("Quiet", type_)
        for name, value in values.items():
            if name == "rgb":
                style.font.color.rgb = value
            else:
                setattr(style.font, name, value)
        if based:
            outer = styles.add_style("Outer", type_)
            outer.base_style = style
            style = outer
        if kind == "paragraph":
            paragraph.style = style
        else:
            paragraph.runs[0].style = style

    return change


def _run_xml(xml: str) -> Change:
    return lambda paragraph: (
        paragraph.runs[0]._r.get_or_add_rPr().append(parse_xml(xml.replace("/>", f" {nsdecls('w')}/>")))
    )


def _shaded(fill: str, inner: Change, where: str = "run") -> Change:
    def change(paragraph: Any) -> None:
        inner(paragraph)
        shade = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>')
        properties = paragraph.runs[0]._r.get_or_add_rPr() if where == "run" else paragraph._p.get_or_add_pPr()
        properties.append(shade)

    return change


def _in_cell(fill: str | None, inner: Change) -> Change:
    def change(paragraph: Any) -> None:
        table = paragraph.part.document.add_table(rows=1, cols=2)
        cell = table.rows[0].cells[1]
        table.rows[0].cells[0].text = "Part"
        cell.paragraphs[0].add_run(DOUBTFUL)
        inner(cell.paragraphs[0])
        paragraph._p.getparent().remove(paragraph._p)
        if fill is not None:
            cell._tc.get_or_add_tcPr().append(
                parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>')
            )

    return change


def _defaults(paragraph: Any) -> None:
    for style in paragraph.part.document.styles:
        if style.name == "Normal":
            style.font.color.rgb = WHITE
    others = [each for each in paragraph.part.document.paragraphs if each._p is not paragraph._p]
    for other in others:
        for run in other.runs:
            run.font.color.rgb = RGBColor(0, 0, 0)


def _page_dark(paragraph: Any) -> None:
    paragraph.runs[0].font.color.rgb = WHITE
    body = paragraph.part.element
    body.insert(0, parse_xml(f'<w:background {nsdecls("w")} w:color="000040"/>'))
    paragraph.part.settings.element.insert(0, parse_xml(f"<w:displayBackgroundShape {nsdecls('w')}/>"))


_WORD_HIDDEN: dict[str, Change] = {
    "hidden": _run(hidden=True),
    "1 point": _run(size=Pt(1)),
    "2 points": _run(size=Pt(2)),
    "white": _run(rgb=WHITE),
    "nearly white": _run(rgb=RGBColor(0xFE, 0xFE, 0xFE)),
    "pale": _run(rgb=RGBColor(0xF7, 0xF7, 0xF7)),
    "theme white": _run_xml('<w:color w:val="auto" w:themeColor="background1"/>'),
    "theme white with a false value": _run_xml('<w:color w:val="000000" w:themeColor="background1"/>'),
    "theme dark, all tint": _run_xml('<w:color w:val="000000" w:themeColor="text1" w:themeTint="00"/>'),
    "paragraph style white": _style(rgb=WHITE),
    "paragraph style hidden": _style(hidden=True),
    "paragraph style 1 point": _style(size=Pt(1)),
    "character style white": _style("character", rgb=WHITE),
    "character style hidden": _style("character", hidden=True),
    "based-on white": _style(based=True, rgb=WHITE),
    "based-on 1 point": _style("character", based=True, size=Pt(1)),
    "default style white": _defaults,
    "black on black shading": _shaded("000000", _run(rgb=RGBColor(0, 0, 0))),
    "white on white shading": _shaded("FFFFFF", _run(rgb=WHITE)),
    "navy on a navy paragraph": _shaded("000040", _run(rgb=NIGHT), "paragraph"),
    "yellow on yellow highlight": _run(rgb=RGBColor(255, 255, 0), highlight_color=WD_COLOR_INDEX.YELLOW),
    "white in a plain cell": _in_cell(None, _run(rgb=WHITE)),
    "white in a white cell": _in_cell("FFFFFF", _run(rgb=WHITE)),
    "hidden in a cell": _in_cell(None, _run(hidden=True)),
}
_WORD_SEEN: dict[str, Change] = {
    "plain": lambda paragraph: None,
    "small": _run(size=Pt(5)),
    "grey": _run(rgb=RGBColor(0x80, 0x80, 0x80)),
    "white on black shading": _shaded("000000", _run(rgb=WHITE)),
    "white on a dark paragraph": _shaded("000040", _run(rgb=WHITE), "paragraph"),
    "white on a dark highlight": _run(rgb=WHITE, highlight_color=WD_COLOR_INDEX.DARK_BLUE),
    "white in a dark cell": _in_cell("1F3864", _run(rgb=WHITE)),
    "hidden style switched off": lambda paragraph: (_style(hidden=True)(paragraph), _run(hidden=False)(paragraph)),
    "white style overruled": lambda paragraph: (
        _style(rgb=WHITE)(paragraph),
        _run(rgb=RGBColor(0, 0, 0))(paragraph),
    ),
    "white on a dark page": _page_dark,
    "automatic colour on black": _shaded("000000", lambda paragraph: None),
}


def _slides(change: Change) -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = ORDINARY[0]
    for top, text in ((2, DOUBTFUL), (5, ORDINARY[1])):
        slide.shapes.add_textbox(Inches(1), Inches(top), Inches(6), Inches(1)).text_frame.text = text
    change(slide)
    return _saved(show)


def _box(slide: Any) -> Any:
    return slide.shapes[1]


def _font(slide: Any) -> Any:
    return _box(slide).text_frame.paragraphs[0].runs[0].font


def _ink(red: int, green: int, blue: int) -> Change:
    def change(slide: Any) -> None:
        _font(slide).color.rgb = SlideColour(red, green, blue)

    return change


def _filled(red: int, green: int, blue: int, inner: Change) -> Change:
    def change(slide: Any) -> None:
        _box(slide).fill.solid()
        _box(slide).fill.fore_color.rgb = SlideColour(red, green, blue)
        inner(slide)

    return change


def _theme_ink(slide: Any) -> None:
    _font(slide).color.theme_color = MSO_THEME_COLOR.BACKGROUND_1


def _clear_ink(slide: Any) -> None:
    _ink(0, 0, 0)(slide)
    colour = _font(slide)._element.xpath(".//a:srgbClr")[0]
    colour.append(colour.makeelement("{http://schemas.openxmlformats.org/drawingml/2006/main}alpha", {"val": "0"}))


def _hide_shape(slide: Any) -> None:
    _box(slide)._element.xpath(".//p:cNvPr")[0].set("hidden", "1")


def _hide_slide(slide: Any) -> None:
    show = slide.part.package.presentation_part.presentation
    other = show.slides.add_slide(show.slide_layouts[5])
    other.shapes.title.text = DOUBTFUL
    other._element.set("show", "0")
    _box(slide)._element.getparent().remove(_box(slide)._element)


def _shape_size(size: float) -> Change:
    def change(slide: Any) -> None:
        _font(slide).size = SlidePt(size)

    return change


def _moved(left: float, top: float) -> Change:
    def change(slide: Any) -> None:
        _box(slide).left, _box(slide).top = Inches(left), Inches(top)

    return change


def _covered(slide: Any) -> None:
    cover = slide.shapes.add_shape(1, Inches(0.5), Inches(1.8), Inches(8), Inches(1.5))
    cover.fill.solid()
    cover.fill.fore_color.rgb = SlideColour(255, 255, 255)


def _on_dark_shape(slide: Any) -> None:
    cover = slide.shapes.add_shape(1, Inches(0.5), Inches(1.8), Inches(8), Inches(1.5))
    cover.fill.solid()
    cover.fill.fore_color.rgb = SlideColour(0, 0, 64)
    slide.shapes._spTree.insert(2, cover._element)
    slide.shapes[2].text_frame.paragraphs[0].runs[0].font.color.rgb = SlideColour(255, 255, 255)


def _dark_slide(slide: Any) -> None:
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = SlideColour(0, 0, 64)
    for shape in slide.shapes:
        shape.text_frame.paragraphs[0].runs[0].font.color.rgb = SlideColour(255, 255, 255)


_SLIDES_HIDDEN: dict[str, Change] = {
    "hidden slide": _hide_slide,
    "hidden shape": _hide_shape,
    "off the slide, right": _moved(20, 2),
    "off the slide, above": _moved(1, -3),
    "white": _ink(255, 255, 255),
    "nearly white": _ink(252, 252, 252),
    "theme white": _theme_ink,
    "clear": _clear_ink,
    "1 point": _shape_size(1),
    "navy on navy": _filled(0, 0, 64, _ink(0, 0, 64)),
    "white on white": _filled(255, 255, 255, _ink(255, 255, 255)),
    "covered": _covered,
}
_SLIDES_SEEN: dict[str, Change] = {
    "plain": lambda slide: None,
    "white on navy": _filled(0, 0, 64, _ink(255, 255, 255)),
    "white on a dark shape": _on_dark_shape,
    "white on a dark slide": _dark_slide,
    "small": _shape_size(6),
    "partly off the slide": _moved(-0.5, 2),
}


def _sheet(change: Change) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Parts"
    sheet.append(["Warranty", "Note"])
    sheet.append([ORDINARY[0], "a"])
    sheet.append(["Care", "b", DOUBTFUL])
    sheet.append([ORDINARY[1], "c"])
    change(sheet)
    return _saved(book)


def _cell(**values: Any) -> Change:
    def change(sheet: Any) -> None:
        for name, value in values.items():
            setattr(sheet["C3"], name, value)

    return change


def _fill(rgb: str) -> PatternFill:
    return PatternFill("solid", start_color=rgb)


def _dimension(kind: str, key: Any, **values: Any) -> Change:
    def change(sheet: Any) -> None:
        for name, value in values.items():
            setattr(getattr(sheet, kind)[key], name, value)

    return change


def _hidden_sheet(sheet: Any) -> None:
    other = sheet.parent.create_sheet("Inside")
    other.append([DOUBTFUL])
    other.sheet_state = "hidden"
    sheet["C3"] = None


_SHEET_HIDDEN: dict[str, Change] = {
    "hidden sheet": _hidden_sheet,
    "hidden row": _dimension("row_dimensions", 3, hidden=True),
    "hidden column": _dimension("column_dimensions", "C", hidden=True),
    "row of no height": _dimension("row_dimensions", 3, height=0.1),
    "column of no width": _dimension("column_dimensions", "C", width=0.05),
    "white": _cell(font=Font(color="FFFFFFFF")),
    "nearly white": _cell(font=Font(color="FFFDFDFD")),
    "theme white": _cell(font=Font(color=openpyxl.styles.colors.Color(theme=0))),
    "black on black": _cell(font=Font(color="FF000000"), fill=_fill("FF000000")),
    "1 point": _cell(font=Font(sz=1)),
    "format without text": _cell(number_format=";;;"),
}
_SHEET_SEEN: dict[str, Change] = {
    "plain": lambda sheet: None,
    "white on navy": _cell(font=Font(color="FFFFFFFF"), fill=_fill("FF000040")),
    "grey": _cell(font=Font(color="FF888888")),
    "small": _cell(font=Font(sz=5)),
    "shrunk": _cell(alignment=Alignment(shrink_to_fit=True)),
    "filtered column shown": _dimension("column_dimensions", "C", width=3),
}
