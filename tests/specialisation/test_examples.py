"""The examples in the docstrings are true, and the single functions equal the shared computation."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import hansa.specialisation
from hansa.specialisation import (
    complementarity,
    complexity,
    diversity,
    explain_density,
    location_quotient,
    presence,
    proximity,
    relatedness_density,
    ubiquity,
)

from .reference import activity_of, measures_of

MODULES = ["hansa.specialisation"] + [
    f"hansa.specialisation.{module.name}" for module in pkgutil.iter_modules(hansa.specialisation.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) >= 15


def test_single_functions_equal_the_shared_computation() -> None:
    activity, shared = activity_of("nz_employment_2001"), measures_of("nz_employment_2001")
    alone = [
        (location_quotient(activity).values, shared.location_quotient.values),
        (presence(activity).present, shared.presence.present),
        (diversity(activity).values, shared.diversity.values),
        (ubiquity(activity).values, shared.ubiquity.values),
        (proximity(activity).values, shared.proximity.values),
        (relatedness_density(activity).values, shared.density.values),
        (complexity(activity).eci, shared.complexity.eci),
        (complexity(activity).pci, shared.complexity.pci),
        (complementarity(activity).mean_added_density, shared.complementarity.mean_added_density),
    ]
    for one, other in alone:
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
    region, domain = activity.regions[5], activity.domains[7]
    assert explain_density(activity, region, domain) == shared.explain_density(region, domain)
