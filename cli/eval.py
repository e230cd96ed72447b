"""`vouch eval …`: measure Vouch on your own sets, through the same code that serves.

Turns options into calls of `evaluation`, and results into JSON and files. Measures nothing itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from cli.output import err, print_json
from core.errors import Invalid
from core.settings import load_settings
from core.store.learned.calibrations import Risk
from core.types import AnswerMode

if TYPE_CHECKING:
    from evaluation.golden.plan import Plan
    from evaluation.results import Evaluation

eval_app = typer.Typer(
    help="Measure search, answers, checks, redaction and parsing on your own sets.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="Folder of the set.")]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]
Run = Annotated[Path | None, typer.Option("--run", help="Write one line per item to this JSONL file.")]
Redact = Annotated[bool, typer.Option("--redact/--no-redact", help="--no-redact turns redaction off.")]
AsJson = Annotated[bool, typer.Option("--json", help="Changes nothing: figures are always one JSON value.")]


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
    from evaluation.retrieval import evaluate_retrieval

    _finish(evaluate_retrieval(load_settings(), folder, k=k, redact=redact, report=_report), run)


@eval_app.command()
def answers(
    folder: Folder,
    mode: Annotated[str, typer.Option(help="auto, quotes or generate.")] = "quotes",
    run: Run = None,
    redact: Redact = True,
    withhold: Annotated[
        str, typer.Option(help="all: ask without the documents that were judged to answer; both: with and without.")
    ] = "none",
    sample: Annotated[int | None, typer.Option(min=1, help="Ask only this many questions, drawn by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="A smaller sample of a seed is part of a larger one.")] = 0,
    adapter: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder of an adapter that the generator loads.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(file_okay=False, help="Store the ingested documents there; later runs reuse them.")
    ] = None,
    no_time_limits: Annotated[
        bool,
        typer.Option("--no-time-limits", help="No time limits inside an answer: a busy machine changes no figure."),
    ] = False,
    unhurried: Annotated[bool, typer.Option("--unhurried", hidden=True)] = False,
    live: Annotated[bool, typer.Option("--live", help="Ask the documents that serve, not those in DIR.")] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Choose the threshold for refusing on this set.")
    ] = False,
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
    from evaluation.answers.outcome import run_row
    from evaluation.golden.golden_set import load_golden_set
    from evaluation.results import write_rows

    plan = _plan(mode, withhold, sample, seed, adapter, keep, no_time_limits or unhurried)
    target = _calibration_target(mode, calibrate, error, risk, dry_run, curve)
    if live and (not redact or withhold != "none" or keep is not None):
        hint = "Leave --no-redact, --withhold and --keep out."
        raise Invalid("The documents that serve are asked as they are.", hint=hint)
    golden = load_golden_set(folder, documents=not live)
    questions = plan.questions(golden.references)
    if target is not None:
        calibrating.require_enough(questions, *target)
    settings = load_settings()
    serving, active = calibrating.serving_calibration(settings)
    if live:
        outcome = ask_live(settings, questions, plan, calibrated=active, report=_report)
    else:
        outcome = ask_set(serving, golden.documents, questions, plan, redact=redact, calibrated=active, report=_report)
    if run is not None:
        write_rows(run, map(run_row, outcome.answered()))
    found = {"sample": plan.sample_report(golden.references)} | figures(outcome.answered(), outcome.sources)
    found |= selective(outcome) | {"rejected": dict(outcome.rejected)}
    marks = {"before" if target else "in force": outcome.threshold}
    if target is not None:
        made = calibrating.calibrate(outcome, folder, *target)
        if not dry_run:
            calibrating.activate(settings, made)
        found["calibration"] = calibrating.calibration_report(made, outcome.judged(), settings, stored=not dry_run)
        marks["calibrated"] = made.threshold
    if curve is not None:
        curve.write_text(draw_curve(outcome.curves(), marks, folder.resolve().name), encoding="utf-8")
    print_json(found)


@eval_app.command()
def draft(
    folder: Annotated[Path, typer.Argument(metavar="MANUALS", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="A new folder for the set.")],
    questions: Annotated[int, typer.Option(min=1, help="At most this many questions.")] = 200,
    files: Annotated[int, typer.Option(min=1, help="At most this many files, drawn at random, always the same.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Draft a golden set from manuals: questions made from their sentences. Read it through before you use it."""
    from evaluation.golden.draft import draft_set

    print_json(draft_set(load_settings(), folder, out, questions=questions, files=files, report=_report))


@eval_app.command("reset-calibration")
def reset_calibration(as_json: AsJson = False) -> None:
    """Delete the active calibration: the default threshold decides again when to refuse."""
    from evaluation.answers import calibrate

    dropped = calibrate.reset(load_settings())
    print_json({"dropped": dropped.id, "threshold": dropped.threshold, "data": dropped.data})


eval_app.command("uncalibrate", hidden=True)(reset_calibration)


@eval_app.command()
def pii(file: File, run: Run = None, as_json: AsJson = False) -> None:
    """Find labelled personal data: share left uncovered, recall per label, precision."""
    from evaluation.pii import evaluate_pii

    _finish(evaluate_pii(load_settings(), file), run)


@eval_app.command()
def documents(folder: Folder, run: Run = None, as_json: AsJson = False) -> None:
    """Parse every file of a folder: what was parsed, what was rejected and why, time and memory."""
    from evaluation.documents import evaluate_documents

    _finish(evaluate_documents(load_settings(), folder), run)


@eval_app.command()
def parsing(folder: Folder, run: Run = None, as_json: AsJson = False) -> None:
    """Parse documents beside the HTML they were made from: tables, lists, headings and words that came out right."""
    from evaluation.parsing.measure import evaluate_parsing

    _finish(evaluate_parsing(load_settings(), folder), run)


@eval_app.command()
def faithfulness(file: File, run: Run = None, as_json: AsJson = False) -> None:
    """Check sentences beside their sources: how many unfaithful ones pass, and how many faithful ones fail."""
    from evaluation.faithfulness import evaluate_faithfulness

    _finish(evaluate_faithfulness(file), run)


@eval_app.command()
def learning(
    folder: Folder,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Rounds of asking, judging and tuning.")] = 5,
    recipes: Annotated[str, typer.Option(help="What is tuned, separated by commas: weights, query.")] = "weights,query",
    poison: Annotated[float, typer.Option(min=0, max=1, help="Share of the opinions that are false.")] = 0.0,
    questions: Annotated[
        int, typer.Option(min=1, help="At most this many training questions, in all rounds.")
    ] = 100_000,
    answers: Annotated[int, typer.Option(min=0, help="Test questions that are answered too in each round.")] = 200,
    keep: Annotated[
        Path | None, typer.Option(file_okay=False, help="Store the ingested documents there; later runs reuse them.")
    ] = None,
    run: Run = None,
    as_json: AsJson = False,
) -> None:
    """Teach a judged set's training questions in rounds: what search and answers gain on its test questions."""
    from evaluation.learning import LearningPlan, evaluate_learning
    from learning.search_round import RECIPES

    chosen = tuple(name.strip() for name in recipes.split(",") if name.strip())
    if not chosen or set(chosen) - set(RECIPES):
        raise Invalid(f"--recipes cannot be {recipes!r}.", hint=f"Known: {', '.join(RECIPES)}.")
    plan = LearningPlan(rounds, chosen, poison, questions, answers, keep)
    _finish(evaluate_learning(load_settings(), folder, plan, report=_report), run)


def _finish(evaluation: Evaluation, run: Path | None) -> None:
    """Write the rows to `run`, and print the figures."""
    from evaluation.results import write_rows

    if run is not None:
        write_rows(run, evaluation.rows)
    print_json(evaluation.summary)


def _plan(
    mode: str,
    withhold: str,
    sample: int | None,
    seed: int,
    adapter: Path | None,
    home: Path | None,
    no_time_limits: bool,
) -> Plan:
    """Return the plan that the options describe. Raises Invalid for an unknown word, or an adapter without a model."""
    from evaluation.golden.plan import Plan, Withhold

    known_mode = next((known for known in get_args(AnswerMode) if known == mode), None)
    if known_mode is None:
        raise Invalid(f"There is no mode {mode!r}.", hint=f"Known: {', '.join(get_args(AnswerMode))}.")
    known_withhold = next((known for known in get_args(Withhold) if known == withhold), None)
    if known_withhold is None:
        raise Invalid(f"--withhold cannot be {withhold!r}.", hint=f"Known: {', '.join(get_args(Withhold))}.")
    if adapter is not None and known_mode != "generate":
        raise Invalid("An adapter is used only where a model phrases the answer.", hint="Add --mode generate.")
    return Plan(known_mode, known_withhold, sample, seed, adapter, home, no_time_limits)


def _calibration_target(
    mode: str, calibrate: bool, error: float | None, risk: str | None, dry_run: bool, curve: Path | None
) -> tuple[Risk, float] | None:
    """Return the risk and the error to calibrate for, None for no calibration.

    Raises Invalid for options that do not go together.
    """
    if mode == "generate" and (calibrate or curve):
        raise Invalid("Support is computed before a model writes.", hint="Calibrate and draw in the mode quotes.")
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
        raise Invalid(f"The error must be between 0 and 1, not {error:g}.", hint="0.1 is one in ten.")
    return chosen, error


def _report(line: str) -> None:
    err.print(line, markup=False)
