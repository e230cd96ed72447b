"""Chosen quotes are verbatim, few, near the best one, and never repeat each other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.blocks import Block
from generation.evidence import quotes
from generation.evidence.quotes import Limits, choose, in_context, score_spans, verbatim
from tests.generation.doubles import NoisyReranker, OverlapReranker, passage, ranked

MANUAL = passage(
    "Connect the TV to power. Hold the reset button for five seconds. The light turns red.\n\n"
    "Clean the screen with a dry cloth.",
    title="TV",
)


OLD = "The old manual says that the hot fuser shows code 47 at 210 degrees."
MAIL = f"The limit was raised: code 47 is shown at 235 degrees now.\n\n{OLD}"


def test_what_a_mail_says_goes_before_the_older_mail_that_it_quotes() -> None:
    quoted = Block("quoted_mail", MAIL.index(OLD), len(MAIL))
    question = "At what temperature does the fuser show code 47?"

    plain = score_spans(question, ranked(passage(MAIL)), OverlapReranker())
    mail = score_spans(question, ranked(replace(passage(MAIL), blocks=(quoted,))), OverlapReranker())

    assert plain[0].text == OLD
    assert "235 degrees" in mail[0].text


class LateReranker(OverlapReranker):
    """Runs out of time before its first batch."""

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        assert deadline is not None
        return []


def test_the_best_span_comes_first() -> None:
    scored = score_spans("How long must I hold the reset button?", ranked(MANUAL), OverlapReranker())
    assert scored[0].text == "Hold the reset button for five seconds."
    assert scored[0].logit is not None


def test_the_passage_that_search_put_first_leads_and_a_span_with_a_higher_score_comes_second() -> None:
    first = passage("Hold the button on the back for five seconds.", chunk_id=1)
    last = passage("Reset happens when the button shines green twice.", chunk_id=2)
    scored = score_spans("reset button", ranked(first, last), OverlapReranker())
    assert scored[1].score > scored[0].score
    assert [(c.id, c.passage.chunk_id) for c in choose(scored)] == [(1, 1), (2, 2)]


def test_a_later_passage_leads_when_no_span_of_the_first_scores_near_it() -> None:
    first = passage("The lamp is made of brass and glass.", chunk_id=1)
    last = passage("Reset happens when the button shines green twice.", chunk_id=2)
    scored = score_spans("reset button", ranked(first, last), OverlapReranker())
    assert scored[0].passage.chunk_id == 2


def test_the_leading_quote_stays_first_when_its_neighbour_joins_it_later() -> None:
    text = "Hold the reset button of the lamp for seven seconds. Then the lamp blinks blue beside its button."
    first = passage(text, chunk_id=1)
    other = passage("Reset happens when someone holds a green button near any lamp.", chunk_id=2)
    cited = choose(score_spans("reset button lamp", ranked(first, other), OverlapReranker()))
    assert [(c.id, c.quote) for c in cited] == [(1, text), (2, other.text)]


class LogitReranker(OverlapReranker):
    """Returns the number at the end of each text as its logit."""

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        return [float(text.rsplit(" ", 1)[-1].rstrip(".")) for text in texts]


def test_scores_within_a_tie_are_ordered_by_the_documents() -> None:
    near = passage("The button of this lamp is 5.10. The button of that lamp is 5.30. The button of a lamp is 5.20.")
    texts = [item.text for item in score_spans("button lamp", ranked(near), LogitReranker())]
    assert [text[-5:-1] for text in texts] == ["5.10", "5.30", "5.20"]


def test_a_score_that_is_better_by_more_than_a_tie_comes_first() -> None:
    apart = passage("The button of this lamp is 5.10. The button of that lamp is 5.60. The button of a lamp is 5.00.")
    texts = [item.text for item in score_spans("button lamp", ranked(apart), LogitReranker())]
    assert [text[-5:-1] for text in texts] == ["5.60", "5.10", "5.00"]


def test_the_same_sentence_in_two_places_is_quoted_from_the_first_on_every_processor() -> None:
    text = "Hold the reset button for five seconds. Clean the lamp. Hold the reset button for five seconds."
    twins = ranked(passage(text, chunk_id=1, title="Lamp"), passage(text, chunk_id=2, title="Lamp"))
    for seed in range(20):
        noisy = NoisyReranker(OverlapReranker(), seed, noise=quotes.TIE / 2)
        cited = choose(score_spans("How long do I hold the reset button?", twins, noisy))
        assert [(c.passage.chunk_id, c.start) for c in cited] == [(1, 0)]


def test_without_a_reranker_shared_words_decide() -> None:
    scored = score_spans("How long must I hold the reset button?", ranked(MANUAL), None)
    assert scored[0].text == "Hold the reset button for five seconds."
    assert scored[0].logit is None


def test_a_reranker_out_of_time_leaves_the_order_by_words() -> None:
    scored = score_spans("hold the reset button", ranked(MANUAL), LateReranker(), deadline=time.monotonic())
    assert scored[0].text == "Hold the reset button for five seconds."


def test_the_reranker_reads_no_more_than_the_pool() -> None:
    read: list[int] = []

    class Counting(OverlapReranker):
        def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
            read.append(len(texts))
            return super().score(question, texts, deadline=deadline)

    many = passage(" ".join(f"Sentence number {i} is here." for i in range(100)))
    assert len(score_spans("sentence number 7", ranked(many), Counting())) == 100
    assert read == [quotes.POOL]


def test_a_short_row_is_read_under_its_heading_and_header() -> None:
    table = passage("Model | Weight\nX1 | 3.5 kg", title="X series", heading=("Specifications",))
    row = next(item for item in score_spans("weight of the X1", ranked(table), None) if "3.5" in item.text)
    assert in_context(row) == "X series > Specifications\nModel | Weight\nX1 | 3.5 kg"


def test_a_row_is_quoted_with_its_header_and_the_header_once() -> None:
    table = passage("Model | Weight\nX1 | 3.5 kg\nX2 | 4 kg\nX3 | 5 kg", title="X series")
    header, row = choose(score_spans("weight of the X3", ranked(table), OverlapReranker()), Limits(quotes=1))
    assert (header.quote, row.quote) == ("Model | Weight", "X3 | 5 kg")
    (whole,) = choose(score_spans("weight of the X1", ranked(table), OverlapReranker()), Limits(quotes=1))
    assert whole.quote == "Model | Weight\nX1 | 3.5 kg"


def test_an_item_is_quoted_with_its_lead_in_if_there_is_room() -> None:
    text = passage("Call the service line when:\n- the lamp is dark\n- the pump leaks water\n- it smells of smoke")
    scored = score_spans("it smells of smoke, what now?", ranked(text), OverlapReranker())
    assert [c.quote for c in choose(scored, Limits(quotes=1))] == [
        "Call the service line when:",
        "- it smells of smoke",
    ]
    assert [c.quote for c in choose(scored, Limits(quotes=1, words=7))] == ["- it smells of smoke"]


def test_a_question_repeated_in_the_text_is_not_quoted_as_its_answer() -> None:
    text = passage("How do I reset the TV? Hold the reset button on the TV for five seconds.")
    scored = score_spans("How do I reset the TV?", ranked(text), OverlapReranker())
    assert scored[0].text == "Hold the reset button on the TV for five seconds."


def test_neighbours_become_one_citation() -> None:
    text = passage("Reset the TV with the button. Hold the button until the TV resets itself.")
    (only,) = choose(score_spans("reset TV button", ranked(text), OverlapReranker()))
    assert only.quote == text.text
    assert only.id == 1


def test_the_same_sentence_of_two_passages_is_quoted_once() -> None:
    twin = passage("Hold the reset button for five seconds.", chunk_id=2)
    cited = choose(score_spans("hold the reset button", ranked(MANUAL, twin), OverlapReranker()))
    assert [c.quote for c in cited].count("Hold the reset button for five seconds.") == 1


def test_a_line_that_introduces_a_list_is_quoted_with_as_much_of_it_as_fits() -> None:
    text = passage("Reset the clock in these cases:\n- The cable was out.\n- The mode changed.\n- " + "So on " * 30)
    (only,) = choose(score_spans("When do I reset the clock?", ranked(text), OverlapReranker()))
    assert only.quote == "Reset the clock in these cases:\n- The cable was out.\n- The mode changed."


def test_the_best_span_is_quoted_even_when_it_is_long() -> None:
    long = passage("The reset button " + "is red and " * 20 + "round.")
    (only,) = choose(score_spans("reset button", ranked(long), None), Limits(words=5, quotes=3, margin=5))
    assert only.quote == long.text


def test_a_span_far_below_the_best_is_left_out() -> None:
    cited = choose(score_spans("hold the reset button", ranked(MANUAL), OverlapReranker()), Limits(40, 3, margin=0.1))
    assert [c.quote for c in cited] == ["Hold the reset button for five seconds."]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4), st.text(max_size=30))
def test_every_quote_is_verbatim_and_within_the_limits(texts: list[str], question: str) -> None:
    passages = ranked(*(passage(text, chunk_id=number) for number, text in enumerate(texts)))
    cited = choose(score_spans(question, passages, OverlapReranker()))
    assert all(verbatim(c) and c.quote == c.passage.text[c.start : c.end] for c in cited)
    assert [c.id for c in cited] == list(range(1, len(cited) + 1))
    assert len(cited) <= 3


def test_no_passages_give_no_spans_and_no_quotes() -> None:
    assert choose(score_spans("anything", (), OverlapReranker())) == ()
