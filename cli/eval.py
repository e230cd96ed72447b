"""`vouch eval …`: measure Vouch on golden sets of one's own, through the same code that serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from cli.output import err, print_json
from core.errors import Invalid
from core.settings import load_settings
from core.store.learned.calibrations import Risk

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
    from evaluation.retrieval import run_retrieval

    print_json(run_retrieval(load_settings(), folder, k=k, run=run, redact=redact, report=_say))


@eval_app.command()
def answers(
    folder: Folder,
    mode: Annotated[str, typer.Option(help="auto, quotes or generate.")] = "quotes",
    run: Run = None,
    redact: Redact = True,
    withhold: Annotated[
        str, typer.Option(help="all: ask without the documents that were judged to answer; both: with and without.")
    ] = "none",
    sample: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions, drawn by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="A smaller sample of a seed is part of a larger one.")] = 0,
    adapter: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="An adapter that the generator wears.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(file_okay=False, help="Keep the ingested documents there, and find them next time.")
    ] = None,
    unhurried: Annotated[
        bool, typer.Option("--unhurried", help="No time limits inside an answer: figures that no busy machine changes.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="Ask the documents that serve, not those in DIR.")] = False,
    calibrate: Annotated[bool, typer.Option("--calibrate", help="Choose when to refuse by this set.")] = False,
    error: Annotated[
        float | None, typer.Option(help="With --calibrate: the error you tolerate. [default: 0.1]")
    ] = None,
    risk: Annotated[
        str | None,
        typer.Option(
            help="With --calibrate: the error counts unanswerable questions that are answered (unanswerable), "
            "or questions that get a wrong answer (wrong). [default: unanswerable]"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --calibrate: change nothing.")] = False,
    curve: Annotated[Path | None, typer.Option(dir_okay=False, help="Draw risk over coverage to this SVG.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer questions with known answers: token F1, contains, refusals, verbatim quotes; calibrate refusing."""
    from evaluation.answers import calibrate as calibrating
    from evaluation.answers.asking import ask_live, ask_set
    from evaluation.answers.curve import draw_curve
    from evaluation.answers.figures import figures, selective
    from evaluation.answers.outcome import write_run
    from evaluation.golden.golden_set import load_golden
    from evaluation.golden.plan import checked_plan

    plan = checked_plan(mode, withhold, sample, seed, adapter, keep, unhurried)
    chosen = _checked(mode, calibrate, error, risk, dry_run, curve)
    if live and (not redact or withhold != "none" or keep is not None):
        hint = "Leave --no-redact, --withhold and --keep out."
        raise Invalid("The documents that serve are asked as they are.", hint=hint)
    golden = load_golden(folder, documents=not live)
    questions = plan.questions(golden.references)
    if chosen is not None:
        calibrating.require_enough(questions, *chosen)
    settings = load_settings()
    serving, kept = calibrating.in_service(settings)
    if live:
        outcome = ask_live(settings, questions, plan, calibrated=kept, report=_say)
    else:
        outcome = ask_set(serving, golden.documents, questions, plan, redact=redact, calibrated=kept, report=_say)
    if run is not None:
        write_run(run, outcome.answered())
    found = {"sample": plan.drawn(golden.references)} | figures(outcome.answered(), outcome.sources)
    found |= selective(outcome) | {"rejected": dict(outcome.rejected)}
    marks = {"before" if chosen else "in force": outcome.threshold}
    if chosen is not None:
        made = calibrating.calibrate(outcome, folder, *chosen)
        if not dry_run:
            calibrating.keep(settings, made)
        found["calibration"] = calibrating.told(made, outcome.judged(), settings, kept=not dry_run)
        marks["calibrated"] = made.threshold
    if curve is not None:
        curve.write_text(draw_curve(outcome.curves(), marks, folder.resolve().name), encoding="utf-8")
    print_json(found)


@eval_app.command()
def draft(
    folder: Annotated[Path, typer.Argument(metavar="MANUALS", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="A new folder for the set.")],
    questions: Annotated[int, typer.Option(min=1, help="Questions at most.")] = 200,
    files: Annotated[int, typer.Option(min=1, help="Files at most, drawn at random, the same each time.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Draft a golden set from manuals: questions made of their sentences, to be read through before it is used."""
    from evaluation.golden.draft import run_draft

    print_json(run_draft(load_settings(), folder, out, questions=questions, files=files, report=_say))


@eval_app.command()
def uncalibrate(as_json: AsJson = False) -> None:
    """Forget the calibration: the default threshold decides again when to refuse."""
    from evaluation.answers import calibrate

    dropped = calibrate.drop(load_settings())
    print_json({"dropped": dropped.id, "threshold": dropped.threshold, "data": dropped.data})


@eval_app.command()
def pii(file: File, run: Run = None, as_json: AsJson = False) -> None:
    """Find labelled personal data: share left uncovered, recall per label, precision."""
    from evaluation.pii import run_pii

    print_json(run_pii(load_settings(), file, run))


@eval_app.command()
def documents(folder: Folder, run: Run = None, as_json: AsJson = False) -> None:
    """Parse every file of a folder: what was read, what was refused and why, time and memory."""
    from evaluation.documents import run_documents

    print_json(run_documents(load_settings(), folder, run))


def _checked(
    mode: str, calibrate: bool, error: float | None, risk: str | None, dry_run: bool, curve: Path | None
) -> tuple[Risk, float] | None:
    """Return what to calibrate for, None for nothing. Raises Invalid for options that do not go together."""
    if mode == "generate" and (calibrate or curve):
        raise Invalid("Support is settled before a model writes.", hint="Calibrate and draw in the mode quotes.")
    if curve is not None and not curve.absolute().parent.is_dir():
        raise Invalid(f"There is no folder {curve.absolute().parent} to draw into.")
    if not calibrate:
        if dry_run or error is not None or risk is not None:
            raise Invalid("--error, --risk and --dry-run say how to calibrate.", hint="Add --calibrate.")
        return None
    chosen = next((known for known in get_args(Risk) if known == (risk or "unanswerable")), None)
    if chosen is None:
        raise Invalid(f"There is no risk {risk!r}.", hint=f"Known: {', '.join(get_args(Risk))}.")
    error = 0.1 if error is None else error
    if not 0 < error < 1:
        raise Invalid(f"The error must lie between 0 and 1, not at {error:g}.", hint="0.1 is one in ten.")
    return chosen, error


def _say(line: str) -> None:
    err.print(line, markup=False)
