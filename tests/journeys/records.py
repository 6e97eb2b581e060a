"""What the people of the journeys write, and the acts that several journeys have in common."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Locator, Page, expect

from tests.journeys.visitor import People, Visitor

WRITINGS = count(1)

PODLASKIE = "broker.podlaskie@hansa.example"
KOUVOLA = "broker.kouvola@hansa.example"
HAMBURG = "broker.hamburg@hansa.example"
LITHUANIA = "broker.lithuania@hansa.example"
VIDZEME = "broker.vidzeme@hansa.example"
ANALYST = "analyst@hansa.example"
LEAD_PARTNER = "lead.partner@hansa.example"
OWN_REGION = "PL84"
SOUGHT = "foundry"
LONGEST_SEARCH = 120_000
"""Milliseconds for the worker to compute matches while it also prepares what was loaded with a new installation."""


@dataclass(frozen=True)
class Text:
    """A request or an offer as its broker types it."""

    type: str
    language: str
    title: str
    summary: str
    description: str = ""
    partner_sought: str = ""
    client: str = ""
    private: str = ""


WANTED = Text(
    type="technology request",
    language="pl",
    title="Cienkościenne odlewy aluminiowe z surowca z recyklingu",
    summary=(
        "Producent maszyn rolniczych spod Białegostoku szuka odlewni, która wykona cienkościenne obudowy przekładni "
        "(ścianka 2,5 mm) ze stopu aluminium pochodzącego w co najmniej 70% z recyklingu i wspólnie z nim sprawdzi "
        "ich szczelność."
    ),
    description=(
        "Dziś odlewamy obudowy w formach piaskowych, ze ścianką 5 mm i ze stopu pierwotnego. Chcemy zmniejszyć masę "
        "o jedną trzecią, a ślad węglowy wyrobu o połowę. Potrzebujemy doboru stopu, projektu układu wlewowego, serii "
        "próbnej 200 sztuk i badań tomograficznych porowatości."
    ),
    partner_sought=(
        "Odlewnia ciśnieniowa albo laboratorium odlewnicze z doświadczeniem w stopach wtórnych, gotowe do prób "
        "w ciągu sześciu miesięcy."
    ),
    client="Zakład Mechaniczny Narew",
    private="Cena docelowa odlewu: 38 zł. Rysunek NR-114 pokazujemy po podpisaniu umowy o poufności.",
)
OFFERS = {
    KOUVOLA: Text(
        type="technology offer",
        language="fi",
        title="Ohutseinäisiä alumiinivaluja kierrätysmetallista",
        summary=(
            "Kymenlaaksolainen valimo tarjoaa painevalettuja, ohutseinäisiä alumiiniosia, joiden metallista vähintään "
            "80 % on kierrätettyä. Autamme suunnittelussa ja valamme koesarjat kuudessa viikossa."
        ),
    ),
    HAMBURG: Text(
        type="technology offer",
        language="de",
        title="Dünnwandiger Druckguss aus Sekundäraluminium",
        summary=(
            "Ein Hamburger Gießereilabor bietet die Auslegung und Erprobung dünnwandiger Druckgussteile aus recyceltem "
            "Aluminium an, von der Simulation der Formfüllung bis zur Computertomographie der Porosität."
        ),
    ),
    LITHUANIA: Text(
        type="technology offer",
        language="lt",
        title="Plonasieniai liejiniai iš perdirbto aliuminio",
        summary=(
            "Lietuvos liejykla siūlo plonasienius slėginio liejimo gaminius iš perdirbto aliuminio, padeda parinkti "
            "lydinį ir per šešias savaites išlieja bandomąją partiją."
        ),
    ),
}


@dataclass(frozen=True)
class Thread:
    """Addresses of the records that one broker made on the way from a priority to a case.

    The case is one with Hamburg; the forms to propose and to decline are those of the match with Lithuania.
    """

    request: str
    draft: str
    edit: str
    decline: str
    propose: str
    case: str
    monitoring: str
    team: str
    role: str
    translation: str
    translated: str

    def pages(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def follow_an_opportunity(page: Page) -> str:
    """From a region's page to the priority that carries one of its opportunities, else one of its specialisations.

    Returns the priority's identifier.
    """
    carried = page.locator("#opportunities + ol a.tag").or_(page.locator("#domains ~ .wide tbody td:last-child a"))
    identifier = carried.first.inner_text().strip()
    carried.first.click()
    expect(page.get_by_role("main")).to_contain_text(f"Priorities / {identifier}")
    return identifier


def fill_request(page: Page, text: Text) -> None:
    form = page.get_by_role("main")
    form.get_by_label("What it is").select_option(label=text.type)
    form.get_by_label("Language of the text").select_option(text.language)
    typed = {
        "Title": text.title,
        "Summary": text.summary,
        "Description": text.description,
        "Partner sought": text.partner_sought,
        "Client": text.client,
        # one text sent twice within seconds is one request: each writing has a note of its own
        "Private text": f"{text.private} ({next(WRITINGS)})",
    }
    for label, words in typed.items():
        form.get_by_label(label).fill(words)


def publish(page: Page, text: Text) -> str:
    """Fill in the open form and publish; the reference of the request."""
    fill_request(page, text)
    page.get_by_role("button", name="Save and publish").click()
    said = page.get_by_text(re.compile(r"^\S+ is published\.$"))
    expect(said).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(text.title)
    return said.inner_text().split()[0]


def matches(page: Page) -> Locator:
    return page.locator("#matches article")


def wait_for_matches(page: Page) -> None:
    """The page fetches them by itself as soon as the worker has computed them."""
    expect(page.locator("#matches").get_by_text(re.compile(r"^Compared \d"))).to_be_visible(timeout=LONGEST_SEARCH)
    expect(matches(page).first).to_be_visible()


def match_of(page: Page, text: Text) -> Locator:
    return matches(page).filter(has_text=text.title)


def propose(page: Page, match: Locator, message: str) -> str:
    """Propose the introduction to a match; the reference of the case that opens."""
    match.get_by_role("link", name="Propose introduction").click()
    page.get_by_label("Message to the other side").fill(message)
    page.get_by_role("button", name="Propose introduction").click()
    expect(page.get_by_text("The introduction is proposed")).to_be_visible()
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def publish_offers(people: People) -> None:
    """Brokers abroad offer what the Podlaskie broker is going to look for, each in their own language."""
    public = people.visitor()
    priority = follow_an_opportunity(public.open(f"/evidence/regions/{OWN_REGION}/"))
    _close(public)
    for email, text in OFFERS.items():
        visitor = people.visitor(email)
        publish(visitor.open(f"/brokerage/new/?priority={priority}"), text)
        _close(visitor)


def open_thread(people: People) -> Thread:
    """Write, publish, propose: the shortest way to one record of every kind. Offers from abroad have to be there."""
    visitor = people.visitor(PODLASKIE)
    page = visitor.open(f"/evidence/regions/{OWN_REGION}/")
    priority = follow_an_opportunity(page)
    page.get_by_role("link", name="Write a request for this priority").click()
    fill_request(page, WANTED)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    draft = visitor.path()
    visitor.open(f"/brokerage/new/?priority={priority}")
    publish(page, WANTED)
    request = visitor.path()
    wait_for_matches(page)
    found = match_of(page, OFFERS[HAMBURG])
    other = match_of(page, OFFERS[LITHUANIA])
    decline = other.get_by_role("link", name="Not suitable").get_attribute("href")
    proposed = other.get_by_role("link", name="Propose introduction").get_attribute("href")
    propose(page, found, "Könnten wir in der kommenden Woche telefonieren?")
    assert decline is not None and proposed is not None
    case = visitor.path()
    team = put_together(visitor)
    role = page.get_by_role("link", name=f"Edit {SOUGHT}").get_attribute("href")
    assert role is not None
    visitor.open(f"{request}translations/en/")
    page.get_by_label("Title").fill("Thin-walled aluminium castings from recycled metal")
    page.get_by_label("Summary").fill("A maker of farm machines looks for a foundry that casts thin-walled housings.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The translation is saved.")).to_be_visible()
    number = int(priority.removeprefix("P-"))
    thread = Thread(
        request=request,
        draft=draft,
        edit=f"{request}edit/",
        decline=decline,
        propose=proposed,
        case=case,
        monitoring=f"/monitoring/cases/P-{number}/",
        team=team,
        role=role,
        translation=f"{request}translations/en/",
        translated=f"{request}?in=en",
    )
    _close(visitor)
    return thread


def put_together(visitor: Visitor) -> str:
    """Begin a team with one role and wait until its candidates are found; the address of its page."""
    page = visitor.open("/brokerage/teams/new/")
    page.get_by_label("Name of the call or joint strategy").fill("Light metals from scrap")
    page.get_by_role("button", name="Save", exact=True).click()
    address = visitor.path()
    page.get_by_role("link", name="Add a role").first.click()
    page.get_by_label("Role", exact=True).fill(SOUGHT)
    page.get_by_label("What its holder has to bring").fill("Die casting of thin-walled parts from recycled aluminium.")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Nobody of them has been asked.")).to_be_visible(timeout=LONGEST_SEARCH)
    return address


def _close(visitor: Visitor) -> None:
    visitor.watch.check()
    visitor.page.context.close()
