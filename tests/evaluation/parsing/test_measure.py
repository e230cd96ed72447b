"""Pairs of a folder, and their figures: through a parser of the test, and through the command and the sandbox."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from cli.main import app
from core.errors import DocumentRejected, Invalid
from core.types import Parsed
from evaluation.parsing.measure import evaluate_pairs
from evaluation.parsing.pairs import find_pairs
from ingest.blocks.nodes import heading, paragraph
from ingest.blocks.write import elements

PAGE = "<h1>Pump</h1><p>Open the valve.</p><table><tr><th>a<th>b<tr><td>1<td>2</table>"


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(PAGE)


def named(folder: Path) -> list[tuple[str, str]]:
    pairs = find_pairs(folder)
    return [(str(pair.document.relative_to(folder)), str(pair.source.relative_to(folder))) for pair in pairs]


def test_a_source_serves_every_document_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, "sub/a.v1.html", "sub/a.v1.pdf", "sub/a.v1.docx", "b.htm", "b.eml", "README", ".hidden.pdf")
    assert named(tmp_path) == [
        ("b.eml", "b.htm"), ("sub/a.v1.docx", "sub/a.v1.html"), ("sub/a.v1.pdf", "sub/a.v1.html"),
    ]  # fmt: skip


def test_html_can_be_measured_against_a_source_that_says_so(tmp_path: Path) -> None:
    write(tmp_path, "a.html", "a.src.html", "a.pdf")
    assert named(tmp_path) == [("a.html", "a.src.html"), ("a.pdf", "a.src.html")]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "holds no pairs"),
        (["README"], "holds no pairs"),
        (["a.html", "a.pdf", "b.pdf"], "b.pdf has no source (1 such files)"),
        (["a.html", "a.pdf", "b.html", "c.src.html"], "has no document that was made from it (2 such files)"),
    ],
)
def test_a_set_that_is_not_whole_is_refused(tmp_path: Path, files: list[str], message: str) -> None:
    write(tmp_path, *files)
    with pytest.raises(Invalid, match=message.replace("(", r"\(").replace(")", r"\)")) as error:
        find_pairs(tmp_path)
    assert error.value.hint


def test_a_rejected_document_has_lost_everything(tmp_path: Path) -> None:
    write(tmp_path, "a.html", "a.pdf", "b/c.html", "b/c.txt")

    def parse(data: bytes, media_type: str, filename: str) -> Parsed:
        if filename == "a.pdf":
            raise DocumentRejected("It is bad.")
        return Parsed(tuple(elements([heading("Pump", 1), paragraph("Open the valve. a b 1 2")])), pages=3)

    evaluation = evaluate_pairs(tmp_path, find_pairs(tmp_path), parse)

    assert [(row["path"], row["status"], row["heading_f1"], row["pages"]) for row in evaluation.rows] == [
        ("a.pdf", "rejected", 0.0, 0), ("b/c.txt", "parsed", 1.0, 3),
    ]  # fmt: skip
    summary = evaluation.summary
    assert summary["heading_f1"] == pytest.approx(2 / 3, abs=1e-4), "counts of files add up"
    assert (summary["text_similarity"], summary["table_cell_f1"]) == (0.5, 0)
    assert (summary["by_format"]["txt"]["text_similarity"], summary["by_folder"]["b"]["files"]) == (1, 1)
    assert (summary["rejected"], summary["worst"][0]["path"]) == ({"a.pdf": "It is bad."}, "a.pdf")
    assert summary["pages_per_s"] > 0
    assert summary["by_format"]["pdf"]["pages_per_s"] is None


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one Word file and its source."""
    folder = tmp_path / "pairs"
    write(folder, "a.html")
    made = docx.Document()
    made.add_heading("Pump", 1)
    made.add_paragraph("Open the valve.")
    grid = made.add_table(2, 2)
    for place, text in enumerate("ab12"):
        grid.cell(place // 2, place % 2).text = text
    stream = io.BytesIO()
    made.save(stream)
    (folder / "a.docx").write_bytes(stream.getvalue())
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path / "home"))
    return folder


def test_the_command_prints_one_json_value_and_writes_a_row_per_document(documents: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["eval", "parsing", str(documents), "--json", "--run", str(tmp_path / "run.jsonl")])

    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert (printed["files"], printed["heading_f1"], printed["text_similarity"]) == (1, 1, 1)
    assert printed["by_format"]["docx"]["table_row_f1"] == 1
    rows = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [(row["path"], row["rows"]) for row in rows] == [("a.docx", {"source": 2, "result": 2, "both": 2})]
