"""Documents of all kinds of blocks, made at random: each word is stored once and in order, through text and chunks."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.blocks import Block, Element, walk
from core.types import Json, Parsed, PiiSpan
from ingest.blocks.cuts import joined, mapped, redacted_places
from ingest.blocks.nodes import Node, code, heading, item, listing, paragraph
from ingest.blocks.tables import TableCell, table
from ingest.blocks.write import elements
from ingest.chunking.chunks import MAX_WORDS, STRETCH, chunk

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Words:
    """Gives each word once: w0, w1, w2."""

    def __init__(self) -> None:
        self.count = 0

    def some(self, count: int) -> str:
        words = [f"w{self.count + n}" for n in range(count)]
        self.count += count
        return " ".join(words)

    def sentence(self, count: int) -> str:
        return f"W{self.some(count)[1:]}."


Shapes = list[Json]
leaf = st.tuples(st.just("p"), st.integers(1, 90))
item_shape: st.SearchStrategy = st.tuples(st.integers(1, 30), st.none() | st.deferred(lambda: nested))
listed = st.lists(item_shape, min_size=1, max_size=9)
nested: st.SearchStrategy = st.tuples(st.booleans(), listed)
block = st.one_of(
    leaf,
    st.tuples(st.just("h"), st.integers(1, 4)),
    st.tuples(st.just("list"), st.booleans(), listed),
    st.tuples(st.just("table"), st.integers(1, 4), st.integers(1, 30), st.integers(1, 6), st.booleans()),
    st.tuples(st.just("code"), st.integers(1, 60)),
    st.tuples(st.just("note"), st.integers(1, 40), listed),
    st.tuples(st.just("definition"), st.integers(1, 20)),
    st.tuples(st.just("quoted"), st.integers(1, 300)),
)


def node_of(shape: tuple[Json, ...], words: Words) -> Node:
    kind, *rest = shape
    if kind == "p":
        return paragraph(words.sentence(rest[0]))
    if kind == "h":
        return heading(words.some(3), rest[0])
    if kind == "list":
        return list_of(rest[1], rest[0], words)
    if kind == "table":
        return table_of(rest[0], rest[1], rest[2], merged=rest[3], words=words)
    if kind == "code":
        return code("\n".join(words.some(4) for _ in range(rest[0])))
    if kind == "note":
        return Node("note", label="note", children=[paragraph(words.sentence(rest[0])), list_of(rest[1], False, words)])
    if kind == "definition":
        return Node(
            "definition", children=[Node("paragraph", words.some(1), header=True), paragraph(words.some(rest[0]))]
        )
    return Node("quoted_mail", children=[paragraph(words.sentence(rest[0])), paragraph(words.sentence(5))])


def list_of(shape: Shapes, ordered: bool, words: Words) -> Node:
    items = []
    for place, (count, inner) in enumerate(shape, 1):
        text = words.some(count)
        children = [] if inner is None else [list_of(inner[1], inner[0], words)]
        items.append(item(text, f"{place}." if ordered else None, children))
    return listing(items)


def table_of(columns: int, rows: int, length: int, *, merged: bool, words: Words) -> Node:
    lines = [[TableCell(words.some(1), header=True) for _ in range(columns)]]
    lines += [[TableCell(words.some(length)) for _ in range(columns)] for _ in range(rows)]
    if merged and rows > 1:
        lines[1][0] = TableCell(lines[1][0].text, rows=2)
        gone = lines[2].pop(0).text.split()
        lines[1][0] = TableCell(f"{lines[1][0].text} {' '.join(gone)}", rows=2)
    found = table(lines)
    assert found is not None
    return found


documents = st.lists(block, min_size=1, max_size=12)


def made(shapes: Shapes) -> tuple[list[Element], int]:
    words = Words()
    return list(elements(node_of(shape, words) for shape in shapes)), words.count


def own_words(text: str, blocks: tuple[Block, ...]) -> Iterator[str]:
    """Yield the words of a text that are not there once more."""
    at = 0
    for each in walk(blocks):
        if each.repeated and each.start >= at:
            yield from text[at : each.start].split()
            at = max(at, each.end)
    yield from text[at:].split()


def numbers(words: Iterator[str]) -> list[int]:
    return [int(word[1:].rstrip(".:")) for word in words if word[:1] in "wW" and word[1:].rstrip(".:").isdigit()]


def check(text: str, block: Block) -> None:
    for child in block.children:
        assert block.start <= child.start <= child.end <= block.end, (block, child)
        assert not text[child.start : child.end][:1].isspace()
        check(text, child)


@MANY
@given(documents)
def test_every_word_is_in_the_text_once_and_in_order(shapes: Shapes) -> None:
    found, count = made(shapes)
    whole = joined(found)

    assert sorted(numbers(own_words(whole.text, whole.blocks))) == list(range(count))
    ordered = numbers(own_words(whole.text, tuple(each for each in whole.blocks)))
    if not any(shape[0] == "table" and shape[-1] for shape in shapes):
        assert ordered == list(range(count))
    for each in whole.blocks:
        check(whole.text, each)


@MANY
@given(documents)
def test_every_word_is_in_one_chunk_and_in_order(shapes: Shapes) -> None:
    found, _ = made(shapes)
    expected = [n for each in found if each.kind != "heading" for n in numbers(own_words(each.text, (each.block,)))]

    chunks = chunk(Parsed(tuple(found)))

    stored = [n for each in chunks for n in numbers(own_words(each.text, each.blocks))]
    headings = {n for each in found if each.kind == "heading" for n in numbers(iter(each.text.split()))}
    assert [n for n in stored if n not in headings] == expected
    for each in chunks:
        for top in each.blocks:
            assert 0 <= top.start <= top.end <= len(each.text)
            check(each.text, top)
        assert len(each.text.split()) < 3 * STRETCH * MAX_WORDS


@MANY
@given(documents)
def test_a_part_of_a_table_stands_under_its_header_and_a_step_has_its_number(shapes: Shapes) -> None:
    found, _ = made(shapes)

    for each in chunk(Parsed(tuple(found))):
        for top in walk(each.blocks):
            if top.kind == "table" and any(row.kind == "row" for row in top.children):
                assert top.children[0].header, each.text
            if top.kind == "item" and top.number and not each.text[top.start :].startswith(top.number):
                assert len(each.text[top.start : top.end].split()) < MAX_WORDS * STRETCH  # a later part of a long item


@MANY
@given(documents, st.data())
def test_blocks_stay_on_their_words_when_names_are_replaced(shapes: Shapes, data: st.DataObject) -> None:
    found, _ = made(shapes)
    each = found[data.draw(st.integers(0, len(found) - 1))]
    words = sorted(set(each.text.split()))
    name = data.draw(st.sampled_from(words))
    start = each.text.index(name)
    redacted = each.text[:start] + "[PERSON]" + each.text[start + len(name) :]

    after = mapped(each.block, redacted_places([PiiSpan(start, start + len(name), "PERSON")], len(redacted)))

    check(redacted, after)
    for old, new in zip(walk([each.block]), walk([after]), strict=True):
        if old.end <= start or old.start >= start + len(name):
            assert redacted[new.start : new.end] == each.text[old.start : old.end]
        elif old.start <= start and old.end >= start + len(name):
            assert "[PERSON]" in redacted[new.start : new.end]
