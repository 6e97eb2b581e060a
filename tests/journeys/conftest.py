"""One real installation and one browser for all journeys; they end with the last of them.

Their scope is the package, not the session: Playwright holds an event loop while it is open, and Django refuses to
speak to the database in such a thread, so the tests of other folders must not meet it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tools.screenshots import QUIET

from hansa.site.ops import browser as system_browser
from tests.journeys.installation import RunningInstallation
from tests.journeys.records import Thread, open_thread, publish_offers
from tests.journeys.visitor import PATIENCE, People, Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def chromium_path() -> str:
    found = system_browser.find()
    if found is None:
        pytest.skip("no Chromium on this machine: install one, or name it in HANSA_CHROMIUM")
    return found


@pytest.fixture(scope="package")
def installation(chromium_path: str) -> Iterator[RunningInstallation]:
    """`hansa up` as anybody starts it; after SIGTERM nothing of it may remain."""
    running = RunningInstallation()
    try:
        running.start()
        yield running
        status = running.stop()
        assert status == 0, f"`hansa up` ended with {status} after SIGTERM"
        assert not running.left_behind()
    finally:
        running.remove()


@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=[*QUIET, *as_root])
        yield started
        started.close()


@pytest.fixture(scope="package")
def people(installation: RunningInstallation, browser: Browser) -> People:
    return People(installation, browser)


@pytest.fixture
def visit(people: People) -> Iterator[Visit]:
    """`visit(email, …)` opens a window; at the end of the test every window must have been free of hidden faults."""
    opened: list[Visitor] = []

    def open_window(email: str | None = None, **wishes: Any) -> Visitor:
        visitor = people.visitor(email, **wishes)
        opened.append(visitor)
        return visitor

    yield open_window
    for visitor in opened:
        visitor.page.context.close()
    for visitor in opened:
        visitor.watch.check()


@pytest.fixture(scope="package")
def offers(people: People) -> None:
    """Offers from abroad that answer what the Podlaskie broker looks for."""
    publish_offers(people)


@pytest.fixture(scope="package")
def thread(people: People, offers: None) -> Thread:
    """A published request with its matches, a draft, and a case between two brokers, for tests that look at pages."""
    return open_thread(people)
