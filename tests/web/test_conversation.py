"""A conversation in the browser: follow-ups are shown as they were understood, and one can start anew."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from core.store.access import keys
from tests.web.conftest import Site, ask, sign_in


def test_a_follow_up_shows_what_it_was_taken_to_mean(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset the X200?")
    expect(page.locator(".understood")).to_have_count(0)

    ask(page, "And the X300?")

    expect(page.locator(".understood")).to_have_text("Understood as: How do I reset the X300?")
    expect(page.locator("#conversation-count")).to_have_text("2 questions in this conversation")
    page.locator("#conversation-count").click()
    page.get_by_role("link", name="How do I reset the X200?").click()
    expect(page.get_by_label("Question", exact=True)).to_have_value("How do I reset the X200?")
    expect(page.locator("#conversation-turns li")).to_have_count(2)


def test_starting_anew_leaves_nothing_to_follow(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset the X200?")

    page.get_by_role("button", name="New conversation").click()

    expect(page.get_by_label("Question", exact=True)).to_be_focused()
    expect(page.locator("#conversation")).to_be_hidden()
    expect(page.locator("#answer")).to_be_empty()
    ask(page, "And the X300?")
    expect(page.locator(".understood")).to_have_count(0)
    expect(page.locator("#conversation-count")).to_have_text("1 question in this conversation")


def test_an_answer_that_is_opened_again_goes_on_with_its_conversation(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset the X200?")

    page.reload()
    page.locator("#conversation").wait_for()
    ask(page, "And the X300?")

    expect(page.locator(".understood")).to_contain_text("How do I reset the X300?")


def test_a_conversation_that_is_gone_is_said_and_the_next_question_begins_another(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset the X200?")
    with site.service.db.write() as session:
        session.connection().exec_driver_sql("DELETE FROM conversations")

    page.get_by_label("Question", exact=True).fill("And the X300?")
    page.keyboard.press("Enter")

    expect(page.locator("#ask-problem")).to_contain_text("There is no conversation")
    expect(page.locator("#conversation")).to_be_hidden()
    ask(page, "And the X300?")
    expect(page.locator("#conversation-count")).to_have_text("1 question in this conversation")


def test_signing_out_leaves_nothing_of_a_conversation_to_the_next_key(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset the X200?")
    with site.service.db.write() as session:
        _, reviewer = keys.create_key(session, "reviewer", ["ask", "review"])

    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#answer")).to_be_empty()
    expect(page.locator("#conversation-turns li")).to_have_count(0)
    page.get_by_label("API key").fill(reviewer)
    page.keyboard.press("Enter")

    page.locator("#answer[aria-busy=false] article").wait_for()  # the address still names the answer: reviewers see it
    expect(page.locator("#conversation")).to_be_hidden()
