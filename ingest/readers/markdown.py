"""Reads Markdown as the page that it is written for: markdown-it-py renders it, the HTML reader reads that.

Knows GitHub's tables, alerts, task lists and strikethrough, footnotes, definition lists, admonitions (`!!! note`,
`:::note`), tabs (`=== "Debian"`), H~2~O and 10^6^, and HTML inside. A word in angle brackets that is no HTML
(`<file>`) stays a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.parser_block import ParserBlock
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from ingest.account import left_out
from ingest.blocks.nodes import Reading
from ingest.cleaning import one_line
from ingest.readers.html import read_html
from ingest.readers.html.notes import KINDS

_FRONT = re.compile(r"\A\ufeff?(---|\+\+\+)[^\S\n]*\n(.*?)^(?:\1|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_TITLE = re.compile(r"""^title\s*[:=]\s*["']?(.+?)["']?\s*$""", re.MULTILINE)
_FOOTNOTE = re.compile(r"^( {0,3})\[\^([^\]\s]+)\]:", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\s*\{[:#.][^{}]*\}\s*$")
_TAG = re.compile(r"</?([a-zA-Z][\w.:-]*)[^<>]*>")
_TAB = re.compile(r"===[!+]{0,2}\s+[\"'](.+)[\"']\s*")
_CONTAINER = re.compile(r"\{?([a-zA-Z]+)\}?(?:\[([^\]]*)\]|\s+(.*))?")
_SHIFTED = {"^": ("sup", re.compile(r"\^([^\s^~]{1,40})\^")), "~": ("sub", re.compile(r"~([^\s^~]{1,40})~(?!~)"))}
_DEEPEST = 160
"""Blocks in blocks, each list being two; what is deeper becomes a paragraph."""
_ELEMENTS = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br "
    "button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em "
    "embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr "
    "html i iframe img input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr "
    "noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp script section "
    "select small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th "
    "thead time title tr track tt u ul var video wbr path g rect circle text use line polygon mi mn mo mrow msup "
    "msub mfrac msqrt tabitem "
)
_HTML = frozenset(_ELEMENTS.split())
"""Elements of HTML, SVG and MathML, and the one that `_tab` makes."""


def read_markdown(text: str) -> Reading:
    """Return the blocks of a Markdown text; the title in its front matter is the document's title."""
    front = _FRONT.match(text)
    title = _FRONT_TITLE.search(front.group(2)) if front else None
    if front:
        left_out("metadata", front.group(2))
    body = _with_unused_footnotes(text[front.end() :] if front else text)
    parser = _parser()
    env = {"source": body.lower()}
    tokens = parser.parse(body, env)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and inline.children and inline.children[-1].type == "text":
            last = inline.children[-1]
            left_out("metadata", "".join(_ATTRIBUTES.findall(last.content)))
            last.content = _ATTRIBUTES.sub("", last.content)
    reading = read_html(parser.renderer.render(tokens, parser.options, env))
    reading.title = one_line(title.group(1)) if title else None
    return reading


class _Blocks(ParserBlock):
    """The parser of blocks, which keeps what is nested too deeply instead of skipping it."""

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:
        if state.level < _DEEPEST:
            super().tokenize(state, startLine, endLine)
            return
        state.push("paragraph_open", "p", 1)
        inline = state.push("inline", "", 0)
        inline.content = state.getLines(startLine, endLine, state.blkIndent, False).strip()
        inline.map, inline.children = [startLine, endLine], []
        state.push("paragraph_close", "p", -1)
        state.line = endLine


@cache
def _parser() -> MarkdownIt:
    options = {"maxNesting": _DEEPEST + 20, "alerts": True, "tasklists": True, "strikethrough_single_tilde": True}
    parser = MarkdownIt("commonmark", options)
    blocks = _Blocks()
    blocks.ruler = parser.block.ruler
    parser.block = blocks
    parser.enable(["table", "strikethrough"]).use(footnote_plugin).use(deflist_plugin).use(admon_plugin)
    parser.use(container_plugin, "note", validate=_is_container, render=_container)
    parser.block.ruler.before("code", "tab", _tab)
    parser.inline.ruler.before("strikethrough", "shifted", _shifted)
    parser.add_render_rule("html_inline", _html)
    parser.add_render_rule("html_block", _html)
    parser.add_render_rule("footnote_caption", _footnote_number)
    return parser


def _with_unused_footnotes(text: str) -> str:
    """Return the text with footnotes that nothing refers to as paragraphs: the plugin would drop them."""

    def kept(match: re.Match[str]) -> str:
        used = text.count(f"[^{match.group(2)}]") > 1
        return match.group() if used else f"{match.group(1)}\\[^{match.group(2)}\\]:"

    return _FOOTNOTE.sub(kept, text)


def _shifted(state: StateInline, silent: bool) -> bool:
    """Parse 10^6^ and H~2~O: raised and lowered text without blanks, right after a letter or digit."""
    mark = state.src[state.pos]
    if mark not in _SHIFTED or silent or not state.pos or not (state.src[state.pos - 1].isalnum()):
        return False
    tag, pattern = _SHIFTED[mark]
    match = pattern.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    state.push(f"{tag}_open", tag, 1)
    state.push("text", "", 0).content = match.group(1)
    state.push(f"{tag}_close", tag, -1)
    state.pos = match.end()
    return True


def _html(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:  # fmt: skip
    """Return HTML as it is, but a word in angle brackets that neither is HTML nor is closed again as text."""

    def kept(match: re.Match[str]) -> str:
        name = match.group(1).lower()
        known = name in _HTML or f"</{name}" in env["source"]
        return match.group() if known else escapeHtml(match.group())

    return _TAG.sub(kept, tokens[index].content)


def _footnote_number(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:  # fmt: skip
    return str(tokens[index].meta["id"] + 1)


def _tab(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Parse a tab of MkDocs: `=== "Debian"` with what it shows below, indented by four blanks."""
    if state.sCount[start_line] - state.blkIndent > 3:
        return False
    match = _TAB.fullmatch(state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]])
    indent = state.sCount[start_line] + 4
    last, line = start_line, start_line + 1
    while match is not None and line < end_line and (state.isEmpty(line) or state.sCount[line] >= indent):
        last = last if state.isEmpty(line) else line
        line += 1
    if match is None or last == start_line:
        return False
    state.push("html_block", "", 0).content = f'<tabitem label="{escapeHtml(match.group(1).strip("`"))}">\n'
    outer = state.parentType, state.blkIndent, state.lineMax
    state.parentType, state.blkIndent, state.lineMax = "tab", indent, last + 1
    state.level += 1
    state.md.block.tokenize(state, start_line + 1, last + 1)
    state.level -= 1
    state.parentType, state.blkIndent, state.lineMax = outer
    state.push("html_block", "", 0).content = "</tabitem>\n"
    state.line = last + 1
    return True


def _is_container(info: str, markup: str) -> bool:
    match = _CONTAINER.match(info.strip())
    return match is not None and match.group(1).lower() in KINDS


def _container(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:  # fmt: skip
    match = _CONTAINER.match(tokens[index].info.strip())
    if tokens[index].nesting != 1 or match is None:
        return "</div>\n"
    title = match.group(2) or match.group(3) or match.group(1).capitalize()
    return f'<div class="admonition {match.group(1).lower()}"><p>{escapeHtml(title)}</p>\n'
