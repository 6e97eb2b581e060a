"""The pages of documents: what the public sees, what members can do, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hansa.strategy.actions import move
from hansa.strategy.documents import actions, counting
from hansa.strategy.models import DocumentWriting


@pytest.fixture
def two(written, run, analyst):
    """Two versions of the strategy, between which a priority was dropped."""
    (first,) = written()
    move(analyst, counting.open_priorities(run).last(), "drop", reason="No longer wanted.")
    (second,) = written(reason="After the drop.")
    return first, second


def test_the_public_sees_what_is_adopted_and_is_asked_to_sign_in_for_the_rest(client, two, lead):
    first, second = two
    actions.adopt(lead, first, on=timezone.localdate(), reason="Decision of the board.")
    found = client.get(reverse("strategy:documents"))
    assert [v.pk for v in found.context["page"]] == [first.pk]
    shown = client.get(first.get_absolute_url())
    assert shown.status_code == 200 and lead.name in shown.content.decode()
    for address in (second.get_absolute_url(), second.get_absolute_url() + "document.docx"):
        answer = client.get(address)
        assert answer.status_code == 302 and "next=" in answer.url
    assert client.get(first.get_absolute_url() + "document.pdf").content.startswith(b"%PDF")


def test_the_list_can_be_filtered_sorted_and_exported_at_a_constant_cost(client, two, written, analyst):
    client.force_login(analyst.user)
    address = reverse("strategy:documents")
    with CaptureQueriesContext(connection) as few:
        assert len(client.get(address).context["page"].object_list) == 2
    written("summary", ("en", "pl"))
    written("annex", ("en", "pl"))
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(address).context["page"].object_list) == 6
    assert len(many) == len(few)
    assert {v.language for v in client.get(address, {"language": "pl"}).context["page"]} == {"pl"}
    assert {v.document.kind for v in client.get(address, {"kind": "annex"}).context["page"]} == {"annex"}
    assert [v.pk for v in client.get(address, {"q": "After the drop"}).context["page"]] == [two[1].pk]
    numbers = [v.number for v in client.get(address, {"sort": "-number"}).context["page"]]
    assert numbers == sorted(numbers, reverse=True)
    rows = b"".join(client.get(address, {"format": "csv"}).streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == 7


def test_a_version_shows_its_figures_with_linked_notes_and_its_own_language(client, written, run, analyst):
    (version,) = written(languages=("pl",))
    client.force_login(analyst.user)
    shown = client.get(version.get_absolute_url(), headers={"Accept-Language": "en"}).content.decode()
    assert '<article class="sections document" lang="pl">' in shown
    assert "Regiony i obszar odniesienia" in shown and 'href="#note-1"' in shown and 'id="note-1"' in shown
    assert "data:image/svg+xml;base64," in shown
    assert "Wood &amp; timber houses" in shown


def test_every_figure_can_be_exported_with_its_record(client, written, analyst):
    (version,) = written()
    client.force_login(analyst.user)
    answer = client.get(reverse("strategy:document_figures", args=[version.pk]))
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(rows) == version.figures + 1
    assert any("strategy.priorityfigure" in row for row in rows)


def test_an_analyst_has_a_document_written_and_stops_it(client, run, analyst):
    client.force_login(analyst.user)
    address = reverse("strategy:write_document", args=[run.pk, "summary"])
    refused = client.post(address, {"languages": ["en"], "reason": ""})
    assert refused.status_code == 400
    answer = client.post(address, {"languages": ["en", "pl"], "reason": "For the ministry."})
    writing = DocumentWriting.objects.get()
    assert answer.url == writing.document.get_absolute_url()
    waiting = client.get(answer.url).content.decode()
    assert "hx-trigger" in waiting and reverse("strategy:stop_writing", args=[writing.pk]) in waiting
    again = client.post(address, {"languages": ["en"], "reason": "Impatient words."})
    assert again.status_code == 400 and "Impatient words." in again.content.decode()
    assert client.post(reverse("strategy:stop_writing", args=[writing.pk]), {"reason": "Too early."}).status_code == 302
    assert "was stopped" in client.get(answer.url).content.decode()


def test_a_document_whose_records_are_the_same_says_so(client, written, analyst):
    (version,) = written()
    written()
    client.force_login(analyst.user)
    state = client.get(reverse("strategy:document_state", args=[version.document_id])).content.decode()
    assert "Nothing has changed" in state and "hx-trigger" not in state


def test_two_versions_are_compared_with_words_for_what_came_and_left(client, two, analyst):
    client.force_login(analyst.user)
    shown = client.get(reverse("strategy:compare_versions", args=[two[1].pk]), {"with": two[0].pk}).content.decode()
    assert "<ins>" in shown and "<del>" in shown
    assert "No longer wanted." in shown
    same = client.get(reverse("strategy:compare_versions", args=[two[1].pk]), {"with": "x" * 30})
    assert same.status_code == 200


def test_what_has_changed_since_is_shown(client, two, analyst):
    client.force_login(analyst.user)
    old, new = (client.get(reverse("strategy:changed_figures", args=[v.pk])).content.decode() for v in two)
    assert "common priorities that stand" in old
    assert ">2</td>" in old and ">1</td>" in old
    assert "All figures are the same today." in new


def test_a_lead_partner_adopts_and_withdraws_on_the_page(client, two, cast, lead):
    version = two[1]
    address = reverse("strategy:adopt_version", args=[version.pk])
    client.force_login(cast.people["analyst"].user)
    assert client.post(address, {"on": timezone.localdate(), "reason": "Mine."}).status_code == 403
    client.force_login(lead.user)
    assert client.post(address, {"on": timezone.localdate(), "reason": ""}).status_code == 400
    assert client.post(address, {"on": timezone.localdate(), "reason": "Decided."}).status_code == 302
    assert "adopted" in client.get(version.document.get_absolute_url()).content.decode()
    address = reverse("strategy:withdraw_adoption", args=[version.pk])
    assert client.post(address, {"reason": "A fault."}).status_code == 302


def test_a_runs_page_offers_its_documents(client, two, run, analyst, cast):
    client.force_login(analyst.user)
    shown = client.get(run.get_absolute_url()).content.decode()
    assert 'id="documents"' in shown and reverse("strategy:write_document", args=[run.pk, "dossier"]) in shown
    client.force_login(cast.people["reader"].user)
    shown = client.get(run.get_absolute_url()).content.decode()
    assert two[1].get_absolute_url() in shown and "write_document" not in shown


def test_strange_addresses_find_nothing(client, two, analyst, run):
    client.force_login(analyst.user)
    for address in ("version/999999/", f"version/{two[0].pk}/document.exe", "999999/", f"run/{run.pk}/novel/"):
        assert client.get(reverse("strategy:documents") + address).status_code == 404
