"""A consultation from its draft to what everyone can read: the lead partner asks, a citizen with a phone answers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.records import LEAD_PARTNER
from tests.journeys.test_accessible import assert_accessible, assert_fits

pytestmark = pytest.mark.journey

PHONE = {"width": 360, "height": 780}


def confirm(page: Page, why: str) -> None:
    page.get_by_label("Reason").fill(why)
    page.get_by_role("button", name="Confirm").click()


def draft(page: Page) -> None:
    page.get_by_label("Run").select_option(index=1)
    page.get_by_label("Title", exact=True).fill("What shall we do together?")
    page.get_by_label("Title in Polish").fill("Co zrobimy razem?")
    page.get_by_label("Language of title and introduction").select_option("en")
    page.get_by_label("Answers until").fill(f"{timezone.now() + timedelta(days=30):%Y-%m-%dT%H:%M}")
    confirm(page, "step 5")


def add_budget(page: Page) -> None:
    page.get_by_role("link", name="Add a round").click()
    page.get_by_label("Kind").select_option("budget")
    page.get_by_label("Question", exact=True).fill("How would you share the money?")
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    confirm(page, "to learn what matters")


def link_for_one(page: Page) -> str:
    page.get_by_role("link", name="Invitations").click()
    page.get_by_label("Group").last.select_option("civil")
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.locator("code").inner_text()
    page.get_by_role("link", name="Back to the invitations").click()
    page.get_by_role("link", name="What shall we do together?").click()
    return link


def test_a_citizen_answers_without_script_and_everyone_reads_what_came_of_it(visit: Visit) -> None:
    lead = visit(LEAD_PARTNER)
    page = lead.open("/priorities/consultations/new/")
    draft(page)
    add_budget(page)
    link = link_for_one(page)
    page.get_by_role("link", name="Open the consultation").click()
    confirm(page, "it is time")
    assert_accessible(lead)

    citizen = visit(java_script_enabled=False, viewport=PHONE)
    phone = citizen.open(link)
    points = phone.get_by_label("Points")
    points.nth(0).fill("70")
    phone.get_by_label("Your comment").nth(0).fill("Start small.")
    phone.get_by_role("main").get_by_role("button", name="Polski").click()
    citizen.expect_heading("Co zrobimy razem?")
    points = phone.get_by_label("Punkty")
    expect(points.nth(0)).to_have_value("70")
    with citizen.refused():
        phone.get_by_role("button", name="Wyślij moją odpowiedź").click()
    expect(phone.get_by_role("alert")).to_contain_text("70")
    points.nth(1).fill("30")
    phone.get_by_role("button", name="Wyślij moją odpowiedź").click()
    citizen.expect_heading("Dziękujemy")
    expect(phone.get_by_role("main")).to_contain_text("Start small.")

    reader = visit()
    for address in (link, phone.url):
        reader.open(address)
        assert_accessible(reader)
        assert_fits(reader, "pl" if "language=pl" in address else "en")

    page.get_by_role("link", name="Close the consultation").click()
    confirm(page, "everybody answered")
    page.get_by_role("link", name="The public page").click()
    public = reader.open(page.url)
    expect(public.get_by_role("main")).to_contain_text(re.compile("No result is shown from fewer than 5 answers"))
    assert_accessible(reader)
    reader.open(link)
    expect(reader.page.get_by_role("main")).to_contain_text("This consultation is closed.")
