"""Steps 3 and 4 of Trans-S3 as an analyst and a second assessor walk them alone, on pages that are for everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.records import ANALYST, PODLASKIE
from tests.journeys.test_accessible import assert_accessible, assert_fits

pytestmark = pytest.mark.journey

TRENDS = {"market": "Dearer energy", "technology": "Cheaper sensors"}
PHONE = {"width": 360, "height": 800}


def confirm(page: Page, reason: str) -> None:
    page.get_by_label("Reason").fill(reason)
    page.locator("main form button").last.click()


def test_two_people_rate_the_trends_and_judge_the_potential(visit: Visit) -> None:
    analyst, broker = visit(ANALYST), visit(PODLASKIE)
    page, other = analyst.page, broker.page
    for kind, title in TRENDS.items():
        analyst.open("/priorities/steps/trends/new/")
        page.get_by_label("Kind").select_option(kind)
        page.get_by_label("Title", exact=True).fill(title)
        page.get_by_label("Source: the report or study").fill("A report on the outlook")
        page.get_by_role("button", name="Save").click()
    analyst.expect_heading("Register of trends")

    page.goto(analyst.watch.address + "/priorities/steps/refine/")
    page.get_by_role("link", name="Open the next round").click()
    confirm(page, "the trends are collected")
    rate(page, analyst.watch.address, {"Dearer energy": "+2", "Cheaper sensors": "+1"})
    other.set_viewport_size(PHONE)
    rate(other, broker.watch.address, {"Dearer energy": "−1", "Cheaper sensors": "+1"})
    page.goto(analyst.watch.address + "/priorities/steps/refine/")
    page.get_by_role("link", name="Close round 1").click()
    confirm(page, "both have rated")
    page.get_by_role("link", name="Open the next round").click()
    confirm(page, "they disagree on energy")

    broker.open("/priorities/steps/refine/1/rate/")
    expect(other.get_by_role("group", name="Dearer energy")).to_contain_text("median +0.5, from −1 to +2, 2 assessors")
    assert_accessible(broker)
    assert_fits(broker, "en")
    analyst.open("/priorities/steps/refine/1/")
    expect(page.get_by_role("row").filter(has_text="Dearer energy")).to_contain_text("they disagree")
    assert_accessible(analyst)

    analyst.open("/priorities/steps/assess/")
    page.get_by_role("link", name="Begin with criteria").click()
    assert_accessible(analyst)
    confirm(page, "our defaults do")
    analyst.expect_heading("Potential abroad")
    broker.open("/priorities/steps/assess/1/")
    for group in other.get_by_role("group").all():
        group.get_by_role("radio", name="4").check()
        group.get_by_label("Evidence").fill("a survey of forty firms")
    assert_accessible(broker)
    assert_fits(broker, "en")
    other.get_by_role("button", name="Keep the scores").click()
    broker.expect_heading("Potential abroad")
    broker.settled()
    assert_accessible(broker)
    assert_fits(broker, "en")
    expect(other.locator("#ranking tbody tr").first).to_contain_text("1")


def rate(page: Page, address: str, ratings: dict[str, str]) -> None:
    """Rate the first priority from the keyboard's point of view: by the names of groups and radios."""
    page.goto(address + "/priorities/steps/refine/1/rate/")
    for trend, rating in ratings.items():
        page.get_by_role("group", name=trend).get_by_role("radio", name=rating, exact=True).check()
    page.get_by_role("button", name="Keep the ratings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Resilience to trends")
