"""`vouch ingest`: upload files and folders to a collection and show the result of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.output import AsJson, err, out, print_json
from cli.paths import Found, find_files
from core.errors import Invalid, VouchError
from core.settings import load_settings
from core.store import documents, jobs
from core.store.database import Database
from core.store.uploads import Uploaded
from core.types import OPERATOR
from service.compose import Services, open_services
from service.run_job import perform
from service.upkeep import MAX_HINTS
from service.upload import File, register, require_size
from workers.context import WorkerContext
from workers.queue import CeleryQueue

WORKER_WAIT_S = 3.0
"""Seconds to wait for a running worker before this process runs the jobs itself."""


@dataclass(slots=True)
class Outcome:
    """The result of one file."""

    path: str
    status: str
    document_id: str | None = None
    version: int | None = None
    job_id: str | None = None
    reason: str | None = None
    warnings: list[str] = field(default_factory=list)
    """What the document's owner should know: text that was left out, passages that instruct a language model."""


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(ingest)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    collection: Annotated[str, typer.Option("--collection", "-c", help="The collection to upload to.")] = "default",
    group: Annotated[list[str] | None, typer.Option(help="Only keys with this group see them; repeatable.")] = None,
    title: Annotated[str | None, typer.Option(help="The title; for one file only.")] = None,
    language: Annotated[str | None, typer.Option(help="Language code, such as en.")] = None,
    base: Annotated[
        Path | None, typer.Option(help="The paths of documents are relative to this folder.", file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Upload files, and all files in folders. Exit status 1 if any file was refused or failed.

    The path of a file in a folder is relative to that folder; the path of another file is relative to the current one.
    """
    files = find_files(paths, base)
    if title is not None and len(files) != 1:
        raise Invalid("--title needs exactly one file.")
    settings = load_settings()
    services = open_services(settings, CeleryQueue(settings))
    groups = frozenset(group) if group else None
    template = File(b"", "", collection, title=title, language=language, groups=groups)
    outcomes = [_register(services, found, _file(template, found)) for found in files]
    _finish(services, outcomes, quiet=as_json)
    _add_warnings(services.db, outcomes)
    _report(outcomes, as_json)


def _file(template: File, found: Found) -> File:
    """Return the template for a file. One that was given itself was known by its name alone before."""
    former = None if found.in_folder else found.source.name
    return replace(template, name=found.source.name, path=found.path, former_path=former)


def _register(services: Services, found: Found, file: File) -> Outcome:
    """Register the bytes of the file with the attributes of `file`."""
    path = found.path
    try:
        require_size(services, found.source.stat().st_size)
        made = register(services, OPERATOR, replace(file, data=found.source.read_bytes()))
    except VouchError as error:
        return Outcome(path, "refused", reason=str(error))
    except OSError as error:
        return Outcome(path, "refused", reason=f"The file cannot be read: {error.strerror}.")
    status = "unchanged" if made.job_id is None else "queued"
    return Outcome(path, status, made.document_id, made.version, made.job_id, warnings=_namesake(services, file, made))


def _namesake(services: Services, file: File, made: Uploaded) -> list[str]:
    """Return a warning if the file is new and there is a document that its name alone may have made before."""
    if made.version > 1 or not made.fresh or file.former_path in (None, file.path):
        return []
    with services.db.read() as session:
        if not documents.is_path_used(session, file.collection, file.former_path or "", OPERATOR):
            return []
    return [
        f"There is also a document with the path {file.former_path}. If it is an older version of this file, delete it."
    ]


def _finish(services: Services, outcomes: list[Outcome], *, quiet: bool) -> None:
    """Wait until every job is done; run them in this process if no worker takes them."""
    db, settings = services.db, services.settings
    context = WorkerContext(settings)
    pending = {outcome.job_id: outcome for outcome in outcomes if outcome.job_id is not None}
    if not pending:
        return
    services.queue.send(list(pending)[:MAX_HINTS], "ingest")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=quiet, transient=True) as bar:
        task = bar.add_task("reading", total=len(pending))
        deadline = time.monotonic() + WORKER_WAIT_S
        while pending:
            finished = _remove_finished(db, pending)
            bar.update(task, advance=finished)
            if finished:
                deadline = time.monotonic() + WORKER_WAIT_S
            elif time.monotonic() > deadline and _none_running(db, list(pending)):
                perform(db, settings, context.ingest_handlers(), next(iter(pending)))
            else:
                time.sleep(0.2)


def _remove_finished(db: Database, pending: dict[str, Outcome]) -> int:
    """Store the results of finished jobs in their outcomes and remove these from `pending`; return how many."""
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


def _none_running(db: Database, job_ids: Sequence[str]) -> bool:
    with db.read() as session:
        waiting = {job.id for job in jobs.waiting(session, ["ingest"], limit=len(job_ids) + 100)}
        return waiting.issuperset(job_ids)


def _add_warnings(db: Database, outcomes: Sequence[Outcome]) -> None:
    with db.read() as session:
        for outcome in outcomes:
            if outcome.document_id is not None and outcome.version is not None:
                version = documents.get_version(session, outcome.document_id, outcome.version)
                outcome.warnings += version.report.get("warnings", ()) if version is not None else ()


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
        out.print(f"{len(outcomes) - len(failed)} of {len(outcomes)} documents can be searched.")
    if failed:
        raise typer.Exit(1)
