"""`vouch keys`, `receipts`, `config`, `doctor`, `migrate`, `forget`: administration of an installation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, err, out, print_json, print_table
from core.clock import now
from core.errors import Invalid
from core.settings import Settings, load_settings
from core.store.access import keys
from core.store.database import schema_version
from core.store.erasure import receipts
from core.types import OPERATOR, Json
from service import keys as service_keys
from service.compose import open_services, open_store

keys_app = typer.Typer(help="API keys.", no_args_is_help=True)
receipts_app = typer.Typer(help="Receipts of forgotten documents.", no_args_is_help=True)


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(keys_app, name="keys")
    app.add_typer(receipts_app, name="receipts")
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
    """Erase a document and everything made from it: text, bytes, answers, examples, and models trained on them.

    Prints the receipt's id. Exit status 1 if something is left.
    """
    from service import forget as service_forget
    from workers.queue import CeleryQueue

    if not (yes or as_json):
        typer.confirm(f"Erase {document_id} and everything learned from it? This cannot be undone.", abort=True)
    settings = load_settings()
    done = service_forget.forget(open_services(settings, CeleryQueue(settings)), OPERATOR, document_id)
    forgotten, receipt = done.forgotten, done.receipt.body or {}
    if as_json:
        print_json({"document_id": document_id, **forgotten.as_json(), "receipt": receipt})
    else:
        counts = f"{forgotten.answers} answers, {forgotten.remembered} cached answers, {forgotten.examples} examples"
        out.print(f"{document_id} is forgotten, with {counts}, {len(forgotten.models)} tuned models", markup=False)
        out.print(f"receipt {done.receipt.id}; `vouch receipts verify {done.receipt.id}` checks it", markup=False)
        for place in receipt["places"]:
            if place["left"]:
                err.print(f"{place['left']} of {place['found']} are left in {place['place']}", markup=False)
    if not receipt["complete"]:
        err.print("Not all is erased yet: run the command again.", markup=False)
        raise typer.Exit(1)


@receipts_app.command("list")
def list_receipts(as_json: AsJson = False) -> None:
    """List the receipts in the order of their chain."""
    db, _ = open_store(load_settings())
    with db.read() as session:
        found = [receipt.body or {} for receipt in receipts.list_receipts(session)]
    if as_json:
        print_json(found)
        return
    for body in found:  # in lines: a table would cut the ids where the terminal is narrow
        line = f"{body['number']}  {body['id']}  {body['document_id']}  {body['at']}  {body['by']}"
        out.print(f"{line}  {_left(body)} left", markup=False)
    if not found:
        out.print("No receipts yet.")


@receipts_app.command("show")
def show_receipt(
    receipt_id: Annotated[str, typer.Argument(help="The receipt's id, as `vouch receipts list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """Print a receipt; with --json as it was signed, for `vouch receipts verify --file`."""
    db, _ = open_store(load_settings())
    with db.read() as session:
        body = receipts.get_receipt(session, receipt_id).body or {}
    if as_json:
        print_json(body)
        return
    out.print(f"{body['id']}, number {body['number']}, {body['at']}, by {body['by']}", markup=False)
    out.print(f"document {body['document_id']}, SHA-256 of its title {body['title_sha256']}", markup=False)
    print_table(body["places"], "")


@receipts_app.command("verify")
def verify_receipts(
    receipt_id: Annotated[str | None, typer.Argument(help="Check this one; default: all, and their chain.")] = None,
    file: Annotated[Path | None, typer.Option(help="Check an exported receipt.", exists=True, dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Check receipts, and that the system holds nothing of their documents now. Exit status 1 if something is wrong."""
    from service.receipts import verify
    from service.receipts.places import Store

    if receipt_id is not None and file is not None:
        raise Invalid("Give the id of a receipt or a file, not both.")
    settings = load_settings()
    store = Store(settings, *open_store(settings))
    if file is not None:
        checked = verify.verify_exported(store, _exported(file))
    elif receipt_id is not None:
        checked = verify.verify_one(store, receipt_id)
    else:
        checked = verify.verify_all(store)
    if as_json:
        print_json(checked)
    else:
        for fault in checked.faults:
            err.print(f"{fault.receipt}: {fault.problem}", style="red", markup=False)
        good = len(set(checked.checked) - {fault.receipt for fault in checked.faults})
        out.print(f"{len(checked.checked)} receipts checked, {good} good", markup=False)
    if checked.faults:
        raise typer.Exit(1)


def _left(body: Mapping[str, Json]) -> int:
    return sum(int(place["left"]) for place in body.get("places", ()))


def _exported(file: Path) -> Json:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"{file} cannot be read as JSON: {error}") from error
