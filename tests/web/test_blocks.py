"""Documents drawn from their blocks: tables, steps, code, marked quotes, hostile text, and what is missing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from ingest.blocks.nodes import Inline, Node
from tests.service.content.manual import SITE, text_of
from tests.web.conftest import Site, ask, sign_in
from tests.web.manuals import ALARM, MISSING, SCRIPT, end_jobs, hostile, long_table, publish, publish_manual
from tests.web.test_accessible import check


def shown(page: Page, site: Site, document_id: str) -> Locator:
    """Open a document's page with its text, and return the text when it is drawn."""
    sign_in(page, site, view=f"#/document/{document_id}")
    page.get_by_text("The text that answers are made from").click()
    text = page.locator(".document-text:not([aria-busy])")
    expect(text.locator("p, table").first).to_be_visible()
    return text


def test_a_table_is_a_table_with_caption_header_and_merged_cells(page: Page, site: Site) -> None:
    text = shown(page, site, publish_manual(site.service))

    table = text.get_by_role("table", name="Working pressure")
    expect(table.get_by_role("columnheader")).to_have_text(["Model", "Pressure", "min", "max"])
    expect(table.get_by_role("rowheader")).to_have_text(["X200", "X300"])
    expect(table.locator("td")).to_have_text(["1 bar", "4 bar", "6 <b>bar</b> | hot"])
    expect(table.locator("td").first).to_have_js_property("rowSpan", 2)
    expect(table.locator("th[scope=colgroup]")).to_have_js_property("colSpan", 2)


def test_steps_have_the_documents_own_numbers_and_their_parts(page: Page, site: Site) -> None:
    text = shown(page, site, publish_manual(site.service))

    steps = text.locator(":scope > .steps")
    expect(steps.locator(":scope > li > .step-number")).to_have_text(["3.", "4.", "5."])
    second = steps.locator(":scope > li").nth(1)
    expect(second.locator("pre")).to_have_text("vouch up\n  --port 80")
    expect(second.locator("ul > li")).to_have_count(2)
    expect(second.locator("ul .step-number")).to_have_text("a)")


def test_a_command_is_copied_with_the_keyboard(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = shown(page, site, publish_manual(site.service))

    text.get_by_role("button", name="Copy").first.focus()
    page.keyboard.press("Enter")

    expect(text.get_by_role("button", name="Copied")).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "vouch up\n  --port 80"


def test_a_command_is_copied_where_the_browser_has_no_clipboard(page: Page, site: Site) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    text = shown(page, site, publish_manual(site.service))
    page.evaluate(
        "addEventListener('copy', () => { window.taken = getSelection().toString() || document.activeElement.value; })"
    )

    text.get_by_role("button", name="Copy").first.click()

    expect(text.get_by_role("button", name="Copied")).to_be_focused()
    assert page.evaluate("window.taken") == "vouch up\n  --port 80"


def test_a_quote_is_marked_in_the_cells_and_steps_that_it_covers(page: Page, site: Site) -> None:
    publish_manual(site.service)
    sign_in(page, site)

    ask(page, "Which pressure?")
    page.get_by_role("button", name="Citation 2").last.click()

    table = page.locator("#citation-1 .here table")
    expect(table.locator("mark")).to_have_text(["X200", "1 bar", "4 bar", "X300", "6 <b>bar</b> | hot"])
    expect(page.locator("#citation-1 .here mark")).to_have_count(5)
    steps = page.locator("#citation-2 .here .steps").first
    expect(steps.locator("mark")).to_have_text(["Open the *valve*.", "Run the command:", "vouch up\n  --port 80"])


def test_an_answer_of_rows_and_steps_is_drawn_as_such(page: Page, site: Site) -> None:
    publish_manual(site.service)
    sign_in(page, site)

    ask(page, "Which pressure?")

    answer = page.locator(".answer-text")
    expect(answer.locator("td")).to_have_text(["1 bar", "4 bar", "6 <b>bar</b> | hot"])
    expect(answer.locator(".step-number")).to_have_text(["3.", "4."])
    expect(answer.locator(".marker")).to_have_text(["[1]", "[2]"])


def test_quoted_rows_have_their_tables_header_and_caption(page: Page, site: Site) -> None:
    publish_manual(site.service)
    sign_in(page, site)

    ask(page, "Which pressure?")

    for quote in page.locator("#citation-1 blockquote"), page.locator(".answer-text"):
        table = quote.get_by_role("table", name="Working pressure")
        expect(table.locator("thead th")).to_have_text(["Model", "Pressure", "min", "max"])
        expect(table.locator("tbody tr")).to_have_count(2)


def test_struck_and_inserted_text_links_notes_and_footnotes(page: Page, site: Site) -> None:
    text = shown(page, site, publish_manual(site.service))

    expect(text.locator("del")).to_have_text("25 EUR")
    expect(text.locator("ins")).to_have_text("15 EUR")
    link = text.locator("a")
    expect(link).to_have_attribute("href", SITE)
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(text.get_by_role("note", name="warning")).to_contain_text("Warning")
    expect(text.locator("dt")).to_have_text(["Bar", "PN"])
    expect(text.locator("figcaption")).to_have_text("Figure 1: the pump")
    expect(text.locator(".footnote sup")).to_have_text("1")
    expect(text.locator(".quoted-mail .quoted-mail")).to_have_text("Ask Ann.")


def test_a_links_target_is_visible(page: Page, site: Site) -> None:
    said = Node("paragraph", "press here now", inlines=(Inline("link", 6, 10, SITE),))
    text = shown(page, site, publish(site.service, text_of([said])))

    expect(text).to_have_text(f"press here ({SITE}) now")


def test_hostile_text_in_every_place_is_text(page: Page, site: Site) -> None:
    text = shown(page, site, publish(site.service, hostile()))

    expect(text.locator("table")).to_contain_text(SCRIPT)
    expect(text.locator("pre")).to_have_text(SCRIPT)
    expect(text.locator(".step-number")).to_have_text("<b>1.</b>")
    expect(text.locator("a")).to_have_count(1)
    assert text.locator("script, img, b, [onerror], [onload]").count() == 0


def test_a_text_that_holds_instructions_to_a_model_says_so(page: Page, site: Site) -> None:
    text = shown(page, site, publish_manual(site.service, marks={"instructions": 1}))

    expect(text.locator(".marked")).to_contain_text("instructions to a language model")


def test_a_document_as_a_page_of_its_own_runs_nothing(page: Page, site: Site) -> None:
    document_id = publish(site.service, hostile())
    sign_in(page, site)

    page.goto(f"{site.url}/v1/documents/{document_id}/content?format=html")

    expect(page.locator("table")).to_contain_text(SCRIPT)
    expect(page.locator("table")).to_have_css("border-collapse", "collapse")
    assert page.locator("script, img, [onerror], [onload]").count() == 0


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320), ("light", 320), ("dark", 1280)])
def test_a_manual_has_names_order_contrast_and_fits(page: Page, site: Site, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    text = shown(page, site, publish_manual(site.service, account=MISSING, warnings=[ALARM]))
    check(page)
    ends = text.locator("pre").last
    expect(ends).to_be_visible()
    page.goto(f"{site.url}/#/ask")
    ask(page, "Which pressure?")
    page.locator("#citation-1 mark").first.wait_for()
    check(page)


def test_a_wide_table_scrolls_in_its_box_with_the_keyboard(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    text = shown(page, site, publish_manual(site.service))

    box = text.locator(".table-box")
    expect(box).to_have_attribute("role", "region")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    if box.evaluate("box => box.scrollWidth > box.clientWidth"):
        expect(box).to_have_attribute("tabindex", "0")


def test_a_long_document_is_drawn_in_parts_to_its_end(page: Page, site: Site) -> None:
    text = shown(page, site, publish(site.service, long_table(3000)))

    expect(text).to_contain_text("The very end.")
    expect(text.locator("tbody tr")).to_have_count(3000)
    expect(text.locator(":scope > :last-child")).to_have_text("The very end.")


def test_missing_words_are_told_on_the_document_in_the_list_and_in_the_job(page: Page, site: Site) -> None:
    document_id = publish_manual(site.service, account=MISSING, warnings=[ALARM, "Another warning."])
    sign_in(page, site, view=f"#/document/{document_id}")

    told = "20 of the file's 200 words (10.0 %) are not in the text"
    expect(page.locator("#document .panel .missing-words")).to_contain_text(told)
    expect(page.locator("#document .account")).to_have_attribute("open", "")
    expect(page.locator("#document .account th[scope=row]")).to_have_text("in comments")
    expect(page.locator("#document .account")).to_contain_text("ask Ann <i>first</i>")
    page.goto(f"{site.url}/#/documents")
    card = page.locator("#document-list .card").filter(has_text="Pump")
    expect(card.locator(".missing-words")).to_contain_text(told)
    expect(card.locator(".warnings")).to_have_text("Another warning.")


def test_a_job_tells_what_its_document_misses(page: Page, site: Site) -> None:
    document_id = publish_manual(site.service, account=MISSING, warnings=[ALARM, "Another warning."])
    end_jobs(site.service, document_id)
    sign_in(page, site, view="#/jobs")

    card = page.locator("#job-list .card").filter(has_text="Pump")
    expect(card.locator(".missing-words")).to_contain_text("20 of the file's 200 words")
    expect(card.locator(".warnings")).to_have_text("Another warning.")
