"""Scans: which way they lie, what their tables, lists and columns say, and how sure that is."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image
from reportlab.lib import colors
from reportlab.platypus import Flowable, ListFlowable, ListItem, Table

from core.types import Block, Element, Parsed
from ingest.account import collected
from ingest.readers.ocr import Ocr
from ingest.readers.scans import turning
from tests.ingest.conftest import Read, needs_ocr
from tests.ingest.readers.scans.pictures import COLUMNS, pdf_of, png, scan, text

pytestmark = needs_ocr

FLOOR = (
    "The appliance must be placed on a level floor. Its feet can be turned to correct small differences. Do not place "
    "it on a carpet, because the openings at its bottom must stay free."
)
LINES: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]
SETTINGS = [
    ["Setting", "Factory", "Range", "Unit"],
    ["Temperature", "92", "80 to 98", "degrees"],
    ["Pressure", "9", "6 to 12", "bar"],
    ["Language", "English", "12 languages", ""],
]
ASKEW = {"skew": 1.2, "blur": 0.8, "noise": 12.0}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tesseract use one thread, as in the sandbox."""
    monkeypatch.setenv("OMP_THREAD_LIMIT", "1")


def shape(parsed: Parsed) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in parsed.elements]


def table(parsed: Parsed) -> list[list[str]]:
    """Return the texts of the cells of the only table."""
    (element,) = [each for each in parsed.elements if each.kind == "table"]
    rows = [block for block in element.block.children if block.kind == "row"]
    return [[element.text[cell.start : cell.end] for cell in row.children if cell.end > cell.start] for row in rows]


def items(element: Element, block: Block | None = None) -> list[object]:
    """Return the numbers of a list's items, with those of the lists in them."""
    found: list[object] = []
    for item in (block or element.block).children:
        found.append(item.number)
        found += [items(element, child) for child in item.children if child.kind == "list"]
    return found


def manual() -> list[Flowable]:
    return [
        text("Replacing the filter", "Heading1"),
        text("A filter lasts for two months. Use only filters of the type AQ-3."),
        text(FLOOR),
    ]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_lies_on_its_side_or_its_head_is_read(read: Read, turn: int) -> None:
    parsed = read(pdf_of(scan(manual(), turn=turn)), "a.pdf")

    assert shape(parsed)[0] == ("heading", "Replacing the filter")
    assert "Use only filters of the type AQ-3." in parsed.elements[1].text
    assert parsed.elements[2].text == FLOOR


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_are_on_the_page_as_it_is_shown(read: Read, turn: int) -> None:
    image = scan(manual(), turn=turn)

    box = read(png(image), "a.png").elements[0].boxes[0]

    part = image.crop((int(box.x0 * image.width) - 9, int(box.y0 * image.height) - 9,
                       int(box.x1 * image.width) + 9, int(box.y1 * image.height) + 9))  # fmt: skip
    again = Ocr().read(part.rotate(-turn, expand=True).resize((part.width, part.height) if turn % 180 == 0 else
                                                              (part.height, part.width)), 1)  # fmt: skip
    assert [node.text for node in again.nodes] == ["Replacing the filter"]


def test_without_data_for_orientation_a_page_is_turned_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turning, "_asked", lambda image: (None, None))

    found = Ocr().read(scan(manual(), turn=180), 1)

    assert found.nodes[0].text == "Replacing the filter"


@pytest.mark.parametrize("how", [{}, ASKEW])
def test_a_table_with_lines_keeps_its_rows_columns_and_merged_cells(read: Read, how: dict[str, Any]) -> None:
    rows = [["Model", "Size in mm", "", "Mass"], ["", "Width", "Height", "kg"], ["X100", "600", "850", "62"],
            ["X200", "600", "900", "68"]]  # fmt: skip
    style = [*LINES, ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1))]

    parsed = read(png(scan([*manual(), Table(rows, colWidths=[80] * 4, style=style), text(FLOOR)], **how)), "a.png")

    assert table(parsed) == [
        ["Model", "Size in mm", "Size in mm", "Mass"],
        ["Model", "Width", "Height", "kg"],
        ["X100", "600", "850", "62"],
        ["X200", "600", "900", "68"],
    ]
    assert [row.header for row in parsed.elements[-2].block.children] == [True, True, False, False]


def test_wrapped_cells_stay_in_their_rows(read: Read) -> None:
    rows = [
        [text("Fault"), text("Cause"), text("Remedy")],
        [text("E-12"), text("The drain pump is blocked by a foreign body."), text("Clean the filter and wait.")],
        [text("E-47"), text("The fuser is too hot."), text("Switch off, wait for 20 minutes, switch on again.")],
    ]

    parsed = read(png(scan([Table(rows, colWidths=[60, 130, 130], style=LINES)], skew=-0.8)), "a.png")

    assert table(parsed)[1:] == [
        ["E-12", "The drain pump is blocked by a foreign body.", "Clean the filter and wait."],
        ["E-47", "The fuser is too hot.", "Switch off, wait for 20 minutes, switch on again."],
    ]


@pytest.mark.parametrize("how", [{}, ASKEW])
def test_a_table_without_lines_keeps_its_rows_and_columns(read: Read, how: dict[str, Any]) -> None:
    parsed = read(png(scan([text(FLOOR), Table(SETTINGS, colWidths=[110, 90, 110, 70]), text(FLOOR)], **how)), "a.png")

    assert table(parsed) == [[cell for cell in row if cell] for row in SETTINGS]
    assert [element.kind for element in parsed.elements] == ["paragraph", "table", "paragraph"]


def test_lists_keep_their_numbers_and_are_nested(read: Read) -> None:
    screws: list[Any] = [ListItem(text("loosen the four screws,")), ListItem(text("lift the lid."))]
    inner = ListFlowable(screws, bulletType="a", bulletFormat="%s)")
    steps: list[Any] = [
        ListItem(text("Switch it off.")),
        ListItem([text("Open the housing:"), inner]),
        ListItem(text("Close it.")),
    ]

    parsed = read(png(scan([text("Do this in order:"), ListFlowable(steps, bulletFormat="%s."), text(FLOOR)])), "a.png")

    assert [element.kind for element in parsed.elements] == ["paragraph", "list", "paragraph"]
    assert items(parsed.elements[1]) == ["1.", "2.", ["a)", "b)"], "3."]


def test_two_columns_are_read_one_after_the_other(read: Read) -> None:
    flow = [text(f"Paragraph number {count}. {FLOOR}") for count in range(1, 24)]

    parsed = read(png(scan(flow, COLUMNS, skew=0.6)), "a.png")

    whole = " ".join(element.text for element in parsed.elements)
    places = [whole.find(f"Paragraph number {count}.") for count in range(1, 20)]
    assert -1 not in places
    assert places == sorted(places)
    assert "table" not in [element.kind for element in parsed.elements]


DOUBTFUL = {
    "German": "Der höchste Betriebsdruck der Pumpe beträgt sechs Bar. Schließen Sie das Absperrventil, bevor Sie das "
    "Gehäuse öffnen, und warten Sie, bis die Störungsleuchte erlischt. Für Schäden übernehmen wir keine Gewähr.",
    "French": "La pression de service maximale de la pompe est de six bars. Fermez le robinet d'arrêt avant d'ouvrir "
    "le boîtier et attendez que le témoin s'éteigne. L'entretien régulier évite les défaillances prématurées.",
    "Polish": "Najwyzsze cisnienie robocze pompy wynosi szesc barow. Zamknij zawor odcinajacy przed otwarciem obudowy "
    "i poczekaj, az zgasnie lampka. Wstrzasnij pojemnikiem oraz sprawdz szczelnosc polaczen.",
}


@pytest.mark.parametrize("language", DOUBTFUL)
@pytest.mark.parametrize("blur", [0.0, 2.0])
def test_another_language_in_latin_letters_is_no_gibberish(language: str, blur: float) -> None:
    found = Ocr("eng").read(scan([text(DOUBTFUL[language])], blur=blur), 1)

    words = " ".join(node.text for node in found.nodes).split()
    assert not found.nonsense
    assert len(set(words) & set(DOUBTFUL[language].split())) > 0.6 * len(words)


def test_a_page_read_with_little_confidence_is_told(read: Read) -> None:
    good, poor = scan(manual()), scan([text(DOUBTFUL["German"])], blur=2.4)

    parsed = read(pdf_of(good, poor), "a.pdf")

    (warning,) = parsed.warnings
    assert warning.startswith("Page 2 was read with a confidence of ")
    assert warning.endswith("; check it.")


def test_small_type_as_on_a_picture_of_a_screen_is_read(read: Read) -> None:
    image = scan(manual())
    small = image.resize((image.width * 2 // 5, image.height * 2 // 5), Image.Resampling.LANCZOS)

    parsed = read(png(small), "a.png")

    assert parsed.elements[-1].text == FLOOR
    assert parsed.warnings == ()
    assert parsed.elements[0].boxes[0].x1 < 0.6


def test_a_page_that_reads_as_gibberish_is_a_warning_and_no_passage(read: Read) -> None:
    scribble = scan(manual()).resize((1654, 130)).resize((1654, 2339)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    parsed = read(pdf_of(scan(manual()), scribble), "a.pdf")

    assert {element.page for element in parsed.elements} == {1}
    assert any("Page 2 could not be read and was left out" in warning for warning in parsed.warnings)


def test_gibberish_is_in_the_account() -> None:
    mirrored = scan(manual()).transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    with collected() as left:
        found = Ocr().read(mirrored, 1)

    assert found.nonsense
    assert left["gibberish"].words.total() > 10


def test_a_document_of_gibberish_alone_is_rejected_with_the_reason(read: Read) -> None:
    mirrored = scan(manual()).transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    parsed = read(png(mirrored), "a.png")

    assert parsed.elements == ()
    assert "could not be read" in parsed.warnings[0]


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (40, 40)])
def test_tiny_and_narrow_pictures_are_read_as_empty(read: Read, size: tuple[int, int]) -> None:
    assert read(png(Image.new("L", size, 255)), "a.png").elements == ()


def test_squared_paper_is_no_table(read: Read) -> None:
    image = scan(manual())
    for x in range(100, 1600, 60):
        image.paste(0, (x, 1200, x + 2, 2200))
    for y in range(1200, 2201, 60):
        image.paste(0, (100, y, 1600, y + 2))

    assert "table" not in [element.kind for element in read(png(image), "a.png").elements]
