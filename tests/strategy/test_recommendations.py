"""Recommendations: sent in by anyone, unseen until taken up, answered with a reason, and followed into use."""

from datetime import date, timedelta
from unittest import mock

import pytest
from django.core.signing import TimestampSigner
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Role
from hansa.network.permissions import may
from hansa.strategy.models import Recommendation, RecommendationMove, StrategySource, Uptake
from hansa.strategy.recommendations import actions, queries
from hansa.strategy.recommendations.actions import PERMISSION, SOURCES, TARGET, snapshot
from hansa.strategy.recommendations.forms import CONSENT, opened_now
from hansa.strategy.recommendations.registering import today

State, Verb, Answer = Recommendation.State, RecommendationMove.Verb, Recommendation.Answer
DAY = date(2026, 3, 1)


@pytest.fixture
def analyst(cast):
    return cast.people[Role.ANALYST]


@pytest.fixture
def collected(cast):
    return collect(cast)


def collect(cast, title="Open the test lines to firms", **given):
    values = {"text": "Let small firms book them.", "language": "en", "region": cast.regions["PL84"], **given}
    return actions.collect(title=title, **values)


def act(person, recommendation, verb, *, reason="because", other=None, verdict=Answer.ACCEPTED):
    """One verb with all that it needs."""
    more = {
        Verb.TAKE_UP: {},
        Verb.CONSULT: {"said": "twelve of fifteen agreed"},
        Verb.SUBMIT: {"section": "4.2 Research infrastructure", "on": DAY},
        Verb.ANSWER: {"verdict": verdict, "answered_by": "J. Nowak, deputy marshal", "on": DAY},
        Verb.ADOPT: {"text": "Test lines are open to firms.", "document": "RIS 2030+, annex 2", "page": 14},
        Verb.USE: {"on": DAY, "evidence": "https://example.org/minutes"},
        Verb.DECLINE: {},
        Verb.UNDO: {},
        Verb.MERGE: {"others": [other] if other else []},
    }[verb]
    if verb == Verb.MERGE:
        return actions.merge(person, recommendation, more["others"], reason=reason)
    return getattr(actions, verb)(person, recommendation, reason=reason, **more)


WAY = (Verb.TAKE_UP, Verb.CONSULT, Verb.SUBMIT, Verb.ANSWER, Verb.ADOPT, Verb.USE)


def along(person, recommendation, upto):
    for verb in WAY[: WAY.index(upto) + 1]:
        recommendation = act(person, recommendation, verb)
    return recommendation


def test_the_whole_way_from_anyone_to_use_keeps_every_reason(collected, analyst):
    found = along(analyst, collected, Verb.USE)
    assert (found.state, found.adopted_page, found.answered_by) == (State.IN_USE, 14, "J. Nowak, deputy marshal")
    found = act(analyst, found, Verb.USE, reason="a second region copied it")
    assert [u.what for u in Uptake.objects.order_by("pk")] == ["because", "a second region copied it"]
    verbs = [m.verb for m in found.moves.order_by("at", "pk")]
    assert verbs == [Verb.COLLECT, *WAY, Verb.USE]
    notes = AuditNote.objects.filter(record_type="strategy.recommendation")
    assert notes.count() == 8 and notes.filter(person=None).get().verb == "collect_recommendation"


def test_what_was_collected_is_seen_by_those_who_handle_it_alone(collected, cast, analyst, client):
    page = collected.get_absolute_url()
    assert client.get(page).status_code == 404
    assert collected not in queries.visible(None) and collected not in queries.visible(cast.people[Role.BROKER])
    assert collected in queries.visible(cast.people[Role.COORDINATOR])
    client.force_login(cast.people[Role.READER].user)
    assert client.get(page).status_code == 404
    assert any("1 recommendation" in item.title for item in today(analyst))
    act(analyst, collected, Verb.TAKE_UP)
    assert client.get(page).status_code == 200 and not list(today(analyst))
    act(analyst, collected, Verb.UNDO)
    assert client.get(page).status_code == 404


def test_one_declined_unseen_stays_unseen(collected, analyst):
    declined = act(analyst, collected, Verb.DECLINE, reason="an advertisement")
    assert declined.public_since is None and declined not in queries.visible(None)
    assert act(analyst, declined, Verb.TAKE_UP, reason="it was none").state == State.TAKEN_UP


def test_name_and_address_are_kept_with_consent_only_shown_to_no_public_and_can_be_erased(cast, analyst, client):
    with pytest.raises(Refused, match="consent"):
        collect(cast, contact_email="a@example.org")
    made = collect(cast, contact_name="A. Kowalska", contact_email="a@example.org", consent=str(CONSENT))
    with pytest.raises(IntegrityError), transaction.atomic():
        Recommendation.objects.filter(pk=made.pk).update(consent="")
    act(analyst, made, Verb.TAKE_UP)
    assert "Kowalska" not in client.get(made.get_absolute_url()).content.decode()
    assert "Kowalska" not in b"".join(
        client.get(reverse("strategy:recommendations") + "?format=csv").streaming_content
    ).decode("utf-8-sig")
    client.force_login(analyst.user)
    assert "Kowalska" in client.get(made.get_absolute_url()).content.decode()
    erased = actions.erase_contact(analyst, made, reason="she asked for it")
    assert (erased.contact_name, erased.contact_email, erased.consent) == ("", "", "")
    assert not AuditNote.objects.filter(detail__icontains="Kowalska").exists()
    with pytest.raises(Refused):
        actions.erase_contact(analyst, made, reason="again")


@pytest.mark.parametrize("wrong", [{"title": " "}, {"title": "x" * 201}, {"text": ""}, {"text": "x" * 5001}])
def test_a_recommendation_has_words_of_bounded_length(cast, wrong):
    with pytest.raises(Refused):
        collect(cast, **{"title": "t", "text": "t", **wrong})


def test_a_flood_is_held_up(cast):
    for n in range(actions.MOST_IN_AN_HOUR):
        collect(cast, title=f"Number {n}")
    with pytest.raises(Refused, match="later"):
        collect(cast)


# The public form


def typed(cast, **given):
    past = timezone.now() - timedelta(seconds=10)
    with mock.patch("time.time", return_value=past.timestamp()):
        opened = opened_now()
    return {
        "title": "Open the test lines",
        "text": "Let small firms book them.",
        "language": "pl",
        "region": cast.regions["PL84"].pk,
        "opened": opened,
        **given,
    }


def test_anyone_sends_one_in_without_an_account(client, cast):
    url = reverse("strategy:new_recommendation")
    assert client.get(url).status_code == 200
    answer = client.post(url, typed(cast))
    assert answer.status_code == 302 and client.get(answer["Location"]).status_code == 200
    made = Recommendation.objects.get()
    assert (made.state, made.language, made.public_since, made.consent) == (State.COLLECTED, "pl", None, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"website": "https://spam.example"},
        {"opened": ""},
        {"opened": "opened:made:up"},
        {"opened": TimestampSigner(salt="another").sign("opened")},
        {"title": ""},
        {"text": "x" * 5001},
        {"contact_email": "no address"},
        {"contact_email": "a@example.org"},
    ],
)
def test_a_form_with_a_fault_keeps_what_was_typed_and_stores_nothing(client, cast, wrong):
    given = typed(cast, **wrong)
    answer = client.post(reverse("strategy:new_recommendation"), given)
    assert answer.status_code == 400 and not Recommendation.objects.exists()
    assert (given["title"] or given["text"])[:30] in answer.content.decode()


def test_a_form_sent_at_once_or_after_a_day_is_asked_for_again(client, cast):
    url = reverse("strategy:new_recommendation")
    assert "very quick" in client.post(url, typed(cast, opened=opened_now())).content.decode()
    long_ago = timezone.now() - timedelta(hours=25)
    with mock.patch("time.time", return_value=long_ago.timestamp()):
        old = opened_now()
    answer = client.post(url, typed(cast, opened=old))
    assert answer.status_code == 400 and answer.context["form"]["opened"].value() != old
    assert not Recommendation.objects.exists()


# Merging and undoing


def test_a_merge_keeps_the_originals_and_can_be_undone(cast, collected, analyst):
    survivor = act(analyst, collected, Verb.TAKE_UP)
    other = collect(cast, title="The same in other words")
    act(analyst, survivor, Verb.MERGE, other=other)
    other.refresh_from_db()
    assert (other.state, other.merged_into, other.title) == (State.MERGED, survivor, "The same in other words")
    assert other not in queries.visible(None), "what nobody took up by itself stays unseen"
    with pytest.raises(Refused, match=survivor.identifier):
        act(analyst, other, Verb.UNDO)
    act(analyst, survivor, Verb.UNDO)
    other.refresh_from_db()
    assert (other.state, other.merged_into) == (State.COLLECTED, None)


def test_nothing_is_merged_with_itself_nor_once_it_was_submitted(cast, collected, analyst):
    survivor = act(analyst, collected, Verb.TAKE_UP)
    with pytest.raises(Refused):
        act(analyst, survivor, Verb.MERGE, other=survivor)
    with pytest.raises(Refused):
        act(analyst, survivor, Verb.MERGE)
    gone = along(analyst, collect(cast, title="Further on"), Verb.SUBMIT)
    with pytest.raises(Refused, match="too far"):
        act(analyst, survivor, Verb.MERGE, other=gone)


def test_to_undo_its_use_withdraws_the_entry(collected, analyst):
    found = along(analyst, collected, Verb.USE)
    found = act(analyst, found, Verb.UNDO, reason="the wrong one")
    assert found.state == State.ADOPTED and Uptake.objects.get().withdrawn_at is not None


# What each verb needs


def test_only_what_was_accepted_at_least_partly_can_be_adopted(collected, analyst):
    submitted = along(analyst, collected, Verb.SUBMIT)
    refused = act(analyst, submitted, Verb.ANSWER, verdict=Answer.NOT)
    assert Verb.ADOPT not in actions.possible_verbs(refused)
    with pytest.raises(Refused):
        act(analyst, refused, Verb.ADOPT)
    act(analyst, refused, Verb.UNDO)
    assert act(analyst, act(analyst, refused, Verb.ANSWER, verdict=Answer.PARTLY), Verb.ADOPT).state == State.ADOPTED


def test_each_verb_asks_for_what_makes_it_worth_something(collected, cast, analyst):
    tomorrow = timezone.localdate() + timedelta(days=1)
    taken = act(analyst, collected, Verb.TAKE_UP)
    with pytest.raises(Refused):
        actions.consult(analyst, taken, reason="r")
    found = actions.consult(analyst, taken, reason="r", consultation=7)
    assert found.consultation == 7
    foreign = StrategySource.objects.create(
        region=cast.regions["DE60"], title="Strategie", kind="text", digest="d", language="de"
    )
    for wrong in (
        {"section": " ", "on": DAY},
        {"section": "4", "on": tomorrow},
        {"section": "4", "on": DAY, "source": foreign},
    ):
        with pytest.raises(Refused):
            actions.submit(analyst, found, reason="r", **wrong)
    found = act(analyst, found, Verb.SUBMIT)
    for wrong in ({"verdict": "maybe"}, {"answered_by": ""}, {"on": tomorrow}):
        with pytest.raises(Refused):
            actions.answer(
                analyst, found, reason="r", **{"verdict": Answer.ACCEPTED, "answered_by": "N", "on": DAY, **wrong}
            )
    found = act(analyst, found, Verb.ANSWER)
    with pytest.raises(Refused):
        actions.adopt(analyst, found, reason="r", text="", document="d", page=None)
    found = act(analyst, found, Verb.ADOPT)
    with pytest.raises(Refused):
        actions.use(analyst, found, reason="r", on=DAY, evidence=" ")


@pytest.mark.parametrize("verb", sorted(SOURCES))
def test_nothing_is_done_without_a_reason(collected, cast, analyst, verb):
    Recommendation.objects.filter(pk=collected.pk).update(state=sorted(SOURCES[verb])[0])
    with pytest.raises(Refused, match="Say why"):
        act(analyst, collected, verb, reason=" ", other=collect(cast, title="Another"))
    assert collected.moves.count() == 1


@pytest.mark.parametrize("verb", sorted(SOURCES))
@pytest.mark.parametrize("state", State.values)
def test_every_verb_in_every_state_follows_the_table(collected, cast, analyst, verb, state):
    Recommendation.objects.filter(pk=collected.pk).update(state=state)
    other = collect(cast, title="Another")
    if state in SOURCES[verb]:
        assert act(analyst, collected, verb, other=other).state == TARGET.get(verb, state)
    else:
        with pytest.raises(Refused):
            act(analyst, collected, verb, other=other)


@given(st.lists(st.sampled_from([*SOURCES, Verb.UNDO]), max_size=10), st.sampled_from(Answer.values))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leaves_the_table_and_every_move_can_be_undone(collected, cast, analyst, verbs, verdict):
    with transaction.atomic():
        for n, verb in enumerate(verbs):
            collected.refresh_from_db()
            before, moves = snapshot(collected), collected.moves.count()
            made = actions.latest_to_undo(collected)
            possible = made is not None if verb == Verb.UNDO else verb in actions.possible_verbs(collected)
            other = collect(cast, title=f"Another {n}") if verb == Verb.MERGE else None
            try:
                act(analyst, collected, verb, other=other, verdict=verdict)
            except Refused:
                assert not possible
                collected.refresh_from_db()
                assert (snapshot(collected), collected.moves.count()) == (before, moves)
                continue
            collected.refresh_from_db()
            assert possible and collected.moves.count() == moves + 1
            assert snapshot(collected) == (made.before if verb == Verb.UNDO else snapshot(collected))
            assert (collected.state == State.COLLECTED) <= (collected.public_since is None)
            assert collected.state not in (State.ADOPTED, State.IN_USE) or collected.answer != Answer.NOT
        transaction.set_rollback(True)


# Rights

HANDLE, DECIDE = {Role.ANALYST, Role.COORDINATOR, Role.LEAD_PARTNER}, {Role.ANALYST, Role.LEAD_PARTNER}
MAY = {
    **dict.fromkeys((PERMISSION[v] for v in (Verb.TAKE_UP, Verb.CONSULT, Verb.SUBMIT, Verb.USE, Verb.MERGE)), HANDLE),
    **dict.fromkeys((PERMISSION[v] for v in (Verb.ANSWER, Verb.ADOPT, Verb.DECLINE, Verb.UNDO)), DECIDE),
    "strategy.see_collected_recommendation": HANDLE,
    "strategy.erase_recommendation": DECIDE,
}


@pytest.mark.parametrize("permission", sorted(MAY))
@pytest.mark.parametrize("role", [*Role.values, "public"])
def test_every_role_against_every_permission(cast, permission, role):
    assert may(cast.people.get(role), permission) == (role in MAY[permission])


@pytest.mark.parametrize("verb", sorted([*SOURCES, Verb.UNDO]))
def test_an_action_refuses_what_the_role_does_not_allow(collected, cast, verb):
    with pytest.raises(Forbidden):
        act(cast.people[Role.BROKER], collected, verb, other=collect(cast, title="Another"))


# The pages


def test_the_list_is_searched_sorted_exported_and_costs_the_same_for_many(client, cast, collected, analyst):
    url = reverse("strategy:recommendations")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    act(analyst, collected, Verb.TAKE_UP)
    with_one = cost()
    for n in range(20):
        act(analyst, collect(cast, title=f"Number {n:02d}", region=cast.regions["DE60"]), Verb.TAKE_UP)
    assert cost() == with_one
    assert len(client.get(url, {"q": "test lines"}).context["page"]) == 1
    assert len(client.get(url, {"q": collected.identifier}).context["page"]) == 1
    assert len(client.get(url, {"region": "PL84"}).context["page"]) == 1
    titles = [r.title for r in client.get(url, {"sort": "-title"}).context["page"]]
    assert titles == sorted(titles, reverse=True) and len(titles) == 21
    exported = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert len(exported.splitlines()) == 22


def test_the_way_is_walked_on_the_pages(client, cast, collected, analyst):
    client.force_login(analyst.user)
    more = {
        Verb.TAKE_UP: {},
        Verb.CONSULT: {"said": "agreed"},
        Verb.SUBMIT: {"section": "4.2", "on": "2026-03-01"},
        Verb.ANSWER: {"verdict": "accepted", "answered_by": "J. Nowak", "on": "2026-03-02"},
        Verb.ADOPT: {"text": "Open.", "document": "RIS"},
        Verb.USE: {"on": "2026-03-03", "evidence": "https://example.org/x"},
    }
    for verb in WAY:
        page = client.get(collected.get_absolute_url()).content.decode()
        url = reverse("strategy:act_on_recommendation", args=[collected.pk, verb])
        assert url in page
        assert client.post(url, {**more[verb], "reason": ""}).status_code == 400, "a reason is asked for"
        assert client.post(url, {**more[verb], "reason": "because"}).status_code == 302
    collected.refresh_from_db()
    assert collected.state == State.IN_USE
    client.logout()
    page = client.get(collected.get_absolute_url()).content.decode()
    assert "J. Nowak" in page and "https://example.org/x" in page
    assert cast.people[Role.ANALYST].name + "</span>" not in page
