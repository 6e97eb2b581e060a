"""Trans-S3 from nothing to a document: a run over the partnership, one browser, thirty people asked by their links."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.records import ANALYST
from tests.journeys.test_accessible import assert_accessible, assert_fits
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey

PHONE = {"width": 360, "height": 800}
TITLE = "Journey along the Baltic"
HELIX = ("business", "academia", "government", "civil")
PEOPLE = 30
WRITTEN = 120_000
"""Milliseconds that writing a document may take on a machine that is busy with other things."""


def identifiers(page: Page) -> list[str]:
    """The identifiers on a run's page, in the order of its table."""
    return page.locator("td", has_text=re.compile(r"^P-\d+$")).all_inner_texts()


def take(analyst: Visitor, identifier: str, verb: str, reason: str) -> None:
    """One move of a priority: the form, its reason, and back on the priority's page."""
    page = analyst.open(f"/priorities/{identifier}/{verb}/")
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#history").get_by_role("listitem").first).to_contain_text(reason)


def confirm(page: Page, reason: str) -> None:
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("main").get_by_role("button", name="Confirm").click()


def test_a_run_goes_from_nothing_to_a_document(visit: Visit, tmp_path: Path) -> None:
    analyst = visit(ANALYST)
    numbers = a_new_run(analyst)
    record_what_regions_wrote(analyst, tmp_path)
    first, second, third, fourth = numbers[:4]
    merge(analyst, first, second)
    take(analyst, third, "drop", "only one region would take part")
    for verb in ("verify", "refine", "assess"):
        take(analyst, first, verb, f"{verb}: nothing speaks against it")
        take(analyst, fourth, verb, f"{verb}: nothing speaks against it")
    return_to_refine(analyst, fourth)
    asked = consult(analyst, visit, [first, fourth], tmp_path)
    reply_to_all(analyst, asked)
    take(analyst, first, "finalise", "the consultation agrees")
    take(analyst, fourth, "refine", "a later report on energy")
    take(analyst, fourth, "finalise", "the consultation agrees")
    plan_an_action(analyst, first)
    review_reopens(analyst, fourth)
    write_the_document(analyst, first, third, tmp_path)


def a_new_run(analyst: Visitor) -> list[str]:
    page = analyst.open("/priorities/runs/new/")
    page.get_by_label("Title").fill(TITLE)
    assert page.get_by_role("checkbox", checked=True).count() >= 4, "the partnership's regions are proposed"
    page.get_by_role("button", name="Propose").click()
    analyst.expect_heading(TITLE)
    found = identifiers(page)
    assert len(found) >= 4
    return found


def record_what_regions_wrote(analyst: Visitor, folder: Path) -> None:
    """A table of regional priorities in several languages; look, confirm, tag, find the sets."""
    lines = [
        ["region", "title", "text", "language"],
        ["PL84", "Drewno i meble", "Budownictwo drewniane, meble i materiały z drewna.", "pl"],
        ["FI1C", "Puurakentaminen", "Puurakentaminen, huonekalut ja puupohjaiset materiaalit.", "fi"],
        ["LT0", "Medienos pramonė", "Baldai, medinė statyba ir medienos medžiagos.", "lt"],
        ["DE60", "Gesundheitswirtschaft", "Digitale Medizin, Pflege und Medizintechnik.", "de"],
    ]
    table = io.StringIO()
    csv.writer(table).writerows(lines)
    path = folder / "regional.csv"
    path.write_text(table.getvalue(), encoding="utf-8")
    page = analyst.open("/priorities/sets/regional/import/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Record them").click()
    page = analyst.open("/priorities/sets/")
    propose = page.get_by_role("button", name="Propose tags")
    if propose.count():
        propose.click()
        analyst.open("/priorities/sets/")
    page.get_by_role("button", name="Find the sets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Common sets")
    assert_accessible(analyst)


def merge(analyst: Visitor, survivor: str, other: str) -> None:
    page = analyst.open(f"/priorities/{survivor}/merge/")
    page.get_by_role("checkbox", name=re.compile(other)).check()
    page.get_by_label("Title of the merged priority").fill("Wood, food and what is made of them")
    page.get_by_label("Reason").fill("one value chain")
    page.get_by_role("button", name="Confirm").click()
    analyst.expect_heading("Wood, food and what is made of them")
    page = analyst.open(f"/priorities/{other}/")
    expect(page.get_by_role("paragraph").filter(has_text="Merged into")).to_contain_text(survivor)


def return_to_refine(analyst: Visitor, identifier: str) -> None:
    page = analyst.open(f"/priorities/{identifier}/return/")
    page.get_by_role("radio", name="refine").check()
    page.get_by_label("Reason").fill("a later report changes the outlook")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Returned to the step “refine”", exact=False)).to_be_visible()


def consult(analyst: Visitor, visit: Visit, about: list[str], folder: Path) -> str:
    """A vote on two priorities by thirty people, each through a link of their own, without an account."""
    page = analyst.open("/priorities/consultations/new/")
    page.get_by_label("Run").select_option(label=TITLE)
    page.get_by_label("Title", exact=True).fill("What shall our regions work on together?")
    until = datetime.now().astimezone() + timedelta(days=14)
    page.get_by_label("Answers until").fill(until.strftime("%Y-%m-%dT%H:%M"))
    confirm(page, "the priorities are assessed")
    organised = analyst.path()
    page.get_by_role("link", name="Add a round").click()
    page.get_by_label("Kind").select_option("vote")
    page.get_by_label("Question", exact=True).fill("Shall we work on these together?")
    for identifier in about:
        page.get_by_role("checkbox", name=re.compile(identifier)).check()
    confirm(page, "both are ready for it")
    links = invite_thirty(analyst, organised, folder)
    page = analyst.open(organised)
    page.get_by_role("link", name="Open the consultation").click()
    confirm(page, "texts and links are ready")
    if page.get_by_role("link", name="Open the round").count():
        page.get_by_role("link", name="Open the round").first.click()
        confirm(page, "we begin with the vote")

    citizen = visit(viewport=PHONE)
    for n, link in enumerate(links):
        answer(citizen, link, n)
    page = analyst.open(organised)
    page.get_by_role("link", name="Close the consultation").click()
    confirm(page, "all have answered")
    expect(page.locator("#participation")).to_contain_text(str(PEOPLE))
    assert_accessible(analyst)
    return organised


def invite_thirty(analyst: Visitor, organised: str, folder: Path) -> list[str]:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["name", "email", "helix", "region", "language"])
    for n in range(PEOPLE):
        writer.writerow([f"Citizen {n}", "", HELIX[n % 4], "PL84", "pl" if n % 2 else "en"])
    path = folder / "invited.csv"
    path.write_text(table.getvalue(), encoding="utf-8")
    page = analyst.open(organised)
    page.get_by_role("link", name="Invitations").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Invite all").click()
    links = page.locator("code").all_inner_texts()
    assert len(links) == len(set(links)) == PEOPLE
    return links


def answer(citizen: Visitor, link: str, n: int) -> None:
    """For the first in two out of three, against or without an opinion otherwise; every tenth writes something."""
    page = citizen.open(link)
    groups = page.get_by_role("group")
    expect(groups).to_have_count(2)
    for place, group in enumerate(groups.all()):
        group.get_by_role("radio").nth(0 if (n + place) % 3 else 1).check()
    if n % 10 == 0:
        groups.first.get_by_role("textbox").fill(f"Think of the small firms, says citizen {n}.")
    if n == 0:
        assert_accessible(citizen)
        assert_fits(citizen, "en")
    page.locator("button.large").click()
    assert "thanks" in citizen.path()


def reply_to_all(analyst: Visitor, organised: str) -> None:
    page = analyst.open(organised)
    page.get_by_role("link", name="What was said").click()
    waiting = page.get_by_role("link", name="Reply", exact=True)
    for _turn in range(10):
        if not waiting.count():
            break
        waiting.first.click()
        page.get_by_role("radio").first.check()
        confirm(page, "the action plan names small firms first")
    expect(waiting).to_have_count(0)


def plan_an_action(analyst: Visitor, identifier: str) -> None:
    page = analyst.open("/priorities/plan/new/action/")
    page.get_by_label("Title").fill("A shared laboratory for timber")
    page.get_by_label("Description").fill("Firms of all regions test new materials there.")
    page.get_by_role("checkbox", name=re.compile(identifier)).check()
    page.get_by_label("Organisation that answers for it").select_option(index=1)
    page.get_by_role("main").get_by_role("button", name="Save").click()
    page.get_by_role("link", name=re.compile("budget line", re.IGNORECASE)).first.click()
    page.get_by_label("Funding source").fill("Interreg Baltic Sea Region")
    page.get_by_label("Year").fill("2027")
    page.get_by_label("Planned").fill("250000")
    page.get_by_label("Where the amounts are from").fill("the application form")
    page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(page.get_by_role("main")).to_contain_text("250,000")


def review_reopens(analyst: Visitor, identifier: str) -> None:
    page = analyst.open("/priorities/reviews/new/")
    page.get_by_label("Run").select_option(label=TITLE)
    page.get_by_label("Planned for").fill((datetime.now().astimezone() + timedelta(days=1)).strftime("%Y-%m-%d"))
    page.get_by_role("main").locator("form button").last.click()
    if not page.get_by_role("link", name="Open and compare").count():
        page.get_by_role("main").get_by_role("link", name=TITLE).first.click()
    page.get_by_role("link", name="Open and compare").click()
    page.get_by_role("main").locator("form button").last.click()
    item = page.locator("section.panel", has=page.get_by_role("link", name=re.compile(identifier)))
    item.get_by_role("link", name="Decide").click()
    page.get_by_role("radio", name=re.compile("reopen", re.IGNORECASE)).check()
    page.get_by_label("Reason").fill("the firms have moved abroad since")
    page.get_by_role("main").locator("form button").last.click()
    page = analyst.open(f"/priorities/{identifier}/")
    expect(page.get_by_text("Returned to the step “verify”", exact=False)).to_be_visible()


def write_the_document(analyst: Visitor, standing: str, dropped: str, folder: Path) -> None:
    page = analyst.open("/priorities/runs/?q=Journey")
    page.get_by_role("link", name=TITLE).first.click()
    run = analyst.path().rstrip("/").rsplit("/", 1)[-1]
    page = analyst.open(f"/priorities/documents/run/{run}/strategy/")
    page.get_by_role("checkbox", name="English").check()
    page.get_by_label("Why this version").fill("the first after the consultation")
    page.get_by_role("main").locator("form button").last.click()
    link = page.get_by_role("link", name=re.compile("DOCX"))
    expect(link.first).to_be_visible(timeout=WRITTEN)
    with page.expect_download() as download:
        link.first.click()
    path = folder / "strategy.docx"
    download.value.save_as(path)
    written = docx.Document(str(path))
    cells = [cell.text for table in written.tables for row in table.rows for cell in row.cells]
    words = "\n".join([*(p.text for p in written.paragraphs), *cells])
    assert TITLE in words
    assert "Wood, food and what is made of them" in words
    assert standing in words and dropped in words
    for reason in ("one value chain", "only one region would take part", "the firms have moved abroad since"):
        assert reason in words, f"the document does not give the reason “{reason}”"
    assert "A shared laboratory for timber" in words and "250,000" in words
