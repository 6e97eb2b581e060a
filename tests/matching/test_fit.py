"""Need and offer: what the factor gives, takes, and says."""

from __future__ import annotations

import pytest

from hansa.matching import Document, Index, Query, Weights
from tests.matching.conftest import HashEmbedder

TEXT = "casting of light metal housings"


@pytest.mark.parametrize(
    ("kind", "factor", "code"), [("offer", 1.0, "need_meets_offer"), ("request", 0.4, "same_side"), ("note", 0.8, None)]
)
def test_the_factor_is_the_documented_one_and_is_said(kind: str, factor: float, code: str | None) -> None:
    index = Index(HashEmbedder(), None)
    index.add([Document("d", kind, "", TEXT, "en")])
    [neutral] = index.search(Query("q", TEXT))
    [hit] = index.search(Query("q", TEXT, want="offer"))
    assert hit.score == pytest.approx(neutral.score * factor)
    said = {reason.code: reason.contribution for reason in hit.reasons if reason.signal == "fit"}
    assert set(said) == ({code} if code else set())
    assert sum(said.values()) == pytest.approx(neutral.score * (factor - Weights().unclear))
