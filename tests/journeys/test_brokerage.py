"""From a first call to what came of it: two brokers and two clients, each in a window of their own.

The clients have no account. What they do, they do through the links that Hansa mails them, on a phone.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from quopri import decodestring

import pytest
from playwright.sync_api import Locator, Page, expect

from hansa.site.ops.home import Home
from tests.journeys.conftest import Visit
from tests.journeys.installation import RunningInstallation
from tests.journeys.records import (
    KOUVOLA,
    OFFERS,
    OWN_REGION,
    PODLASKIE,
    WANTED,
    follow_an_opportunity,
    match_of,
    propose,
    wait_for_matches,
)
from tests.journeys.test_accessible import assert_accessible, assert_fits

pytestmark = pytest.mark.journey
PHONE = {"width": 360, "height": 780}
LONGEST_MAIL = 90
MOST_CLICKS, MOST_FIELDS = 25, 12
OURS, THEIRS = "anna@narew.example", "matti@valimo.example"


@dataclass
class Hand:
    """A broker's hand: what is clicked and which required fields are filled, apart from the texts, is counted."""

    page: Page
    clicks: int = 0
    fields: int = 0
    filled: list[str] = field(default_factory=list)

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("main").get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("main").get_by_role("link", name=name).first)

    def fill(self, label: str, words: str, *, text: bool = False) -> None:
        self.fields += not text
        self.page.get_by_role("main").get_by_label(label).first.fill(words)

    def choose(self, label: str, value: str) -> None:
        self.fields += 1
        self.page.get_by_role("main").get_by_label(label).first.select_option(label=value)


def link_mailed(installation: RunningInstallation, to: str, path: str) -> str:
    """The last link below `path` that was mailed to an address; the worker writes its e-mails to its log."""
    until = time.monotonic() + LONGEST_MAIL
    while time.monotonic() < until:
        log = decodestring((Home(installation.home).logs / "worker.log").read_bytes()).decode("utf-8", "replace")
        mails = [mail for mail in re.split(r"(?m)^-{20,}$", log) if f"To: {to}" in mail]
        found = [link for mail in mails for link in re.findall(rf"https?://\S*{path}\S*", mail)]
        if found:
            return re.sub(r"^https?://[^/]+", "", found[-1])
        time.sleep(1)
    raise AssertionError(f"no link to {path} was mailed to {to}")


def take_in(hand: Hand, name: str, contact: str, email: str) -> None:
    """Intake in one conversation, and the decision."""
    page = hand.page
    hand.fill("Name of the organisation", name)
    hand.fill("Who speaks for it", contact)
    hand.fill("E-mail", email)
    hand.click(page.get_by_role("main").get_by_label(re.compile("keeping and using my data")))
    for question in page.locator("select[name^=criterion_]").all():
        question.select_option("yes")
        hand.fields += 1
    hand.press("Record the client")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    hand.press("Admit")
    expect(page.get_by_text("admitted").first).to_be_visible()


def test_two_brokers_and_two_clients_from_the_first_call_to_what_came_of_it(
    visit: Visit, installation: RunningInstallation
) -> None:
    podlaskie, kouvola = visit(PODLASKIE), visit(KOUVOLA)
    priority = follow_an_opportunity(podlaskie.open(f"/evidence/regions/{OWN_REGION}/"))
    ours, theirs = podlaskie.page, kouvola.page
    hand = Hand(ours)

    # The first call: the client is taken in, and looked at; it answers its part on a phone.
    podlaskie.open("/brokerage/clients/")
    hand.follow("Take in a client")
    take_in(hand, "Zakład Mechaniczny Narew", "Anna Nowak", OURS)
    client = podlaskie.path()
    hand.press("Begin a diagnosis")
    hand.press("Mail them the link")
    expect(ours.get_by_text("The link is on its way.")).to_be_visible()
    diagnosis = podlaskie.path()
    anna = visit(viewport=PHONE, language="pl")
    anna.open(link_mailed(installation, OURS, "/brokerage/diagnoses/answer/"))
    expect(anna.page.get_by_role("heading", level=1)).to_have_text("Spojrzenie na Państwa firmę")
    assert anna.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    anna.page.locator("#id_technology_state").select_option("1")
    anna.page.locator("#id_technology_need").select_option("5")
    anna.page.get_by_role("button", name="Gotowe: powiadom brokera").click()
    expect(anna.page.get_by_text("Dziękujemy: broker został powiadomiony.")).to_be_visible()

    podlaskie.open("/")
    hand.click(ours.get_by_role("link", name=re.compile("Look at the client’s answers: Zakład")))
    hand.click(ours.locator("summary", has_text="Technology development"))
    ours.locator("#id_technology_state").select_option("1")
    ours.locator("#id_technology_need").select_option("5")
    hand.press("Keep the answers")
    assert podlaskie.path() == diagnosis
    hand.follow("Write a request: Technology development")

    # The request in Polish, read by a second broker before it is published.
    ours.get_by_label("Priority").select_option(index=1)
    hand.fields += 1
    hand.choose("Language of the text", "Polish")
    hand.fill("Title", WANTED.title, text=True)
    hand.fill("Summary", WANTED.summary, text=True)
    hand.fill("Private text", WANTED.private, text=True)
    hand.press("Save draft")
    request = podlaskie.path()
    hand.press("Ask for a review")
    expect(ours.get_by_text("in review").first).to_be_visible()
    assert hand.clicks <= MOST_CLICKS, hand.clicks
    assert hand.fields <= MOST_FIELDS, hand.fields

    kouvola.open("/")
    theirs.get_by_role("link", name=f"Review: {WANTED.title}").click()
    assert WANTED.private not in theirs.content() and "Narew" not in theirs.content()
    for criterion in ("advantages", "clarity", "cooperation", "guidelines"):
        theirs.locator(f"#id_{criterion}").select_option("4")
    theirs.get_by_role("button", name="Give the review").click()
    expect(theirs.get_by_text("It is published.")).to_be_visible()

    # The Finnish broker's own client offers what is looked for.
    kouvola.open("/brokerage/clients/new/")
    take_in(Hand(theirs), "Kymen Valimo Oy", "Matti Virtanen", THEIRS)
    theirs.get_by_role("link", name="Write a request for this client").click()
    offer = OFFERS[KOUVOLA]
    theirs.get_by_label("Priority").select_option(index=1)
    theirs.get_by_label("What it is").select_option(label=offer.type)
    theirs.get_by_label("Language of the text").select_option(offer.language)
    theirs.get_by_label("Title").fill(offer.title)
    theirs.get_by_label("Summary").fill(offer.summary)
    theirs.get_by_label("Private text").fill("Salainen hinta.")
    theirs.get_by_role("button", name="Save and publish").click()
    expect(theirs.get_by_text(re.compile(r"^\S+ is published\.$"))).to_be_visible()

    # The match, and four consents: nothing opens before the last of them.
    podlaskie.open(request)
    ours.get_by_role("button", name="Look again").click()
    wait_for_matches(ours)
    propose(ours, match_of(ours, offer).first, "Voisimmeko puhua?")
    case = podlaskie.path()
    kouvola.open(case)
    theirs.get_by_role("button", name="Accept").click()
    expect(theirs.get_by_text("asked by link").first).to_be_visible()
    assert "Narew" not in theirs.content() and WANTED.private not in theirs.content()
    for email, window in ((OURS, anna), (THEIRS, visit(viewport=PHONE))):
        window.open(link_mailed(installation, email, "/brokerage/introductions/answer/"))
        assert "Valimo Oy" not in window.page.content() and "Zakład Mechaniczny" not in window.page.content()
        window.page.locator("button[name=agrees][value=yes]").click()
        expect(window.page.get_by_role("status").last).to_be_visible()
    kouvola.open(case)
    expect(theirs.get_by_text("Zakład Mechaniczny Narew").first).to_be_visible()
    expect(theirs.get_by_text(WANTED.private).first).to_be_visible()
    podlaskie.open(case)
    expect(ours.get_by_text("Kymen Valimo Oy").first).to_be_visible()

    # They meet, they agree, and are asked what came of it.
    ours.locator("summary", has_text="Write one down").click()
    said = ours.locator("form[action$='/interaction/']")
    said.get_by_label("Kind").select_option("meeting")
    said.get_by_label("About").fill("Visit to the foundry")
    said.get_by_role("button", name="Write it down").click()
    expect(ours.get_by_text("Visit to the foundry")).to_be_visible()
    for state in ("in talks", "agreement"):
        ours.locator("summary", has_text="Move the case on").click()
        ours.get_by_label("It is now").select_option(label=state)
        ours.get_by_role("button", name="Move", exact=True).click()
    expect(ours.get_by_text("12 months after the agreement")).to_be_visible()
    ours.locator("summary", has_text="Write down what came of it").first.click()
    answer = ours.locator("form[action*='/follow-ups/']").first
    answer.get_by_label("What came of it").fill("A first series of 200 pieces was ordered.")
    answer.get_by_role("button", name="Write it down").click()
    expect(ours.get_by_text("A first series of 200 pieces")).to_be_visible()
    ours.locator("summary", has_text="Write an outcome down").click()
    outcome = ours.locator("form[action$='/outcome/']")
    outcome.get_by_label("What it is").select_option("turnover")
    outcome.get_by_label("Value").fill("7600")
    outcome.get_by_label("What shows it").fill("Invoice 12/2026")
    outcome.get_by_role("button", name="Write it down").click()
    kouvola.open(case)
    theirs.get_by_role("button", name="I have seen the evidence: verify").click()
    expect(theirs.get_by_text("verified by")).to_be_visible()

    # Monitoring counts the agreement, and the client's page lists the request.
    podlaskie.open("/monitoring/agreements/")
    expect(ours.get_by_role("main")).to_contain_text(WANTED.title)
    podlaskie.open(client)
    expect(ours.get_by_role("link", name=WANTED.title)).to_be_visible()
    assert priority.startswith("P-")
    for path in (client, diagnosis, case, request):
        podlaskie.open(path)
        assert_accessible(podlaskie)
        assert_fits(podlaskie, "en")
