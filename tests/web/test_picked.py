"""Picking the passages that answer, and judging with the keyboard what approving them would do."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from core.store import journal
from tests.web.conftest import Site, ask, sign_in
from tests.web.service import HOSTILE, RESET

SELECT = """(words) => {
    const walker = document.createTreeWalker(document.querySelector(".closest .source-text"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.data.indexOf(words);
        if (at >= 0) getSelection().setBaseAndExtent(node, at, node, at + words.length);
    }
}"""


def picked(site: Site) -> list[tuple[int | None, int | None]]:
    with site.service.db.read() as session:
        (feedback,) = journal.list_feedback(session).data
    return [(each["start"], each["end"]) for each in feedback.opinion.right_passages]


def pick_of_a_refusal(page: Page, site: Site, selected: str | None = None) -> None:
    sign_in(page, site)
    ask(page, "Which colour at night?")
    if selected is not None:
        page.evaluate(SELECT, selected)
    page.locator(".closest").get_by_role("button", name="This answers it").first.click()
    expect(page.locator("#opinion .picked li")).to_have_count(1)
    page.get_by_role("button", name="Send details").click()
    expect(page.get_by_text("Your details are stored for review")).to_be_visible()


def test_a_closest_passage_is_picked_as_the_answer(page: Page, site: Site) -> None:
    pick_of_a_refusal(page, site)

    assert picked(site) == [(None, None)]


def test_a_selection_picks_a_part_of_a_passage(page: Page, site: Site) -> None:
    pick_of_a_refusal(page, site, HOSTILE[-12:-2])

    assert picked(site) == [(len(HOSTILE) - 12, len(HOSTILE) - 2)]


def test_the_keyboard_goes_through_the_list_edits_and_approves(page: Page, site: Site) -> None:
    pick_of_a_refusal(page, site)
    page.get_by_role("link", name="Review").click()
    entry = page.locator("#feedback-list .feedback")
    expect(entry.locator(".effect")).to_contain_text("is answered so at once")
    expect(entry.locator(".picked blockquote")).to_have_count(1)

    page.locator("#review-title").focus()
    page.keyboard.press("j")
    expect(entry).to_be_focused()
    page.keyboard.press("e")
    page.keyboard.type("It says nothing of this.")
    page.get_by_role("button", name="Save").click()
    expect(entry).to_contain_text("It says nothing of this.")
    expect(entry).to_be_focused()
    page.keyboard.press("a")

    expect(page.locator("#feedback-list")).to_contain_text("Nothing here.")
    with site.service.db.read() as session:
        (feedback,) = journal.list_feedback(session).data
    assert (feedback.state, feedback.opinion.correction) == ("approved", "It says nothing of this.")


def test_a_citation_in_the_list_opens_in_its_context(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")
    page.get_by_role("button", name="Not helpful").click()
    expect(page.get_by_text("Your rating is stored")).to_be_visible()
    page.get_by_role("link", name="Review").click()

    line = page.locator('#feedback-list [data-citation="1"]')
    line.get_by_text("In context").click()

    expect(line.locator(".source-text.here")).to_contain_text(RESET.removeprefix("🙂 "))
    expect(page.locator("#feedback-list .effect")).to_contain_text("no longer given again")
