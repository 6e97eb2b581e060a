"""Programs in the brokerage room: a key acts as its person within its scopes; private rows stay with their agency."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from hansa.brokerage.models import Client, Request, RequestPrivate
from hansa.network import actions as network
from hansa.network.actions.tokens import KEPT
from hansa.network.middleware import acting_as
from hansa.network.models import ApiToken, AuditNote, IdempotencyKey, Role
from hansa.site.api import api
from hansa.site.api import openapi as described
from tests.brokerage.conftest import desk, priority, small_home  # noqa: F401  (fixtures)
from tests.site.interface import EVERYTHING, program, staged

DRAFT = {
    "priority": "P-7",
    "type": "technology_request",
    "language": "pl",
    "title": "Szukamy odlewni aluminium",
    "summary": "Odlewy o ściance 1,5 mm, serie do 2000 sztuk.",
    "client_name": "Tajna Firma",
    "private": "Ceny po umowie",
}
BODIES = {
    "POST /api/requests": DRAFT,
    "POST /api/partners": {"text": "aluminium castings"},
    "POST /api/matches/{pk}/decline": {"refusal": "too_far"},
    "POST /api/matches/{pk}/introduction": {"next_step": "Call", "next_due": "2999-01-01"},
    "PATCH /api/cases/{reference}": {"next_step": "Call", "next_due": "2999-01-01"},
    "POST /api/cases/{reference}/answer": {"accept": True},
    "POST /api/cases/{reference}/move": {"to_state": "declined", "refusal": "other"},
    "POST /api/cases/{reference}/notes": {"text": "Called."},
    "POST /api/searches": {"text": "aluminium", "name": "Foundries"},
    "POST /api/clients": {"name": "Odlewnia", "kind": "company"},
    "POST /api/clients/{reference}/contacts": {"name": "Jan Nowak", "language": "pl"},
}
PUBLIC = {
    "/api/regions",
    "/api/domains",
    "/api/measures",
    "/api/priorities",
    "/api/requests",
    "/api/requests/{reference}",
}
EVERYBODYS = {*PUBLIC, "/api/cases", "/api/searches", "/api/partners", "/api/teams", "/api/clients"}
"""Addresses without a record of one agency: the other agency is answered too, with its own."""
OPERATIONS = sorted(
    (f"{method.upper()} {path}", described.scopes(api)[operation["operationId"]])
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items()
    for method, operation in methods.items()
)


@pytest.fixture
def stage(desk, figures, small_home):  # noqa: F811
    return staged(desk)


@pytest.fixture
def broker(client, stage):
    return program(client, stage.desk.broker)


@pytest.fixture
def abroad(client, stage):
    return program(client, stage.desk.abroad)


def asked(sender, stage, operation):
    method, path = operation.split()
    data = BODIES.get(operation, {}) if method != "GET" else None
    return sender.send(method.lower(), stage.address(path), data)


@pytest.mark.parametrize(("operation", "scope"), OPERATIONS)
def test_every_operation_asks_for_its_scope(client, stage, operation, scope):
    broker = stage.desk.abroad if operation.endswith("/answer") else stage.desk.broker
    assert asked(program(client, broker, scope), stage, operation).status_code in {200, 201, 204, 409}
    others = [each for each in EVERYTHING if each != scope]
    refused = asked(program(client, broker, *others), stage, operation)
    assert refused.status_code == 403 and scope in refused.json()["title"]
    nobody = program(client, broker)
    nobody.key = "hansa_wrong"
    answer = asked(nobody, stage, operation)
    assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("operation", [name for name, _scope in OPERATIONS])
def test_another_agency_and_a_reader_do_nothing_with_the_agencys_records(client, stage, operation):
    method, path = operation.split()
    reader = program(client, stage.desk.cast.people[Role.READER])
    alone = path not in EVERYBODYS
    stranger = stage.desk.cast.people[Role.LEAD_PARTNER]
    if method == "GET" and not alone:
        return
    answer = asked(reader, stage, operation)
    assert answer.status_code in {403, 404}
    if alone and not (path.startswith(("/api/cases", "/api/teams")) and method == "GET"):
        assert asked(program(client, stranger), stage, operation).status_code in {403, 404}


def test_lists_of_private_records_show_the_own_agencys_alone(stage, broker, abroad):
    for path in ("/api/clients", "/api/searches", "/api/teams"):
        assert len(broker.get(path).json()["items"]) == 1
        assert abroad.get(path).json()["items"] == []
    assert stage.desk.draft().reference in {r["reference"] for r in broker.get("/api/requests").json()["items"]}
    assert {r["state"] for r in abroad.get("/api/requests").json()["items"]} == {"published"}


def test_the_database_holds_where_a_check_is_missing(stage, broker, abroad, application_role, monkeypatch):
    monkeypatch.setattr("hansa.site.api.brokerage.clients.queries.clients", lambda person: Client.objects.all())
    monkeypatch.setattr("hansa.site.api.brokerage.shared.may", lambda *a: True)
    monkeypatch.setattr("hansa.brokerage.queries.may", lambda *a: True)
    path, private = stage.address("/api/clients/{reference}"), stage.address("/api/requests/{reference}/private")
    assert broker.get(path).status_code == 200 and len(broker.get("/api/clients").json()["items"]) == 1
    assert broker.get(private).json()["client_name"]
    assert abroad.get("/api/clients").json()["items"] == []
    assert abroad.get(path).status_code == abroad.get(private).status_code == 404


def test_what_the_database_let_through_ends_with_the_request(stage, broker, application_role, monkeypatch):
    assert broker.get("/api/clients").json()["items"] and not Client.objects.exists()
    broker.post("/api/clients", {"name": "  ", "kind": "company"})
    assert not Client.objects.exists()

    def broken(person):
        raise RuntimeError

    monkeypatch.setattr("hansa.site.api.brokerage.clients.queries.clients", broken)
    with pytest.raises(RuntimeError):
        broker.get("/api/clients")
    assert not Client.objects.exists() and not RequestPrivate.objects.exists()


def test_a_request_is_written_changed_published_and_closed(stage, broker):
    made = broker.post("/api/requests", DRAFT)
    assert made.status_code == 201 and made.json()["state"] == "draft"
    path = f"/api/requests/{made.json()['reference']}"
    changed = broker.patch(path, {"title": "Szukamy odlewni"})
    assert (changed.json()["title"], changed.json()["summary"]) == ("Szukamy odlewni", DRAFT["summary"])
    private = broker.get(f"{path}/private").json()
    assert (private["client_name"], private["private"]) == (DRAFT["client_name"], DRAFT["private"])
    assert AuditNote.objects.filter(verb="look_at_private", person=stage.desk.broker).count() == 1
    assert broker.post(f"{path}/publish").json()["state"] == "published"
    assert broker.post(f"{path}/close").json()["state"] == "closed"
    assert broker.post(f"{path}/reopen").json()["state"] == "published"
    assert broker.post(f"{path}/withdraw").json()["state"] == "withdrawn"


@pytest.mark.parametrize("state", Request.State.values)
def test_a_request_is_read_in_every_state(stage, broker, state):
    made = stage.desk.published()
    Request.objects.filter(pk=made.pk).update(state=state)
    assert broker.get(f"/api/requests/{made.reference}").json()["state"] == state
    assert made.reference in {r["reference"] for r in broker.get(f"/api/requests?state={state}").json()["items"]}


def test_what_partner_is_sought_is_as_long_here_as_on_the_page(stage, broker):
    made = broker.post("/api/requests", DRAFT | {"partner_sought": "x" * 4000})
    assert made.status_code == 201
    assert broker.post("/api/requests", DRAFT | {"partner_sought": "x" * 4001}).status_code == 422


def test_a_match_becomes_a_case_that_the_other_agency_answers(stage, broker, abroad):
    case = broker.post(
        f"/api/matches/{stage.match.pk}/introduction",
        {"message": "May we?", "next_step": "Call", "next_due": timezone.localdate().isoformat()},
    )
    assert case.status_code == 201
    path = f"/api/cases/{case.json()['reference']}"
    assert broker.post(f"{path}/answer", {"accept": True}).status_code == 403
    assert abroad.post(f"{path}/answer", {"accept": True}).json()["accepted"] is True
    assert abroad.post(f"{path}/move", {"to_state": "in_talks"}).json()["state"] == "in_talks"
    broker.post(f"{path}/notes", {"text": "Called."})
    assert broker.get(path).json()["diary"][0]["note"] == "Called."


def test_a_refusal_is_a_problem_in_the_readers_language(stage, broker):
    path = stage.address("/api/requests/{reference}/publish")
    broker.post(stage.address("/api/requests/{reference}/close"))
    english, polish = broker.post(path), broker.post(path, Accept_Language="pl")
    translation.activate("en")
    assert english.status_code == polish.status_code == 409
    assert "This is not possible" in english.json()["title"] and english.json()["title"] != polish.json()["title"]


def test_faults_of_a_body_are_named_by_field_and_never_repeat_what_was_sent(stage, broker):
    answer = broker.post("/api/requests", DRAFT | {"type": "wish", "private": "x" * 5000, "title": "a\x00b"})
    assert answer.status_code == 422 and answer["Content-Type"].startswith("application/problem+json")
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/body/type", "/body/private", "/body/title"}
    assert "xxx" not in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ('{"founded": 1' + "0" * 5000 + "}", "application/json", 400),
        ('{"name": "\\ud800", "kind": "company"}', "application/json", 422),
        ("name=x", "application/x-www-form-urlencoded", 415),
        (" " * 1_000_001, "application/json", 413),
    ],
    ids=["broken", "deep", "huge number", "surrogate", "form", "large"],
)
def test_hostile_bodies_are_answered(client, broker, body, content_type, status):
    answer = client.post(
        "/api/clients", body, content_type=content_type, headers={"Authorization": f"Bearer {broker.key}"}
    )
    assert answer.status_code == status and answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(("path", "status"), [("/api/nothing", 404), ("/api/requests/%00", 400)])
def test_addresses_that_no_operation_has_are_problems_too(broker, path, status):
    answer = broker.get(path)
    assert answer.status_code == status and answer.json()["status"] == status


def test_the_same_act_sent_twice_with_a_key_is_one(stage, broker):
    first = broker.post("/api/clients", {"name": "Odlewnia", "kind": "company"}, Idempotency_Key="a")
    again = broker.post("/api/clients", {"name": "Odlewnia", "kind": "company"}, Idempotency_Key="a")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and first["ETag"] == again["ETag"]
    assert again["Idempotent-Replay"] == "true" and "Idempotent-Replay" not in first
    assert Client.objects.filter(name="Odlewnia").count() == 1
    other = broker.post("/api/clients", {"name": "Kuźnia", "kind": "company"}, Idempotency_Key="a")
    assert other.status_code == 422 and not Client.objects.filter(name="Kuźnia").exists()


def test_what_was_refused_may_be_tried_again_with_its_key(stage, broker):
    bad = broker.post("/api/clients", {"name": " ", "kind": "company"}, Idempotency_Key="a")
    assert bad.status_code == 409 and not IdempotencyKey.objects.exists()
    assert broker.post("/api/clients", {"name": "Kuźnia", "kind": "company"}, Idempotency_Key="a").status_code == 201


def test_kept_answers_are_read_by_their_agency_alone_and_swept_after_two_days(stage, broker, application_role):
    broker.post("/api/clients", {"name": "Odlewnia", "kind": "company"}, Idempotency_Key="a")
    assert not IdempotencyKey.objects.exists()
    with acting_as(stage.desk.abroad):
        assert not IdempotencyKey.objects.exists()
    assert network.sweep_idempotency_keys() == 0
    with acting_as(stage.desk.broker):
        assert IdempotencyKey.objects.update(created_at=timezone.now() - KEPT - timedelta(minutes=1)) == 1
    assert network.sweep_idempotency_keys() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/api/requests/{reference}",
        "/api/matches/{pk}",
        "/api/cases/{reference}",
        "/api/clients/{reference}",
        "/api/searches/{pk}",
        "/api/teams/{pk}",
    ],
)
def test_a_record_that_has_not_changed_is_not_sent_again(stage, broker, path):
    first = broker.get(stage.address(path))
    assert first["ETag"].startswith('"')
    again = broker.get(stage.address(path), If_None_Match=first["ETag"])
    assert again.status_code == 304 and not again.content


def test_an_act_on_what_has_changed_since_is_refused(stage, broker):
    path = stage.address("/api/requests/{reference}")
    seen = broker.get(path)["ETag"]
    changed = broker.patch(path, {"title": "Another title"}, If_Match=seen)
    assert changed.status_code == 200 and changed["ETag"] not in ("", seen)
    late = broker.patch(path, {"title": "A third"}, If_Match=seen)
    assert late.status_code == 412 and broker.get(path).json()["title"] == "Another title"
    assert broker.post(f"{path}/close", If_Match=seen).status_code == 412
    assert broker.post(f"{path}/close", If_Match=f"W/{changed['ETag']}").status_code == 200


def test_pages_stay_in_place_while_records_come(stage, broker):
    names = [stage.desk.client().reference for _each in range(3)]
    first = broker.get("/api/clients?limit=2")
    assert f"cursor={first.json()['next']}" in first["Link"] and 'rel="next"' in first["Link"]
    late = stage.desk.client().reference
    rest = broker.get(f"/api/clients?limit=10&cursor={first.json()['next']}")
    assert [c["reference"] for c in rest.json()["items"]] == [*names[1:], late]
    assert rest.json()["next"] is None and "Link" not in rest


def test_a_key_ends_on_its_day_and_with_its_persons_part(stage, client):
    broker = stage.desk.broker
    until = timezone.now() + timedelta(days=1)
    record, key = network.create_token(broker, name="short", scopes=[ApiToken.Scope.READ], expires_at=until)
    held = program(client, broker)
    held.key = key
    assert held.get("/api/requests").status_code == 200
    ApiToken.objects.filter(pk=record.pk).update(expires_at=timezone.now())
    assert held.get("/api/requests").status_code == 401


def test_partners_are_found_for_a_need_and_nothing_of_it_is_kept(stage, broker):
    answer = broker.post("/api/partners", {"text": "aluminium die casting of thin walls"})
    assert answer.status_code == 200 and set(answer.json()) == {"items", "language", "missing"}
    assert not AuditNote.objects.filter(detail__icontains="thin walls").exists()


def test_a_token_is_made_on_its_page_with_scopes_and_a_last_day(client, desk):  # noqa: F811
    client.force_login(desk.broker.user)
    until = timezone.localdate() + timedelta(days=3)
    made = {"name": "a script", "scopes": ["read", "cases:read"], "until": until.isoformat()}
    assert client.post("/partnership/tokens/", made).status_code == 200
    token = ApiToken.objects.get(person=desk.broker)
    assert token.scopes == ["read", "cases:read"] and token.expires_at.date() > timezone.localdate()
    assert client.post("/partnership/tokens/", made | {"scopes": []}).status_code == 400
    assert client.post("/partnership/tokens/", made | {"until": "2001-01-01"}).status_code == 400
    assert ApiToken.objects.count() == 1
