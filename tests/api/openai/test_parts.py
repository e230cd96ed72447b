"""Parts of the routes for OpenAI's clients by themselves: where markers stand, words of a refusal, shapes of errors."""

from __future__ import annotations

import pytest

from api.openai.annotations import annotations_of
from api.openai.errors import error_body, speaks_openai
from api.openai.question import MAX_EARLIER, standalone_question
from api.openai.requests import ChatBody, ChatMessage
from api.openai.responses import CompletionBuilder, estimated_tokens, text_of
from api.schemas.answers import AnswerView
from api.schemas.search import PassageView
from core.types import Json

ASKED = [{"role": "user", "content": "How do I reset it?"}]


def cited(number: int, quote: str) -> Json:
    place = {"chunk_id": number, "document_id": f"doc_{number}", "version": 1, "page": None, "boxes": [], "heading": []}
    return place | {"id": number, "title": f"Manual {number}", "quote": quote, "start": 0, "end": len(quote)}


def answer(text: str, *quotes: str, phrased: bool = False, **more: Json) -> AnswerView:
    citations = [cited(number, quote) for number, quote in enumerate(quotes, 1)]
    rest: Json = {"closest": [], "support": 0.9, "versions": {}, "timings": {}} | more
    return AnswerView.model_validate(
        {"id": "ans_1", "status": "answered", "text": text, "citations": citations, "phrased": phrased} | rest
    )


def places(said: AnswerView) -> list[tuple[str, int]]:
    """Return each annotation's document and where it begins, having checked that it spans a marker."""
    found = [each.url_citation for each in annotations_of(said, said.text, "http://vouch.test")]
    assert all(said.text[at.start_index : at.end_index].startswith("[") for at in found)
    assert all(said.text[at.start_index : at.end_index].endswith("]") for at in found)
    return [(at.url.removeprefix("http://vouch.test/#/document/"), at.start_index) for at in found]


def test_a_marker_of_the_manuals_own_inside_a_quote_is_no_citation() -> None:
    text = "“See note [2] and [1].” [1]\n“Hold it.” [2]"
    said = answer(text, "See note [2]\nand [1].", "Hold it.")
    assert places(said) == [("doc_1", text.index("[1]\n")), ("doc_2", text.rindex("[2]"))]


def test_every_marker_of_checked_words_is_annotated_and_no_other_number() -> None:
    text = "Hold it. [1] Wait. [1][2] Then [9]."
    said = answer(text, "Hold it", "Wait", phrased=True)
    assert places(said) == [("doc_1", 9), ("doc_1", 19), ("doc_2", 22)]


def test_indexes_count_code_points() -> None:
    text = "“Press 😀 twice.” [1]"
    assert places(answer(text, "Press 😀 twice.")) == [("doc_1", len(text) - 3)]


def test_text_from_documents_is_inert_in_markdown_and_verbatim_beside_it() -> None:
    quote = "See ![x](https://evil.example/?q=1) [2] and <b>hold</b>."
    text = f"“{quote}” [1]\n“Hold it.” [2]"
    builder = CompletionBuilder(
        "chatcmpl-1", 0, ChatBody.model_validate({"model": "m", "messages": ASKED}), "http://vouch.test"
    )

    completion = builder.completion(answer(text, quote, "Hold it."))

    said = completion.choices[0].message
    assert said.content == ("“See !\\[x]\\(https://evil.example/?q=1) [2] and \\<b>hold\\</b>.” [1]\n“Hold it.” [2]")
    marked = [said.content[at.url_citation.start_index : at.url_citation.end_index] for at in said.annotations]
    assert marked == ["[1]", "[2]"]
    assert said.content[said.annotations[0].url_citation.start_index - 2] == "”"
    assert completion.vouch.citations[0].quote == quote


def test_a_refusal_names_the_places_that_it_speaks_of() -> None:
    near: Json = cited(1, "") | {
        "rank": 1,
        "score": 1.0,
        "collection": "c",
        "path": "p",
        "text": "Hold.",
        "kind": "text",
    }
    near |= {"kind": "text", "title": "Router\nmanual", "page": 3, "heading": ["Care", "Reset"], "metadata": {}}
    refusal = {"code": "not_answered", "message": "The closest passages are shown instead."}
    said = answer("", status="refused", refusal=refusal, closest=[PassageView.model_validate(near)])
    assert text_of(said) == "The closest passages are shown instead.\n\n- Router manual, page 3: Reset"


@pytest.mark.parametrize(
    ("before", "last", "meant"),
    [
        ((), "Why?", None),
        (("",), "And the X200?", None),
        (("x" * 5000, "How do I reset the X100?"), "And the X200?", "How do I reset the X200?"),
        (("How do I reset the X100?", "And the X200?"), "And the X300?", "How do I reset the X300?"),
        (("How do I reset the X100?",), "How long is the warranty of a lamp?", None),
        (("How do I reset the X100?", *["Thanks."] * MAX_EARLIER), "And the X200?", None),
    ],
)
def test_a_follow_up_is_read_against_the_users_messages_before_it(
    before: tuple[str, ...], last: str, meant: str | None
) -> None:
    assert standalone_question([ChatMessage(role="user", content=text) for text in (*before, last)]) == meant


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("éé", 1), ("日本", 2)])
def test_tokens_are_estimated_by_bytes(text: str, count: int) -> None:
    assert estimated_tokens(text) == count


@pytest.mark.parametrize(
    ("path", "speaks"),
    [
        ("/v1/models", True),
        ("/v1/models/x", True),
        ("/v1/model-versions", False),
        ("/v1/chat/completions", True),
        ("/v1/answers", False),
        ("/other/v1/models", False),
    ],
)
def test_only_their_routes_speak_their_language(path: str, speaks: bool) -> None:
    assert speaks_openai(path) is speaks


def test_an_error_of_several_fields_names_them_all() -> None:
    fields = [
        {"field": "messages.0.role", "where": "body", "message": "Field required", "code": "missing"},
        {"field": "n", "where": "body", "message": "One.", "code": "unsupported_parameter"},
    ]
    error = error_body(400, "invalid", "unused", fields)["error"]
    assert error["message"] == "messages[0].role: Field required. n: One."
    assert (error["param"], error["code"]) == ("messages[0].role", "missing_required_parameter")
