"""Write the shipped database of a schema: `python -m tests.core.store.schemas.make REVISION …`.

It runs the migrations up to the revision and fills the tables that are there with `content`: no code of that time is
needed. The weights of the embedder are. It refuses to overwrite a file.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import insert

from core.settings import load_settings
from core.store.database import Database
from retrieval.models.embedder import open_embedder
from tests.core.store.schemas import content
from tests.core.store.schemas.shipped import FOLDER, reflected, upgrade


def main(revisions: list[str]) -> None:
    """Write the databases of these revisions."""
    embedder = open_embedder(load_settings({}, embedder_url=content.EMBEDDER))
    texts = content.embedded()
    numbers = embedder.embed_passages(list(texts.values()))
    vectors = {digest: row.astype("<f4").tobytes() for digest, row in zip(texts, numbers, strict=True)}
    for revision in revisions:
        target = FOLDER / f"{revision}.sql"
        if target.exists():
            raise SystemExit(f"{target} exists; installations have that schema, so it is not written again.")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "vouch.db"
            database = Database(f"sqlite:///{file}")
            upgrade(database, revision)
            fill(database, content.rows(revision, embedder.name, vectors))
            database.close()
            connection = sqlite3.connect(file)
            target.write_text("\n".join(connection.iterdump()) + "\n")
            connection.close()
        print(f"{target}: {target.stat().st_size // 1024} KiB")


def fill(database: Database, rows: Mapping[str, Sequence[content.Row]]) -> None:
    """Insert the rows that the schema has tables and columns for; a table or column without content is an error."""
    with database.engine.begin() as connection:
        for table in reflected(database.engine):
            if not rows.get(table.name):
                raise SystemExit(f"`content` has no rows for the table {table.name}.")
            for row in rows[table.name]:
                columns = [column.name for column in table.columns]
                if missing := sorted(set(columns) - set(row)):
                    raise SystemExit(f"`content` has no values for {missing} of the table {table.name}.")
                values = {name: row[name] for name in columns if row[name] is not None}
                connection.execute(insert(table).values(values))


if __name__ == "__main__":
    main(sys.argv[1:])
