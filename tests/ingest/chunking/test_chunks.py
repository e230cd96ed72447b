"""How elements become chunks: along structure, whole sentences, nothing lost."""

from __future__ import annotations

from core.types import Box, Element, Parsed
from ingest.chunking.chunks import chunk
from tests.elements import element


def title(text: str, level: int = 1) -> Element:
    return element("title", text, level=level)


def sentence_of(words: int, name: str) -> str:
    return " ".join([name.capitalize(), *(f"{name}{n}" for n in range(words - 1))]) + "."


def text_of(words: int, name: str = "word") -> Element:
    return element("text", " ".join(sentence_of(10, f"{name}{n}x") for n in range(words // 10)))


def words_of(texts: list[str]) -> list[str]:
    return [word for text in texts for word in text.split()]


def test_a_short_document_is_one_chunk_with_its_headings_in_it() -> None:
    parsed = Parsed(
        (title("Care"), text_of(20, "a"), title("Cleaning", 2), text_of(30, "b"), title("Drying", 2), text_of(30, "c"))
    )

    chunks = chunk(parsed)

    assert [c.heading for c in chunks] == [("Care",)]
    assert "Cleaning\n" in chunks[0].text
    assert "Drying\n" in chunks[0].text


def test_sections_do_not_share_a_chunk() -> None:
    parsed = Parsed((title("A"), text_of(120, "a"), title("B"), text_of(120, "b")))

    chunks = chunk(parsed)

    assert [c.heading for c in chunks] == [("A",), ("B",)]


def test_each_chunk_has_its_path_of_headings() -> None:
    parsed = Parsed(
        (
            title("Manual"),
            title("Care", 2),
            title("Filter", 3),
            text_of(150, "a"),
            title("Safety", 2),
            text_of(150, "b"),
        )
    )

    assert [c.heading for c in chunk(parsed)] == [("Manual", "Care", "Filter"), ("Manual", "Safety")]


def test_no_word_is_lost_and_no_sentence_is_cut() -> None:
    parsed = Parsed((title("A"), text_of(900, "a"), text_of(50, "b")))

    chunks = chunk(parsed)

    assert words_of([c.text for c in chunks]) == words_of([e.text for e in parsed.elements[1:]])
    assert all(c.text.endswith(".") for c in chunks)
    assert all(len(c.text.split()) <= 250 for c in chunks)


def test_tiny_sections_under_one_heading_share_a_chunk() -> None:
    parsed = Parsed(
        (
            title("Terms"),
            *(e for n in range(6) for e in (title(f"Term {n}", 2), text_of(10, f"t{n}"))),
            title("Other"),
            text_of(190),
        )
    )

    chunks = chunk(parsed)

    assert [c.heading for c in chunks] == [("Terms",), ("Other",)]
    assert all(f"Term {n}\n" in chunks[0].text for n in range(6))


def test_a_heading_is_not_repeated_over_a_later_part_of_its_section() -> None:
    parsed = Parsed((title("Limits"), text_of(190, "a"), text_of(60, "b"), title("Length"), text_of(10, "c")))

    chunks = chunk(parsed)

    assert [c.heading for c in chunks] == [("Limits",), ("Limits",), ("Length",)]
    assert not any("Limits" in c.text for c in chunks)


def test_a_list_keeps_its_lead_in_and_repeats_it_in_the_next_chunk() -> None:
    items = element("list", "\n".join(sentence_of(30, f"item{n}x") for n in range(12)))
    parsed = Parsed((title("A"), text_of(180), element("text", "You need the following:"), items))

    chunks = chunk(parsed)

    assert not chunks[0].text.endswith("following:")
    assert [c.text.startswith("You need the following:\n") for c in chunks[1:]] == [True] * (len(chunks) - 1)


def test_a_long_table_is_split_between_rows_under_its_header() -> None:
    rows = "\n".join(f"part {n} | costs {n} euros | ships in {n} days" for n in range(60))
    parsed = Parsed((title("Prices"), element("table", f"Part | Price | Delivery\n{rows}")))

    chunks = chunk(parsed)

    assert len(chunks) > 1
    assert all(c.kind == "table" and c.text.startswith("Part | Price | Delivery\n") for c in chunks)
    assert sum(c.text.count("part ") for c in chunks) == 60


def test_code_stays_as_it_is() -> None:
    code = "def f():\n    return 1\n\n\nprint(f())"

    chunks = chunk(Parsed((element("code", code),)))

    assert chunks[0].text == code
    assert chunks[0].kind == "code"


def test_running_headers_and_footers_are_left_out() -> None:
    parsed = Parsed((element("header", "Acme"), text_of(20), element("footer", "Page 1")))

    assert "Acme" not in chunk(parsed)[0].text
    assert "Page 1" not in chunk(parsed)[0].text


def test_a_chunk_has_a_page_and_boxes() -> None:
    box = Box(2, 0.1, 0.1, 0.9, 0.2)
    elements = (element("text", "One.", page=1), element("text", "Two.", page=2, boxes=(box,)))

    only = chunk(Parsed(elements))[0]

    assert (only.page, only.boxes) == (1, (box,))


def test_a_heading_without_text_is_not_lost() -> None:
    parsed = Parsed((title("Only a heading"), title("Another")))

    assert [c.text for c in chunk(parsed)] == ["Only a heading\n\nAnother"]


def test_text_without_sentences_is_cut_between_words() -> None:
    chunks = chunk(Parsed((element("text", "word " * 5000),)))

    assert sum(len(c.text.split()) for c in chunks) == 5000
    assert max(len(c.text.split()) for c in chunks) <= 250


def test_scripts_without_blanks_are_cut_too() -> None:
    chunks = chunk(Parsed((element("text", "質問に答えるための取扱説明書です。" * 200),)))

    assert len(chunks) > 5
    assert all(c.text.endswith("。") for c in chunks)


def test_a_document_without_elements_gives_no_chunks() -> None:
    assert chunk(Parsed(())) == []
