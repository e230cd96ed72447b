"""Which files a command line names, and what the paths of their documents are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.paths import find_files
from core.errors import Invalid


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with some files beside and in it."""
    names = ("x200/manual.md", "x300/manual.md", "docs/a.md", "docs/sub/b.md", "docs/.git/c.md", "note.md", ".env.md")
    for name in (*(f"here/{name}" for name in names), "there/other.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def paths(*given: str | Path, base: str | None = None) -> list[str]:
    return [found.path for found in find_files([Path(each) for each in given], None if base is None else Path(base))]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["x200/manual.md", "x300/manual.md"], ["x200/manual.md", "x300/manual.md"]),
        (["note.md", "./note.md", "x200/../note.md"], ["note.md"]),
        ([".env.md"], [".env.md"]),
        (["docs"], ["a.md", "sub/b.md"]),
        (["docs/"], ["a.md", "sub/b.md"]),
        (["docs/sub", "docs"], ["b.md", "a.md"]),
        (["docs/a.md", "docs"], ["a.md", "sub/b.md"]),
        (["docs", "docs/a.md", "docs/sub/b.md"], ["a.md", "sub/b.md"]),
        (["docs", "./docs"], ["a.md", "sub/b.md"]),
        (["x200/manual.md", "note.md", "docs"], ["x200/manual.md", "note.md", "a.md", "sub/b.md"]),
        ([".."], ["here/docs/a.md", "here/docs/sub/b.md", "here/note.md"]),
    ],
)
def test_a_path_is_what_was_given_relative_to_the_folder(here: Path, given: list[str], expected: list[str]) -> None:
    assert paths(*given)[: len(expected)] == expected


def test_a_file_has_the_same_path_however_it_is_named(here: Path) -> None:
    assert paths(here / "x200/manual.md") == paths("x200/manual.md") == paths("../here/x200/manual.md")


def test_a_file_outside_of_the_current_folder_has_its_whole_path(here: Path) -> None:
    whole = (here.parent / "there/other.md").as_posix().lstrip("/")

    assert paths("../there/other.md") == paths(here.parent / "there/other.md") == [whole]
    assert paths("../there") == ["other.md"]


def test_a_base_makes_every_path_relative_to_it(here: Path) -> None:
    assert paths("x200", "x300", base=".") == ["x200/manual.md", "x300/manual.md"]
    assert paths("docs/sub/b.md", "docs", base="docs") == ["sub/b.md", "a.md"]
    assert paths("../there/other.md", base="..") == ["there/other.md"]
    with pytest.raises(Invalid, match=r"note\.md.*is not in the folder"):
        paths("note.md", base="docs")


def test_two_files_with_one_path_are_refused_with_both_names(here: Path) -> None:
    with pytest.raises(Invalid, match=r"x200/manual\.md and x300/manual\.md") as caught:
        paths("x200", "x300")

    assert "--base" in (caught.value.hint or "")
    (here / "a.md").write_text("another")
    with pytest.raises(Invalid, match=r"docs/a\.md and a\.md"):
        paths("docs", "a.md")


def test_many_clashes_are_counted(here: Path) -> None:
    for number in range(15):
        for folder in ("x200", "x300"):
            (here / folder / f"{number}.md").write_text(folder)

    with pytest.raises(Invalid, match="and 6 more"):
        paths("x200", "x300")


def test_a_link_has_its_own_path_and_a_folder_given_twice_by_a_link_counts_once(here: Path) -> None:
    (here / "docs/link.md").symlink_to(here / "note.md")
    (here / "docs/broken.md").symlink_to(here / "gone.md")
    (here / "papers").symlink_to(here / "docs")

    assert paths("docs") == ["a.md", "link.md", "sub/b.md"]
    assert paths("docs", "papers") == ["a.md", "link.md", "sub/b.md"]
    assert paths("papers/a.md") == ["papers/a.md"]
    assert paths("papers/../note.md") == ["note.md"]


def test_a_current_folder_that_was_entered_by_a_link_is_the_same_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here.parent / "linked").symlink_to(here)
    monkeypatch.chdir(here.parent / "linked")

    assert paths(here.parent / "linked/x200/manual.md") == ["x200/manual.md"]
    assert paths(here.parent / "linked/x200", base=str(here)) == ["x200/manual.md"]


def test_what_does_not_exist_is_named(here: Path) -> None:
    with pytest.raises(Invalid, match=r"nowhere\.pdf"):
        paths("note.md", "nowhere.pdf")
