"""Signed calls to other systems, against a real HTTP server on this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from hansa.network import actions, jobs
from hansa.network.faults import Forbidden, Refused
from hansa.network.models import AuditNote, Delivery, Notice, RuleSetting, Webhook
from hansa.network.registry import EventKind, registry
from hansa.network.webhooks import addresses, sending

pytestmark = pytest.mark.django_db


class Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent, and answers as the test says."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_args):
        pass


@pytest.fixture
def receiver(settings):
    settings.HANSA_WEBHOOKS_LOCAL = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.seen, server.answer = [], 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.fixture(autouse=True)
def event(monkeypatch):
    monkeypatch.setitem(registry.events, "t.happened", EventKind("something happened"))


@pytest.fixture
def lead(cast):
    return cast.people["lead_partner"]


def address(receiver, path="/hook?a=1"):
    return f"http://127.0.0.1:{receiver.server_address[1]}{path}"


@pytest.fixture
def webhook(receiver, lead):
    made, _secret = actions.create_webhook(lead, name="Portal", url=address(receiver), events=["t.happened"])
    return made


def emitted(**payload):
    actions.emit("t.happened", **({"reference": "PL84-2026-0001", "state": "published"} | payload))
    return Delivery.objects.latest("pk")


def is_genuine(secret, header, body):
    """As docs/webhooks.md tells receivers."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    made = hmac.new(secret.encode(), f"{parts['t']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, parts["v1"])


def test_an_event_arrives_once_signed_and_with_its_public_payload(receiver, webhook):
    delivery = emitted(title_length=12)
    assert sending.deliver(delivery.pk)
    assert not sending.deliver(delivery.pk)
    ((path, headers, body),) = receiver.seen
    assert path == "/hook?a=1"
    held = json.loads(body)
    assert held["event"] == headers["Hansa-Event"] == "t.happened"
    assert held["id"] == headers["Hansa-Event-Id"] == str(delivery.event_id)
    assert held["data"] == {"reference": "PL84-2026-0001", "state": "published", "title_length": 12}
    assert is_genuine(webhook.secret, headers["Hansa-Signature"], body)
    assert not is_genuine(webhook.secret, headers["Hansa-Signature"], body + b" ")
    assert not is_genuine("whsec_other", headers["Hansa-Signature"], body)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.attempts) == (Delivery.State.DELIVERED, 200, 1)


def test_what_is_rolled_back_is_told_to_nobody(webhook):
    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():
        emitted()
        raise Changed
    assert not Delivery.objects.exists()


def test_only_those_who_chose_the_event_are_told_and_nothing_undeclared_is(webhook, lead, monkeypatch):
    monkeypatch.setitem(registry.events, "t.other", EventKind("something else"))
    assert actions.emit("t.other", reference="x") == 0
    assert actions.emit("t.happened", reference="x") == 1
    actions.switch_webhook(lead, webhook, on=False)
    assert actions.emit("t.happened", reference="x") == 0
    with pytest.raises(KeyError):
        actions.emit("t.unknown")
    with pytest.raises(TypeError):
        actions.emit("t.happened", record={"text": "a whole record"})


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_an_answer_other_than_2xx_is_tried_again_later_with_the_reason_kept(receiver, webhook, answer):
    receiver.answer = answer
    delivery = emitted()
    assert not sending.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status, delivery.attempts) == (Delivery.State.WAITING, answer, 1)
    assert delivery.reason and delivery.next_try_at > timezone.now()
    assert not sending.deliver(delivery.pk)
    receiver.answer = 204
    Delivery.objects.update(next_try_at=timezone.now())
    assert sending.deliver(delivery.pk)
    assert [path for path, _headers, _body in receiver.seen] == ["/hook?a=1", "/hook?a=1"]


def test_a_call_is_given_up_at_last(receiver, webhook):
    receiver.answer = 500
    delivery = emitted()
    for _attempt in range(len(sending.WAITS) + 1):
        delivery.refresh_from_db()
        assert delivery.state == Delivery.State.WAITING
        Delivery.objects.update(next_try_at=timezone.now())
        sending.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED


def test_a_machine_that_does_not_answer_is_a_failure_with_its_reason(receiver, webhook):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    Webhook.objects.update(url=f"http://127.0.0.1:{port}/")
    delivery = emitted()
    assert not sending.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert "refused" in delivery.reason and delivery.status is None


def test_an_address_that_fails_again_and_again_is_switched_off_and_the_lead_told_once(receiver, webhook, lead):
    RuleSetting.objects.create(key=sending.FAILURES, value=3, set_by=lead)
    receiver.answer = 500
    for delivery in [emitted() for _number in range(5)]:
        sending.deliver(delivery.pk)
    webhook.refresh_from_db()
    assert webhook.off_at is not None and "500" in webhook.off_reason
    assert len(receiver.seen) == 3
    (told,) = Notice.objects.filter(kind="network.webhook_off")
    assert (told.person, told.parameters) == (lead, {"name": "Portal", "failures": 3})
    receiver.answer = 200
    actions.switch_webhook(lead, webhook, on=True)
    jobs.deliver_events.func()
    for pk in Delivery.objects.filter(state=Delivery.State.WAITING, attempts=0).values_list("pk", flat=True):
        assert sending.deliver(pk)
    webhook.refresh_from_db()
    assert webhook.failures == 0


def test_a_success_between_failures_begins_the_count_anew(receiver, webhook):
    for answer, failures in ((500, 1), (500, 2), (200, 0), (500, 1)):
        receiver.answer = answer
        sending.deliver(emitted().pk)
        webhook.refresh_from_db()
        assert webhook.failures == failures


def test_a_run_that_was_killed_is_made_up_for_with_the_same_event_id(receiver, webhook, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(_delivery):
        raise Killed

    delivery = emitted()
    with monkeypatch.context() as patched:
        patched.setattr(sending, "call", killed)
        with pytest.raises(Killed):
            sending.deliver(delivery.pk)
    assert not sending.deliver(delivery.pk)
    now = timezone.now()
    assert sending.release_lost(now) == 0
    assert sending.release_lost(now + sending.LOST_AFTER + timedelta(seconds=1)) == 1
    assert sending.deliver(delivery.pk)
    ((_path, headers, _body),) = receiver.seen
    assert headers["Hansa-Event-Id"] == str(delivery.event_id)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  (not bound, but refused)
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_machines_that_are_not_public_are_never_called(ip):
    assert not addresses.is_public(ip)


@pytest.mark.parametrize("ip", ["93.184.215.14", "2a00:1450:4001:81b::200e", "::ffff:93.184.215.14"])
def test_public_machines_may_be_called(ip):
    assert addresses.is_public(ip)


def leads_to(monkeypatch, *ips):
    monkeypatch.setattr(
        addresses.socket, "getaddrinfo", lambda host, port, **_more: [(0, 0, 0, "", (ip, port)) for ip in ips]
    )


@pytest.mark.parametrize(
    ("url", "ips"),
    [
        ("http://portal.example/", ("93.184.215.14",)),
        ("ftp://portal.example/", ("93.184.215.14",)),
        ("https://user:word@portal.example/", ("93.184.215.14",)),
        ("https:///path", ("93.184.215.14",)),
        ("https://portal.example:99999/", ("93.184.215.14",)),
        ("https://[broken/", ("93.184.215.14",)),
        ("https://portal.example/", ()),
        ("https://portal.example/", ("10.0.0.7",)),
        ("https://portal.example/", ("93.184.215.14", "127.0.0.1")),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_when_it_is_saved(lead, monkeypatch, url, ips):
    leads_to(monkeypatch, *ips)
    with pytest.raises(Refused):
        actions.create_webhook(lead, name="Portal", url=url, events=["t.happened"])
    assert not Webhook.objects.exists()


def test_a_name_that_leads_elsewhere_after_it_was_saved_is_not_called(lead, monkeypatch):
    leads_to(monkeypatch, "93.184.215.14")
    made, _secret = actions.create_webhook(lead, name="P", url="https://portal.example/", events=["t.happened"])
    assert addresses.target_of(made.url).ip == "93.184.215.14"
    delivery = emitted()
    leads_to(monkeypatch, "127.0.0.1")
    monkeypatch.setattr(sending.socket, "create_connection", lambda *_a, **_k: pytest.fail("it was called"))
    assert not sending.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert "private network" in delivery.reason


def test_the_secret_is_shown_once_and_the_database_alone_does_not_hold_it(client, receiver, lead):
    client.force_login(lead.user)
    given = {"name": "Portal", "url": address(receiver), "events": ["t.happened"]}
    page = client.post(reverse("network:new_webhook"), given).content.decode()
    made = Webhook.objects.get()
    assert made.secret in page
    row = Webhook.objects.values().get()
    assert made.secret not in str(row) and made.secret not in str([*AuditNote.objects.values()])
    shown = reverse("network:webhook", args=[made.pk])
    assert made.secret not in client.get(shown).content.decode()
    before = made.secret
    page = client.post(reverse("network:renew_secret", args=[made.pk])).content.decode()
    made.refresh_from_db()
    assert made.secret != before and made.secret in page


def test_a_form_that_is_refused_keeps_what_was_typed(client, lead):
    client.force_login(lead.user)
    answer = client.post(reverse("network:new_webhook"), {"name": "Portal", "url": "http://127.0.0.1/", "events": []})
    assert answer.status_code == 400 and "Portal" in answer.content.decode()
    given = {"name": "Portal", "url": "http://127.0.0.1/", "events": ["t.happened"]}
    answer = client.post(reverse("network:new_webhook"), given)
    assert answer.status_code == 400 and "must begin with https" in answer.content.decode()


def test_a_test_call_is_made_once_and_stands_in_the_record(client, receiver, webhook, lead):
    client.force_login(lead.user)
    client.post(reverse("network:ping_webhook", args=[webhook.pk]))
    receiver.answer = 500
    ping = Delivery.objects.get()
    assert not sending.deliver(ping.pk)
    ping.refresh_from_db()
    assert (ping.event, ping.state) == ("ping", Delivery.State.FAILED)
    shown = reverse("network:webhook", args=[webhook.pk])
    assert str(ping.event_id) in client.get(shown).content.decode()
    csv = b"".join(client.get(shown, {"format": "csv"}).streaming_content).decode()
    assert str(ping.event_id) in csv


def test_only_lead_partners_reach_any_page_of_webhooks(client, cast, webhook):
    broker = cast.people["broker"]
    client.force_login(broker.user)
    for name in ("webhooks", "new_webhook"):
        assert client.get(reverse(f"network:{name}")).status_code == 403
    for name in ("webhook", "edit_webhook", "delete_webhook"):
        assert client.get(reverse(f"network:{name}", args=[webhook.pk])).status_code == 403
    for name in ("ping_webhook", "renew_secret", "switch_webhook", "delete_webhook", "edit_webhook"):
        assert client.post(reverse(f"network:{name}", args=[webhook.pk])).status_code == 403
    for act in (actions.ping_webhook, actions.renew_secret, actions.delete_webhook):
        with pytest.raises(Forbidden):
            act(broker, webhook)
    assert Webhook.objects.filter(off_at__isnull=True).count() == 1


def test_an_address_is_changed_paused_and_forgotten_by_its_pages(client, receiver, webhook, lead):
    client.force_login(lead.user)
    page = client.get(reverse("network:webhooks")).content.decode()
    assert "Portal" in page
    given = {"name": "Renamed", "url": address(receiver, "/new"), "events": ["t.happened"]}
    assert client.post(reverse("network:edit_webhook", args=[webhook.pk]), given).status_code == 302
    client.post(reverse("network:switch_webhook", args=[webhook.pk]))
    webhook.refresh_from_db()
    assert webhook.name == "Renamed" and webhook.off_at is not None
    csv = b"".join(client.get(reverse("network:webhooks"), {"format": "csv"}).streaming_content).decode()
    assert "Renamed" in csv
    assert "Renamed" in client.get(reverse("network:delete_webhook", args=[webhook.pk])).content.decode()
    assert Webhook.objects.exists()
    client.post(reverse("network:delete_webhook", args=[webhook.pk]))
    assert not Webhook.objects.exists()


def test_a_call_whose_address_was_forgotten_meanwhile_does_no_harm(webhook, lead):
    delivery = emitted()
    held = Delivery.objects.select_related("webhook").get(pk=delivery.pk)
    actions.delete_webhook(lead, webhook)
    sending.failed(held, None, "gone")
    assert not sending.deliver(delivery.pk)
    assert uuid.UUID(str(held.event_id))
