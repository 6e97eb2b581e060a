"""One thread from a figure to an open case, as the people of a partnership walk it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visit
from tests.journeys.installation import RunningInstallation
from tests.journeys.records import (
    ANALYST,
    HAMBURG,
    KOUVOLA,
    OFFERS,
    OWN_REGION,
    PODLASKIE,
    VIDZEME,
    WANTED,
    Thread,
    fill_request,
    follow_an_opportunity,
    match_of,
    matches,
    propose,
    publish,
    wait_for_matches,
)
from tests.journeys.visitor import People, Visitor

pytestmark = pytest.mark.journey

COUNTED = ("Requests published", "Introductions proposed", "Cases opened")


def figures_of(visitor: Visitor, priority: str) -> dict[str, int]:
    """What monitoring counts for a priority."""
    page = visitor.open("/monitoring/")
    line = page.get_by_role("row").filter(has=page.get_by_role("cell", name=priority, exact=True))
    figures = {}
    for title in COUNTED:
        said = line.get_by_role("link", name=title).inner_text()
        figures[title] = int(re.sub(r"\D", "", said.removeprefix(title)))
    return figures


def open_figure(visitor: Visitor, priority: str, title: str) -> Page:
    """Click the figure; the page of the records that it counts."""
    page = visitor.open("/monitoring/")
    line = page.get_by_role("row").filter(has=page.get_by_role("cell", name=priority, exact=True))
    line.get_by_role("link", name=title).click()
    visitor.expect_heading(f"{title}: {priority}")
    return page


def test_a_broker_follows_a_figure_to_an_open_case(visit: Visit, people: People, offers: None) -> None:
    broker = visit()
    page = broker.page

    # The broker of Podlaskie signs in and opens the region's page from Today.
    people.sign_in(broker, PODLASKIE)
    page.get_by_role("main").get_by_role("link", name=re.compile("Podlaskie")).first.click()
    broker.expect_heading("Podlaskie")
    broker.settled()
    expect(page.locator("#opportunities + ol > li").first).to_contain_text("Relatedness density")

    # One of its opportunities is carried by a priority, whose page shows the figures behind it.
    priority = follow_an_opportunity(page)
    expect(page.get_by_role("heading", name="The figures behind it")).to_be_visible()
    expect(page.locator("#figures tbody tr")).not_to_have_count(0)
    page_of_priority = broker.path()
    before = figures_of(broker, priority)

    # A request for that priority, written in Polish and published.
    broker.open(page_of_priority).get_by_role("link", name="Write a request for this priority").click()
    expect(page.get_by_label("Priority").locator("option:checked")).to_contain_text(priority)
    reference = publish(page, WANTED)
    assert reference.startswith(OWN_REGION)
    expect(page.get_by_text("published", exact=True).first).to_be_visible()
    expect(page.get_by_text(WANTED.private)).to_be_visible()

    # Partners abroad are found across languages, and each says why.
    wait_for_matches(page)
    for match in matches(page).all():
        reasons = match.locator(".reasons li").all_text_contents()
        assert reasons, f"no reason given for {match.text_content()}"
        for reason in reasons:
            assert re.search(r": \S.+", reason), f"not a sentence: {reason}"
        where = match.locator(".tag").first.text_content() or ""
        assert OWN_REGION not in where, f"a match in the broker's own region: {match.text_content()}"
    for offer in OFFERS.values():
        expect(match_of(page, offer)).to_have_count(1)

    # An introduction opens a case, which Today shows with its next step and the day.
    case = propose(page, match_of(page, OFFERS[HAMBURG]), "Könnten wir in der kommenden Woche telefonieren?")
    page_of_case = broker.path()
    next_step = page.get_by_label("Next step", exact=True)
    step, due = next_step.input_value(), page.get_by_label("By", exact=True).input_value()
    assert step
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", due)
    page.get_by_role("link", name="Hansa").first.click()
    broker.expect_heading("Today")
    entry = page.get_by_role("listitem").filter(has=page.locator(f"a[href='{page_of_case}']"))
    expect(entry).to_contain_text(step)
    expect(entry).to_contain_text(case)
    shown = re.findall(r"\d+", entry.locator(".tag").inner_text())
    assert {int(due[:4]), int(due[-2:])} <= {int(part) for part in shown}, f"{due} is shown as {shown}"
    entry.get_by_role("link").click()
    expect(next_step).to_have_value(step)

    # Monitoring has risen by one, and its figures open these very records.
    assert figures_of(broker, priority) == {title: count + 1 for title, count in before.items()}
    for title, record in zip(COUNTED, (reference, case, case), strict=True):
        found = open_figure(broker, priority, title).get_by_role("link", name=re.compile(f"^{record} "))
        expect(found).to_have_count(1)
        found.click()
        expect(page.get_by_role("main")).to_contain_text(f"/ {record}")


def test_private_text_stays_in_the_agency(visit: Visit, thread: Thread) -> None:
    own = visit(PODLASKIE).open(thread.request)
    expect(own.get_by_text(WANTED.client)).to_be_visible()
    for email in (None, VIDZEME):
        visitor = visit(email)
        page = visitor.open(thread.request)
        visitor.expect_heading(WANTED.title)
        for path in (thread.request, "/brokerage/", "/brokerage/?q=Narew", "/search/?q=Narew", thread.monitoring):
            told = visitor.open(path).content()
            assert WANTED.client not in told, path
            assert WANTED.private not in told, path
        assert visitor.page.context.request.get(f"{visitor.watch.address}/brokerage/?format=csv").ok
        expect(page.get_by_role("heading", name="Only your agency")).to_have_count(0)
    nobody = visit()
    nobody.open(thread.draft, status=404)
    nobody.open(thread.case)
    nobody.expect_heading("Sign in")


def test_a_case_is_read_by_its_two_sides_alone(visit: Visit, thread: Thread) -> None:
    outsider = visit(KOUVOLA)
    outsider.open(thread.case, status=403)
    reference = thread.case.rstrip("/").rsplit("/", 1)[-1]
    line = outsider.open("/brokerage/cases/?whose=all&state=any").get_by_role("row").filter(has_text=reference)
    expect(line).to_have_count(1)
    expect(line.get_by_role("link", name=reference)).to_have_count(0)
    assert WANTED.title not in line.inner_text()
    other_side = visit(HAMBURG)
    page = other_side.open("/")
    page.get_by_role("link", name=re.compile("Answer the introduction")).last.click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()


def test_what_is_private_opens_when_both_sides_agree(visit: Visit, thread: Thread) -> None:
    podlaskie, kouvola = visit(PODLASKIE), visit(KOUVOLA)
    ours, theirs = podlaskie.page, kouvola.page

    # Before the introduction Kouvola reads the public text, and finds no case.
    kouvola.open(thread.request)
    kouvola.expect_heading(WANTED.title)
    assert WANTED.private not in theirs.content()

    # On a side of the case it reads the case, still not the private text, and accepts.
    podlaskie.open(thread.request)
    propose(ours, match_of(ours, OFFERS[KOUVOLA]), "Voisimmeko puhua ensi viikolla?")
    case = podlaskie.path()
    kouvola.open(case)
    expect(theirs.get_by_text("Voisimmeko puhua ensi viikolla?").first).to_be_visible()
    assert WANTED.private not in theirs.content()
    theirs.get_by_label("Remark").fill("Tervetuloa käymään.")
    theirs.get_by_role("button", name="Accept").click()
    expect(theirs.get_by_role("heading", name="Answer this introduction")).to_have_count(0)
    assert WANTED.private not in theirs.content()

    # The client agrees; from then on Kouvola reads it.
    theirs.locator("summary", has_text="Write the client’s answer down").click()
    theirs.get_by_role("button", name="Write it down", exact=True).first.click()
    expect(theirs.get_by_text("The client’s answer is written down.")).to_be_visible()
    assert WANTED.private not in theirs.content()
    podlaskie.open(case).get_by_role("button", name=re.compile("The client agrees")).click()
    expect(ours.get_by_text("is open to the other agency")).to_be_visible()
    kouvola.open(case)
    expect(theirs.get_by_text(WANTED.private)).to_be_visible()
    expect(theirs.get_by_text(WANTED.client)).to_be_visible()


def test_a_refused_form_keeps_what_was_typed(visit: Visit, thread: Thread) -> None:
    broker = visit(PODLASKIE)
    page = broker.open("/brokerage/new/")
    page.get_by_label("Priority").select_option(index=1)
    chosen = page.get_by_label("Priority").input_value()
    fill_request(page, WANTED)
    page.get_by_label("Title").fill("   ")
    with broker.refused():
        page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.get_by_label("Priority")).to_have_value(chosen)
    for label, words in (
        ("Summary", WANTED.summary),
        ("Description", WANTED.description),
        ("Partner sought", WANTED.partner_sought),
        ("Client", WANTED.client),
        ("Private text", WANTED.private),
    ):
        # the private text goes on with the number of its writing
        expect(page.get_by_label(label)).to_have_value(re.compile(re.escape(words)))

    broker.open(thread.propose)
    page.get_by_label("Message to the other side").fill("Czy możemy porozmawiać w przyszłym tygodniu?")
    page.get_by_label("By").fill("2020-01-31")
    with broker.refused():
        page.get_by_role("button", name="Propose introduction").click()
    expect(page.get_by_role("alert")).to_contain_text("The day of the next step has passed")
    expect(page.get_by_label("Message to the other side")).to_have_value("Czy możemy porozmawiać w przyszłym tygodniu?")


def test_decisions_on_a_priority_stay_in_its_history(visit: Visit) -> None:
    analyst = visit(ANALYST)
    page = analyst.open("/priorities/?sort=-number")
    page.locator("tbody tr").first.get_by_role("rowheader").get_by_role("link").click()
    address, history = analyst.path(), page.locator("#history")
    for verb, button, reason in (
        ("Verify", "Confirm", "Supported by the firms at the hearing in Vilnius."),
        ("Return", "Confirm", "The figures of 2014 are too old for this domain."),
        ("Drop", "Confirm", "Only one region would take part."),
        ("Take up again", "Confirm", "A second region has joined."),
    ):
        page.get_by_role("link", name=verb, exact=True).click()
        if verb == "Return":
            page.get_by_role("radio", name="verify").check()
        page.get_by_label("Reason").fill(reason)
        page.get_by_role("button", name=button).click()
        expect(history.get_by_role("listitem").first).to_contain_text(reason)
        expect(history.get_by_role("listitem").first).to_contain_text("Analyst")
        assert analyst.path() == address
    expect(history.get_by_role("listitem")).to_have_count(5)

    # Somebody who may not decide is offered nothing, and refused when asking all the same.
    broker = visit(PODLASKIE)
    expect(broker.open(address).get_by_role("link", name="Drop", exact=True)).to_have_count(0)


def test_signing_out_closes_everything_private(visit: Visit, people: People, thread: Thread) -> None:
    broker = visit()
    people.sign_in(broker, PODLASKIE)
    broker.open(thread.case)
    broker.page.get_by_role("button", name="Sign out").click()
    broker.expect_heading("From the first statistic to the signed agreement")
    broker.open(thread.case)
    broker.expect_heading("Sign in")
    assert WANTED.private not in broker.open(thread.request).content()


def test_a_wrong_password_is_refused_in_one_sentence(
    visit: Visit, installation: RunningInstallation, people: People
) -> None:
    visitor = visit()
    page = visitor.open("/account/login/")
    page.get_by_label("Email").fill(PODLASKIE)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value(PODLASKIE)
    assert installation.password not in page.content()
