"""`vouch reindex`: build the index again, or move a live corpus to another index or embedder, and back.

Reads options and prints; the work is in `retrieval.lifecycle`.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import AsJson, err, out, print_json
from core.disk.home import open_home
from core.errors import Conflict, Invalid
from core.settings import Settings, load_settings
from core.store.database import Database, migrate
from core.store.index.serving import ServingPair, serving_settings

if TYPE_CHECKING:
    from retrieval.lifecycle.migration import Migration


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(reindex)


def reindex(
    to: Annotated[str | None, typer.Option(metavar="INDEX_URL", help="Build the index there and let it serve.")] = None,
    embedder: Annotated[str | None, typer.Option(metavar="EMBEDDER_URL", help="Embed with this model.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Go back to the index before the last move.")] = False,
    as_json: AsJson = False,
) -> None:
    """Embed chunks without a vector and build the index again, with --to elsewhere. The old one serves meanwhile."""
    if back and (to or embedder):
        raise Invalid("--back needs no target.", hint="Leave --to and --embedder out.")
    if embedder and not to:
        raise Invalid("Another embedder needs its own index.", hint="Name it with --to INDEX_URL.")
    settings = load_settings()
    open_home(settings.home)
    db = Database(settings.database_url)
    migrate(db)
    if to or back:
        _move(settings, db, to, embedder, as_json)
    else:
        _rebuild(settings, db, as_json)


def _rebuild(settings: Settings, db: Database, as_json: bool) -> None:
    from retrieval.lifecycle.publish import reindex as rebuild
    from retrieval.models.embedder import open_embedder

    began = time.perf_counter()
    with db.read() as session:
        serving = serving_settings(session, settings)
    manifest = rebuild(db, serving, open_embedder(serving), _report)
    if manifest is None:
        raise Conflict(
            "Another process is building the index, so nothing was built.", hint="Run it again when that one is done."
        )
    seconds = time.perf_counter() - began
    if as_json:
        print_json({"index": manifest.id, "model": manifest.embedder, "chunks": manifest.count, "seconds": seconds})
    else:
        out.print(f"the index is built: {manifest.count} chunks, {manifest.embedder}, {seconds:.1f} s", markup=False)


def _move(settings: Settings, db: Database, to: str | None, embedder: str | None, as_json: bool) -> None:
    from retrieval.lifecycle.migration import migrate_back, migrate_to
    from retrieval.models.embedder import open_embedder

    if to is None:
        move = migrate_back(db, settings, embedders=open_embedder, progress=_report)
    else:
        move = migrate_to(db, settings, to, embedder, embedders=open_embedder, progress=_report)
    before, after = _shown(settings, move.before), _shown(settings, move.after)
    if as_json:
        outcome = asdict(move.outcome) if move.outcome else None
        print_json({"moved": outcome is not None, "before": before, "after": after, "model": move.model,
                    "outcome": outcome, "seconds": move.seconds})  # fmt: skip
    else:
        _say(move, before, after)


def _say(move: Migration, before: dict[str, str], after: dict[str, str]) -> None:
    if move.outcome is None:
        out.print(f"{after['index_url']} with {move.model} already serves; nothing was done", markup=False)
        return
    probed = move.outcome
    out.print(f"before  {before['index_url']}  {before['embedder_url']}", markup=False)
    out.print(f"now     {after['index_url']}  {after['embedder_url']}", markup=False)
    out.print(f"        {probed.chunks} chunks, {probed.found} of {probed.probes} probes find themselves,", end=" ")
    out.print(f"{probed.agreement:.1%} agreement with exact search, {move.seconds:.1f} s")
    out.print("        `vouch reindex --back` goes back")


def _shown(settings: Settings, pair: ServingPair) -> dict[str, str]:
    masked = pair.applied_to(settings).masked()
    return {name: masked[name] for name in asdict(pair)}


def _report(stage: str, share: float) -> None:
    err.print(f"{stage} {share:.0%}")
