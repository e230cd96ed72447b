"""The evaluation of the check of phrased text: what its figures mean, and which lines it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import Invalid
from evaluation.faithfulness import evaluate_faithfulness, read_pairs

SOURCE = "Never open the cover. Press the red button for 5 seconds."
TRUE = {"_id": "1", "source": SOURCE, "sentence": "Press the red button for 5 seconds.", "faithful": True}
FALSE = {"_id": "2", "source": SOURCE, "sentence": "Open the cover.", "faithful": False}
MEANT = {"_id": "3", "source": SOURCE, "sentence": "The cover must stay closed.", "faithful": True}


def written(folder: Path, *lines: object) -> Path:
    file = folder / "pairs.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def test_counts_what_passes_wrongly_and_what_fails_wrongly(tmp_path: Path) -> None:
    judged_wrongly = {**TRUE, "_id": "4", "faithful": False}

    found = evaluate_faithfulness(written(tmp_path, TRUE, FALSE, MEANT, judged_wrongly))

    assert found.summary == {
        "pairs": 4,
        "unfaithful": 2,
        "unfaithful_passed": 1,
        "unfaithful_passed_share": 0.5,
        "faithful": 2,
        "faithful_failed": 1,
        "faithful_passed_share": 0.5,
    }
    assert [(row["_id"], row["passes"]) for row in found.rows] == [("1", True), ("2", False), ("3", False), ("4", True)]
    assert found.rows[1]["reason"] == "it is not made of whole sentences of one source in their order"


def test_figures_by_change_and_language_where_the_lines_have_them(tmp_path: Path) -> None:
    negated = {**FALSE, "change": "negation", "lang": "en"}

    found = evaluate_faithfulness(written(tmp_path, {**TRUE, "change": "none"}, negated)).summary

    assert set(found["by_change"]) == {"negation", "none"}
    assert (found["by_change"]["none"]["faithful"], found["by_change"]["none"]["unfaithful_passed_share"]) == (1, None)
    assert found["by_lang"] == {"en": found["by_change"]["negation"]}


def test_every_sentence_of_a_longer_text_must_pass(tmp_path: Path) -> None:
    longer = {**TRUE, "sentence": f"{SOURCE} Open the cover.", "faithful": False}
    assert evaluate_faithfulness(written(tmp_path, longer)).summary["unfaithful_passed"] == 0


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2: no JSON"),
        ("[" * 100_000, "line 2: no JSON"),
        ([], "line 2: it is no JSON object"),
        ({**FALSE, "_id": 2}, "_id must be a text"),
        ({"source": "a", "sentence": "b", "faithful": True}, "_id must be a text"),
        ({**FALSE, "source": " "}, "source must be a text that is not empty"),
        ({**FALSE, "sentence": None}, "sentence must be a text"),
        ({**FALSE, "sentence": "a" * 20_001}, "sentence has more than 20000 characters"),
        ({**FALSE, "faithful": "no"}, "faithful must be true or false"),
        ({**FALSE, "faithful": 1}, "faithful must be true or false"),
        ({**FALSE, "change": 3}, "change must be a text"),
        ({**FALSE, "_id": "1"}, "the _id '1' is there twice"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path: Path, line: Any, complaint: str) -> None:
    with pytest.raises(Invalid, match="line 2") as refused:
        evaluate_faithfulness(written(tmp_path, TRUE, line))
    assert complaint in str(refused.value)


def test_a_file_without_pairs_or_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="holds no pairs"):
        evaluate_faithfulness(written(tmp_path))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe{}")
    with pytest.raises(Invalid, match="UTF-8"):
        evaluate_faithfulness(tmp_path / "bytes.jsonl")


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps({**TRUE, "source": f"{SOURCE}\u2028Then wait."}, ensure_ascii=False))
    assert len(read_pairs(file)) == 1
