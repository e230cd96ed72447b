"""`vouch ingest`: put files and folders into a collection and watch what becomes of each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.output import AsJson, err, out, print_json
from core.errors import Invalid, VouchError
from core.settings import load_settings
from core.store import documents, jobs
from core.store.database import Database
from core.types import OPERATOR
from service.compose import Services, open_services
from service.run_job import perform
from service.upkeep import MOST_HINTS
from service.upload import File, register, require_size
from workers.context import WorkerContext
from workers.queue import CeleryQueue

PATIENCE_S = 3.0
"""Seconds to wait for a running worker before this process does the work itself."""


@dataclass(slots=True)
class Outcome:
    """What became of one file."""

    path: str
    status: str
    document_id: str | None = None
    version: int | None = None
    job_id: str | None = None
    reason: str | None = None
    warnings: list[str] = field(default_factory=list)
    """What the document's owner should know: text that was left out, passages that speak to a language model."""


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(ingest)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    collection: Annotated[str, typer.Option("--collection", "-c")] = "default",
    group: Annotated[list[str] | None, typer.Option(help="Only callers of this group see them; repeatable.")] = None,
    title: Annotated[str | None, typer.Option(help="Title, when there is one file.")] = None,
    language: Annotated[str | None, typer.Option(help="Language code, such as en.")] = None,
    as_json: AsJson = False,
) -> None:
    """Upload files; folders are walked. Exit status 1 when any of them was refused or failed."""
    files = list(_walk(paths))
    if title is not None and len(files) != 1:
        raise Invalid("--title goes with exactly one file.")
    settings = load_settings()
    services = open_services(settings, CeleryQueue(settings))
    groups = frozenset(group) if group else None
    given = File(b"", "", collection, title=title, language=language, groups=groups)
    outcomes = [_register(services, file, replace(given, name=file.name, path=path)) for file, path in files]
    _finish(services, outcomes, quiet=as_json)
    _warn(services.db, outcomes)
    _report(outcomes, as_json)


def _walk(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file with its logical path: its name, or its place in the folder that was named."""
    for path in paths:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file())
            visible = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)]
            yield from ((p, p.relative_to(path).as_posix()) for p in visible)
        elif path.is_file():
            yield path, path.name
        else:
            raise Invalid(f"There is no file or folder {str(path)!r}.")


def _register(services: Services, place: Path, file: File) -> Outcome:
    """Register what lies at `place`, as `file` describes it."""
    path = file.path or file.name
    try:
        require_size(services, place.stat().st_size)
        made = register(services, OPERATOR, replace(file, data=place.read_bytes()))
    except VouchError as error:
        return Outcome(path, "refused", reason=str(error))
    except OSError as error:
        return Outcome(path, "refused", reason=f"The file cannot be read: {error.strerror}.")
    return Outcome(path, "unchanged" if made.job_id is None else "queued", made.document_id, made.version, made.job_id)


def _finish(services: Services, outcomes: list[Outcome], *, quiet: bool) -> None:
    """Wait until every job is done; do them here when no worker takes them up."""
    db, settings = services.db, services.settings
    context = WorkerContext(settings)
    pending = {outcome.job_id: outcome for outcome in outcomes if outcome.job_id is not None}
    if not pending:
        return
    services.queue.send(list(pending)[:MOST_HINTS], "ingest")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet, transient=True) as bar:
        task = bar.add_task("reading", total=len(pending))
        waited = time.monotonic() + PATIENCE_S
        while pending:
            moved = _look(db, pending)
            bar.update(task, advance=moved)
            if moved:
                waited = time.monotonic() + PATIENCE_S
            elif time.monotonic() > waited and _nobody_works(db, list(pending)):
                perform(db, settings, context.ingest_handlers(), next(iter(pending)))
            else:
                time.sleep(0.2)


def _look(db: Database, pending: dict[str, Outcome]) -> int:
    done = []
    with db.read() as session:
        for job_id, outcome in pending.items():
            job = jobs.get_job(session, job_id)
            if job.done:
                outcome.status, outcome.reason = job.state, job.reason
                done.append(job_id)
    for job_id in done:
        del pending[job_id]
    return len(done)


def _nobody_works(db: Database, job_ids: Sequence[str]) -> bool:
    with db.read() as session:
        waiting = {job.id for job in jobs.waiting(session, ["ingest"], limit=len(job_ids) + 100)}
        return waiting.issuperset(job_ids)


def _warn(db: Database, outcomes: Sequence[Outcome]) -> None:
    with db.read() as session:
        for outcome in outcomes:
            if outcome.document_id is not None and outcome.version is not None:
                version = documents.get_version(session, outcome.document_id, outcome.version)
                outcome.warnings = list(version.report.get("warnings", ())) if version is not None else []


def _report(outcomes: Sequence[Outcome], as_json: bool) -> None:
    failed = [outcome for outcome in outcomes if outcome.status not in ("succeeded", "unchanged")]
    if as_json:
        print_json(outcomes)
    else:
        for outcome in outcomes:
            mark = "[green]✓[/green]" if outcome not in failed else "[red]✗[/red]"
            out.print(f"{mark} {outcome.path}: {outcome.status}", end="")
            out.print(f" – {outcome.reason}" if outcome.reason else "", markup=False)
            for warning in outcome.warnings:
                out.print(f"  ! {warning}", markup=False)
        out.print(f"{len(outcomes) - len(failed)} of {len(outcomes)} documents are in.")
    if failed:
        raise typer.Exit(1)
