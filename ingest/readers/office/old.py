"""Reads Word files with unstructured, without its models and its telemetry.

unstructured tags words to guess what is prose. Vouch uses only styles, so a blank tokenizer replaces the model that
unstructured would download. Importing this module takes seconds; only the sandbox imports it.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from io import BytesIO

from core.errors import DocumentRejected, LimitExceeded
from core.types import ElementKind
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import clean, one_line
from ingest.formats.sisters import as_plain
from ingest.hidden_text.word import visible_docx
from ingest.masked_imports import masked
from ingest.readers.html import read_table

os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="true", UNSTRUCTURED_DISABLE_NOTICE="1")

with masked("torch"):  # spaCy would load it: 3 s and 150 MiB, unused here
    import spacy
    import unstructured.nlp.tokenize as tokenize
    from unstructured.documents.elements import Element as RawElement
    from unstructured.errors import UnprocessableEntityError
    from unstructured.partition.docx import partition_docx
    from xlrd import XLRDError  # type: ignore[import-untyped]
    from xlrd.compdoc import CompDocError  # type: ignore[import-untyped]


Partition = Callable[..., list[RawElement]]
_KINDS: dict[str, ElementKind] = {
    "ListItem": "list_item",
    "Table": "table",
    "Header": "header",
    "Footer": "footer",
    "CodeSnippet": "code",
    "PageNumber": "footer",
}


@cache
def _blank() -> spacy.language.Language:
    model = spacy.blank("en")
    model.add_pipe("sentencizer")
    model.max_length = 1 << 40
    return model


tokenize._get_nlp = _blank


def read_docx(data: bytes) -> Reading:
    """Return a Word file's elements; headings by their styles."""
    return _parsed(_found(partition_docx, data, visible_docx), paged=False)


def _found(partition: Partition, data: bytes, visible: Callable[[bytes], bytes], **options: object) -> list[RawElement]:
    """Run a partitioner on the visible part of a file.

    Raises DocumentRejected for a file that it, or a library under it, cannot read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return partition(file=BytesIO(visible(as_plain(data))), languages=["eng"], **options)
    except (UnprocessableEntityError, XLRDError, CompDocError) as error:
        raise _refusal(str(error)) from error
    except (KeyError, ValueError, AttributeError, IndexError, TypeError, zipfile.BadZipFile, SyntaxError) as error:
        raise DocumentRejected(
            f"The Office file is damaged ({type(error).__name__}).",
            hint="Open it in the program that made it and save it again, or as PDF.",
        ) from error


def _refusal(why: str) -> DocumentRejected:
    """Return the error for a workbook that its library refuses, by the library's words."""
    if "password" in why or "encrypted" in why:
        return DocumentRejected(
            "The Office file is encrypted with a password.", hint="Remove the password and upload it again."
        )
    if "cells" in why:
        return LimitExceeded(f"The workbook is too large: {why}", hint="Split it into several files.")
    return DocumentRejected(
        f"The workbook cannot be read: {why}", hint="Open it in the program that made it and save it as xlsx or PDF."
    )


def _parsed(
    found: Iterable[RawElement], *, paged: bool, titles: Callable[[RawElement], bool] = lambda _: True
) -> Reading:
    elements = tuple(element for item in found for element in _element(item, paged, titles(item)))
    pages = max((element.page or 0 for element in elements), default=0)
    return Reading(elements, pages=pages or None)


def _element(item: RawElement, paged: bool, may_be_title: bool) -> Iterator[Node]:
    page = item.metadata.page_number if paged else None
    depth = item.metadata.category_depth or 0
    kind = _KINDS.get(item.category, "text")
    if kind == "table" and item.metadata.text_as_html:
        text = read_table(item.metadata.text_as_html)
    else:
        text = clean(item.text or "")
    if not text:
        return
    if item.category == "Title" and may_be_title:
        yield flat("title", one_line(text), page, level=min(depth + 1, 6))
    else:
        yield flat(kind, text, page)
