"""Every operation of the interface, asked with what its own description allows and with what it does not: the answer
is always one that the description names, and never a fault of the server."""

import itertools

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from hansa.site.wsgi import application
from tests.brokerage.conftest import desk, priority, small_home  # noqa: F401  (fixtures)
from tests.site.interface import program, staged

load_all_checks()
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
# an unknown reference is refused although the description allows it
NOT_MEANT = [checks.positive_data_acceptance, checks.unsupported_method, checks.ignored_auth]
EXAMPLES = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}


@pytest.fixture
def ask(client, desk, figures, small_home):  # noqa: F811
    """Ask what was generated with a broker's key; every second time for a record that there is."""
    stage, key = staged(desk), program(client, desk.broker).key
    turns = itertools.count()
    # the test's transaction lives in the connection that the end of a request would give back
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    def asked(case):
        excluded = [*NOT_MEANT]
        if next(turns) % 2 and case.path_parameters:
            # what was wrong with the address is right now, so that the answer may be
            excluded.append(checks.negative_data_rejection)
            known = stage.address(case.path).split("/")
            case.path_parameters = {"pk": known[3]} if "{pk}" in case.path else {"reference": known[3]}
        case.headers.update({"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"})
        case.call_and_validate(excluded_checks=excluded)

    yield asked
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=8, **EXAMPLES)
def test_every_answer_is_one_that_the_description_names(ask, case):
    ask(case)


@pytest.mark.heavy
@schema.parametrize()
@settings(max_examples=300, **EXAMPLES)
def test_every_answer_is_one_that_the_description_names_at_length(ask, case):
    ask(case)
