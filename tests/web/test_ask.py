"""Asking in the browser: quotes marked in their place, refusals, thumbs, keyboard, hostile text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.store import documents, journal
from core.store.access import keys
from core.types import OPERATOR
from tests.web.conftest import Site, ask, sign_in
from tests.web.service import HOSTILE, PLACE, QUOTE, RESET, TITLE, publish_again


def test_a_wrong_key_is_refused_with_the_reason(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_label("API key").fill("vch_nobody")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert").filter(has_text="unknown, expired or revoked")).to_contain_text("Request ")


def test_signing_out_shows_the_key_form_again(page: Page, site: Site) -> None:
    sign_in(page, site)

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator("nav")).to_be_hidden()


def test_a_quote_is_marked_exactly_where_it_stands(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "How do I reset it?")

    expect(page.locator("#citation-1 mark")).to_have_text(QUOTE)
    expect(page.locator("#citation-1 .here")).to_have_text(RESET)
    expect(page.locator("#citation-1 .neighbour")).to_have_count(2)
    expect(page.locator("#citation-1 .where")).to_have_text(
        re.compile(r"^Version 1 of \d{4}-\d\d-\d\d · Page 4 · Care › Reset$")
    )


def test_the_page_is_shown_with_the_passages_place_outlined(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "How do I reset it?")

    shown, box = page.locator("#citation-1 .page img"), page.locator("#citation-1 .page-box")
    expect(shown).to_have_js_property("complete", True)
    whole, part = shown.bounding_box(), box.bounding_box()
    assert whole is not None
    assert part is not None
    assert whole["width"] > 300
    assert (part["x"] - whole["x"]) / whole["width"] == pytest.approx(PLACE.x0, abs=0.01)
    assert (part["y"] - whole["y"]) / whole["height"] == pytest.approx(PLACE.y0, abs=0.01)
    assert part["width"] / whole["width"] == pytest.approx(PLACE.x1 - PLACE.x0, abs=0.01)
    expect(page.locator("#citation-2 .page")).to_have_count(0)


def test_who_may_not_see_originals_sees_the_redacted_text_and_no_page(page: Page, site: Site) -> None:
    sign_in(page, site, key=site.service.asker)

    ask(page, "How do I reset it?")

    expect(page.locator("#citation-1 mark")).to_have_text(QUOTE)
    expect(page.locator("#citation-1 .page")).to_have_count(0)


def test_a_redacted_place_shows_its_kind(page: Page, site: Site) -> None:
    publish_again(site.service, "To reset, hold the button for 10 seconds. [PERSON] knows more at [EMAIL_ADDRESS].")
    sign_in(page, site, view=f"#/document/{site.service.document_id}")

    page.get_by_text("The text that answers are made from").click()

    expect(page.locator(".document-text")).to_contain_text("[PERSON] knows more at [EMAIL_ADDRESS].")


def test_a_remembered_answer_says_whose_approval_it_bears_and_what_was_asked_then(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "How do I reset it once more?")

    told = page.locator(".answer .remembered")
    expect(told).to_contain_text("Remembered answer, approved by Ada's desk on ")
    expect(told).to_contain_text("asked then as How do I <b>reset</b> it?")
    expect(page.locator(".answer blockquote")).to_have_text(RESET)


def test_a_marker_opens_its_citation_and_moves_the_focus_there(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")

    page.get_by_role("button", name="Citation 2").click()

    expect(page.locator("#citation-2 details")).to_have_attribute("open", "")
    expect(page.locator("#citation-2 h3")).to_be_focused()
    expect(page.locator("#citation-2 mark")).to_have_text(HOSTILE)


def test_a_number_that_is_no_citation_stays_text(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "How do I reset it?")

    expect(page.locator(".answer-text")).to_contain_text("Not a marker: [7]")
    expect(page.locator(".marker")).to_have_count(2)


def test_hostile_document_text_shows_as_text(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "How do I reset it?")

    expect(page.locator("#citation-2 blockquote")).to_have_text(HOSTILE)
    assert page.locator("main img:not(.page img), main script, main b, main a[href*=evil]").count() == 0


def test_a_quote_that_is_not_meant_for_its_reader_says_so(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "How do I reset it?")

    note = page.locator("#citation-2 .marked")
    expect(note).to_contain_text("instructions to a language model")
    expect(note).to_contain_text("markup that a web page would run")
    expect(page.locator("#citation-1 .marked")).to_have_count(0)


def test_a_refusal_tells_its_reason_and_the_closest_passages(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "Which colour at night?")

    expect(page.get_by_role("heading", name="No answer in the manuals")).to_be_visible()
    expect(page.locator(".refusal")).to_contain_text("but not of their colour at night")
    expect(page.locator(".closest li")).to_contain_text(HOSTILE)


def test_what_a_wide_question_could_mean_is_asked_with_a_click(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "Something wide")

    expect(page.get_by_role("heading", name="Which one do you mean?")).to_be_visible()
    expect(page.locator(".suggestions button")).to_have_text(["Resetting the router", "Lamps <b>at night</b>"])
    page.get_by_role("button", name="Resetting the router").click()

    expect(page.locator("#citation-1 mark")).to_have_text(QUOTE)
    expect(page.get_by_label("Question", exact=True)).to_have_value("Resetting the router")


def test_sources_that_disagree_are_both_quoted(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "Where do they disagree?")

    expect(page.get_by_role("heading", name="The manuals disagree")).to_be_visible()
    expect(page.locator(".citations blockquote")).to_have_text([RESET, HOSTILE])
    expect(page.locator(".closest li")).to_have_count(1)


def test_neighbours_are_read_as_one_and_copies_are_named(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "What has copies?")

    expect(page.locator(".closest li")).to_have_count(2)
    expect(page.locator(".closest li").first.locator(".source-text")).to_have_text([RESET, HOSTILE])
    also = page.locator(".closest .also")
    expect(also).to_have_text(f"Also in {TITLE}, page 3; {TITLE}, page 3; {TITLE}, page 3 and 2 more")
    expect(also.get_by_role("link").first).to_have_attribute("href", f"#/document/{site.service.document_id}")


def test_a_quote_tells_where_else_it_stands(page: Page, site: Site) -> None:
    sign_in(page, site)

    ask(page, "Which copies are cited?")

    expect(page.locator("#citation-1 .also")).to_contain_text(f"Also in {TITLE}, page 3")


def test_a_thumb_counts_at_once_and_its_details_follow(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")

    page.get_by_role("button", name="Not helpful").click()
    page.get_by_label("Something is missing").check()
    page.get_by_label("Citation [2] does not say this").check()
    page.get_by_label("What is the right answer?").fill("Hold it for 12 seconds.")
    page.get_by_role("button", name="Send details").click()

    expect(page.get_by_text("Your details are stored for review")).to_be_visible()
    with site.service.db.read() as session:
        opinions = [feedback.opinion for feedback in journal.list_feedback(session).data]
    assert opinions == [journal.Opinion("down", ("incomplete",), "Hold it for 12 seconds.", (2,))]


def test_marking_a_citation_wrong_is_a_thumb_down(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")

    page.get_by_label("Citation [1] does not say this").check()

    expect(page.get_by_role("button", name="Not helpful")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#opinion")).to_be_visible()


def test_the_keyboard_alone_signs_in_asks_and_rates(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_label("API key").wait_for()
    page.keyboard.type(site.service.asker)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    page.keyboard.type("How do I reset it?")
    page.keyboard.press("Enter")
    page.locator("#thumb-up").wait_for()

    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "thumb-up":
            break
    page.keyboard.press("Space")

    expect(page.locator("#thumb-up")).to_have_attribute("aria-pressed", "true")


def test_the_address_of_an_answer_opens_it_again(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")

    page.reload()

    expect(page.locator("#citation-1 mark")).to_have_text(QUOTE)
    expect(page.get_by_label("Question", exact=True)).to_have_value("How do I reset it?")


def test_an_answer_whose_document_is_gone_says_so(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")
    with site.service.db.write() as session:
        documents.delete_document(session, site.service.document_id, OPERATOR)

    page.reload()

    expect(page.locator(".answer .problem")).to_contain_text("has been deleted since")
    expect(page.locator(".citation")).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [(RESET, "which holds the same words"), ("Nothing of the kind.", "which does not hold this passage")],
)
def test_a_quote_of_an_older_version_is_not_shown_as_if_it_were_current(
    page: Page, site: Site, text: str, shown: str
) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")
    publish_again(site.service, text)

    page.reload()

    expect(page.locator("#citation-1 .place")).to_contain_text(shown)
    expect(page.locator("#citation-1 mark")).to_have_count(1 if text == RESET else 0)


def test_an_answer_that_breaks_off_says_so_with_the_request_id(page: Page, site: Site) -> None:
    sign_in(page, site)

    page.get_by_label("Question", exact=True).fill("What breaks?")
    page.keyboard.press("Enter")

    expect(page.locator("#ask-problem")).to_contain_text("The model server is gone.")
    expect(page.locator("#ask-problem")).to_contain_text("Request req_")


def test_a_revoked_key_is_asked_to_sign_in_again(page: Page, site: Site) -> None:
    sign_in(page, site)
    with site.service.db.write() as session:
        for key in keys.list_keys(session):
            keys.revoke_key(session, key.id)

    page.get_by_role("link", name="Documents").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_key_sees_only_what_its_scopes_allow(page: Page, site: Site) -> None:
    sign_in(page, site, key=site.service.asker)

    expect(page.locator("nav").get_by_role("link")).to_have_text(["Ask", "Documents"])
    page.get_by_role("link", name="Documents").click()
    expect(page.locator("#document-list")).to_contain_text("Router")
    expect(page.locator("#upload")).to_be_hidden()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
