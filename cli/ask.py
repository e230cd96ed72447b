"""`vouch ask` and `vouch search`: questions from the command line, answered in this process with operator rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import typer

from cli.explain import location, reasons, related, search_summary
from cli.output import AsJson, out, print_json
from core.errors import Invalid
from core.settings import load_settings
from core.types import OPERATOR, Answer, AnswerMode, Block, Filters, SearchResult
from service.content.terminal import drawn, is_laid_out, quoted
from service.content.units import drawn_units

Collections = Annotated[
    list[str] | None, typer.Option("--collection", "-c", help="Search only this collection; repeatable.")
]
MODES = ("auto", "quotes", "generate")


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(ask)
    app.command()(search)


def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    collection: Collections = None,
    mode: Annotated[str, typer.Option(help="auto, quotes or generate.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Answer a question from the manuals. A refusal also ends with status 0."""
    if mode not in MODES:
        raise Invalid(f"--mode must be one of {', '.join(MODES)}.")
    from service.compose import open_services
    from workers.queue import CeleryQueue

    settings = load_settings()
    services = open_services(settings, CeleryQueue(settings))
    try:
        filters = Filters(collections=frozenset(collection or ()))
        answer = services.answerer.answer(OPERATOR, question, mode=cast(AnswerMode, mode), filters=filters)
    finally:
        services.close()
    if as_json:
        print_json(answer)
    else:
        show_answer(answer)


def search(
    query: Annotated[str, typer.Argument(help="Words to look for.")],
    collection: Collections = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 8,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words matched and why each passage has its rank.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Search the manuals for passages."""
    from service.compose import open_search

    searcher = open_search(load_settings())
    try:
        filters = Filters(collections=frozenset(collection or ()))
        result = searcher.search(OPERATOR, query, k=k, filters=filters, explain=explain)
    finally:
        searcher.close()
    if as_json:
        print_json(result)
    else:
        _show_result(result)


def show_answer(answer: Answer) -> None:
    """Print an answer with the places of its quotes, or a refusal with the closest passages."""
    if answer.refusal is not None:
        out.print(answer.refusal.message, style="yellow", markup=False)
        for citation in answer.citations:
            out.print(f"  [{citation.id}] “{' '.join(citation.quote.split())}”", markup=False)
            out.print(f"      {location(citation.passage)}", style="dim", markup=False)
            blocks = quoted(citation.passage.blocks, citation.start, citation.end)
            _show_laid_out(citation.passage.text, blocks, indent=6)
        for ranked in answer.closest[:3]:
            out.print(f"  closest: {location(ranked.passage)}", markup=False)
        return
    if answer.units:
        out.print(drawn_units(answer.units, answer.citations), soft_wrap=False)
    else:
        out.print(answer.text, markup=False)
    for line in (answer.missing or "").splitlines():
        out.print(f"Not answered: {line}", style="yellow", markup=False)
    for citation in answer.citations:
        passage = citation.passage
        where = [passage.title, *passage.heading, f"page {passage.page}" if passage.page else ""]
        out.print(f"  [{citation.id}] {' › '.join(dict.fromkeys(part for part in where if part))}", markup=False)
        if not answer.units:
            _show_laid_out(passage.text, quoted(passage.blocks, citation.start, citation.end), indent=6)
    if (source := answer.remembered) is not None and source.approved_at is not None:
        what = f"corrected by {source.corrected_by}" if source.corrected_by else "remembered"
        out.print(f"  {what}, approved by {source.approved_by} on {source.approved_at:%Y-%m-%d}", markup=False)
    out.print(f"  support {answer.support:.2f}", style="dim")


def _show_laid_out(text: str, blocks: Sequence[Block], indent: int) -> bool:
    """Print tables, lists and code as such; return whether there are any."""
    if not is_laid_out(blocks):
        return False
    out.print(drawn(text, blocks, indent), soft_wrap=False)
    return True


def _show_result(result: SearchResult) -> None:
    if not result.passages:
        out.print("Nothing was found.")
    ranks = {ranked.passage.chunk_id: rank for rank, ranked in enumerate(result.passages, 1)}
    for rank, ranked in enumerate(result.passages, 1):
        out.print(f"{rank}. {location(ranked.passage)}", style="bold", markup=False)
        if not _show_laid_out(ranked.passage.text, ranked.passage.blocks, indent=3):
            out.print(f"   {' '.join(ranked.passage.text.split())[:300]}", markup=False)
        explained = reasons(rank, ranked, result.explanation) if result.explanation else ()
        for line in (*related(ranked, ranks), *explained):
            out.print(f"   {line}", style="dim", markup=False)
    for line in search_summary(result):
        out.print(line, style="dim", markup=False)
