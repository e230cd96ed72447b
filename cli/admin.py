"""`vouch keys`, `config`, `doctor`, `migrate`, `forget`: administration of an installation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

import typer

from cli.output import AsJson, err, out, print_json, print_table
from core.clock import now
from core.settings import Settings, load_settings
from core.store.access import keys
from core.store.database import schema_version
from core.types import OPERATOR
from service import keys as service_keys
from service.compose import open_services, open_store

keys_app = typer.Typer(help="API keys.", no_args_is_help=True)


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(keys_app, name="keys")
    app.command()(config)
    app.command()(doctor)
    app.command("migrate")(migrate_database)
    app.command()(forget)


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="A name for the key: who uses it.")],
    scope: Annotated[list[str], typer.Option(help="ask, ingest, review, admin; repeatable.")],
    group: Annotated[list[str] | None, typer.Option(help="Groups whose documents it may see; repeatable.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Days until it expires.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print its token, which is shown only once."""
    db, _ = open_store(load_settings())
    expires = now() + timedelta(days=days) if days else None
    key, token = service_keys.create_key(db, OPERATOR, name, scope, group or (), expires)
    if as_json:
        print_json({"id": key.id, "token": token, "scopes": key.scopes, "groups": key.groups})
    else:
        out.print(token, markup=False)
        err.print(f"Key {key.id}: Vouch does not store the token above. Store it now.", markup=False)


@keys_app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List all keys, also revoked ones."""
    db, _ = open_store(load_settings())
    with db.read() as session:
        found = keys.list_keys(session)
    if as_json:
        print_json(found)
        return
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": key.scopes,
            "groups": key.groups,
            "expires": key.expires_at,
            "state": "revoked" if key.revoked_at else "good",
        }
        for key in found
    ]
    print_table(rows, "No keys yet.")


@keys_app.command("revoke")
def revoke(key_id: str) -> None:
    """Revoke a key at once."""
    db, _ = open_store(load_settings())
    service_keys.revoke_key(db, OPERATOR, key_id)
    out.print(f"{key_id} is revoked", markup=False)


def config(
    every: Annotated[bool, typer.Option("--all", help="Print the advanced settings too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the current settings, secrets masked; advanced ones with --all, or if they are not at their default."""
    settings = load_settings()
    if as_json:
        print_json(settings.masked())
        return
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    advanced = [name for name in defaults if name in Settings.advanced()]
    shown = [name for name in advanced if every or getattr(settings, name) != defaults[name]]
    _print_settings(settings, [name for name in defaults if name not in advanced])
    if shown:
        out.print("\nAdvanced settings; their defaults fit nearly every installation:", markup=False)
        _print_settings(settings, shown)
    if len(shown) < len(advanced):
        rest = f"{len(advanced) - len(shown)} advanced settings have their default"
        err.print(f"{rest}; `vouch config --all` prints them.", markup=False)


def _print_settings(settings: Settings, names: Iterable[str]) -> None:
    masked = settings.masked()
    for name in names:
        out.print(f"VOUCH_{name.upper()}={masked[name]}", markup=False)
        out.print(f"    {Settings.model_fields[name].description}", style="dim", markup=False)


def doctor(as_json: AsJson = False) -> None:
    """Check everything that Vouch needs to run. Exit status 1 if something is broken."""
    from service.doctor import examine
    from workers.queue import CeleryQueue

    settings = load_settings()
    checks = examine(settings, CeleryQueue(settings))
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            mark = {"good": "[green]✓[/green]", "note": "[yellow]![/yellow]", "bad": "[red]✗[/red]"}[check.state]
            out.print(mark, end=" ")
            out.print(f"{check.name}: {check.detail}", markup=False)
    if any(check.state == "bad" for check in checks):
        raise typer.Exit(1)


def migrate_database() -> None:
    """Migrate the database to the newest schema; `vouch up` does this by itself."""
    db, _ = open_store(load_settings())
    out.print(f"schema {schema_version(db)[0]}", markup=False)


def forget(
    document_id: Annotated[str, typer.Argument(help="The document's id, as `GET /v1/documents` lists it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a document and everything made from it: text, bytes, answers, examples, and models trained on them."""
    from service import forget as service_forget
    from workers.queue import CeleryQueue

    if not (yes or as_json):
        typer.confirm(f"Erase {document_id} and everything learned from it? This cannot be undone.", abort=True)
    settings = load_settings()
    forgotten = service_forget.forget(open_services(settings, CeleryQueue(settings)), OPERATOR, document_id)
    if as_json:
        print_json({"document_id": document_id, **forgotten.as_json()})
    else:
        counts = f"{forgotten.answers} answers, {forgotten.remembered} cached answers, {forgotten.examples} examples"
        out.print(f"{document_id} is forgotten, with {counts}, {len(forgotten.models)} tuned models", markup=False)
