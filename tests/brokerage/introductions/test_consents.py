"""An introduction needs four: both brokers and both clients. Names and private text open only then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from hansa.brokerage import actions as room
from hansa.brokerage.introductions import actions, consenting
from hansa.brokerage.models import Case, Client, ClientContact, Introduction, IntroductionConsent, Match, RequestPrivate
from hansa.network.actions import make_link
from hansa.network.faults import Forbidden, Refused
from hansa.network.jobs import send_link
from hansa.network.middleware import see_as
from hansa.network.models import AuditNote

pytestmark = pytest.mark.django_db
State = Case.State


class Four:
    """A case between two clients who are recorded, and the links of both."""

    def __init__(self, desk):
        self.desk = desk
        self.ours, self.theirs = desk.client(), desk.client(by=desk.abroad, region="FI1C", name="Valimo Oy")
        match = desk.match()
        RequestPrivate.objects.filter(pk=match.request_id).update(client=self.ours)
        RequestPrivate.objects.filter(pk=match.other_request_id).update(client=self.theirs)
        self.case = desk.case(match)

    def both_brokers(self):
        return room.answer_introduction(self.desk.abroad, self.case, accept=True)

    def place(self, name):
        return IntroductionConsent.objects.get(introduction__case=self.case, place=name)

    def link(self, name):
        consent = self.place(name)
        client = self.ours if name == "our_client" else self.theirs
        return make_link(None, purpose="introduction", record=consent.pk, person=consent.person, client=client.pk)

    def by_link(self, name, agrees=True, refusal=""):
        link, _secret = self.link(name)
        with see_as("", client=link.client):
            return actions.answer_by_link(link, agrees=agrees, refusal=refusal)

    @property
    def state(self):
        return Case.objects.get(pk=self.case.pk).state

    def opened(self):
        return [*RequestPrivate.objects.order_by("pk").values_list("opened_to", flat=True)]


@pytest.fixture
def four(desk):
    return Four(desk)


def test_two_brokers_are_not_enough_where_clients_are_recorded(four):
    four.both_brokers()
    assert four.state == State.PROPOSED
    assert four.opened() == [[], []]
    assert four.place("our_client").client == four.ours
    assert four.place("our_client").answer is None


def test_with_the_fourth_yes_both_sides_open_to_each_other(four):
    pl, fi = (four.desk.cast.agencies[code].pk for code in ("PL84", "FI1C"))
    four.both_brokers()
    four.by_link("our_client")
    assert four.state == State.PROPOSED and four.opened() == [[], []]
    four.by_link("their_client")
    assert four.state == State.INTRODUCED
    assert sorted(four.opened()) == sorted([[fi], [pl]])
    assert Client.objects.get(pk=four.ours.pk).opened_to == [fi]
    assert Client.objects.get(pk=four.theirs.pk).opened_to == [pl]
    four.by_link("their_client")
    assert AuditNote.objects.filter(verb="open_client").count() == 2


def test_a_client_who_says_no_ends_it_with_a_reason_and_nothing_was_shown(four):
    four.both_brokers()
    four.by_link("our_client")
    with pytest.raises(Refused):
        four.by_link("their_client", agrees=False)
    four.by_link("their_client", agrees=False, refusal="known")
    assert four.state == State.DECLINED
    assert four.opened() == [[], []]
    assert Match.objects.get(pk=four.case.match_id).refusal == "known"
    with pytest.raises(Refused):
        four.by_link("our_client", agrees=False, refusal="known")


def test_the_brokers_come_first_and_each_writes_down_their_own_client_alone(four):
    with pytest.raises(Refused):
        actions.record_consent(four.desk.broker, four.place("our_client"), agrees=True)
    four.both_brokers()
    with pytest.raises(Forbidden):
        actions.record_consent(four.desk.abroad, four.place("our_client"), agrees=True)
    actions.record_consent(four.desk.broker, four.place("our_client"), agrees=True, how="paper")
    assert four.place("our_client").how == "paper"
    with pytest.raises(Refused):
        actions.record_consent(four.desk.broker, four.place("our_broker"), agrees=True)


def test_of_a_client_nobody_recorded_nothing_is_assumed_and_nothing_opens(desk):
    case = desk.case()
    room.answer_introduction(desk.abroad, case, accept=True)
    assert Case.objects.get(pk=case.pk).state == State.INTRODUCED
    said = {c.place: c.answer for c in IntroductionConsent.objects.all()}
    assert said == {"our_broker": True, "their_broker": True, "our_client": None, "their_client": None}
    assert {*map(tuple, RequestPrivate.objects.values_list("opened_to", flat=True))} == {()}


def test_without_recorded_clients_each_broker_writes_theirs_down_and_the_fourth_yes_opens_both(desk):
    pl, fi = (desk.cast.agencies[code].pk for code in ("PL84", "FI1C"))
    case = desk.case()
    room.answer_introduction(desk.abroad, case, accept=True)
    room.open_private(desk.broker, case)
    assert RequestPrivate.objects.get(pk=case.request_id).opened_to == []
    theirs = IntroductionConsent.objects.get(place="their_client")
    with pytest.raises(Forbidden):
        actions.record_consent(desk.broker, theirs, agrees=True)
    actions.record_consent(desk.abroad, theirs, agrees=True, how="paper")
    assert RequestPrivate.objects.get(pk=case.match.other_request_id).opened_to == [pl]
    assert RequestPrivate.objects.get(pk=case.request_id).opened_to == [fi]
    assert IntroductionConsent.objects.get(place="our_client").how == "spoken"


def test_a_new_proposal_after_a_declined_case_opens_nothing_again(desk, four, application_role):
    pl, fi = (desk.cast.agencies[code] for code in ("PL84", "FI1C"))
    with see_as(f"{fi.pk}"):
        four.both_brokers()
    for place in ("our_client", "their_client"):
        with see_as(f"{pl.pk},{fi.pk}"):
            link, _secret = four.link(place)
        with see_as("", client=link.client):
            actions.answer_by_link(link, agrees=True)
    assert seen(fi)[0] == 2
    with see_as(f"{pl.pk}"):
        room.move_case(desk.broker, Case.objects.get(pk=four.case.pk), to_state="declined", refusal="price")
    assert seen(fi)[0] == 1 and seen(pl)[0] == 1
    with see_as(f"{pl.pk},{fi.pk}"):
        offer = desk.offer_abroad()
        case = desk.case(desk.match(four.case.request, offer))
    assert seen(fi)[0] == 1
    assert four.opened() == [] or {*map(tuple, four.opened())} == {()}
    assert case.state == State.PROPOSED


def test_in_the_database_too_nobody_writes_the_other_sides_answer(desk, four, application_role):
    fi = desk.cast.agencies["FI1C"].pk
    with see_as(f"{fi}"):
        four.both_brokers()
        for place in ("our_client", "our_broker"):
            assert IntroductionConsent.objects.filter(place=place).update(answer=False) == 0
        assert IntroductionConsent.objects.filter(place="their_broker").update(answer=True) == 1


def test_a_client_who_says_no_after_the_introduction_keeps_their_side_closed_and_the_talks_going(desk):
    case = desk.case()
    room.answer_introduction(desk.abroad, case, accept=True)
    theirs = IntroductionConsent.objects.get(place="their_client")
    actions.record_consent(desk.abroad, theirs, agrees=False, refusal="other")
    assert Case.objects.get(pk=case.pk).state == State.INTRODUCED
    assert RequestPrivate.objects.get(pk=case.match.other_request_id).opened_to == []


def test_a_proposal_is_taken_back_or_ends_by_itself_but_not_once_it_was_made(four):
    with pytest.raises(Refused):
        actions.withdraw_introduction(four.desk.broker, four.case, reason=" ")
    actions.withdraw_introduction(four.desk.broker, four.case, reason="The client left.")
    assert (four.state, Case.objects.get(pk=four.case.pk).refusal) == (State.DECLINED, "withdrawn")
    with pytest.raises(Refused):
        four.both_brokers()
    other = Four(four.desk)
    Introduction.objects.update(proposed_at=timezone.now() - timedelta(days=61))
    assert actions.expire_introductions() == 1
    assert actions.expire_introductions() == 0
    assert Case.objects.get(pk=other.case.pk).refusal == "no_answer"


def test_a_made_introduction_is_neither_taken_back_nor_expired(four):
    four.both_brokers()
    four.by_link("our_client")
    four.by_link("their_client")
    Introduction.objects.update(proposed_at=timezone.now() - timedelta(days=400))
    assert actions.expire_introductions() == 0
    with pytest.raises(Refused):
        actions.withdraw_introduction(four.desk.broker, four.case, reason="Too late.")


def seen(*agencies, client=None, leads=False):
    with see_as(",".join(str(a.pk) for a in agencies), client=client, leads=leads):
        return (Client.objects.count(), ClientContact.objects.count(), IntroductionConsent.objects.count())


def test_the_database_opens_clients_to_the_other_side_only_after_the_fourth_and_while_the_case_lives(
    four, application_role
):
    pl, fi, lt = (four.desk.cast.agencies[code] for code in ("PL84", "FI1C", "LT00"))
    with see_as(f"{fi.pk}"):
        four.both_brokers()
    assert seen(pl) == (1, 1, 4) and seen(fi) == (1, 1, 4)
    assert seen(lt) == (0, 0, 0) and seen(lt, leads=True) == (0, 0, 4)
    assert seen(client=four.ours.pk) == (1, 1, 1)
    for place in ("our_client", "their_client"):
        with see_as(f"{pl.pk},{fi.pk}"):
            link, _secret = four.link(place)
        with see_as("", client=link.client):
            actions.answer_by_link(link, agrees=True)
    assert seen(pl) == (2, 2, 4) and seen(fi) == (2, 2, 4)
    assert seen(lt) == (0, 0, 0)
    Case.objects.update(state=State.DECLINED)
    assert seen(pl) == (1, 1, 4) and seen(fi) == (1, 1, 4)


def test_the_client_answers_on_a_page_of_their_own(client, four, mailoutbox):
    four.both_brokers()
    consent = four.place("their_client")
    send_link(
        purpose="introduction", record=consent.pk, person=consent.person_id, client=four.theirs.pk,
        address="https://hansa.example/",
    )  # fmt: skip
    (mail,) = mailoutbox
    address = next(line for line in mail.body.splitlines() if line.startswith("https://hansa.example"))
    assert "Tajna" not in mail.body and "Valimo" not in mail.body
    path = address.removeprefix("https://hansa.example")
    page = client.get(path).content.decode()
    assert "odlewni" in page and "Tajna" not in page and "Rysunki" not in page
    wrong = client.post(path, {"agrees": "no", "refusal": ""})
    assert wrong.status_code == 400
    assert client.post(path, {"agrees": "yes"}).status_code == 302
    assert four.place("their_client").how == "link"
    assert "Zgodzono" in client.get(path, headers={"accept-language": "pl"}).content.decode()


def test_the_case_page_shows_the_consents_then_the_clients_and_who_looked(client, four):
    client.force_login(four.desk.broker.user)
    four.both_brokers()
    page = client.get(four.case.get_absolute_url()).content.decode()
    assert "Write the client’s answer down" in page and "Valimo Oy" not in page
    posted = client.post(
        reverse("brokerage:record_consent", args=[four.place("our_client").pk]), {"agrees": "yes", "how": "spoken"}
    )
    assert posted.status_code == 302
    four.by_link("their_client")
    page = client.get(four.case.get_absolute_url()).content.decode()
    assert "Valimo Oy" in page
    assert AuditNote.objects.filter(verb="look_at_client", person=four.desk.broker).exists()
    again = client.get(four.case.get_absolute_url()).content.decode()
    assert "read who a client is" in again
    assert AuditNote.objects.filter(verb="look_at_client", person=four.desk.broker).count() == 2


def test_an_older_case_without_the_four_places_is_answered_as_before(desk):
    case = desk.case()
    IntroductionConsent.objects.all().delete()
    assert room.answer_introduction(desk.abroad, case, accept=True).state == State.INTRODUCED
    assert consenting.locked(case) == {}
