"""Reads the charts of Office files from the values that are stored with them: a figure with title and table.

Knows no sheet and no slide: who reads the file says whether a chart repeats cells that are read anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.blocks.nodes import Node, paragraph
from ingest.blocks.tables import TableCell, table
from ingest.cleaning import one_line
from ingest.readers.office.drawing.text import A, paragraph_text
from ingest.readers.office.parts import Element, local
from ingest.readers.office.values.number_formats import shown

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
MAX_POINTS = 20_000
"""Values of a chart that are read."""


@dataclass(slots=True)
class _Series:
    name: str
    categories: dict[int, str]
    values: dict[int, TableCell]
    over: str = ""
    sizes: dict[int, TableCell] = field(default_factory=dict)


def chart_figure(root: Element, page: int | None, *, with_data: bool = True) -> Node | None:
    """Return the figure of a chart's part; None for one without text. Without its data: only what it is named."""
    series = [_series(node) for node in root.iter(f"{C}ser")] if with_data else []
    children = []
    title = _title(root.find(f"{C}chart/{C}title"))
    if title:
        children.append(Node("caption", title, page=page))
    axes = [_title(node.find(f"{C}title")) for node in root.iter() if local(node) in {"catAx", "valAx", "dateAx"}]
    category_axis = next((text for node in root.iter(f"{C}catAx", f"{C}dateAx") if (text := _title_of(node))), "")
    placed = set()
    for group in _same_categories(series):
        made = _table(group, category_axis, page)
        if made is not None:
            children.append(made)
            placed.add(category_axis)
    children += [paragraph(text, page) for text in axes if text and text not in placed]
    if not with_data or not series:
        children += [paragraph(text, page) for text in _extended(root) if text]
    return Node("figure", children=children, label="chart", page=page) if children else None


def references(root: Element) -> list[str]:
    """Return the references to cells that a chart's values come from: "Sheet1!$B$2:$B$9"."""
    return [node.text or "" for node in root.iter(f"{C}f") if node.text]


def _title(node: Element | None) -> str:
    if node is None:
        return ""
    rich = " ".join(paragraph_text(each, {})[0] for each in node.iter(f"{A}p"))
    return one_line(rich or " ".join(each.text or "" for each in node.iter(f"{C}v")))


def _title_of(axis: Element) -> str:
    return _title(axis.find(f"{C}title"))


def _series(node: Element) -> _Series:
    over = node.find(f"{C}xVal")
    categories = _texts(over if over is not None else node.find(f"{C}cat"))
    upright = node.find(f"{C}yVal")
    values = _cells(upright if upright is not None else node.find(f"{C}val"))
    return _Series(
        _name(node), categories, values, "x" if over is not None else "", _cells(node.find(f"{C}bubbleSize"))
    )


def _name(node: Element) -> str:
    tx = node.find(f"{C}tx")
    return one_line(" ".join(each.text or "" for each in tx.iter(f"{C}v"))) if tx is not None else ""


def _texts(node: Element | None) -> dict[int, str]:
    """Return the categories by their place; of several levels the outer ones come first."""
    if node is None:
        return {}
    levels = list(node.iter(f"{C}lvl"))
    if not levels:
        return {place: cell.text for place, cell in _cells(node).items()}
    found: dict[int, list[str]] = {}
    places = sorted({place for level in levels for place, _ in _points(level)})
    for level in reversed(levels):
        points, last = dict(_points(level)), ""
        for place in places:
            last = points.get(place, last)
            found.setdefault(place, []).append(last)
    return {place: one_line(" ".join(texts)) for place, texts in found.items()}


def _points(node: Element) -> Iterator[tuple[int, str]]:
    for count, point in enumerate(node.findall(f"{C}pt")):
        if count >= MAX_POINTS:
            return
        value = point.find(f"{C}v")
        yield int(point.get("idx") or count), (value.text or "") if value is not None else ""


def _cells(node: Element | None) -> dict[int, TableCell]:
    """Return the stored values by their place, written in their format."""
    if node is None:
        return {}
    cache = next((each for each in node.iter() if local(each) in {"numCache", "numLit", "strCache", "strLit"}), None)
    if cache is None:
        return {}
    code = cache.findtext(f"{C}formatCode") or "General"
    numbers = local(cache).startswith("num")
    return {place: _cell(text, code if numbers else None) for place, text in _points(cache)}


def _cell(text: str, code: str | None) -> TableCell:
    if code is not None:
        try:
            value = shown(float(text), code)
        except (ValueError, OverflowError):
            return TableCell(one_line(text))
        return TableCell(value.text, type=value.type, unit=value.unit)
    return TableCell(one_line(text))


def _same_categories(series: list[_Series]) -> list[list[_Series]]:
    groups: list[list[_Series]] = []
    for each in series:
        known = next((group for group in groups if group[0].categories == each.categories), None)
        if known is not None:
            known.append(each)
        else:
            groups.append([each])
    return groups


def _table(series: list[_Series], axis: str, page: int | None) -> Node | None:
    """Return the table of series over the same categories: a row a category, a column a series."""
    columns = [(each.name, each.values) for each in series] + [("", each.sizes) for each in series if each.sizes]
    places = sorted({place for _, values in columns for place in values} | set(series[0].categories))[:MAX_POINTS]
    if not any(values for _, values in columns):
        return None
    named = bool(series[0].categories)
    first = [TableCell(axis, header=True)] if named else []
    head = [*first, *(TableCell(name, header=True) for name, _ in columns)]
    rows = [head] if any(cell.text for cell in head) else []
    for place in places:
        label = [TableCell(series[0].categories.get(place, ""), header=not series[0].over)] if named else []
        rows.append([*label, *(values.get(place, TableCell("")) for _, values in columns)])
    return table(rows, header_rows=1 if any(cell.text for cell in head) else 0, page=page)


def _extended(root: Element) -> list[str]:
    """Return what the newer kinds of charts store (waterfall, funnel, map): titles, then categories with values."""
    data = next((node for node in root.iter() if local(node) == "chartData"), None)
    if data is None or "chartex" not in str(data.tag):
        return []
    titles = [
        one_line("".join(t.text or "" for t in node.iter(f"{A}t"))) for node in root.iter() if local(node) == "title"
    ]
    lines: dict[int, list[str]] = {}
    for dimension in data.iter():
        if local(dimension) not in {"strDim", "numDim"}:
            continue
        for level in dimension:
            for point in level if local(level) == "lvl" else ():
                lines.setdefault(int(point.get("idx") or 0), []).append(one_line(point.text or ""))
    return [*titles, *(": ".join(text for text in line if text) for _, line in sorted(lines.items())[:MAX_POINTS])]
