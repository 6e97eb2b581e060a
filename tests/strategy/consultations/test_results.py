"""Results: computed once, told from enough answers alone, and never so that one answer could be worked out."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.network.faults import Refused
from hansa.strategy.consultations import actions, queries
from hansa.strategy.consultations.actions import Said
from hansa.strategy.consultations.results import disclosed, paragraphs
from hansa.strategy.models import Point, Round

pytestmark = pytest.mark.django_db


def answer_all(asked, tokens, values):
    item = asked.items.order_by("position")[0]
    for token, value in zip(tokens, values, strict=True):
        actions.answer(token, asked, {item.pk: Said(value)})
    return item


def closed(analyst, asked):
    return actions.close_round(analyst, asked, reason="enough").result


def test_a_vote_is_counted(opened, analyst):
    _held, asked, tokens = opened(business=6)
    answer_all(asked, tokens, [1, 1, 1, 0, -1, -1])
    first = closed(analyst, asked)["items"][0]
    expected = {"n": 6, "for": 3, "neutral": 1, "against": 2, "mean": pytest.approx(1 / 6)}
    assert first["all"] == expected
    assert first["groups"] == {"business": expected}


def test_a_rating_has_median_and_quartiles(opened, analyst):
    _held, asked, tokens = opened("delphi", business=6)
    values = [1, 4, 5, 7, 8, 9]
    answer_all(asked, tokens, values)
    found = closed(analyst, asked)["items"][0]["all"]
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    assert found == {"n": 6, "lower": lower, "median": median, "upper": upper}


def test_a_budget_is_averaged(opened, analyst):
    _held, asked, tokens = opened("budget", business=5)
    first, second, *_more = asked.items.order_by("position")
    for token, points in zip(tokens, [100, 50, 0, 20, 30], strict=True):
        actions.answer(token, asked, {first.pk: Said(points), second.pk: Said(100 - points)})
    found = closed(analyst, asked)
    assert [each["all"]["mean"] for each in found["items"][:2]] == [40, 60]
    assert sum(each["all"]["mean"] for each in found["items"]) == 100


def test_nothing_is_told_below_the_threshold(opened, analyst):
    held, asked, tokens = opened(business=4)
    answer_all(asked, tokens, [1, 1, 1, -1])
    found = closed(analyst, asked)
    assert (found["shown"], found["items"], found["answered"]) == (False, [], 4)
    assert queries.results_of(held)[0].items == ()


def test_an_item_that_few_answered_is_not_told(opened, analyst):
    _held, asked, tokens = opened(business=6)
    item = answer_all(asked, tokens, [1] * 6)
    other = asked.items.exclude(pk=item.pk)[0]
    for token in tokens[:4]:
        actions.answer(token, asked, {item.pk: Said(1), other.pk: Said(-1)})
    by_item = {each["item"]: each for each in closed(analyst, asked)["items"]}
    assert by_item[item.pk]["all"]["n"] == 6
    assert by_item[other.pk] == {"item": other.pk, "all": None, "groups": {}}


def test_a_small_group_cannot_be_told_by_subtracting_the_others(opened, analyst):
    _held, asked, tokens = opened(business=6, academia=5, civil=1)
    answer_all(asked, tokens, [1] * 6 + [0] * 5 + [-1])
    first = closed(analyst, asked)["items"][0]
    assert first["all"]["n"] == 12
    assert set(first["groups"]) == {"business"}


@given(
    counts=st.dictionaries(st.sampled_from(["business", "academia", "government", "civil"]), st.integers(1, 12)),
    threshold=st.integers(3, 8),
)
def test_what_is_hidden_is_none_or_many(counts, threshold):
    shown = disclosed({helix: {"n": n} for helix, n in counts.items()}, threshold)
    hidden = sum(n for helix, n in counts.items() if helix not in shown)
    assert all(found["n"] >= threshold for found in shown.values())
    assert hidden == 0 or hidden >= threshold or not shown


def test_a_withdrawn_voice_does_not_count(opened, analyst):
    held, asked, tokens = opened(business=6)
    answer_all(asked, tokens, [1, 1, 1, 1, 1, -1])
    last = held.invitations.order_by("pk").last()
    actions.withdraw_invitation(analyst, last, reason="invited twice")
    assert closed(analyst, asked)["items"][0]["all"] == {"n": 5, "for": 5, "neutral": 0, "against": 0, "mean": 1.0}
    assert queries.participation(held).answered == 5


def test_the_next_delphi_round_shows_the_one_before(opened, analyst):
    held, asked, tokens = opened("delphi", business=5)
    answer_all(asked, tokens, [2, 4, 6, 8, 9])
    with pytest.raises(Refused):
        actions.next_delphi_round(analyst, asked, reason="again")
    closed(analyst, asked)
    following = actions.next_delphi_round(analyst, asked, reason="again")
    assert (following.number, following.based_on, following.items.count()) == (2, asked, asked.items.count())
    with pytest.raises(Refused):
        actions.next_delphi_round(analyst, asked, reason="again")
    actions.open_round(analyst, following, reason="go on")
    assert queries.open_round(held).based_on.result["items"][0]["all"]["median"] == 6


def test_what_the_group_said_stands_beside_the_same_item_wherever_it_has_moved(opened, analyst):
    from hansa.strategy.consultations.forms_answering import AnswerForm

    held, asked, tokens = opened("delphi", business=5)
    item = answer_all(asked, tokens, [2, 4, 6, 8, 9])
    closed(analyst, asked)
    following = actions.next_delphi_round(analyst, asked, reason="again")
    turned = [actions.Asked(each.priority, each.text) for each in following.items.order_by("-position")]
    actions.edit_round(analyst, following, question="Again?", items=turned, reason="another order")
    actions.open_round(analyst, following, reason="go on")
    rows = {
        row.item.priority_id: row.before
        for row in AnswerForm(asked=queries.open_round(held), mine={}, labels={}).rows()
    }
    assert rows.pop(item.priority_id)["median"] == 6
    assert set(rows.values()) == {None}


def test_too_few_ratings_have_no_next_round(opened, analyst):
    _held, asked, tokens = opened("delphi", business=2)
    answer_all(asked, tokens, [2, 4])
    closed(analyst, asked)
    with pytest.raises(Refused):
        actions.next_delphi_round(analyst, asked, reason="again")


def test_what_was_said_becomes_points_when_the_round_closes(opened, analyst):
    held, asked, tokens = opened(business=5)
    item = asked.items.order_by("position")[0]
    for token in tokens:
        actions.answer(token, asked, {item.pk: Said(1, "More wood.\n\nLess paper.")})
    assert not Point.objects.exists()
    closed(analyst, asked)
    assert Point.objects.count() == 10
    assert set(Point.objects.values_list("priority", flat=True)) == {item.priority_id}
    point = queries.points(held, "open")[0]
    actions.reply_to_point(analyst, point, verdict="partly", reason="wood yes")
    assert [each.reason for each in queries.points_with_replies(held)] == ["wood yes"]
    assert queries.points(held, "open").count() == 9
    assert queries.unanswered().get().waiting == 9


def test_a_point_that_says_several_things_is_taken_apart(opened, analyst):
    _held, asked, tokens = opened("open", business=1)
    actions.answer(tokens[0], asked, {None: Said(text="More wood. Less paper.")})
    closed(analyst, asked)
    point = Point.objects.get()
    assert len(actions.split_point(analyst, point, ["More wood.", " ", "Less paper."], reason="two things")) == 2
    assert list(Point.objects.values_list("text", flat=True)) == ["More wood.", "Less paper."]
    with pytest.raises(Refused):
        actions.reply_to_point(analyst, point, verdict="partly", reason=" ")


@given(st.lists(st.text(alphabet="ab c", min_size=1).filter(str.strip)))
def test_paragraphs_are_what_empty_lines_separate(texts):
    assert paragraphs("\r\n \r\n".join(texts)) == [text.strip() for text in texts]


def test_balance_stands_against_the_wanted_shares(opened):
    from hansa.strategy.consultations.telling import told

    held, asked, tokens = opened(business=3, academia=1)
    answer_all(asked, tokens, [1] * 4)
    found = queries.participation(held)
    assert (found.invited, found.answered) == (4, 4)
    assert [group.share for group in found.groups] == [0.75, 0.25, 0, 0]
    assert [group.helix for group in found.silent] == ["government", "civil"]
    assert [told(group) for group in found.groups] == [
        "75 % of the answers, more than the 40 % wanted",
        "25 % of the answers, about the 20 % wanted",
        "0 % of the answers, fewer than the 20 % wanted",
        "0 % of the answers, fewer than the 20 % wanted",
    ]


def test_one_round_is_open_at_a_time(opened, ask, analyst):
    held, asked, _tokens = opened()
    second = ask(held, "open")
    with pytest.raises(Refused):
        actions.open_round(analyst, second, reason="too early")
    closed(analyst, asked)
    assert actions.open_round(analyst, second, reason="now").state == Round.State.OPEN
