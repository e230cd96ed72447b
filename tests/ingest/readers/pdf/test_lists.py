"""Lists of PDFs: numbers and nesting kept, over pages and over what stands between the steps; drawn bullets."""

from __future__ import annotations

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.ingest.readers.pdf.printed import drawn, items, lines, read


def test_nested_steps_keep_their_numbers() -> None:
    def page(canvas: Canvas) -> None:
        for y, x, mark, words in [
            (100, 72, "1.", "Switch off the pump."), (115, 72, "2.", "Clean the filter:"), (130, 96, "a)", "Rinse it."),
            (145, 96, "b)", "Let it dry."), (160, 72, "3.", "Switch on the pump."),
        ]:  # fmt: skip
            canvas.drawString(x, A4[1] - y, mark)
            canvas.drawString(x + 18, A4[1] - y, words)

    found = read(drawn(page))

    assert items(found) == [
        (1, "1.", "1. Switch off the pump."), (1, "2.", "2. Clean the filter:"), (2, "a)", "a) Rinse it."),
        (2, "b)", "b) Let it dry."), (1, "3.", "3. Switch on the pump."),
    ]  # fmt: skip
    assert len(found) == 1
    assert found[0].block.ordered


def test_drawn_bullets_are_bullets() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 72, 100, ["You need:"])
        for n, words in enumerate(["a screwdriver with a flat blade,", "a dry cloth."]):
            canvas.circle(80, A4[1] - 122 - 15 * n, 1.8, fill=1)
            canvas.drawString(90, A4[1] - 125 - 15 * n, words)

    found = read(drawn(page))

    assert [each.kind for each in found] == ["paragraph", "list"]
    assert items(found) == [(1, None, "a screwdriver with a flat blade,"), (1, None, "a dry cloth.")]


def test_steps_go_on_over_a_page_and_a_note() -> None:
    steps = [f"{n}. Do the thing with the number {n} and wait until the lamp is lit." for n in range(1, 13)]

    def first(canvas: Canvas) -> None:
        y = lines(canvas, 72, 600, steps[:6], 20)
        lines(canvas, 72, y, ["   "])

    def second(canvas: Canvas) -> None:
        lines(canvas, 72, 80, steps[6:9], 20)
        lines(canvas, 84, 150, ["Keep children away while the machine is open."])
        lines(canvas, 72, 175, steps[9:], 20)

    found = read(drawn(first, second))

    assert [number for _, number, _ in items(found)] == [f"{n}." for n in range(1, 13)]
    assert [each.kind for each in found] == ["list"]
    ninth = found[0].block.children[8]
    assert [child.kind for child in ninth.children] == ["paragraph"]


def test_a_list_that_begins_with_another_number_keeps_it() -> None:
    found = read(
        drawn(lambda canvas: lines(canvas, 72, 100, ["4. Close the lid.", "5. Press the button.", "6. Wait."], 16))
    )

    assert [number for _, number, _ in items(found)] == ["4.", "5.", "6."]


def test_an_item_over_several_lines_is_one_item() -> None:
    def page(canvas: Canvas) -> None:
        for n in range(3):
            canvas.drawString(72, A4[1] - 100 - 40 * n, "•")
            lines(
                canvas,
                84,
                100 + 40 * n,
                [f"Rule {n} is long enough to need a second line on this page, which", "belongs to it."],
            )

    found = read(drawn(page))

    assert [text for _, _, text in items(found)] == [
        f"Rule {n} is long enough to need a second line on this page, which belongs to it." for n in range(3)
    ]


def test_a_sentence_is_no_item_because_a_line_begins_with_a_number() -> None:
    texts = [
        "The machine was built in the town of Example in the year of nineteen hundred and sixty-",
        "five. It weighs",
    ]
    found = read(
        drawn(lambda canvas: lines(canvas, 72, 100, [texts[0], "8. The next sentence begins here and goes on."]))
    )

    assert [each.kind for each in found] == ["paragraph"]


def test_twenty_lists_in_lists_are_read() -> None:
    def page(canvas: Canvas) -> None:
        for n in range(20):
            canvas.drawString(30 + 20 * n, A4[1] - 100 - 15 * n, "•")
            canvas.drawString(42 + 20 * n, A4[1] - 100 - 15 * n, f"Level {n}")

    found = items(read(drawn(page)))

    assert [text for _, _, text in found] == [f"Level {n}" for n in range(20)]
    assert [depth for depth, _, _ in found] == list(range(1, 21))
