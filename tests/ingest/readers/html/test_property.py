"""Pages of all kinds of blocks, nested at random: each word is stored once, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.blocks import walk
from core.types import Element
from ingest.account import account, collected
from ingest.readers.source_words import source_words
from tests.ingest.readers.html.reading import read

INLINE = (
    "{} {}", "<b>{}</b> {}", "{}<br>{}", "<a href='https://a.org/x?y=z'>{}</a> {}", "<code>{}</code>, {}",
    "{}: <q>{}</q>",
    "<span>{} <i>{}</i></span>", "<a href='#n'>{}</a> ({})", "{} <ins>{}</ins>", "<ruby>{}<rt>{}</rt></ruby>",
    "<img alt='{}' src=a.png> {}", "{} <math><mi>{}</mi></math>", "<label>{} <input type=checkbox> {}</label>",
)  # fmt: skip
LEAVES = (
    "<p>{}</p>", "{}", "<h2>{}</h2>", "<h4>{}</h4>", "<div>{}</div>", "<pre>{}</pre>",
    "<blockquote><p>{}</p></blockquote>",
    "<p class=note>{}</p>", "<figure><img alt='{}'><figcaption>{}</figcaption></figure>", "<address>{}</address>",
    "<footer>{}</footer>", "<details><summary>{}</summary>{}</details>", "<center>{}</center>", "<hr>",
    "<p><img alt='{}' src=b.png></p>", "<table><caption>{}</caption><tr><th>{}<th>{}<tr><td>{}<td>{}</table>",
    "<table><tr><th rowspan=2>{}<th colspan=2>{}<tr><td>{}<td>{}<tr><td>{}<td>{}<td>{}</table>",
    "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dt>{}</dt><dd>{}</dd></dl>", "<svg><text>{}</text></svg>",
    "<section class=footnotes><ol><li>{}</li><li><p>{}</p><p>{}</p></li></ol></section>",
    "<div role=table><div role=row><b role=cell>{}</b></div></div>", "<fieldset><legend>{}</legend>{}</fieldset>",
)  # fmt: skip
BRANCHES = (
    "<div>[]</div>", "<section>[]</section>", "<blockquote>[]</blockquote>", "<aside>[]</aside>",
    "<div class='admonition warning'><p>{}</p>[]</div>", "<ul><li>{}</li><li>[]</li></ul>", "<ul><li>[]{}</li></ul>",
    "<ol start=3><li>{}[]</li><li><p>{}</p>[]</li></ol>", "<ol type=a reversed>{}<li>[]</li>{}</ol>",
    "<dl><dt>{}</dt><dd>[]{}</dd></dl>", "<ul><li>{}</li><ul><li>[]</li></ul></ul>", "<figure>[]</figure>",
    "<table><tr><th>{}<th>{}<tr><td>[]<td>{}</table>", "<table><tr><td>[]</table>", "<li>[]</li>",
    "<table role=presentation><tr><td>{}<td>[]</table>", "<details><summary>{}</summary>[]</details>",
    "<form>[]</form>", "<a href='https://b.org/'>[]</a>", "<div style='color:red'>[]</div>", "<main>[]</main>",
)  # fmt: skip

Tree = tuple[str, tuple[Any, ...]]
"""A form and the trees inside it."""
leaf = st.sampled_from(LEAVES).map(lambda form: (form, ()))
tree = st.recursive(
    leaf, lambda inner: st.tuples(st.sampled_from(BRANCHES), st.lists(inner, max_size=4).map(tuple)), max_leaves=25
)


def written(form: str, inside: tuple[Any, ...], words: Iterator[int], inline: Iterator[str]) -> str:
    """Return the HTML of a tree; each pair of braces gets new words, a pair of brackets what is inside."""

    def filled(match: re.Match[str]) -> str:
        if match.group() == "[]":
            return "".join(written(inner, more, words, inline) for inner, more in inside)
        if "alt='" in form[: match.start()][-6:]:
            return f"w{next(words)}x"
        return next(inline).format(f"w{next(words)}x", f"w{next(words)}x")

    return re.sub(r"\{\}|\[\]", filled, form)


def words_of(element: Element) -> list[str]:
    """Return the test's words in an element, without those that stand there again."""
    text = list(element.text)
    for block in walk([element.block]):
        if block.repeated:
            text[block.start : block.end] = " " * (block.end - block.start)
    return re.findall(r"w\d+x", "".join(text))


@given(st.lists(tree, min_size=1, max_size=6), st.lists(st.sampled_from(INLINE), min_size=1, max_size=5))
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_word_of_a_page_is_stored_once_and_in_order(trees: list[Tree], inline: list[str]) -> None:
    words = count()
    forms = (inline[number % len(inline)] for number in count())
    page = "".join(written(form, inside, words, forms) for form, inside in trees)

    with collected() as left_out:
        elements = read(page)

    found = [word for element in elements for word in words_of(element)]
    assert found == re.findall(r"w\d+x", page), page
    assert account(source_words(page.encode(), "text/html"), elements, left_out).unexplained == 0, page
