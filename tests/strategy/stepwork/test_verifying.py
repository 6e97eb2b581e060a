"""Step 2: every figure behind a priority, and policy beside it."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.network.faults import Refused
from hansa.network.models import AuditNote
from hansa.strategy.actions import move
from hansa.strategy.actions.runs import start_run
from hansa.strategy.models import EvidenceCopy, PriorityMove, Step, StepResult, Theme, ThemeDomain
from hansa.strategy.parts import parts
from hansa.strategy.proposal import Parameters
from hansa.strategy.stepwork.actions import answer_disagreement
from hansa.strategy.stepwork.verifying import verify


def by_region(priority):
    return {each.region.code: each for each in verify([priority])[priority.pk].regions}


def test_every_figure_is_that_of_the_run_s_own_evidence(run, figures):
    for priority in run.priorities.all():
        for code, found in by_region(priority).items():
            row = figures.row_of[code]
            for line in found.lines:
                column = figures.column_of[line.domain]
                assert line.value == figures.cell("value", row, column)
                assert line.location_quotient == pytest.approx(figures.cell("location_quotient", row, column))
                assert line.density == pytest.approx(figures.cell("density", row, column))
                if line.value is not None:
                    assert line.share == pytest.approx(line.value / figures.region_total[row])


def test_the_quotient_of_several_domains_together_is_the_quotient_of_their_sum(run, figures):
    priority = run.priorities.order_by("number")[0]
    priority.domains = ["10", "16"]
    found = by_region(priority)["FI1C"]
    row, columns = figures.row_of["FI1C"], [figures.column_of[d] for d in ("10", "16")]
    share = figures.value[row, columns].sum() / figures.region_total[row]
    reference = figures.value[:, columns].sum() / np.nansum(figures.value)
    assert (found.size, found.known) == (600.0, 1.0)
    assert found.location_quotient == pytest.approx(share / reference)


def test_a_region_that_wrote_nothing_down_is_unknown_and_no_disagreement(priority):
    found = verify([priority])[priority.pk]
    assert {each.chosen for each in found.regions} == {None}
    assert found.disagreements == 0 and found.count("unknown") == len(found.regions)


def test_disagreements_come_first_in_both_directions(run, priority, write):
    found = by_region(priority)
    holding = [code for code, each in found.items() if each.measured]
    lacking = [code for code, each in found.items() if each.measured is False]
    assert holding and lacking
    write(lacking[0], priority)  # chose it without holding it
    write(holding[0])  # holds it, and chose something else
    regions = verify([priority])[priority.pk].regions
    assert [(each.region.code, each.standing) for each in regions[:2]] == [
        (lacking[0], "chosen"),
        (holding[0], "measured"),
    ]
    assert {each.standing for each in regions[2:]} == {"unknown"}


def test_a_withdrawn_regional_priority_is_no_choice(priority, write):
    from django.utils import timezone

    code = next(iter(by_region(priority)))
    made = write(code, priority)
    assert by_region(priority)[code].chosen is True
    made.withdrawn_at = timezone.now()
    made.save()
    assert by_region(priority)[code].chosen is None


def test_an_unknown_figure_is_never_a_missing_specialisation(run, figures, write):
    priority = run.priorities.order_by("number")[0]
    priority.domains = ["72"]
    priority.save()
    write("PL84", priority)
    found = by_region(priority)["PL84"]
    assert np.isnan(figures.value[figures.row_of["PL84"], figures.column_of["72"]])
    assert (found.measured, found.standing, found.location_quotient, found.known) == (None, "unknown", None, 0.0)


def test_themes_are_measured_by_their_weighted_domains_and_never_forced_into_one(run, figures):
    priority = run.priorities.order_by("number")[0]
    priority.domains, priority.themes = [], ["bioeconomy"]
    priority.save()
    assert not verify([priority])[priority.pk].has_figures
    theme = Theme.objects.create(code="bioeconomy", name="Bioeconomy")
    for domain, weight in (("10", 1.0), ("16", 0.5)):
        ThemeDomain.objects.create(theme=theme, domain=domain, weight=weight)
    found = verify([priority])[priority.pk]
    assert found.by_themes and [line.domain for line in found.concordance] == ["10", "16"]
    region = by_region(priority)["PL84"]
    assert region.size == 900 + 0.5 * 800
    assert region.measured is True and [line.theme for line in region.lines] == ["bioeconomy", "bioeconomy"]
    kept = parts.findings[Step.VERIFY](priority)
    assert kept.data["linked_by"] == "themes"
    assert kept.parameters["concordance"] == [
        {"theme": "bioeconomy", "domain": "10", "weight": 1.0},
        {"theme": "bioeconomy", "domain": "16", "weight": 0.5},
    ]


def test_too_little_known_of_a_theme_is_unknown(run):
    priority = run.priorities.order_by("number")[0]
    priority.domains, priority.themes = [], ["health"]
    priority.save()
    theme = Theme.objects.create(code="health", name="Health")
    for domain, weight in (("72", 1.0), ("10", 0.5)):
        ThemeDomain.objects.create(theme=theme, domain=domain, weight=weight)
    region = by_region(priority)["PL84"]  # 72 is unknown there: a third of the weight is known
    assert region.known == pytest.approx(1 / 3) and region.measured is None


def test_what_the_partners_add_is_told_where_the_region_lacks_the_domain(run, figures):
    for priority in run.priorities.all():
        for code, found in by_region(priority).items():
            row = figures.row_of[code]
            for line in found.lines:
                if line.added is not None:
                    assert not figures.held[row, figures.column_of[line.domain]]
                    assert 0 <= line.added <= 1


def test_verifying_keeps_every_number_and_can_be_computed_again_to_the_same_digits(priority, analyst, write):
    code = next(code for code, each in by_region(priority).items() if each.measured is False)
    write(code, priority)
    moved = move(analyst, priority, PriorityMove.Verb.VERIFY, reason="the figures carry it")
    kept = StepResult.objects.get(priority=moved, step=Step.VERIFY)
    assert kept.evidence_version == priority.run.evidence_version
    assert kept.data["regions"][0]["standing"] == "chosen"
    assert kept.open_points == ["In 1 region policy and figures disagree, and nobody has answered."]
    again = parts.findings[Step.VERIFY](moved)
    assert (again.data, again.parameters) == (kept.data, kept.parameters)


def test_an_answer_needs_a_reason_and_a_disagreement_and_holds_for_it_alone(priority, cast, analyst, write):
    code = next(code for code, each in by_region(priority).items() if each.measured is False)
    region = cast.regions[code]
    with pytest.raises(Refused, match="do not disagree"):
        answer_disagreement(analyst, priority, region, answer="policy", reason="we know better")
    made = write(code, priority)
    with pytest.raises(Refused, match="Say why"):
        answer_disagreement(analyst, priority, region, answer="policy", reason="  ")
    answer_disagreement(analyst, priority, region, answer="policy", reason="a new plant opens")
    assert by_region(priority)[code].answer.reason == "a new plant opens"
    assert verify([priority])[priority.pk].unanswered == 0
    assert AuditNote.objects.filter(verb="answer_disagreement").count() == 1
    made.common.clear()
    assert by_region(priority)[code].answer is None


def test_the_change_over_the_years_of_the_table_is_kept_with_the_result(cast, analyst, tmp_path, settings):
    figures = two_years(tmp_path, settings)
    run = start_run(analyst, title="Two years", regions=list(cast.regions.values()), parameters=Parameters(min_size=10))
    priority = run.priorities.order_by("number")[0]
    assert run.year == 2020 and figures.year == 2020
    line = next(line for each in by_region(priority).values() for line in each.lines if line.value is not None)
    assert line.growth == pytest.approx(2 ** (1 / 5) - 1)  # every figure doubled in five years
    assert line.ahead == pytest.approx(0)
    before = EvidenceCopy.objects.count()
    kept = parts.findings[Step.VERIFY](priority)
    assert kept.data["change"] == {"from": 2015, "to": 2020}
    assert EvidenceCopy.objects.count() == before + 1
    # the table may go: what was kept is enough to say it again
    (tmp_path / "evidence" / "manifest.json").unlink(missing_ok=True)
    from hansa.strategy.stepwork import evidence

    evidence._held.clear()
    assert parts.findings[Step.VERIFY](priority).data == kept.data


def two_years(tmp_path, settings):
    from hansa import evidence
    from hansa.strategy import figures as module
    from hansa.strategy.measuring import compute_and_store

    settings.HANSA_HOME = tmp_path
    rows = ["region,domain,value,year"]
    values = {"PL84": (90, 20, 40), "FI1C": (10, 60, 30), "DE60": (20, 90, 50), "LT00": (70, 20, 60)}
    for code, three in values.items():
        for domain, value in zip(("10", "16", "62"), three, strict=True):
            rows += [f"{code},{domain},{value * 10},2015", f"{code},{domain},{value * 20},2020"]
    path = tmp_path / "years.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    store = module.store()
    meta = evidence.Meta(
        title="Two years",
        unit="persons",
        source="made for tests",
        licence="EUPL-1.2",
        nuts_version="2016",
        classification="NACE Rev. 2",
    )
    store.put_activity("years", evidence.read_activity(path), meta)
    compute_and_store(store, "years")
    return module.current()
