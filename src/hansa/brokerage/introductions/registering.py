"""What introductions show of themselves on a case's page, on Today, in letters and among the rules."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.brokerage.introductions import actions, consenting, queries
from hansa.brokerage.introductions.forms import ConsentForm, ReasonForm
from hansa.brokerage.models import Case, IntroductionConsent
from hansa.brokerage.parts import Link, Panel, parts
from hansa.network.models import Person
from hansa.network.permissions import may
from hansa.network.registry import Letter, NoticeKind, Rule, Said, TodayItem, registry

GROUP = "brokerage.introductions"
FINDS = "brokerage.find_partners"


def consents(case: Case, person: Person | None) -> Panel | None:
    """The four places, and for each client's broker the form to write an answer down."""
    if not may(person, "brokerage.view_case", case):
        return None
    places = queries.consents_of(case)
    if not places:
        return None
    open_ = case.state == Case.State.PROPOSED
    going = case.state != Case.State.DECLINED
    both = all(p.answer for p in places if not p.is_client)
    waiting = [p for p in places if going and both and p.is_client and p.answer is None]
    own = {p.pk for p in waiting if may(person, "brokerage.record_consent", p)}
    rows = [(p, ConsentForm(auto_id=f"id_consent_{p.pk}_%s") if p.pk in own else None) for p in places]
    takes_back = open_ and may(person, "brokerage.withdraw_introduction", case)
    told = {"rows": rows, "case": case, "reason_form": ReasonForm(auto_id="id_back_%s") if takes_back else None}
    template = "hansa_brokerage/introductions/_consents.html"
    return Panel("consents", _("Four consents"), template, told, order=10, aside=True)


def clients(case: Case, person: Person | None) -> Panel | None:
    """Who the clients are, once all four have agreed; that it was read is written down."""
    if person is None or not may(person, "brokerage.view_clients_of_case", case):
        return None
    found = queries.clients_of(case)
    for client in found:
        actions.note_look_at_client(person, case, client)
    if not found:
        return None
    return Panel(
        "clients", _("The clients"), "hansa_brokerage/introductions/_clients.html", {"clients": found}, order=5
    )


def looks(case: Case, person: Person | None) -> Panel | None:
    if not may(person, "brokerage.view_looks", case):
        return None
    found = list(queries.looks_of(case)[:20])
    if not found:
        return None
    told = {"looks": [(note, VERBS[note.verb]) for note in found]}
    return Panel("looks", _("Who saw what"), "hansa_brokerage/introductions/_looks.html", told, order=90, aside=True)


VERBS = {
    "look_at_private": gettext_lazy("read a private text"),
    "look_at_client": gettext_lazy("read who a client is"),
    "open_private": gettext_lazy("a private text was opened"),
    "open_client": gettext_lazy("a client was opened"),
}


def today(person: Person) -> Iterable[TodayItem]:
    for consent in queries.waiting_for(person)[:20]:
        case = consent.introduction.case
        yield TodayItem(
            title=_("A client has not answered yet: %(title)s") % {"title": case.title},
            url=f"{case.get_absolute_url()}#consents",
            why=_("Asked on %(day)s through a link; call them, or write their answer down.")
            % {"day": consent.asked_at.date().isoformat()},
        )


def letter(record: int, person: Person) -> Said | None:
    """The e-mail to a client; nothing once the introduction was made or has ended."""
    consent = IntroductionConsent.objects.select_related("introduction__case").filter(pk=record).first()
    if consent is None or consent.answer is not None or consent.introduction.case.state != Case.State.PROPOSED:
        return None
    return Said(
        _("A partner abroad for you: do you agree to be introduced?"),
        [
            _("Your broker and a broker abroad think that you and a partner there should meet."),
            _("Neither side knows the other’s name yet. Please read what is proposed, and say yes or no:"),
        ],
    )


def register() -> None:
    parts.links["inbox"] = Link(
        "inbox", gettext_lazy("Matches"), "brokerage:matches_inbox", 15, "brokerage.find_partners"
    )
    parts.today["introductions"] = today
    parts.panels["case"]["consents"] = consents
    parts.panels["case"]["clients"] = clients
    parts.panels["case"]["looks"] = looks
    registry.letters[consenting.PURPOSE] = Letter("brokerage:introduction_answer", letter)
    registry.notice_groups[GROUP] = gettext_lazy("Introductions and consents")
    registry.notices |= {
        "brokerage.client_agreed": NoticeKind(gettext_lazy("A client agreed in case %(reference)s."), GROUP),
        "brokerage.client_declined": NoticeKind(gettext_lazy("A client declined in case %(reference)s."), GROUP, True),
        "brokerage.introduced": NoticeKind(gettext_lazy("Case %(reference)s is introduced."), GROUP, urgent=True),
    }
    registry.rules[actions.DAYS] = Rule(
        gettext_lazy("A proposed introduction ends by itself after"),
        "number", 60, unit=gettext_lazy("days"), least=7, most=365,
    )  # fmt: skip
