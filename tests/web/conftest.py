"""A headless browser and the served application for the pages' tests; skipped where there is no Chromium."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from core.settings import Settings
from tests.web.service import Service, open_service

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
REFUSAL = "Failed to load resource: the server responded with a status of 4"
"""How a browser logs each refused request by itself; the pages show those refusals, and tests look for that."""


@dataclass(frozen=True, slots=True)
class Site:
    """The served pages, and the service behind them."""

    url: str
    service: Service


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    service = open_service(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(service.app, port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Site(f"http://127.0.0.1:{port}", service)
    server.should_exit = True
    thread.join(timeout=10)
    service.db.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh page that fails its test on an error in the console and on a request to elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(8000)
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSAL):
            complaints.append(message.text)

    def watch(url: str) -> None:
        if not url.startswith(site.url):
            complaints.append(f"a request to {url}")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: watch(request.url))
    page.on("dialog", lambda dialog: complaints.append(f"a dialog said {dialog.message}"))
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page, site: Site, *, view: str = "", key: str | None = None) -> None:
    """Open the page, sign in with the keyboard and wait for the first view."""
    page.goto(f"{site.url}/{view}")
    page.get_by_label("API key").fill(key or site.service.admin)
    page.keyboard.press("Enter")
    page.locator("nav").wait_for()


def ask(page: Page, question: str) -> None:
    """Ask and wait for the whole answer."""
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")
    page.locator("#answer[aria-busy=false] article").wait_for()
