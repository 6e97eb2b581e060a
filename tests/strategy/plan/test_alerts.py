"""When an indicator asks for attention: the line, the side of it, and silence."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.strategy.plan.alerts import Alert, Point, expected_on, is_behind, standing

amounts = st.decimals(-10_000, 10_000, places=2, allow_nan=False, allow_infinity=False)
days = st.dates(date(2015, 1, 1), date(2040, 12, 31))
SINCE = date(2021, 1, 1)


@st.composite
def lines(draw):
    years = sorted(draw(st.sets(st.integers(2016, 2039), min_size=2, max_size=3)))
    return [Point(year, draw(amounts)) for year in years]


def test_half_way_between_baseline_and_target_half_is_expected():
    line = [Point(2020, Decimal(0)), Point(2024, Decimal(100))]
    assert expected_on(line, date(2022, 12, 31)) == Decimal(100) * 730 / 1461
    assert expected_on(line, date(2020, 6, 1)) == 0
    assert expected_on(line, date(2030, 1, 1)) == 100


def test_a_milestone_bends_the_line():
    line = [Point(2020, Decimal(0)), Point(2024, Decimal(10)), Point(2028, Decimal(100))]
    assert expected_on(line, date(2024, 12, 31)) == 10
    assert 10 < expected_on(line, date(2026, 12, 31)) < 100


@given(lines(), days)
def test_the_line_stays_between_its_points(line, today):
    found = expected_on(line, today)
    assert min(p.value for p in line) - Decimal("1e-9") <= found <= max(p.value for p in line) + Decimal("1e-9")


@given(lines())
def test_the_line_passes_through_its_points(line):
    for point in line:
        assert abs(expected_on(line, point.day) - point.value) < Decimal("1e-9")


@given(amounts, amounts, amounts, amounts)
def test_behind_is_the_same_seen_in_the_mirror(latest, expected, baseline, target):
    if baseline != target:
        mirrored = is_behind(-latest, -expected, -baseline, -target)
        assert is_behind(latest, expected, baseline, target) == mirrored
    assert not is_behind(expected, expected, baseline, target), "on the line is not behind it"


def stands(values, *, baseline=Point(2020, Decimal(0)), target=Point(2024, Decimal(100)), today, silent_after=365):  # noqa: B008
    return standing(baseline, None, target, values, today=today, since=SINCE, silent_after=silent_after)


def test_a_figure_under_the_line_is_behind_and_one_on_it_is_not():
    today = date(2022, 12, 31)
    assert stands([(today, Decimal(10))], today=today).alerts == (Alert.BEHIND,)
    assert stands([(today, Decimal(60))], today=today).alerts == ()


def test_where_figures_are_to_fall_too_much_is_behind():
    today = date(2022, 12, 31)
    falling = {"baseline": Point(2020, Decimal(100)), "target": Point(2024, Decimal(0)), "today": today}
    assert stands([(today, Decimal(90))], **falling).alerts == (Alert.BEHIND,)
    assert stands([(today, Decimal(10))], **falling).alerts == ()


def test_without_a_baseline_nothing_is_said_and_missing_is_not_zero():
    today = date(2022, 12, 31)
    found = stands([(today, Decimal(10))], baseline=None, today=today)
    assert (found.expected, found.alerts, found.urgent) == (None, (Alert.NO_LINE,), False)
    nothing = stands([], today=date(2021, 1, 2))
    assert (nothing.latest, nothing.alerts) == (None, ())


def test_a_value_of_a_day_to_come_does_not_count():
    today = date(2022, 12, 31)
    found = stands([(date(2022, 6, 1), Decimal(60)), (date(2023, 6, 1), Decimal(1))], today=today)
    assert (found.latest, found.latest_on) == (Decimal(60), date(2022, 6, 1))


@given(st.lists(st.tuples(days, amounts), max_size=5), days, st.integers(1, 2000))
def test_silence_is_told_exactly_when_no_value_came_for_longer_than_allowed(values, today, allowed):
    found = stands(values, today=today, silent_after=allowed)
    last = max([day for day, _ in values if day <= today], default=SINCE)
    assert (Alert.SILENT in found.alerts) == (today - last > timedelta(days=allowed))
    assert found.days_silent >= 0


@pytest.mark.parametrize("today", [date(2020, 12, 31), date(2024, 12, 31), date(2050, 1, 1)])
def test_it_can_be_behind_and_silent_at_once(today):
    found = stands([(date(2020, 1, 1), Decimal(-1))], today=today, silent_after=30)
    assert set(found.alerts) == {Alert.BEHIND, Alert.SILENT} and found.urgent
