"""The thread without JavaScript: forms, links and tables carry it."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.records import (
    HAMBURG,
    LONGEST_SEARCH,
    OFFERS,
    OWN_REGION,
    PODLASKIE,
    WANTED,
    follow_an_opportunity,
    match_of,
    matches,
    propose,
    publish,
)

pytestmark = pytest.mark.journey


def load_until_compared(page: Page) -> None:
    """Reload by the page's own link until the worker is done."""
    again = page.locator("#matches").get_by_role("link", name="Load again")
    end = time.monotonic() + LONGEST_SEARCH / 1000
    while again.count():
        assert time.monotonic() < end, "the matches were not computed in time"
        again.click()


def test_the_thread_without_script(visit: Visit, offers: None) -> None:
    broker = visit(PODLASKIE, java_script_enabled=False)
    page = broker.open("/")
    page.get_by_role("main").get_by_role("link", name=re.compile("Podlaskie")).first.click()
    broker.expect_heading("Podlaskie")

    # The figures are there as a table, and the filters work by their button.
    table = page.get_by_role("region", name="Specialisations")
    expect(table.get_by_role("row").nth(1).get_by_role("rowheader")).to_be_visible()
    held = table.get_by_role("rowheader").all_inner_texts()
    page.get_by_label("Show").select_option("lacked")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Show")).to_have_value("lacked")
    lacked = table.get_by_role("rowheader").all_inner_texts()
    assert lacked
    assert not set(held) & set(lacked)

    # Priority, request, publication; the partners come with a reload.
    broker.open(f"/evidence/regions/{OWN_REGION}/")
    follow_an_opportunity(page)
    expect(page.locator("#figures tbody tr")).not_to_have_count(0)
    page.get_by_role("link", name="Write a request for this priority").click()
    publish(page, WANTED)
    load_until_compared(page)
    expect(matches(page).first.locator(".reasons li").first).to_be_visible()
    propose(page, match_of(page, OFFERS[HAMBURG]), "")
    case = broker.path()
    broker.open("/")
    expect(page.get_by_role("main").locator(f"a[href='{case}']")).to_be_visible()


def test_language_and_sign_out_without_script(visit: Visit) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.open("/priorities/")
    page.get_by_role("button", name="Polski").click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    assert visitor.path() == "/priorities/"
