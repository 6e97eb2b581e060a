"""The direction of complexity: one rule, its evidence, and no silent reversal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from hansa.specialisation import Activity, complexity
from hansa.specialisation.sign import RULE_DIVERSITY, RULE_LABEL

from .reference import TABLES, activity_of, columns, measures_of


def _published_by_oec(field: str) -> dict[str, float]:
    rows = columns(f"expected/oec_published_eci_{field}.csv")
    year = rows["year"] == 2020
    return {str(key)[-3:].upper(): float(eci) for key, eci in zip(rows["oec_id"][year], rows["eci"][year], strict=True)}


@pytest.mark.parametrize(
    ("table", "field", "least"),
    [
        ("publications_asjc_2020", "research", 0.55),
        ("patents_cpc_2020", "technology", 0.6),
        ("trade_hs_2020", "trade", 0.95),
    ],
)
def test_direction_agrees_with_the_published_ranking(table: str, field: str, least: float) -> None:
    published, found = _published_by_oec(field), measures_of(table).complexity
    pairs = [
        (eci, published[region.upper()])
        for region, eci in zip(found.regions, found.eci, strict=True)
        if region.upper() in published and np.isfinite(eci)
    ]
    assert len(pairs) > 50
    ours, theirs = zip(*pairs, strict=True)
    assert spearmanr(ours, theirs).statistic > least


@pytest.mark.parametrize("table", TABLES)
def test_the_rule_holds_and_its_evidence_is_what_it_says(table: str) -> None:
    found, diversity = measures_of(table).complexity, measures_of(table).diversity.values
    ranked = np.isfinite(found.eci)
    eci, counts = found.eci[ranked], diversity[ranked]
    assert found.sign is not None
    assert found.sign.rule == RULE_DIVERSITY
    centred = eci - np.average(eci, weights=counts)
    assert float((counts * counts) @ centred) > 0
    assert found.sign.diversity == pytest.approx(np.corrcoef(eci, counts)[0, 1], abs=1e-9)
    weighted = np.cov(np.vstack([eci, counts]), aweights=counts)
    assert found.sign.diversity_weighted == pytest.approx(
        weighted[0, 1] / np.sqrt(weighted[0, 0] * weighted[1, 1]), abs=1e-9
    )
    assert found.components == 1
    assert 1 > found.lambda2 > found.lambda3 > 0


@pytest.mark.parametrize(
    ("table", "firm"),
    [
        ("publications_asjc_2020", False),
        ("nz_employment_2013", False),
        ("nz_employment_1981", True),
        ("uk_bres_2018", False),  # PCI rises with ubiquity
        ("eurostat_sbs_2014", False),  # likewise
        ("patents_cpc_2020", True),
        ("trade_hs_2020", True),
    ],
)
def test_a_fragile_direction_is_called_uncertain(table: str, firm: bool) -> None:
    sign = measures_of(table).complexity.sign
    assert sign is not None
    assert sign.firm is firm
    assert ("uncertain" in sign.explanation) is not firm
    assert sign.firm is (sign.diversity_weighted >= sign.noise and sign.diversity > 0 and sign.ubiquity_weighted < 0)
    expected_ways = (sign.diversity_weighted > 0, sign.diversity > 0, sign.ubiquity_weighted < 0, sign.ubiquity < 0)
    assert sign.rules_agree == sum(expected_ways)


@pytest.mark.parametrize(
    ("table", "reversals"),
    [
        ("publications_asjc_2020", True),
        ("nz_employment_2013", True),
        ("nz_employment_1981", False),
        ("uk_bres_2018", False),
    ],
)
def test_leaving_out_one_region_never_reverses_a_ranking_called_firm(table: str, reversals: bool) -> None:
    whole, activity = measures_of(table).complexity, activity_of(table)
    assert whole.sign is not None
    reversed_by = []
    for left_out in range(len(activity.regions)):
        rest = [row for row in range(len(activity.regions)) if row != left_out]
        part = complexity(
            Activity(tuple(activity.regions[row] for row in rest), activity.domains, activity.values[rest])
        )
        both = np.isfinite(part.eci) & np.isfinite(whole.eci[rest])
        if np.corrcoef(part.eci[both], whole.eci[rest][both])[0, 1] < 0:
            reversed_by.append(activity.regions[left_out])
            assert not whole.sign.firm
            assert part.sign is not None
            assert not part.sign.firm
    assert bool(reversed_by) is reversals


def test_without_variation_in_diversity_and_ubiquity_the_label_decides_and_says_so() -> None:
    chain = np.array(
        [
            [1, 1, 1, 0, 0, 0],
            [1, 1, 1, 0, 0, 0],
            [1, 1, 0, 1, 0, 0],
            [0, 0, 1, 0, 1, 1],
            [0, 0, 0, 1, 1, 1],
            [0, 0, 0, 1, 1, 1],
        ]
    )
    answer = complexity(Activity.from_matrix("ABCDEF", "uvwxyz", chain))
    assert answer.sign is not None
    assert answer.sign.rule == RULE_LABEL
    assert not answer.sign.firm
    assert answer.eci[0] > 0
