"""Reads plain text and YAML by the marks that people put into plain text (`ingest.readers.text.blocks`).

Markdown, reStructuredText and Org have readers of their own.
"""

from __future__ import annotations

import re

from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import visible
from ingest.readers.text.blocks import Parser


def read_text(text: str) -> Reading:
    """Return the paragraphs, lists, tables, code and headings of a plain text."""
    return Reading(Parser().parse(lines_of(text)))


def read_yaml(text: str) -> Reading:
    """Return a YAML file with its lines unchanged, because its layout has a meaning."""
    blocks = re.split(r"\n(?:---|\.\.\.)?\s*\n", visible(text))
    return Reading([Node("code", block.strip("\n"), label="yaml") for block in blocks if block.strip()])


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with blanks instead of tabs before their first letter."""
    return [line.expandtabs(8) if line[:1] in "\t " and "\t" in line else line for line in visible(text).splitlines()]
