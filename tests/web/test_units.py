"""Answers made of units in the browser: numbered steps, folded steps, tables, code, quotes, and what is missing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.service.content.answers import COMMAND, FACT, FENCED
from tests.web.conftest import Site, ask, sign_in
from tests.web.manuals import publish_care
from tests.web.test_accessible import check


@pytest.fixture
def asked(page: Page, site: Site) -> Page:
    """The page of a service that has the manual of the answers."""
    publish_care(site.service)
    sign_in(page, site)
    return page


def test_steps_are_a_numbered_list_with_what_stands_in_each(asked: Page) -> None:
    ask(asked, "Show the units: steps")

    unit = asked.locator(".answer-units")
    outer = unit.locator(":scope > .unit > ol > li")
    expect(unit.locator(".lead-in")).to_have_text("To change the filter:")
    expect(outer).to_have_count(12)
    expect(outer.nth(0).locator("ol .step-number")).to_have_text(["a)", "b)"])
    expect(outer.nth(1).locator("pre")).to_have_text(COMMAND)
    expect(outer.nth(1).get_by_role("note", name="tip")).to_contain_text("Wait a minute.")
    expect(outer.nth(7).get_by_role("note", name="warning")).to_contain_text("Hot water may come out.")
    expect(outer.last.locator(".marker")).to_have_text("[1]")


def test_steps_after_the_first_twelve_are_folded_and_in_the_page(asked: Page) -> None:
    ask(asked, "Show the units: steps")

    outer = asked.locator(".answer-units .unit > ol > li")
    visible = asked.locator(".answer-units .unit > ol > li:visible")
    expect(outer).to_have_count(12)
    expect(visible).to_have_count(9)
    expect(outer.last).to_contain_text("Check lamp 12.")
    expect(asked.locator(".answer-units .marker:visible")).to_have_text("[1]")
    asked.get_by_role("button", name="Show all 15 steps").press("Enter")
    expect(visible).to_have_count(12)
    expect(outer.nth(9)).to_be_focused()
    expect(asked.get_by_role("button", name="Show all")).to_have_count(0)
    expect(asked.locator(".answer-units .marker")).to_have_text("[1]")


def test_rows_are_a_table_with_names_of_rows_and_columns(asked: Page) -> None:
    ask(asked, "Show the units: table")

    table = asked.locator(".answer-units").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Model", "Price"])
    expect(table.get_by_role("rowheader")).to_have_text(["Hydra 30", "Hydra 40"])
    expect(table.locator("td")).to_have_text(["90 | 95 EUR [1]", "<b>120</b> EUR [2]"])


def test_the_marker_of_a_cell_opens_its_citation(asked: Page) -> None:
    ask(asked, "Show the units: table")

    asked.locator(".answer-units td .marker").last.click()

    expect(asked.locator("#citation-2 h3")).to_be_focused()
    expect(asked.locator("#citation-2 details")).to_have_attribute("open", "")
    expect(asked.locator("#citation-2 mark")).to_have_text("<b>120</b> EUR")


def test_code_stands_under_its_sentence_and_is_copied(asked: Page) -> None:
    asked.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(asked, "Show the units: code")

    unit = asked.locator(".answer-units")
    expect(unit.locator("p").first).to_have_text("This prints the state: [1]")
    unit.get_by_role("button", name="Copy").click()
    expect(unit.get_by_role("button", name="Copied")).to_be_focused()
    assert asked.evaluate("navigator.clipboard.readText()") == FENCED


def test_facts_are_quotes_and_lists_have_bullets(asked: Page) -> None:
    ask(asked, "Show the units: list, fact")

    expect(asked.locator(".unit-list ul > li")).to_have_text(["a key", "a cloth [1]"])
    expect(asked.locator(".unit-fact p")).to_have_text(f"“{FACT}” [2]")
    expect(asked.locator(".answer-units .marker")).to_have_text(["[1]", "[2]"])


def test_what_is_not_answered_is_said(asked: Page) -> None:
    ask(asked, "Show the units: fact, lacking")

    expect(asked.locator(".missing")).to_have_text("Not answered: “And <b>why</b>?”: It does not say.")


def test_units_take_the_place_of_the_streamed_text(asked: Page) -> None:
    asked.get_by_label("Question", exact=True).fill("Show the units: steps, streams")
    asked.keyboard.press("Enter")

    expect(asked.locator(".draft")).to_contain_text("1. Open the valve")
    expect(asked.locator(".answer-units ol").first).to_be_visible()
    expect(asked.locator(".draft")).to_have_count(0)


def test_an_answer_is_opened_again_with_its_units(asked: Page) -> None:
    ask(asked, "Show the units: steps, table")

    asked.reload()

    expect(asked.locator(".answer-units ol > li").first).to_contain_text("Open the valve")
    expect(asked.locator(".answer-units").get_by_role("table")).to_have_count(1)


def test_what_the_documents_have_instead_is_asked_with_a_click(asked: Page) -> None:
    ask(asked, "How do I reset the X400?")

    asked.get_by_role("button", name="X300").click()

    expect(asked.get_by_label("Question", exact=True)).to_have_value("How do I reset the X300?")
    expect(asked.locator("#citation-1")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_units_are_accessible_at_every_width(asked: Page, width: int) -> None:
    asked.set_viewport_size({"width": width, "height": 900})
    ask(asked, "Show the units: steps, table, code, list, fact, lacking")

    check(asked)
    assert asked.evaluate("document.documentElement.scrollWidth <= innerWidth")
