"""One small manual in each format, made by real libraries, with a question and the words that must be quoted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.ingest import files


@dataclass(frozen=True)
class Manual:
    """A file to upload, and what must come back."""

    filename: str
    data: Callable[[], bytes]
    question: str
    answer: str
    needs: Callable[[], bool] | None = None


def has_tesseract() -> bool:
    return shutil.which("tesseract") is not None


def ten_pages() -> bytes:
    """A PDF of ten pages of prose, each with a sentence of its own."""
    return files.pdf([turbine(number) for number in range(1, 11)])


def turbine(number: int) -> list[files.Line]:
    prose = "The bearings are inspected for wear, the filters are changed and the log is signed by the lead."
    lines = [(60, 80, f"Turbine {number}", "Helvetica-Bold", 20)]
    lines += [(60, 120 + 16 * row, prose, "Helvetica", 11) for row in range(30)]
    return [*lines, (60, 640, f"Turbine {number} is reset with the code TX-{number}00.", "Helvetica", 11)]


def encrypted() -> bytes:
    return files.pdf([turbine(1)], password="hidden")


WASHER = b"Washer\n\nThe washer's drum holds seven kilograms.\n"
DRYER = b"# Dryer\n\n- The dryer needs 16 amperes.\n"
ALL = (
    Manual("washer.txt", lambda: WASHER, "How much does the washer's drum hold?", "seven kilo"),
    Manual("dryer.md", lambda: DRYER, "What current does the dryer need?", "16 amp"),
    Manual(
        "oven.html",
        lambda: b"<html><body><h1>Oven</h1><p>The oven reaches 280 degrees.</p></body></html>",
        "How hot does the oven get?",
        "280 degrees",
    ),
    Manual(
        "parts.csv",
        lambda: b"part,number\ndoor seal,WX-221\nhinge,WX-350\n",
        "What is the part number of the door seal?",
        "WX-221",
    ),
    Manual(
        "kettle.eml",
        lambda: files.mail("Kettle recall", "The kettle of series K9 is recalled because of its lid."),
        "Why is the kettle of series K9 recalled?",
        "because of its lid",
    ),
    Manual(
        "fridge.docx",
        lambda: files.word([("Heading 1", "Fridge"), ("Normal", "The fridge is set to four degrees Celsius.")]),
        "To which temperature is the fridge set?",
        "four degrees",
    ),
    Manual(
        "mixer.pptx",
        lambda: files.slides([("Mixer", "The mixer has a pulse mode for nuts.")]),
        "What is the pulse mode of the mixer for?",
        "pulse mode for nuts",
    ),
    Manual(
        "filters.xlsx",
        lambda: files.workbook({"Filters": [["filter", "interval"], ["charcoal filter", "every 90 days"]]}),
        "How often is the charcoal filter changed?",
        "every 90 days",
    ),
    Manual("turbine.pdf", lambda: files.pdf([turbine(3)]), "Which code resets turbine 3?", "TX-300"),
    Manual(
        "label.png",
        lambda: files.scan("The pressure cooker opens below half a bar."),
        "At what pressure does the pressure cooker open?",
        "below half a bar",
        has_tesseract,
    ),
    Manual(
        "scan.pdf",
        lambda: files.scanned_pdf("The steam iron is descaled with vinegar."),
        "With what is the steam iron descaled?",
        "vinegar",
        has_tesseract,
    ),
)
