"""A long message is reduced to what it asks; a short question stays as it is."""

from __future__ import annotations

from pathlib import Path

from retrieval.lexical.email_question import CONTEXT_WEIGHT, weighted_parts
from retrieval.lexical.index import TantivyIndex

STORY = "We bought the set three weeks ago in your shop in the old town and were happy with it for a while. " * 2
LETTER = f"""Dear Mr Lamp,

{STORY}
How do I change the fuse?
I need to know before Friday.

Kind regards,
Wolfgang Lamp
Lamp & Lamp Lighting, Berlin
"""


def test_a_question_of_a_line_is_left_alone() -> None:
    assert weighted_parts("Hi, regards to the fuse. How do I change it?") == [
        ("Hi, regards to the fuse. How do I change it?", 1.0)
    ]


def test_the_question_counts_in_full_and_greeting_and_signature_a_little() -> None:
    weights = dict(weighted_parts(LETTER))

    assert weights.pop("How do I change the fuse?") == 1.0
    assert "Wolfgang Lamp" in weights
    assert set(weights.values()) == {CONTEXT_WEIGHT}


def test_thanks_before_the_question_end_nothing() -> None:
    assert ("Where is the fuse?", 1.0) in weighted_parts(f"{STORY}\nThanks\nWhere is the fuse?")


def test_a_letter_that_asks_nothing_counts_whole() -> None:
    assert [weight for _, weight in weighted_parts(STORY)] == [1.0]


def test_quoted_mail_falls_away_unless_it_is_everything() -> None:
    quoted = "\n".join(f"> {line}" for line in STORY.split(". "))

    assert weighted_parts(f"Where is the fuse?\n{quoted}") == [("Where is the fuse?", 1.0)]
    assert weighted_parts(quoted) == [(quoted, 1.0)]


def test_what_a_letter_asks_outweighs_its_story_and_its_signature(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add([1, 2, 3], ["", "", ""], [STORY, "The lamp, lamp, lamp.", "To change the fuse, open the lid."])

    assert index.search(LETTER, 3)[0].chunk_id == 3
