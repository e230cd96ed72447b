"""Control words of Rich Text Format: what each stands for, and what a group's first word makes of the group."""

from __future__ import annotations

TEXTS = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
SYMBOLS = {"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\", "\t": "\t"}
SKIPPED = frozenset(
    {
        *("pict", "object", "objdata", "objclass", "nonshppict", "shprslt", "sp", "colortbl", "filetbl", "revtbl"),
        *("listtable", "listoverridetable", "rsidtbl", "pn", "themedata", "colorschememapping", "datastore"),
        *("latentstyles", "generator", "xe", "tc", "txe", "rxe", "bkmkstart", "bkmkend", "template"),
        *("atnid", "atnauthor", "atntime", "atndate", "atnref", "nonesttables", "nesttableprops"),
        *("author", "operator", "company", "category", "keywords", "comment", "subject", "doccomm", "hlinkbase"),
        *("creatim", "revtim", "printim"),
    }
)
"""Groups that hold no text of the document."""
_RUNNING = ("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf")
GATHERED = {
    "title": "title",
    "fldinst": "instruction",
    "annotation": "comment",
    "listtext": "marker",
    "pntext": "marker",
    **dict.fromkeys(_RUNNING, "running_head"),
}
"""Groups whose text is not the body's."""
ASIDES = frozenset({"footnote", "shptxt", "dptxbxtext"})
"""Groups with paragraphs of their own: footnotes and text boxes."""
READ_AFTER_STAR = frozenset({"shpinst", "do", *ASIDES, *GATHERED})
"""Groups that are read although their first word is marked as one that may be skipped."""
CODE_PAGES = {
    0: "cp1252",
    2: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp437",
}
"""The encoding of a font's `\\fcharset`."""
_OTHER_PAGES = {0: "cp1252", 936: "gbk", 950: "big5", 1361: "johab", 10000: "mac_roman", 65001: "utf-8"}


def code_page(number: int | None) -> str:
    """Return Python's name of a Windows code page."""
    return _OTHER_PAGES.get(number or 0, f"cp{number}")
