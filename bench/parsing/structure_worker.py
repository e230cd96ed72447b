"""Read documents with another reader and print HTML: PYTHON structure_worker.py SYSTEM SPACY_MODEL FILE…

Runs in an environment of its own: needs that reader and markdown-it-py, and imports nothing of this project. Prints a
line of JSON for each file. The first file is read once before the clock starts; making HTML of Markdown is not timed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any

PDF, OFFICE = ("pdf",), ("docx", "pptx", "xlsx")
FORMATS = {
    "unstructured": (*PDF, *OFFICE, "eml", "html"),
    "pymupdf4llm": PDF,
    "edgeparse": PDF,
    "pdfplumber": PDF,
    "docling-parse": PDF,
    "markitdown": (*PDF, *OFFICE, "html"),
    "docling": (*OFFICE, "odt", "eml", "html"),
}
"""docling's reader of PDF needs models; docling-parse is what reads words for it, and gives no structure."""
Read = Callable[[str], Any]
Write = Callable[[Any], str]


def main() -> None:
    """Read the files and print a line for each."""
    system, model, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="true", OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1")
    read, write = READERS[system](model)
    try:
        read(files[0])
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
    for path in files:
        began = time.perf_counter()
        line: dict[str, Any] = {"path": path}
        try:
            found = read(path)
            line["seconds"] = time.perf_counter() - began
            line["html"] = write(found)
        except Exception as error:  # a file that the reader cannot read counts as lost
            line["error"] = type(error).__name__
        print(json.dumps(line), flush=True)


def open_unstructured(model: str) -> tuple[Read, Write]:
    """Return unstructured's partition; PDFs with the strategy "fast", which needs no models."""
    import unstructured.nlp.tokenize as tokenize

    tokenize._SPACY_MODEL_NAME = model
    from unstructured.partition.docx import partition_docx
    from unstructured.partition.email import partition_email
    from unstructured.partition.html import partition_html
    from unstructured.partition.pptx import partition_pptx
    from unstructured.partition.xlsx import partition_xlsx

    ways = {"docx": partition_docx, "eml": partition_email, "html": partition_html, "pptx": partition_pptx,
            "xlsx": partition_xlsx}  # fmt: skip

    def read(path: str) -> Any:
        extension = Path(path).suffix[1:]
        if extension == "pdf":
            from unstructured.partition.pdf import partition_pdf

            return partition_pdf(path, strategy="fast")
        return ways[extension](path)

    return read, elements_html


def elements_html(found: Iterable[Any]) -> str:
    """Return unstructured's elements as HTML; neighbouring items are a list, nested by their depths."""
    parts: list[str] = []
    depth = 0
    for element in found:
        kind, text = element.category, escape(element.text or "")
        level = int(element.metadata.category_depth or 0)
        wanted = level + 1 if kind == "ListItem" else 0
        parts.append("</ul>" * max(depth - wanted, 0) + "<ul>" * max(wanted - depth, 0))
        depth = wanted
        if kind == "ListItem":
            parts.append(f"<li>{text}</li>")
        elif kind == "Title":
            parts.append(f"<h{min(level + 1, 6)}>{text}</h{min(level + 1, 6)}>")
        elif kind == "Table":
            parts.append(element.metadata.text_as_html or f"<p>{text}</p>")
        elif kind not in {"Header", "Footer", "PageNumber", "PageBreak"}:
            parts.append(f"<p>{text}</p>")
    return "\n".join([*parts, "</ul>" * depth])


def open_pymupdf4llm(model: str) -> tuple[Read, Write]:
    import pymupdf4llm  # type: ignore[import-not-found]

    return pymupdf4llm.to_markdown, markdown_html


def open_edgeparse(model: str) -> tuple[Read, Write]:
    import edgeparse  # type: ignore[import-not-found]

    return edgeparse.convert, markdown_html


def open_markitdown(model: str) -> tuple[Read, Write]:
    from markitdown import MarkItDown  # type: ignore[import-not-found]

    reader = MarkItDown()
    return lambda path: reader.convert(path).markdown, markdown_html


def open_docling(model: str) -> tuple[Read, Write]:
    from docling.document_converter import DocumentConverter  # type: ignore[import-not-found]

    converter = DocumentConverter()
    return lambda path: converter.convert(path).document, lambda document: str(document.export_to_html())


def open_docling_parse(model: str) -> tuple[Read, Write]:
    """Return docling's parser of PDF pages: its lines as paragraphs."""
    from docling_core.types.doc.page import TextCellUnit  # type: ignore[import-not-found]
    from docling_parse.pdf_parser import DoclingPdfParser  # type: ignore[import-not-found]

    parser = DoclingPdfParser(loglevel="fatal")

    def read(path: str) -> Any:
        document = parser.load(path_or_stream=path)
        return [[cell.text for cell in page.iterate_cells(TextCellUnit.LINE)] for _, page in document.iterate_pages()]

    return read, lambda pages: "".join(f"<p>{escape(line)}</p>\n" for page in pages for line in page)


def open_pdfplumber(model: str) -> tuple[Read, Write]:
    """Return pdfplumber's tables, and the text outside them as lines."""
    import pdfplumber  # type: ignore[import-not-found]

    def read(path: str) -> Any:
        parts: list[tuple[str, Any]] = []
        with pdfplumber.open(path) as document:
            for page in document.pages:
                tables = page.find_tables()
                rest = page
                for table in tables:
                    rest = rest.outside_bbox(table.bbox, strict=False)
                parts.append(("text", rest.extract_text() or ""))
                parts.extend(("table", table.extract()) for table in tables)
        return parts

    return read, _plumbed


def _plumbed(parts: Iterable[tuple[str, Any]]) -> str:
    made: list[str] = []
    for kind, found in parts:
        if kind == "text":
            made.extend(f"<p>{escape(line)}</p>" for line in found.splitlines())
        else:
            rows = ("".join(f"<td>{escape(cell or '')}</td>" for cell in row) for row in found)
            made.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
    return "\n".join(made)


def markdown_html(text: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text.replace("<br>", " ")))


READERS: dict[str, Callable[[str], tuple[Read, Write]]] = {
    "unstructured": open_unstructured,
    "pymupdf4llm": open_pymupdf4llm,
    "edgeparse": open_edgeparse,
    "pdfplumber": open_pdfplumber,
    "docling-parse": open_docling_parse,
    "markitdown": open_markitdown,
    "docling": open_docling,
}

if __name__ == "__main__":
    main()
