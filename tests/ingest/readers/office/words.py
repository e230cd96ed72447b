"""Small Word files of given XML, made with python-docx: its template brings styles and lists."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

import docx
from docx.oxml import parse_xml

from core.types import Element, Parsed
from tests.ingest import files

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "v": "urn:schemas-microsoft-com:vml",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
}
NAMES = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _SPACES.items())
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"


def word(body: str, *, lists: str = "", styles: str = "", notes: str = "") -> bytes:
    """Return a Word file with this XML as its body, and more list definitions, styles and footnotes."""
    document = docx.Document()
    if lists:
        element = document.part.numbering_part.element
        for node in list(element):
            element.remove(node)
        element.extend(list(parse_xml(f"<w:numbering {NAMES}>{lists}</w:numbering>")))
    document.styles.element.extend(list(parse_xml(f"<w:styles {NAMES}>{styles}</w:styles>")))
    parts = files.parts(files.saved(document))
    parts["word/document.xml"] = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>".encode()
    data = files.package(parts)
    return with_part(data, "footnotes", f"<w:footnotes {NAMES}>{notes}</w:footnotes>") if notes else data


def with_part(data: bytes, kind: str, xml: str, identity: str = "rIdMore") -> bytes:
    """Return the file with one part more, which its document points to."""
    parts = files.parts(data)
    parts[f"word/{kind}.xml"] = f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode()
    relation = f'<Relationship Id="{identity}" Type="{_RELATION.format(kind)}" Target="{kind}.xml"/></Relationships>'
    name = "word/_rels/document.xml.rels"
    parts[name] = parts[name].replace(b"</Relationships>", relation.encode())
    stated = f'<Override PartName="/word/{kind}.xml" ContentType="{_TYPE.format(kind)}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", stated.encode())
    return files.package(parts)


def linked(data: bytes, targets: Mapping[str, str]) -> bytes:
    """Return the file with addresses that its links name by id."""
    parts = files.parts(data)
    name = "word/_rels/document.xml.rels"
    for identity, target in targets.items():
        link = (
            f'<Relationship Id="{identity}" Type="{_RELATION.format("hyperlink")}" Target="{escape(target)}" '
            'TargetMode="External"/></Relationships>'
        )
        parts[name] = parts[name].replace(b"</Relationships>", link.encode())
    return files.package(parts)


def p(*runs: str, style: str = "", more: str = "") -> str:
    """Return a paragraph of runs; `more` is XML of its properties."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{more}</w:pPr>{''.join(runs)}</w:p>"


def r(text: str, format_: str = "") -> str:
    """Return a run of text; `format_` is XML of its properties."""
    return f'<w:r><w:rPr>{format_}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def in_list(number: int, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def field(code: str, *result: str) -> str:
    """Return a field with its shown result."""
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    code = f'<w:r><w:instrText xml:space="preserve">{escape(code)}</w:instrText></w:r>'
    return mark("begin") + code + mark("separate") + "".join(result) + mark("end")


def levels(*forms: tuple[str, str], more: str = "") -> str:
    """Return the levels of a list definition of forms and texts ("decimal", "%1.")."""
    return "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/>{more}'
        f'<w:pPr><w:ind w:left="{720 * (place + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
        for place, (form, text) in enumerate(forms)
    )


def abstract(identity: int, inside: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{identity}">{inside}</w:abstractNum>'


def num(identity: int, of: int, inside: str = "") -> str:
    return f'<w:num w:numId="{identity}"><w:abstractNumId w:val="{of}"/>{inside}</w:num>'


def table(*rows: str, more: str = "") -> str:
    return f"<w:tbl><w:tblPr>{more}</w:tblPr>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def tc(text: str, more: str = "") -> str:
    return f"<w:tc><w:tcPr>{more}</w:tcPr>{text if text.startswith('<') else p(r(text))}</w:tc>"


def old_box(content: str) -> str:
    """Return a run with a text box of old programs."""
    inside = f"<w:txbxContent>{content}</w:txbxContent>"
    return f"<w:r><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></w:r>"


def box(content: str) -> str:
    """Return a run with a text box as Word stores it: for new programs, and once more for old ones."""
    inside = f"<w:txbxContent>{content}</w:txbxContent>"
    drawing = (
        '<w:drawing><wp:anchor><wp:docPr id="1" name="Box"/><a:graphic><a:graphicData><wps:wsp><wps:txbx>'
        f"{inside}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
    )
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{drawing}</mc:Choice><mc:Fallback><w:pict><v:shape>'
        f"<v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def texts(parsed: Parsed) -> list[str]:
    return [element.text for element in parsed.elements]


def kinds(parsed: Parsed) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in parsed.elements]


def only(parsed: Parsed, kind: str) -> Element:
    """Return the one element of a kind."""
    (found,) = [element for element in parsed.elements if element.kind == kind]
    return found
