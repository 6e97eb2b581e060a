"""Everything by keyboard alone, and at every stop one sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Visit
from tests.journeys.records import OWN_REGION, PODLASKIE, WANTED
from tests.journeys.visitor import People, Visitor

pytestmark = pytest.mark.journey

MOST_STOPS = 150
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node), box = node.getBoundingClientRect();
  return {
    what: node.outerHTML.slice(0, 160),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inView: box.width > 0 && box.height > 0
      && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
  };
}"""

AWAIT_SCROLL = """(node) => {
  node.scrolled = new Promise((done) => {
    node.addEventListener("scroll", () => done(node.scrollLeft), { once: true });
  });
}"""


class Keyboard:
    """A person without a mouse. Each stop of the Tab key has to be visible and outlined."""

    def __init__(self, visitor: Visitor) -> None:
        self.page = visitor.page
        self.keys = visitor.page.keyboard

    def tab(self) -> None:
        self.keys.press("Tab")
        stop = self.page.evaluate(FOCUS)
        if stop is not None:
            assert stop["outlined"], f"no outline at {stop['what']}"
            assert stop["inView"], f"the focus is out of sight at {stop['what']}"

    def reach(self, target: Locator) -> None:
        for _stop in range(MOST_STOPS):
            if target.evaluate("node => node === document.activeElement"):
                return
            self.tab()
        raise AssertionError(f"{target} is not reached with {MOST_STOPS} presses of Tab")

    def follow(self, target: Locator) -> None:
        self.reach(target)
        self.keys.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self.reach(target)
        self.keys.press("Control+A")
        self.keys.insert_text(text)


def test_the_whole_way_by_keyboard(visit: Visit, people: People) -> None:
    visitor = visit()
    page, hands = visitor.page, Keyboard(visitor)
    main, bar = page.get_by_role("main"), page.get_by_role("navigation", name="Main")

    # Sign in.
    visitor.open("/account/login/")
    hands.write(page.get_by_label("Email"), PODLASKIE)
    hands.write(page.get_by_label("Password"), people.password_of(PODLASKIE))
    hands.keys.press("Enter")
    visitor.expect_heading("Today")

    # The first stop skips to the content.
    hands.tab()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    hands.keys.press("Enter")
    expect(main).to_be_focused()
    hands.tab()
    assert main.locator(":focus").count() == 1

    # Search leads to the region.
    visitor.open("/")
    hands.write(page.get_by_role("searchbox", name="Search"), "Podlaskie")
    hands.keys.press("Enter")
    visitor.expect_heading(re.compile("Podlaskie"))
    hands.follow(main.locator(f"a[href='/evidence/regions/{OWN_REGION}/']"))
    visitor.expect_heading("Podlaskie")

    # The main navigation leads to the requests, and on to the form.
    for name in ("Today", "Evidence", "Priorities", "Brokerage"):
        hands.reach(bar.get_by_role("link", name=name))
    hands.keys.press("Enter")
    visitor.expect_heading("Requests")
    hands.follow(main.get_by_role("link", name="Write a request").first)
    visitor.expect_heading("Write a request")

    # A title of blanks is refused, and the page says so where the reader is.
    hands.reach(main.get_by_label("Priority"))
    hands.keys.press("ArrowDown")
    hands.reach(main.get_by_label("Language of the text"))
    hands.keys.type("Polish")
    hands.write(main.get_by_label("Title"), "  ")
    hands.write(main.get_by_label("Summary"), WANTED.summary)
    with visitor.refused():
        hands.follow(main.get_by_role("button", name="Save draft"))
    announced = page.get_by_role("alert").filter(has_text=re.compile(r"\S"))
    expect(announced.first).to_be_visible()
    title = main.get_by_label("Title")
    expect(title).to_have_attribute("aria-invalid", "true")
    described = (title.get_attribute("aria-describedby") or "").split()
    assert any(page.locator(f"[id='{name}'][role=alert]").count() for name in described), described

    # Mended, it is saved.
    expect(main.get_by_label("Language of the text")).to_have_value("pl")
    hands.write(title, WANTED.title)
    hands.follow(main.get_by_role("button", name="Save draft"))
    expect(page.get_by_text("is saved.")).to_be_visible()
    visitor.expect_heading(WANTED.title)


def test_wide_tables_can_be_scrolled_by_keyboard(visit: Visit) -> None:
    visitor = visit(viewport={"width": 360, "height": 800})
    page = visitor.open(f"/evidence/regions/{OWN_REGION}/")
    visitor.settled()
    table = page.get_by_role("region", name="Specialisations")
    table.evaluate(AWAIT_SCROLL)
    Keyboard(visitor).reach(table)
    page.keyboard.press("ArrowRight")
    assert table.evaluate("node => node.scrolled") > 0
