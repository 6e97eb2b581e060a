"""The pages of step 1: who sees what, what they cost, and that a form with a fault keeps what was typed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.network.models import Role
from hansa.strategy.models import CommonSet, RegionalPriority, RegionalTag
from hansa.strategy.sets import actions
from hansa.strategy.sets.reading import read_text
from hansa.strategy.sets.rule import SetRule


@pytest.fixture
def sets(run, written, analyst, no_model):
    actions.compute_sets(analyst, run, SetRule())
    return list(run.common_sets.filter(kind="shared"))


@pytest.fixture
def signed_in(client, cast):
    client.force_login(cast.people[Role.ANALYST].user)
    return client


def pages(run, written, sets, source):
    one = written["PL84"].pk
    return [
        reverse("strategy:regional_priorities"),
        reverse("strategy:regional_priority", args=[one]),
        reverse("strategy:strategy_sources"),
        reverse("strategy:strategy_source", args=[source.pk]),
        f"{reverse('strategy:common_sets')}?run={run.pk}",
        reverse("strategy:common_set", args=[sets[0].pk]),
        reverse("strategy:themes"),
        reverse("strategy:theme", args=["bioeconomy"]),
        reverse("strategy:who_shares"),
        reverse("strategy:exercise_2021"),
        reverse("strategy:run", args=[run.pk]),
        reverse("strategy:board"),
    ]


@pytest.fixture
def source(cast, analyst):
    document = read_text("1. Czysta energia\nOpis\f2. Turystyka zdrowotna")
    return actions.add_source(analyst, document, region=cast.regions["PL84"], title="RIS3")


def test_the_public_reads_every_page_and_finds_no_button_that_writes(client, run, written, sets, source):
    for address in pages(run, written, sets, source):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert b'method="post" action="/priorities/sets' not in answer.content, address


def test_who_writes_reads_them_too_in_both_languages(signed_in, run, written, sets, source):
    for language in ("en", "pl"):
        for address in pages(run, written, sets, source):
            assert signed_in.get(address, headers={"accept-language": language}).status_code == 200, address


def test_a_broker_is_turned_away_from_writing(client, cast, run, written, sets):
    client.force_login(cast.people[Role.BROKER].user)
    for name, args in (
        ("enter_regional_priority", []),
        ("import_regional_priorities", []),
        ("add_strategy_source", []),
        ("arrange_sets", [run.pk]),
        ("decide_set", [sets[0].pk, "take"]),
        ("add_theme", []),
    ):
        assert client.get(reverse(f"strategy:{name}", args=args)).status_code == 403, name


def test_withdrawn_priorities_are_gone_for_the_public(client, written, analyst, run):
    actions.withdraw_priority(analyst, written["PL84"], reason="outdated")
    assert client.get(written["PL84"].get_absolute_url()).status_code == 404
    listed = client.get(reverse("strategy:regional_priorities")).content.decode()
    assert written["PL84"].title not in listed


def test_original_words_carry_their_language(client, written, run):
    page = client.get(reverse("strategy:regional_priorities")).content.decode()
    assert 'lang="lt">Maisto technologijos' in page


def queries_of(client, address):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", ["regional_priorities", "common_sets", "who_shares"])
def test_a_list_costs_the_same_for_few_and_for_many(name, client, cast, run, written, sets, analyst):
    address = reverse(f"strategy:{name}")
    few = queries_of(client, address)
    more = RegionalPriority.objects.bulk_create(
        RegionalPriority(region=cast.regions["PL84"], title=f"Priority {n}", language="en") for n in range(20)
    )
    RegionalTag.objects.bulk_create(
        RegionalTag(priority=p, facet="sector", classification="NACE Rev. 2", code="10", label="Food", holds=True)
        for p in more
    )
    for n in range(6):
        made = CommonSet.objects.create(run=run, kind="shared", title=f"Set {n}")
        actions.move_members(analyst, [p.pk for p in more[n * 3 : n * 3 + 3]], made, reason="more")
    assert queries_of(client, address) <= few


def test_a_csv_file_is_shown_before_it_is_written(signed_in, run, no_model):
    content = "region,title\nPL84,Przemysł maszynowy i metalowy w regionie".encode()
    address = reverse("strategy:import_regional_priorities")
    shown = signed_in.post(address, {"file": SimpleUploadedFile("p.csv", content)})
    assert shown.status_code == 200 and not RegionalPriority.objects.exists()
    back = {"content": shown.context["content"], "name": shown.context["name"], "confirm": "1"}
    assert signed_in.post(address, back).status_code == 302
    assert RegionalPriority.objects.get().language == "pl"


def test_a_csv_file_with_a_fault_says_where(signed_in, run, no_model):
    answer = signed_in.post(
        reverse("strategy:import_regional_priorities"), {"file": SimpleUploadedFile("p.csv", b"region,title\nXX9,A")}
    )
    assert answer.status_code == 400 and "p.csv, row 2, column “region”" in answer.content.decode()


def test_a_form_with_a_fault_keeps_what_was_typed(signed_in, cast):
    answer = signed_in.post(reverse("strategy:enter_regional_priority"), {"title": "Half of it", "text": "kept text"})
    assert answer.status_code == 400 and "kept text" in answer.content.decode()


def test_ticked_passages_are_kept_and_the_others_are_not(signed_in, source):
    form = signed_in.get(reverse("strategy:strategy_source", args=[source.pk])).context["forms"]
    first = form[0]
    data = {
        first.add_prefix("keep"): "on",
        first.add_prefix("title"): "Czysta energia w regionie",
        first.add_prefix("text"): "Opis",
        first.add_prefix("language"): "pl",
    }
    assert signed_in.post(reverse("strategy:strategy_source", args=[source.pk]), data).status_code == 302
    kept = RegionalPriority.objects.get()
    assert (kept.title, kept.page, kept.source) == ("Czysta energia w regionie", 1, source)


def test_sets_are_arranged_without_a_script(signed_in, run, sets, written):
    address = reverse("strategy:arrange_sets", args=[run.pk])
    assert signed_in.get(address).status_code == 200
    a, b = sets
    member = a.memberships.first()
    data = {"act": "move", "member": f"{a.pk}:{member.priority_id}", "target": b.pk}
    assert signed_in.post(address, data).status_code == 400, "a reason is asked for"
    assert signed_in.post(address, data | {"reason": "belongs there"}).status_code == 302
    assert b.memberships.count() == 3
    answer = signed_in.post(address, {"act": "merge", "set": [a.pk, b.pk], "reason": "one"})
    assert answer.status_code == 302 and not CommonSet.objects.filter(pk=b.pk).exists()


def test_a_set_is_taken_up_by_its_form_with_what_its_tags_propose(signed_in, run, sets):
    address = reverse("strategy:decide_set", args=[sets[0].pk, "take"])
    form = signed_in.get(address).context["form"]
    data = {"title": "Taken", "domains": form.initial["domains"], "reason": "as proposed"}
    answer = signed_in.post(address, data)
    sets[0].refresh_from_db()
    assert answer.status_code == 302 and answer.url == sets[0].priority.get_absolute_url()
    shown = signed_in.get(answer.url).content.decode()
    assert "What the regions wrote" in shown


def test_the_rule_is_edited_on_the_page_and_kept_with_the_result(signed_in, run, written, no_model):
    rule = SetRule(min_similarity=0.9).as_json()
    address = reverse("strategy:find_sets", args=[run.pk])
    assert signed_in.post(address, rule).status_code == 302
    assert run.set_computations.first().parameters["min_similarity"] == 0.9
    assert signed_in.post(address, rule | {"min_similarity": 7}).status_code == 400


def test_the_table_of_who_shares_what_is_filtered_by_tag_and_exported(client, run, written, sets):
    address = reverse("strategy:who_shares")
    rows = client.get(address, {"facet": "sector", "tag": "62"}).context["page"].object_list
    assert rows and all(any(code == "62" for code, _l in row.tags["sector"]) for row in rows)
    text = b"".join(client.get(address, {"format": "csv"}).streaming_content).decode("utf-8-sig")
    assert "strategy: " in text and "holds 62" in text


def test_what_was_exported_can_be_imported(client, run, written, analyst, no_model):
    exported = client.get(reverse("strategy:regional_priorities"), {"format": "csv"})
    content = b"".join(exported.streaming_content)
    RegionalPriority.objects.all().delete()
    made = actions.import_priorities(analyst, content, "back.csv")
    assert {(p.region.code, p.title, p.language, p.page) for p in made} == {
        (code, p.title, p.language, 3) for code, p in written.items()
    }
