"""Partners from project histories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.matching import PartnerQuery, Project, partners, render
from hansa.matching.explain import CODES

PROJECTS = (
    Project("p1", ("us", "anna", "bert"), 2015),
    Project("p2", ("us", "anna"), 2016),
    Project("p3", ("anna", "carl"), 2016),
    Project("p4", ("bert", "carl"), 2017),
    Project("p5", ("bert", "dora"), 2017),
    Project("p6", ("far", "away"), 2017),
)


def test_past_partners_come_first_and_partners_of_two_partners_before_those_of_one() -> None:
    hits = partners(PROJECTS, PartnerQuery("q", "us"))
    assert {hit.id for hit in hits[:2]} == {"anna", "bert"}
    assert [hit.id for hit in hits[2:]] == ["carl", "dora"]
    new = partners(PROJECTS, PartnerQuery("q", "us", new_only=True))
    assert [hit.id for hit in new] == ["carl", "dora"]
    common = [reason.params for reason in new[0].reasons if reason.code == "common_partners"]
    assert common == [{"count": 2, "organisations": ["anna", "bert"]}]


def test_the_future_is_not_used() -> None:
    assert [hit.id for hit in partners(PROJECTS, PartnerQuery("q", "us", new_only=True, before=2017))] == ["carl"]
    assert partners(PROJECTS, PartnerQuery("q", "us", before=2015)) == []


def test_an_organisation_without_history_gets_no_suggestion() -> None:
    assert partners(PROJECTS, PartnerQuery("q", "newcomer")) == []
    with pytest.raises(ValueError, match="at least one partner"):
        partners(PROJECTS, PartnerQuery("q", "us"), limit=0)


@given(st.lists(st.lists(st.sampled_from("abcdefg"), max_size=5), max_size=12), st.booleans())
def test_scores_are_explained_and_never_suggest_oneself(members: list[list[str]], new_only: bool) -> None:
    projects = [Project(str(i), tuple(m)) for i, m in enumerate(members)]
    for hit in partners(projects, PartnerQuery("q", "a", new_only=new_only)):
        assert hit.id != "a"
        assert 0 < hit.score <= 1 + 1e-9
        assert sum(r.contribution for r in hit.reasons) == pytest.approx(hit.score, abs=1e-6)
        assert not new_only or not any("a" in m and hit.id in m for m in members)
        for reason in hit.reasons:
            assert set(reason.params) == set(CODES[reason.code])
            assert render(reason, "pl") != render(reason, "en")
