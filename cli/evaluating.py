"""`vouch eval …`: measure Vouch on golden sets of one's own, through the same code that serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import err, print_json
from core.settings import load_settings

eval_app = typer.Typer(help="Measure retrieval, answers, redaction and parsing on your own sets.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="Folder of the set.")]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]
Run = Annotated[Path | None, typer.Option("--run", help="Write one line per item to this JSONL file.")]
Redact = Annotated[bool, typer.Option("--redact/--no-redact", help="Leave redaction out with --no-redact.")]
AsJson = Annotated[bool, typer.Option("--json", help="Figures are always one JSON value; kept for uniformity.")]


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(eval_app, name="eval")


@eval_app.command()
def retrieval(
    folder: Folder,
    k: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    run: Run = None,
    redact: Redact = True,
    as_json: AsJson = False,
) -> None:
    """Rank documents for judged questions: nDCG, recall, MRR, speed."""
    from cli.eval_retrieval import run_retrieval

    print_json(run_retrieval(load_settings(), folder, k=k, run=run, redact=redact, report=_say))


@eval_app.command()
def answers(
    folder: Folder,
    mode: Annotated[str, typer.Option(help="auto, quotes or generate.")] = "quotes",
    run: Run = None,
    redact: Redact = True,
    as_json: AsJson = False,
) -> None:
    """Answer questions with known answers: token F1, contains, refusals, verbatim quotes."""
    from cli.eval_answers import run_answers

    print_json(run_answers(load_settings(), folder, mode=mode, run=run, redact=redact, report=_say))


@eval_app.command()
def pii(file: File, run: Run = None, as_json: AsJson = False) -> None:
    """Find labelled personal data: share left uncovered, recall per label, precision."""
    from cli.eval_pii import run_pii

    print_json(run_pii(load_settings(), file, run))


@eval_app.command()
def documents(folder: Folder, run: Run = None, as_json: AsJson = False) -> None:
    """Parse every file of a folder: what was read, what was refused and why, time and memory."""
    from cli.eval_documents import run_documents

    print_json(run_documents(load_settings(), folder, run))


def _say(line: str) -> None:
    err.print(line, markup=False)
