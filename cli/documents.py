"""`vouch documents`: which documents there are, and the text of one as it was read."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import AsJson, out, print_json, print_table
from core.errors import Invalid
from core.settings import load_settings
from core.store import documents
from core.types import OPERATOR
from service.compose import open_store

documents_app = typer.Typer(help="Documents and their text.", no_args_is_help=True)
FORMATS = ("md", "html", "json")


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(documents_app, name="documents")


@documents_app.command("list")
def list_documents(
    collection: Annotated[str | None, typer.Option("--collection", "-c", help="Only this collection.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List documents, the newest first."""
    db, _ = open_store(load_settings())
    with db.read() as session:
        page = documents.list_documents(session, OPERATOR, collection=collection, limit=limit)
    if as_json:
        print_json(page.data)
        return
    rows = [
        {"id": each.id, "title": each.title, "collection": each.collection, "path": each.path, "state": each.state}
        for each in page.data
    ]
    print_table(rows, "No documents yet.")
    if page.has_more:
        out.print(f"The newest {limit}; there are more.", style="dim")


@documents_app.command("show")
def show(
    document_id: Annotated[str, typer.Argument(help="The document's id, as `vouch documents list` prints it.")],
    form: Annotated[str, typer.Option("--format", help="md, html or json.")] = "md",
) -> None:
    """Print the text of a document as it was read, redacted: what answers are made from."""
    from service.content.read import read_text, written

    if form not in FORMATS:
        raise Invalid(f"--format must be one of {', '.join(FORMATS)}.")
    db, _ = open_store(load_settings())
    content = read_text(db, OPERATOR, document_id)
    if form == "json":
        print_json(content)
    else:
        typer.echo(written(content, "md" if form == "md" else "html"), nl=False)
