"""From a need in plain words to a saved search that tells when something comes."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.records import HAMBURG, KOUVOLA, LONGEST_SEARCH, OFFERS, PODLASKIE, VIDZEME, WANTED, Text, publish
from tests.journeys.test_accessible import assert_accessible, assert_fits

pytestmark = pytest.mark.journey
NEED = f"{WANTED.title}\n{WANTED.summary}"
LATER = Text(
    type="technology offer",
    language="en",
    title="Thin-walled aluminium castings from recycled metal",
    summary=(
        "A foundry in Vidzeme offers to cast thin-walled gearbox housings (walls of 2.5 mm) from an aluminium alloy "
        "with at least 70 % recycled metal, helps to choose the alloy and tests the tightness of a trial series."
    ),
)


def found(page: Page, title: str) -> object:
    return page.locator("#results article").filter(has_text=title)


def look(page: Page) -> None:
    """The first search of a server builds its index, which takes a while on a busy machine."""
    page.get_by_role("button", name="Look for partners").click(timeout=LONGEST_SEARCH)


def wait_for_the_alert(page: Page) -> None:
    """Load the saved search again until the worker has compared what was published, at the latest when all texts of a
    fresh installation have their meaning."""
    end = time.monotonic() + 3 * LONGEST_SEARCH / 1000
    while page.get_by_text("new since you looked").count() == 0:
        assert time.monotonic() < end, "nothing was told of the new offer in time"
        page.wait_for_timeout(1000)
        page.reload()


def test_from_a_need_to_an_alert(visit: Visit, offers: None) -> None:
    broker = visit(PODLASKIE)
    page = broker.open("/brokerage/")
    page.get_by_role("main").get_by_role("link", name="Find a partner").first.click()
    page.get_by_label("What is needed").fill(NEED)
    look(page)
    offer = OFFERS[KOUVOLA]
    hit = found(page, offer.title)
    expect(hit).to_have_count(1)
    expect(page.get_by_text("Language of your text: Polish.")).to_be_visible()
    expect(hit.locator(".reasons li").first).to_be_visible()
    # the phrases that tie the two are marked on both sides
    expect(hit.locator("blockquote").nth(0).locator("mark")).not_to_have_count(0)
    expect(hit.locator("blockquote").nth(1).locator("mark")).not_to_have_count(0)
    assert broker.path() == "/brokerage/find/"
    assert "odlew" not in page.url
    hit.get_by_role("link", name=offer.title).click()
    broker.expect_heading(offer.title)
    page.go_back()
    expect(hit).to_have_count(1)

    # Other weights are marked as a trial, and the usual ones are one click away.
    page.get_by_text("What if the signals weighed otherwise?").click()
    expect(page.get_by_role("slider", name="Slider: spelling")).to_be_visible()
    page.get_by_role("spinbutton", name=re.compile("^spelling")).fill("4")
    page.get_by_role("button", name="Try these weights").click()
    expect(page.get_by_text("What if: other weights than usual.")).to_be_visible()
    assert_accessible(broker)
    page.set_viewport_size({"width": 1360, "height": 900})
    page.get_by_role("button", name="Back to the usual weights").click()
    expect(page.get_by_text("What if: other weights than usual.")).to_have_count(0)

    # Refused, it leaves the list; taken back, it is there again.
    hit.get_by_text("Not like this …").click()
    hit.get_by_role("button", name="known already").click()
    expect(hit).to_have_count(0)
    page.get_by_role("button", name=re.compile(f"take back {re.escape(offer.title)}")).click()
    expect(hit).to_have_count(1)

    # Why not? A German offer is left out by a filter.
    page.get_by_text("Countries", exact=True).click()
    page.get_by_role("checkbox", name="Finland").check()
    page.get_by_label("Title of a request").fill(OFFERS[HAMBURG].title)
    page.get_by_role("button", name="Look it up").click()
    page.get_by_role("button", name=re.compile("Why not")).first.click()
    expect(page.locator("#why-not")).to_contain_text("It is not in the countries or the region chosen.")
    assert_accessible(broker)
    assert_fits(broker, "en")
    page.set_viewport_size({"width": 1360, "height": 900})

    # Saved without a name it says so; with a name it is kept.
    page.get_by_role("checkbox", name="Finland").uncheck()
    with broker.refused():
        page.get_by_role("button", name="Save the search").click()
    expect(page.get_by_label("What is needed")).to_have_value(NEED)
    page.get_by_role("textbox", name="Name", exact=True).fill("Odlewnia dla Narwi")
    page.get_by_label("Tell me of").select_option("possible")
    page.get_by_role("button", name="Save the search").click()
    broker.expect_heading("Odlewnia dla Narwi")
    address = broker.path()

    # What is published later is told, on Today and with its reasons, and not told again once seen.
    publish(visit(VIDZEME).open("/brokerage/new/?priority=P-01"), LATER)
    wait_for_the_alert(page)
    broker.open("/")
    page.get_by_role("link", name="New partners for the saved search: Odlewnia dla Narwi").click()
    expect(page.get_by_role("heading", name=LATER.title)).to_be_visible()
    expect(page.locator("article .reasons li").first).to_be_visible()
    assert_accessible(broker)
    assert_fits(broker, "en")
    page.get_by_role("button", name="Polski").click()
    assert_fits(broker, "pl")
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.get_by_text("new since you looked")).to_have_count(0)
    for name, heading in (("Edit", "Edit the search"), ("Delete …", "Delete this search?")):
        page.set_viewport_size({"width": 1360, "height": 900})
        broker.open(address)
        page.get_by_role("link", name=name, exact=True).click()
        broker.expect_heading(heading)
        assert_accessible(broker)
        assert_fits(broker, "en")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("“Odlewnia dla Narwi” is deleted.")).to_be_visible()


def test_finding_without_script(visit: Visit, offers: None) -> None:
    broker = visit(PODLASKIE, java_script_enabled=False)
    page = broker.open("/brokerage/find/")
    page.get_by_label("What is needed").fill(NEED)
    look(page)
    hit = found(page, OFFERS[KOUVOLA].title)
    expect(hit).to_have_count(1)
    hit.get_by_role("button", name="More like this").click()
    expect(hit.get_by_text("more like this", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make a request of this text").click()
    broker.expect_heading("Write a request")
    expect(page.get_by_label("Title")).to_have_value(re.compile("^Cienkościenne odlewy"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_another_language_keeps_what_is_typed_and_enter_looks_for_partners(
    visit: Visit, offers: None, scripts: bool
) -> None:
    broker = visit(PODLASKIE, java_script_enabled=scripts)
    page = broker.open("/brokerage/find/")
    page.get_by_label("What is needed").fill(NEED)
    page.get_by_role("button", name="Polski").click(timeout=LONGEST_SEARCH)
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    expect(page.locator("textarea[name=text]")).to_have_value(NEED)
    expect(found(page, OFFERS[KOUVOLA].title)).to_have_count(1)
    page.get_by_role("button", name="English").click(timeout=LONGEST_SEARCH)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_label("Title of a request, or name of an organisation").press("Enter")
    page.wait_for_url("**/brokerage/find/#results")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("textarea[name=text]")).to_have_value(NEED)
