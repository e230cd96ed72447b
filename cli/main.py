"""`vouch`: the command line. Each command reads the settings, opens what it needs and calls plain functions.

Exit status: 0 done, 1 failed, 2 wrong usage. Heavy libraries load only in the commands that need them.
"""

from __future__ import annotations

import sys

import typer

from cli import admin, ask, demo, documents, eval, ingest, mcp, reindex, train, up
from cli.output import err
from core.errors import Invalid, SettingsError, VouchError
from core.log import configure

app = typer.Typer(
    name="vouch",
    help="Answers from your own manuals, with quotes that are checked against the source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (up, demo, ingest, documents, ask, train, eval, admin, reindex, mcp):
    part.add_commands(app)


def main() -> None:
    """Run the command line and exit."""
    configure("WARNING")  # `serve` and `worker` set the level of the settings
    try:
        app()
    except (SettingsError, Invalid) as error:
        err.print(f"vouch: {error}", style="red", markup=False)
        sys.exit(2)
    except VouchError as error:
        err.print(f"vouch: {error}", style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
