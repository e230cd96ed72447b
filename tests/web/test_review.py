"""Review in the browser: judge feedback, promote a tuned model and roll it back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from core.store import journal
from core.store.learned import lineage
from tests.web.conftest import Site, ask, sign_in
from tests.web.service import add_model


def test_pending_feedback_is_approved(page: Page, site: Site) -> None:
    sign_in(page, site)
    ask(page, "How do I reset it?")
    page.get_by_label("Citation [2] does not say this").check()
    page.get_by_label("What is the right answer?").fill("Hold it for 12 seconds.")
    page.get_by_role("button", name="Send details").click()
    expect(page.get_by_text("Your details are stored for review")).to_be_visible()

    page.get_by_role("link", name="Review").click()
    expect(page.locator("#feedback-list")).to_contain_text("Hold it for 12 seconds.")
    expect(page.locator("#feedback-list .wrong-citation")).to_contain_text("[2]")
    page.get_by_role("button", name="Approve", exact=True).click()

    expect(page.locator("#feedback-list")).to_contain_text("Nothing here.")
    with site.service.db.read() as session:
        assert [feedback.state for feedback in journal.list_feedback(session).data] == ["approved"]


def test_too_little_feedback_for_a_dataset_is_explained(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/review")

    page.get_by_role("button", name="Build from approved feedback").click()

    expect(page.locator("#review-problem")).to_contain_text("0 of the 20 examples")


def test_a_model_is_promoted_and_rolled_back(page: Page, site: Site) -> None:
    model = add_model(site.service)
    sign_in(page, site, view="#/review")

    page.get_by_role("button", name=f"Promote {model}").click()
    page.get_by_role("dialog").get_by_role("button", name="Promote").click()
    expect(page.locator("#model-list")).to_contain_text("active")
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()

    expect(page.locator("#model-list")).to_contain_text("retired")
    with site.service.db.read() as session:
        assert lineage.active_model(session) is None
