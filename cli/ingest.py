"""`vouch ingest`: put files and folders into a collection and watch what becomes of each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.output import AsJson, err, out, print_json
from core.blobs import open_blobs
from core.errors import Invalid, TooLarge, VouchError
from core.ports import Blobs
from core.settings import Settings, load_settings
from core.store import documents, jobs, uploads
from core.store.database import Database, migrate
from core.types import OPERATOR
from ingest.formats.media import sniff
from service.run_job import perform
from workers.context import Station
from workers.queue import send

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
    settings.home.mkdir(parents=True, exist_ok=True)
    db, blobs = Database(settings.database_url), open_blobs(settings.blobs_url)
    migrate(db)
    groups = frozenset(group) if group else None
    outcomes = [
        _register(settings, db, blobs, file, name, (collection, title, language, groups)) for file, name in files
    ]
    _finish(settings, db, outcomes, quiet=as_json)
    _warn(db, outcomes)
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


def _register(
    settings: Settings,
    db: Database,
    blobs: Blobs,
    file: Path,
    name: str,
    given: tuple[str, str | None, str | None, frozenset[str] | None],
) -> Outcome:
    collection, title, language, groups = given
    try:
        if file.stat().st_size > settings.max_upload_mb << 20:
            raise TooLarge(f"The file is larger than {settings.max_upload_mb} MiB.", hint="See VOUCH_MAX_UPLOAD_MB.")
        data = file.read_bytes()
        media = sniff(data, file.name)
        upload = uploads.Upload(
            collection,
            file.name,
            media.media_type,
            len(data),
            blobs.put(data),
            path=name,
            title=title,
            language=language,
            groups=groups,
        )
        with db.write() as session:
            made = uploads.register_upload(session, upload, OPERATOR)
    except VouchError as error:
        return Outcome(name, "refused", reason=str(error))
    except OSError as error:
        return Outcome(name, "refused", reason=f"The file cannot be read: {error.strerror}.")
    return Outcome(name, "unchanged" if made.job_id is None else "queued", made.document_id, made.version, made.job_id)


def _finish(settings: Settings, db: Database, outcomes: list[Outcome], *, quiet: bool) -> None:
    """Wait until every job is done; do them here when no worker takes them up."""
    station = Station(settings)
    pending = {outcome.job_id: outcome for outcome in outcomes if outcome.job_id is not None}
    if not pending:
        return
    send(settings, list(pending)[:4])
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
                perform(db, settings, station.ingest_doers(), next(iter(pending)))
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
