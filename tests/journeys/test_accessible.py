"""Every page for everybody: no violation that axe can find, no sideways scrolling, one heading, the right language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect
from tools.screenshots import PAGES, PUBLIC, WIDTHS

from tests.journeys.conftest import Visit
from tests.journeys.records import KOUVOLA, LEAD_PARTNER, OFFERS, PODLASKIE, Thread, fill_request, match_of
from tests.journeys.records import WANTED as POLISH_REQUEST
from tests.journeys.visitor import DESK, People, Visitor

pytestmark = pytest.mark.journey

OF_THE_THREAD = [f"thread-{field.name}" for field in fields(Thread)]
NAMES = [*PAGES, *OF_THE_THREAD]
NARROW = (360, 320)
HEIGHT = 900
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
RUN_AXE = "(rules) => axe.run(rules).then((found) => found.violations)"
UNFOLD = "document.querySelectorAll('details').forEach((part) => { part.open = true })"
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [
  `${document.documentElement.scrollWidth} px`,
  ...[...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .filter((e) => !e.parentElement.closest(".wide, .thread, pre, ol"))
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 160)),
]"""


def address_of(name: str, thread: Thread) -> str:
    return PAGES[name] if name in PAGES else str(getattr(thread, name.removeprefix("thread-")))


def reader_of(name: str) -> str | None:
    """The lead partner reads most; a broker's own records, the broker; what greets the public, nobody."""
    return None if name in PUBLIC else PODLASKIE if name in OF_THE_THREAD else LEAD_PARTNER


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe finds on the page as it stands, one line per rule and first place."""
    found = page.evaluate(RUN_AXE, rules)
    return [
        f"{one['id']} × {len(one['nodes'])}: {one['nodes'][0]['html'][:200]} | {one['nodes'][0]['failureSummary']}"
        for one in found
    ]


def assert_accessible(visitor: Visitor, widths: Iterable[int] = WIDTHS.values()) -> None:
    """At each width, in the light and in the dark scheme, with everything that can be unfolded unfolded."""
    page = visitor.settled()
    page.evaluate(UNFOLD)
    page.evaluate(AXE_SCRIPT)
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        # the dark scheme changes colours and nothing else
        for scheme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            found = violations(page, rules)
            assert not found, f"{page.url}, {width} px, {scheme}:\n" + "\n".join(found)
    page.emulate_media(color_scheme="light")


def assert_fits(visitor: Visitor, language: str) -> None:
    """No sideways scrolling on a telephone, one heading, and the language of the page named."""
    page = visitor.page
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(TOO_WIDE) == [], f"{page.url} ({language}) is wider than {width} px"
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


@pytest.fixture(scope="module")
def windows(people: People) -> Iterator[Callable[[str | None], Visitor]]:
    """One window per reader for the whole round, so that a hundred pages do not mean a hundred browsers."""
    opened: dict[str | None, Visitor] = {}

    def window(email: str | None) -> Visitor:
        if email not in opened:
            opened[email] = people.visitor(email)
        opened[email].page.set_viewport_size(DESK)
        return opened[email]

    yield window
    for visitor in opened.values():
        visitor.page.context.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_everybody(name: str, windows: Callable[[str | None], Visitor], thread: Thread) -> None:
    visitor = windows(reader_of(name))
    chosen = {"name": "django_language", "url": visitor.watch.address}
    visitor.page.context.add_cookies([chosen | {"value": "en"}])
    visitor.open(address_of(name, thread))
    assert_accessible(visitor)
    assert_fits(visitor, "en")
    visitor.page.context.add_cookies([chosen | {"value": "pl"}])
    visitor.open(address_of(name, thread))
    visitor.settled()
    assert_fits(visitor, "pl")
    visitor.watch.check()


def test_a_text_in_another_language_says_so(visit: Visit, thread: Thread) -> None:
    page = visit(PODLASKIE).open(thread.request)
    expect(page.get_by_role("heading", level=1)).to_have_attribute("lang", POLISH_REQUEST.language)
    offer = OFFERS[KOUVOLA]
    expect(match_of(page, offer).get_by_role("heading", level=3)).to_have_attribute("lang", offer.language)


def test_the_reader_chooses_the_language(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/evidence/regions/")
    page.get_by_role("button", name="Polski").click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    assert visitor.path() == "/evidence/regions/"
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_refused_form_is_for_everybody_too(visit: Visit) -> None:
    visitor = visit(PODLASKIE)
    page = visitor.open("/brokerage/new/")
    fill_request(page, POLISH_REQUEST)
    page.get_by_label("Priority").select_option(index=1)
    page.get_by_label("Title").fill("  ")
    with visitor.refused():
        page.get_by_role("button", name="Save draft").click()
    assert_accessible(visitor)


@pytest.mark.parametrize(("path", "status"), [("/priorities/P-9999/", 404), ("/partnership/people/invite/", 403)])
def test_a_refusal_is_a_page_too(path: str, status: int, visit: Visit) -> None:
    visitor = visit(PODLASKIE)
    visitor.open(path, status=status)
    assert_accessible(visitor)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
