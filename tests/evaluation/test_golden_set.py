"""Golden sets on disk in both layouts, and which of their questions are asked, and how."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from core.errors import DocumentRejected, Invalid
from core.types import Element, Json, Parsed
from evaluation.corpus_build import CorpusDocument
from evaluation.golden_set import load_golden
from evaluation.plan import Plan, checked_plan
from evaluation.references import Reference, labelled, load_references
from evaluation.sources import read_sources, stands_in
from generation.refusal.calibration import Judged

MANY = [Reference(f"q{n}", "?", ("x",), None, frozenset({f"d{n}"})) for n in range(20)]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\n"


def write(path: Path, lines: Sequence[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def in_lines(folder: Path, answers: bool = True) -> Path:
    write(folder / "corpus.jsonl", [{"_id": "d1", "text": "Five."}, {"_id": "d2", "text": "Six."}])
    write(folder / "queries.jsonl", [{"_id": "q1", "text": "How many?"}, {"_id": "q2", "text": "Who?"}])
    (folder / "qrels.tsv").write_text(QRELS)
    if answers:
        write(folder / "answers.jsonl", [{"_id": "q1", "answer": "five"}, {"_id": "q2", "answerable": False}])
    return folder


def in_files(folder: Path, file: str = "a.md") -> Path:
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "files" / "a.md").write_text("Five.")
    (folder / "files" / "deep" / "b.md").write_text("Six.")
    write(folder / "questions.jsonl", [{"_id": "q1", "question": "How many?", "answer": "five", "file": file}])
    return folder


def test_references_are_read_with_their_questions_and_judged_documents(tmp_path: Path) -> None:
    lines: list[dict[str, Json]] = [
        {"_id": "q1", "answer": "five"},
        {"_id": "q2", "answer": ["a", " ", "b"], "answerable": False, "question": "Why?"},
    ]
    write(tmp_path / "answers.jsonl", lines)
    first, second = load_references(tmp_path / "answers.jsonl", {"q1": "How?"}, {"q1": {"d1": 2, "d2": 0}})
    assert first == Reference("q1", "How?", ("five",), None, frozenset({"d1"}))
    assert second == Reference("q2", "Why?", ("a", "b"), False)


@pytest.mark.parametrize("line", ["{", "[]", '{"answer": "x"}', '{"_id": "q9"}'])
def test_a_line_that_is_no_reference_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(Invalid, match="line 1"):
        load_references(path, {})


def test_a_set_in_lines_is_read_with_its_documents_or_without(tmp_path: Path) -> None:
    golden = load_golden(in_lines(tmp_path))
    assert [each.id for each in golden.documents] == ["d1", "d2"]
    assert [(each.id, each.answers, each.answerable) for each in golden.references] == [
        ("q1", ("five",), None),
        ("q2", (), False),
    ]
    assert load_golden(tmp_path, documents=False).documents == ()


def test_a_set_without_answers_asks_the_judged_questions(tmp_path: Path) -> None:
    golden = load_golden(in_lines(tmp_path, answers=False))
    assert golden.references == (Reference("q1", "How many?", (), None, frozenset({"d1"})),)
    (tmp_path / "qrels.tsv").write_text(QRELS + "q9\td1\t1\n")
    with pytest.raises(Invalid, match="'q9'"):
        load_golden(tmp_path)
    (tmp_path / "qrels.tsv").unlink()
    with pytest.raises(Invalid, match=r"answers\.jsonl cannot be read"):
        load_golden(tmp_path)


def test_a_set_of_files_is_read_with_paths_as_ids(tmp_path: Path) -> None:
    golden = load_golden(in_files(tmp_path, "deep/b.md"))
    assert [(each.id, each.file) for each in golden.documents] == [
        ("a.md", tmp_path / "files" / "a.md"),
        ("deep/b.md", tmp_path / "files" / "deep" / "b.md"),
    ]
    assert golden.references == (Reference("q1", "How many?", ("five",), None, frozenset({"deep/b.md"})),)


def test_a_question_about_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"question 1: there is no file 'c\.md'"):
        load_golden(in_files(tmp_path, "c.md"))


def test_questions_beside_no_files_are_no_set(tmp_path: Path) -> None:
    write(tmp_path / "questions.jsonl", [{"_id": "q1", "question": "How many?"}])
    with pytest.raises(Invalid, match="no folder 'files'"):
        load_golden(tmp_path)


def test_a_smaller_sample_is_the_beginning_of_a_larger_one() -> None:
    ten, five = Plan(sample=10, seed=3).questions(MANY), Plan(sample=5, seed=3).questions(MANY[::-1])
    assert (len(set(ten)), ten[:5]) == (10, five)
    assert Plan(sample=10, seed=4).questions(MANY) != ten
    assert Plan(sample=5, seed=3).drawn(MANY) == {"questions": 5, "of": 20, "seed": 3}
    assert Plan(sample=20).drawn(MANY) is Plan().drawn(MANY) is None


def test_a_question_is_asked_with_its_documents_and_without() -> None:
    unanswerable = Reference("n", "?", (), False, frozenset({"d1"}))
    asked = Plan(withhold="both").questions([MANY[0], unanswerable, Reference("u", "?", ("x",), None)])
    assert [(each.id, each.withheld) for each in asked] == [("q0", False), ("q0", True), ("n", False), ("u", False)]
    assert labelled(asked[1], 0.5, True) == Judged(0.5, answerable=False, right=False)
    assert labelled(asked[0]) == Judged(0.0, answerable=True, right=False)  # to be compared, once it is asked
    assert [each.id for each in Plan(withhold="all").questions([*MANY[:2], unanswerable])] == ["q0", "q1"]
    with pytest.raises(Invalid, match="judged document"):
        Plan(withhold="all").questions([unanswerable])


@pytest.mark.parametrize(
    ("mode", "withhold", "adapter", "says"),
    [("magic", "none", None, "quotes"), ("quotes", "some", None, "both"), ("quotes", "none", Path("."), "generate")],
)
def test_a_plan_in_unknown_words_says_which_are_known(
    mode: str, withhold: str, adapter: Path | None, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        checked_plan(mode, withhold, adapter=adapter)


def test_a_placeholder_stands_for_what_was_redacted_and_for_no_more() -> None:
    source = "Call Ann Smith on Monday. Ask for the mask."
    assert stands_in("Call Ann\nSmith", source)
    assert stands_in("Call [PERSON] on Monday.", source)
    assert not stands_in("Call [PERSON] on Tuesday.", source)
    assert not stands_in("Call [PERSON] Ask", "Call " + "x" * 300 + " Ask")
    assert stands_in("the [MASK] token", "read the [MASK] token")


def test_a_file_is_looked_up_as_it_is_parsed_and_nothing_is_in_one_that_cannot_be(tmp_path: Path) -> None:
    def parse(data: bytes, media_type: str, filename: str) -> Parsed:
        if filename == "b.md":
            raise DocumentRejected("torn")
        return Parsed((Element("title", "Five"), Element("text", "or\nsix")))

    documents = load_golden(in_files(tmp_path)).documents
    code = CorpusDocument("code", "", "Run:\n```sh\nmake\n```\nDone.")
    assert read_sources([code], parse) == {"code": "Run: make Done."}
    assert read_sources(documents, parse) == {"a.md": "Five or six", "deep/b.md": ""}
