"""A client is taken in on one page, admitted or referred by visible criteria, and merged without losing anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hansa.brokerage import thread
from hansa.brokerage.clients import actions, contacts, queries
from hansa.brokerage.clients.actions import TRANSITIONS, ClientText
from hansa.brokerage.clients.criteria import ADMIT, CRITERIA, NO, REFER, UNKNOWN, WAIT, YES, verdict
from hansa.brokerage.clients.identifiers import checked
from hansa.brokerage.models import Client, ClientContact, Handover, RequestPrivate
from hansa.network.actions import make_link, record_consent
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import Consent, Identifier, Organisation
from tests.brokerage.conftest import CASTINGS

pytestmark = pytest.mark.django_db
ALL_YES = {criterion.key: YES for criterion in CRITERIA}
answers = st.fixed_dictionaries({c.key: st.sampled_from([YES, NO, UNKNOWN]) for c in CRITERIA})


@given(answers)
def test_the_verdict_admits_only_where_all_is_yes_and_an_unknown_is_no_no(said):
    found = verdict(said)
    refers = any(said[c.key] == NO and c.refers for c in CRITERIA)
    assert (found.kind == REFER) == refers
    assert (found.kind == ADMIT) == (set(said.values()) == {YES})
    assert len(found.missed) == sum(v == NO for v in said.values())
    assert len(found.open) == sum(v == UNKNOWN for v in said.values())


def test_no_answer_at_all_waits():
    assert verdict({}).kind == WAIT


@pytest.mark.parametrize(
    ("scheme", "written", "kept"),
    [
        ("NIP", "526-021-02-28", "5260210228"),
        ("VAT", "PL 5260210228", "PL5260210228"),
        ("REGON", "000331501", "000331501"),
        ("PIC", "999999999", "999999999"),
        ("ROR", "https://ror.org/05a28rw58", "05a28rw58"),
    ],
)
def test_a_number_is_checked_and_kept_in_one_form(scheme, written, kept):
    assert checked(scheme, written) == kept


@pytest.mark.parametrize(("scheme", "written"), [("NIP", "5260210229"), ("VAT", "PL1"), ("PIC", "12"), ("ROR", "x")])
def test_a_wrong_number_is_told_in_one_sentence(scheme, written):
    with pytest.raises(ValueError, match="no valid"):
        checked(scheme, written)


@pytest.fixture
def one(desk):
    return desk.client(name="Drewex sp. z o.o.")


def test_a_client_is_admitted_by_its_criteria_or_with_a_reason(desk, one):
    with pytest.raises(Refused):
        actions.admit_client(desk.broker, one)
    actions.answer_criteria(desk.broker, one, answers=ALL_YES)
    kept = Client.objects.get(pk=one.pk).criteria["sound"]
    assert kept["answer"] == YES and kept["by"] == desk.broker.pk
    assert actions.admit_client(desk.broker, one).state == Client.State.ADMITTED
    other = desk.client()
    assert actions.admit_client(desk.broker, other, reason="A pilot of the ministry.").state == "admitted"


def test_a_client_is_sent_elsewhere_and_begun_with_again(desk, one):
    with pytest.raises(Refused):
        actions.refer_client(desk.broker, one, to=" ")
    assert actions.refer_client(desk.broker, one, to="Bon na innowacje (PARP)").referred_to == "Bon na innowacje (PARP)"
    assert actions.reopen_client(desk.broker, one).state == Client.State.INTAKE
    with pytest.raises(Refused):
        actions.end_client(desk.broker, one, reason="")
    actions.end_client(desk.broker, one, reason="Moved away.")
    with pytest.raises(Refused):
        actions.admit_client(desk.broker, one, reason="Back.")


def test_every_move_of_a_client_is_one_of_the_table(desk):
    verbs = {
        "admit": lambda c: actions.admit_client(desk.broker, c, reason="r"),
        "refer": lambda c: actions.refer_client(desk.broker, c, to="t"),
        "end": lambda c: actions.end_client(desk.broker, c, reason="r"),
        "reopen": lambda c: actions.reopen_client(desk.broker, c),
    }
    for state in (Client.State.INTAKE, Client.State.ADMITTED, Client.State.REFERRED, Client.State.ENDED):
        for verb, act in verbs.items():
            made = desk.client()
            Client.objects.filter(pk=made.pk).update(state=state)
            sources, target = TRANSITIONS[verb]
            if state in sources or (verb, state) == ("admit", Client.State.ADMITTED):
                assert act(made).state == target
            else:
                with pytest.raises(Refused):
                    act(made)


def test_another_agency_touches_nothing(desk, one):
    acts = [
        lambda: actions.edit_client(desk.abroad, one, text=ClientText(name="x", kind="company")),
        lambda: actions.answer_criteria(desk.abroad, one, answers=ALL_YES),
        lambda: actions.admit_client(desk.abroad, one, reason="r"),
        lambda: actions.end_client(desk.abroad, one, reason="r"),
        lambda: actions.merge_clients(desk.abroad, one, into=desk.client(), reason="r"),
        lambda: contacts.remove_contact(desk.abroad, one.contacts.get()),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_a_merge_moves_everything_and_what_was_merged_says_where_it_went(desk, one):
    twin = desk.client(name="DREWEX Spółka z o.o.", city="Suwałki")
    RequestPrivate.objects.filter(pk=desk.draft(replace(CASTINGS, client=twin.pk)).pk).update(client=twin)
    actions_by = {"to_agency": desk.cast.agencies["FI1C"], "to_broker": desk.abroad, "reason": "r"}
    from hansa.brokerage.brokers.actions import hand_over_client

    hand_over_client(desk.broker, twin, **actions_by)
    kept = actions.merge_clients(desk.broker, twin, into=one, reason="Recorded twice.")
    assert kept.city == "Suwałki"
    assert ClientContact.objects.filter(client=one).count() == 2
    assert ClientContact.objects.filter(client=one, is_main=True).count() == 1
    assert RequestPrivate.objects.get(client=one).client == one
    assert Handover.objects.get().client == one
    twin.refresh_from_db()
    assert (twin.state, twin.merged_into) == (Client.State.MERGED, one)
    with pytest.raises(Refused):
        actions.merge_clients(desk.broker, one, into=twin, reason="Back.")
    with pytest.raises(Refused):
        actions.edit_client(desk.broker, twin, text=ClientText(name="x", kind="company"))


def test_a_near_same_name_or_the_same_number_is_told_before_it_is_recorded_twice(desk):
    held = desk.client(name="Drewex sp. z o.o.", identifiers={"NIP": "5260210228"})
    found = queries.alike
    assert found(desk.broker, "DREWEX S.A.", {}) == [held]
    assert found(desk.broker, "Another", {"NIP": "5260210228"}) == [held]
    assert found(desk.broker, "Drewno", {}) == []
    assert found(desk.abroad, "Drewex", {}) == []
    assert found(desk.broker, "Drewex", {}, but=held.pk) == []


INTAKE = {
    "name": "Meblarz sp. z o.o.",
    "kind": "company",
    "contact_name": "Jan Kowal",
    "email": "jan@meblarz.example",
    "phone": "",
    "language": "pl",
    "purposes": ["service", "follow_up"],
    "how": "spoken",
    **{f"criterion_{criterion.key}": YES for criterion in CRITERIA},
}


def test_one_page_takes_in_the_organisation_its_contact_consents_and_criteria(client, desk):
    client.force_login(desk.broker.user)
    found = Organisation.objects.create(name="Meblarz", kind="company", city="Suwałki", country="PL")
    Identifier.objects.create(organisation=found, scheme="NIP", value="5260210228")
    page = client.get(reverse("brokerage:new_client"), {"q": "Mebl"})
    assert "Meblarz" in page.content.decode()
    filled = client.get(reverse("brokerage:new_client"), {"q": "Mebl", "organisation": found.pk}).content.decode()
    assert 'value="5260210228"' in filled and 'value="Suwałki"' in filled
    done = client.post(reverse("brokerage:new_client"), INTAKE | {"NIP": "526-021-02-28", "organisation": found.pk})
    assert done.status_code == 302
    made = Client.objects.get()
    assert made.identifiers == {"NIP": "5260210228"} and made.organisation == found
    assert verdict(made.criteria).kind == ADMIT
    person = made.contacts.get().person
    assert {c.purpose for c in person.consents.all()} == {"service", "follow_up"}
    shown = client.get(made.get_absolute_url()).content.decode()
    assert "All criteria say yes." in shown and "Jan Kowal" in shown
    again = client.post(reverse("brokerage:new_client"), INTAKE | {"name": "MEBLARZ SA"})
    assert again.status_code == 409 and "You may have this client already" in again.content.decode()
    assert (
        client.post(reverse("brokerage:new_client"), INTAKE | {"name": "MEBLARZ SA", "act": "anyway"}).status_code
        == 302
    )
    wrong = client.post(reverse("brokerage:new_client"), INTAKE | {"email": "", "NIP": "1", "name": "Inny"})
    told = wrong.content.decode()
    assert wrong.status_code == 400 and "Jan Kowal" in told and "Give an e-mail address or a telephone" in told
    assert Client.objects.count() == 2


def test_the_page_of_a_client_decides_writes_down_and_keeps_what_was_typed(client, desk, one):
    client.force_login(desk.broker.user)
    at = [one.reference]
    contact = one.contacts.get()
    refused = client.post(reverse("brokerage:decide_client", args=at), {"verb": "refer", "to": ""})
    assert refused.status_code == 400 and "Say where the client is sent." in refused.content.decode()
    client.post(reverse("brokerage:answer_criteria", args=at), {f"criterion_{c.key}": YES for c in CRITERIA})
    assert client.post(reverse("brokerage:decide_client", args=at), {"verb": "admit"}).status_code == 302
    new = {"contact_name": "Ewa Lis", "email": "ewa@firma.example", "language": "pl"}
    assert client.post(reverse("brokerage:add_contact", args=at), new).status_code == 302
    ewa = one.contacts.get(person__name="Ewa Lis")
    edit = reverse("brokerage:edit_contact", args=[one.reference, ewa.pk])
    client.post(edit, new | {"is_main": "on", "position": "CEO"})
    assert one.contacts.get(is_main=True) == ewa
    wanted = {"purposes": ["news"], "how": "paper"}
    client.post(reverse("brokerage:contact_consents", args=[one.reference, contact.pk]), wanted)
    assert contact.person.consents.get().purpose == "news"
    client.post(reverse("brokerage:contact_consents", args=[one.reference, contact.pk]), {"how": "paper"})
    assert contact.person.consents.get().withdrawn_at is not None
    client.post(reverse("brokerage:delete_contact", args=[one.reference, ewa.pk]))
    assert one.contacts.get().is_main
    merge = client.post(reverse("brokerage:merge_client", args=at), {"into": "", "reason": "Same."})
    assert merge.status_code == 400 and "Same." in merge.content.decode()
    assert (
        client.post(reverse("brokerage:edit_client", args=at), {"name": "Nowa", "kind": "research"}).status_code == 302
    )
    listed = client.get(
        reverse("brokerage:clients"), {"q": "now", "kind": "research", "sort": "-since"}
    ).content.decode()
    assert "Nowa" in listed
    exported = client.get(reverse("brokerage:clients"), {"format": "csv", "state": "any"})
    assert "Nowa" in b"".join(exported.streaming_content).decode()
    client.force_login(desk.abroad.user)
    assert client.get(one.get_absolute_url()).status_code == 404
    assert client.get(reverse("brokerage:clients")).status_code == 200


def test_a_contact_changes_their_consents_on_a_page_of_their_own(client, one):
    contact = one.contacts.get()
    person = contact.person
    record_consent(None, person, purpose="news", how="spoken", wording="w", language="en")
    _link, secret = make_link(None, purpose=contacts.PURPOSE, record=contact.pk, person=person, client=one.pk)
    page = reverse("brokerage:own_consents", args=[secret])
    assert "Your consents" in client.get(page).content.decode()
    assert client.post(page, {"purposes": ["service"]}).status_code == 302
    held = {c.purpose: c.how for c in Consent.objects.filter(person=person, withdrawn_at__isnull=True)}
    assert held == {"service": "link"}


def test_today_asks_for_the_decision(desk, one):
    assert any(one.name in item.title for item in thread.today(desk.broker))
    assert not any(one.name in item.title for item in thread.today(desk.abroad))


def test_the_list_costs_the_same_with_one_client_and_with_twenty(client, desk, one, django_assert_max_num_queries):
    client.force_login(desk.broker.user)

    def cost() -> int:
        with django_assert_max_num_queries(40) as counted:
            client.get(reverse("brokerage:clients"))
        return len(counted)

    before = cost()
    for _number in range(19):
        desk.client()
    assert cost() == before
