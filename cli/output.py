"""Output of the command line: tables and sentences for people, one JSON value with `--json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.types import Block

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Print one JSON value; see `plain` for what it may be made of."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_table(rows: Sequence[Mapping[str, object]], empty: str) -> None:
    """Print rows under their keys, or the sentence `empty` if there are none."""
    if not rows:
        out.print(empty)
        return
    table = Table(*rows[0].keys(), box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    out.print(table)


def plain(value: object) -> Any:
    """Return a value of dataclasses, mappings, sets, sequences, times and plain types as one that `json` can write.

    Blocks leave out what has its default, as in the API.
    """
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((each, getattr(value, each.name)) for each in fields(value))
        shown = ((each, given) for each, given in pairs if not isinstance(value, Block) or given != each.default)
        return {each.name: plain(given) for each, given in shown}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, set | frozenset | list | tuple):
        return ", ".join(str(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value))
    return str(value)
