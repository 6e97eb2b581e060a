"""Weights learnt from what brokers did: gathered, learnt, judged, and ranking only when the lead partner says so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hansa.brokerage import actions, jobs, outcomes, weighing
from hansa.brokerage.models import LearntWeights, Match, Request, WeightsChoice
from hansa.matching import Weights
from hansa.matching.whatif import score_of
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Organisation
from tests.brokerage.test_matchmaking import found, project, toy  # noqa: F401  (fixtures)
from tests.brokerage.test_pages import signed_in, text  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
TASTE = {"meaning": 0.2, "concepts": 1.3, "spelling": 0.05, "domains": 0.05}
"""A preference that the default does not know: brokers who go by shared subjects."""


def world(desk, *, requests: int = 60, each: int = 8, taste=None, seed: int = 1) -> None:
    """Decided matches with random signals: accepted by chance as `taste` scores them, or by the toss of a coin."""
    rng = np.random.default_rng(seed)
    region = desk.cast.regions["FI1C"]
    firms = Organisation.objects.bulk_create(
        Organisation(name=f"Firm {n}", region=region, country="FI") for n in range(each)
    )
    model = desk.published()
    made = []
    for number in range(requests):
        request = Request.objects.get(pk=model.pk)
        request.pk, request.reference = None, f"R-{number}-{seed}"
        request.save()
        for rank, firm in enumerate(firms, start=1):
            signals = {name: float(value) for name, value in zip(TASTE, rng.random(4), strict=True)}
            chance = 0.5 if taste is None else 1 / (1 + math.exp(-(14 * score_of(signals, taste) - 7)))
            accepted = rng.random() < chance
            made.append(
                Match(
                    request=request,
                    organisation=firm,
                    title=firm.name,
                    rank=rank,
                    score=score_of(signals, Weights().every_weight()),
                    method="3 · test",
                    signals={"signals": signals, "factor": 1.0, "context": {}},
                    state=Match.State.SHORT_LISTED if accepted else Match.State.DECLINED,
                    refusal="" if accepted else Match.Refusal.OTHER_FIELD,
                )
            )
    Match.objects.bulk_create(made)


@pytest.fixture
def lead(cast):
    return cast.people["lead_partner"]


@pytest.fixture
def taught(desk, lead):
    """Weights learnt from brokers with a taste of their own."""
    world(desk, taste=TASTE)
    return learnt_by(lead)


def learnt_by(lead) -> LearntWeights:
    row = actions.ask_to_learn(lead)
    jobs.learn_weights(learnt_id=row.pk)
    row.refresh_from_db()
    return row


def test_a_known_preference_is_found_and_measured_on_other_requests(taught):
    assert taught.status == LearntWeights.Status.LEARNT and taught.outcomes == 480 and taught.requests == 60
    default = Weights()
    assert taught.weights["concepts"] / taught.weights["meaning"] > default.concepts / default.meaning
    assert taught.better and 0 < taught.low <= taught.difference <= taught.high
    assert taught.right > taught.right_default > 0.4


def test_a_coin_toss_is_not_offered_as_better(desk, lead):
    world(desk, taste=None)
    row = learnt_by(lead)
    assert row.status == LearntWeights.Status.LEARNT and not row.better and row.low <= 0
    with pytest.raises(Refused, match="no better than the default"):
        actions.choose_weights(lead, row, reason="try it")
    assert weighing.in_use() == weighing.by_default()


def test_nothing_ranks_otherwise_until_the_lead_partner_says_so_and_back_again(taught, lead):
    assert weighing.in_use().version == Weights().version
    actions.choose_weights(lead, taught, reason="Measured better on 60 requests")
    used = weighing.in_use()
    assert used.version == taught.version and used.weights.concepts == taught.weights["concepts"]
    assert used.weights.meets == Weights().meets
    with pytest.raises(Refused, match="rank already"):
        actions.choose_weights(lead, taught, reason="again")
    actions.choose_weights(lead, None, reason="Brokers complained")
    assert weighing.in_use() == weighing.by_default()
    notes = AuditNote.objects.filter(verb="choose_weights").order_by("pk")
    assert [note.detail["now"] for note in notes] == [taught.version, Weights().version]
    assert [choice.reason for choice in WeightsChoice.objects.order_by("pk")][1] == "Brokers complained"


def test_a_switch_needs_a_reason_and_the_lead_partner(taught, lead, desk):
    for wanted in (taught, None):
        with pytest.raises(Refused, match="Say why"):
            actions.choose_weights(lead, wanted, reason="  ")
        with pytest.raises(Forbidden):
            actions.choose_weights(desk.broker, wanted, reason="I like it")
    with pytest.raises(Forbidden):
        actions.ask_to_learn(desk.broker)


def test_too_few_outcomes_teach_nothing_and_say_how_many_are_missing(desk, lead):
    world(desk, requests=20, taste=TASTE)
    found = outcomes.gathered()
    assert not found.enough
    assert {what: have for what, have, _need in found.needs()}["outcomes"] == 160
    with pytest.raises(Refused, match="too few outcomes"):
        actions.ask_to_learn(lead)
    row = LearntWeights.objects.create(asked_by=lead, default_version=Weights().version)
    jobs.learn_weights(learnt_id=row.pk)
    row.refresh_from_db()
    assert row.status == LearntWeights.Status.REFUSED and row.version == "" and not row.better


def test_only_what_speaks_of_texts_teaches(desk, lead):
    world(desk, requests=4, each=4, taste=TASTE)
    first, second, third, fourth = Match.objects.order_by("pk")[:4]
    for match in (first, second):
        Match.objects.filter(pk=match.pk).update(state="declined", refusal=Match.Refusal.NO_CAPACITY)
    Match.objects.filter(pk=third.pk).update(state="short_listed", refusal="", signals={})
    Match.objects.filter(pk=fourth.pk).update(state="suggested", refusal="")
    found = outcomes.gathered()
    assert (found.other_reasons, found.without_signals, len(found.outcomes)) == (2, 1, 12)
    assert found.accepted + found.refused == 12


def test_a_case_tells_more_than_the_match_it_grew_from(desk):
    case = desk.case()
    Match.objects.filter(pk=case.match_id).update(
        signals={"signals": {"meaning": 0.5}, "factor": 1.0, "context": {"wishes": 1.0}}
    )
    assert outcomes.gathered().introduced == 1
    type(case).objects.filter(pk=case.pk).update(state="agreement")
    assert outcomes.gathered().agreed == 1
    type(case).objects.filter(pk=case.pk).update(state="declined", refusal="other_field")
    found = outcomes.gathered()
    assert (found.refused, found.accepted) == (1, 0)
    type(case).objects.filter(pk=case.pk).update(refusal="no_capacity")
    assert outcomes.gathered().other_reasons == 1


def test_learning_again_from_the_same_outcomes_is_a_version_of_its_own(taught, lead):
    again = learnt_by(lead)
    assert again.version != taught.version
    assert again.weights == pytest.approx(taught.weights) and again.low == taught.low


def test_a_second_click_waits_for_the_same_learning(desk, lead):
    world(desk, taste=TASTE)
    assert actions.ask_to_learn(lead).pk == actions.ask_to_learn(lead).pk
    assert AuditNote.objects.filter(verb="ask_to_learn").count() == 1


def test_a_fault_while_learning_is_written_down(desk, lead, monkeypatch):
    world(desk, taste=TASTE)
    row = actions.ask_to_learn(lead)
    monkeypatch.setattr(outcomes, "scale_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.learn_weights(learnt_id=row.pk)
    row.refresh_from_db()
    assert row.status == LearntWeights.Status.FAILED and row.version == ""
    monkeypatch.undo()
    assert learnt_by(lead).status == LearntWeights.Status.LEARNT


def test_weights_judged_against_another_default_do_not_rank(taught, lead):
    actions.choose_weights(lead, taught, reason="better")
    LearntWeights.objects.update(default_version="2")
    assert weighing.in_use() == weighing.by_default()
    taught.refresh_from_db()
    with pytest.raises(Refused, match="another default"):
        actions.choose_weights(lead, taught, reason="better")


def test_lines_of_strength_move_with_the_height_of_the_scores(taught):
    used = weighing.weighing_of(taught)
    told = [match.signals["signals"] for match in Match.objects.all()]
    before = sum(score_of(one, Weights().every_weight()) for one in told)
    now = sum(score_of(one, used.weights.every_weight()) for one in told)
    assert used.scale == pytest.approx(now / before)


def test_matches_are_ranked_by_the_weights_that_are_switched_on_and_say_so(desk, lead, project, toy, signed_in):  # noqa: F811
    project()
    desk.offer_abroad()
    request = desk.published()
    before = found(request)
    assert before and all(match.method.startswith("3 · ") for match in before)
    row = LearntWeights.objects.create(
        asked_by=lead, default_version="3", status="learnt", version="3+9.x.1", low=0.1, right=0.7, right_default=0.5,
        weights={"meaning": 0.1, "concepts": 0.4, "spelling": 1.0, "domains": 0.1, "freshness": 0.3}, scale=1.2,
    )  # fmt: skip
    actions.choose_weights(lead, row, reason="better")
    after = found(request)
    assert {match.title for match in after} == {match.title for match in before}
    every = weighing.in_use().weights.every_weight()
    for match in after:
        kept = match.signals
        assert match.method.startswith("3+9.x.1 · ")
        assert match.score == pytest.approx(score_of(kept["signals"], every, kept["factor"], kept["context"]), abs=1e-6)
        assert sum(reason["contribution"] for reason in match.reasons) == pytest.approx(match.score, abs=1e-6)
    page = text(signed_in("broker").get(request.get_absolute_url()))
    assert "Ranked with weights learnt from outcomes, version 3+9.x.1." in page
    actions.choose_weights(lead, None, reason="back")
    again = found(request)
    assert [(m.title, m.score) for m in again] == [(m.title, pytest.approx(m.score)) for m in before]
    assert "Ranked with the default weights, version 3." in text(signed_in("broker").get(request.get_absolute_url()))
