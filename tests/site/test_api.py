"""The interface for programs: a token in the header, cursor paging, unknown as null, problems as problem+json."""

import json
from datetime import date

import pytest
from django.utils import timezone

from hansa.brokerage.models import Request
from hansa.network.actions import create_token, revoke_token
from hansa.network.models import Role
from hansa.strategy.actions import start_run
from hansa.strategy.proposal import Parameters

PATHS = ["/api/regions", "/api/domains", "/api/measures", "/api/priorities", "/api/requests"]


@pytest.fixture
def token(cast):
    return create_token(cast.people[Role.READER], name="a script")


@pytest.fixture
def get(client, token):
    _record, key = token

    def read(path, **params):
        return client.get(path, params, headers={"Authorization": f"Bearer {key}"})

    return read


@pytest.fixture
def run(cast, figures):
    regions = list(cast.regions.values())
    return start_run(cast.people[Role.ANALYST], title="A run", regions=regions, parameters=Parameters(min_size=50))


def request(cast, run, number, state=Request.State.PUBLISHED, **fields):
    published = timezone.now() if state == Request.State.PUBLISHED else None
    return Request.objects.create(
        reference=f"PL84-2026-{number:03d}",
        type=Request.Type.BUSINESS_OFFER,
        state=state,
        priority=run.priorities.first(),
        agency=cast.agencies["PL84"],
        region=cast.regions["PL84"],
        broker=cast.people[Role.BROKER],
        language="pl",
        title=f"Oferta {number}",
        summary="Deski dębowe",
        published_at=published,
        valid_until=date(2027, 1, 1) if published else None,
        **fields,
    )


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_is_read(client, cast, figures, path):
    assert client.get(path).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer hansa_wrong"}).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_every_list_answers_items_and_a_cursor(get, run, path):
    answer = get(path)
    assert answer.status_code == 200
    assert set(answer.json()) >= {"items", "next"}


def test_a_revoked_token_reads_nothing_more(get, run, token, cast):
    record, _key = token
    revoke_token(cast.people[Role.READER], record)
    assert get("/api/regions").status_code == 401


def test_an_unknown_figure_is_null_and_never_zero(get, run):
    cells = {m["domain"]: m for m in get("/api/measures", region="PL84").json()["items"]}
    assert cells["72"]["value"] is None and cells["72"]["location_quotient"] is None
    assert cells["10"]["value"] == 900.0 and cells["10"]["unit"] == "persons"


@pytest.mark.parametrize("path", ["/api/regions", "/api/measures", "/api/priorities", "/api/domains"])
def test_pages_by_cursor_give_every_item_once(get, run, path):
    every = get(path).json()["items"]
    paged, cursor = [], ""
    for _page in range(100):
        answer = get(path, limit=1, cursor=cursor).json()
        paged += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            break
    assert paged == every and len(every) > 1


def test_only_published_requests_with_their_public_text(get, run, cast):
    request(cast, run, 1)
    request(cast, run, 2, state=Request.State.DRAFT)
    items = get("/api/requests").json()["items"]
    assert [i["reference"] for i in items] == ["PL84-2026-001"]
    assert "private" not in json.dumps(items)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/priorities", {"cursor": "x"}),
        ("/api/priorities", {"cursor": "-1"}),
        ("/api/requests", {"cursor": "99999999999999999999"}),
        ("/api/measures", {"cursor": "-5"}),
        ("/api/measures", {"region": "XX99"}),
        ("/api/regions", {"limit": "0"}),
        ("/api/requests", {"priority": "P-²"}),
        ("/api/regions", {"country": "\x00"}),
    ],
)
def test_bad_questions_get_an_answer_and_never_a_server_error(get, run, path, params):
    assert get(path, **params).status_code in {200, 400, 404, 422}


def test_a_region_without_figures_is_a_problem_in_one_sentence(get, run):
    answer = get("/api/measures", region="XX99")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/problem+json")
    assert "XX99" in answer.json()["title"]


def test_nothing_loaded_is_said_so(get, cast, settings, tmp_path):
    settings.HANSA_HOME = tmp_path
    assert get("/api/domains").status_code == 404


def test_the_description_is_openapi_3_1_and_the_guide_lists_every_operation(client, cast):
    schema = client.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    guide = client.get("/api/").content.decode()
    for path in schema["paths"]:
        assert path in guide
        for operation in schema["paths"][path].values():
            assert operation["summary"]
