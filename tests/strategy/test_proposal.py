"""How a run proposes: shared and complementary domains by the stated rule."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hansa.strategy.proposal import Parameters, Table, clusters, propose

NAN = float("nan")


def table(lq, density=None, proximity=None) -> Table:
    lq = np.array(lq, dtype=float)
    n = lq.shape[1]
    density = np.full(lq.shape, 0.5) if density is None else np.array(density, dtype=float)
    proximity = np.eye(n) if proximity is None else np.array(proximity, dtype=float)
    return Table(lq, density, proximity)


def test_a_domain_that_two_regions_hold_is_shared():
    found = propose(table([[2.0, 0.2], [1.5, 0.1], [0.3, 0.9]]), Parameters())
    assert [(p.kind, p.domains, p.holders) for p in found] == [("shared", [0], {0: [0, 1]})]


def test_close_shared_domains_make_one_priority_and_distant_ones_do_not():
    quotients = [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
    near = [[1, 0.8, 0.1], [0.8, 1, 0.1], [0.1, 0.1, 1]]
    found = propose(table(quotients, proximity=near), Parameters(min_proximity=0.5))
    assert sorted(sorted(p.domains) for p in found) == [[0, 1], [2]]


def test_what_one_region_has_and_two_others_are_close_to_is_complementary():
    found = propose(
        table(
            [[3.0, 0.5, 0.5], [0.2, 0.5, 0.5], [0.1, 0.5, 0.5]],
            density=[[0.5, 0.1, 0.1], [0.9, 0.1, 0.1], [0.8, 0.1, 0.1]],
        ),
        Parameters(near_share=0.3),
    )
    assert [(p.kind, p.domains, p.near) for p in found] == [("complementary", [0], {0: [1, 2]})]


def test_an_unknown_figure_neither_holds_nor_lacks_a_domain():
    found = propose(table([[NAN, 2.0], [NAN, 2.0]], density=[[0.9, 0.1], [0.9, 0.1]]), Parameters())
    assert all(0 not in p.domains for p in found)


def test_no_region_holding_anything_gives_no_priority():
    assert propose(table([[0.1, 0.2], [0.3, 0.4]]), Parameters()) == []


quotients = arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(1, 8)), elements=st.floats(0, 20))


@given(quotients, st.integers(2, 4), st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_every_proposal_keeps_the_rule(lq, min_regions, most):
    parameters = Parameters(min_regions=min_regions, most_priorities=most)
    found = propose(table(lq), parameters)
    assert len(found) <= most
    assert [p.strength for p in found] == sorted((p.strength for p in found), reverse=True)
    for proposal in found:
        assert 1 <= len(proposal.domains) <= parameters.most_domains
        for domain in proposal.domains:
            holders = int((lq[:, domain] >= parameters.threshold).sum())
            assert proposal.holders[domain] == np.flatnonzero(lq[:, domain] >= parameters.threshold).tolist()
            assert (holders >= min_regions) == (proposal.kind == "shared")
    assert propose(table(lq), parameters) == found


@given(st.integers(1, 10), st.floats(0.05, 0.95))
def test_clusters_part_the_domains(count, cut):
    generator = np.random.default_rng(count)
    near = generator.random((count, count))
    near = (near + near.T) / 2
    groups = clusters(near, np.arange(count), cut)
    assert sorted(d for group in groups for d in group) == list(range(count))
