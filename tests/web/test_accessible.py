"""What every view owes to people who don't see it or don't use a mouse, checked as far as a program can."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from api.web.routes import STATIC
from tests.web.conftest import Site, ask, sign_in
from tests.web.service import add_model

VIEWS = ("#/ask", "#/documents", "#/document/ID", "#/jobs", "#/review")
UNNAMED = """() => [...document.querySelectorAll("input, select, textarea, button, a, progress, summary")]
    .filter((element) => element.checkVisibility())
    .filter((element) => !(element.labels?.length || element.ariaLabel || element.textContent.trim()))
    .map((element) => element.outerHTML)"""
LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4")]
    .filter((element) => element.checkVisibility()).map((element) => Number(element.tagName[1]))"""
SAME_IDS = """() => [...document.querySelectorAll("[id]")].map((element) => element.id)
    .filter((id, index, ids) => ids.indexOf(id) !== index)"""
CONTRAST = """() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const light = (colour) => [.2126, .7152, .0722].reduce((sum, share, i) => sum + share * linear(colour[i] / 255), 0);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const texts = [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility()
        && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
    return texts.map((element) => {
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
        return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), element.outerHTML.slice(0, 90)];
    }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_every_view_has_names_order_contrast_and_fits(page: Page, site: Site, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    add_model(site.service)
    page.goto(site.url)
    page.get_by_label("API key").wait_for()
    check(page)
    sign_in(page, site)
    for view in VIEWS:
        page.goto(f"{site.url}/{view.replace('ID', site.service.document_id)}")
        page.locator("main :is(li, #question, .terms):visible").first.wait_for()
        check(page)
    for landmark in page.get_by_role("banner"), page.get_by_role("main"), page.get_by_role("navigation"):
        expect(landmark).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 390)])
def test_an_answer_has_names_order_contrast_and_fits(page: Page, site: Site, scheme: str, width: int) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, site)
    ask(page, "How do I reset it?")
    page.locator("#thumb-down").click()
    page.locator("#citation-1 mark").wait_for()
    check(page)


def check(page: Page) -> None:
    """Look for controls without a name, headings that skip a level, ids used twice, faint text, a page too wide."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    levels = page.evaluate(LEVELS)
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(SAME_IDS) == []
    assert page.evaluate(CONTRAST) == []


def test_the_skip_link_leads_to_the_content(page: Page, site: Site) -> None:
    sign_in(page, site)

    page.get_by_role("link", name="Skip to content").focus()
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_no_module_parses_markup_or_runs_text() -> None:
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setHTML")

    assert [path.name for path in STATIC.glob("*.js") if forbidden.search(path.read_text())] == []


def test_the_page_holds_no_inline_script_style_or_foreign_address() -> None:
    text = (STATIC / "index.html").read_text()

    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?://", text) == []
