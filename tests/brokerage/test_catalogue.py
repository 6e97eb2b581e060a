"""The catalogue in the database: found at once, gone at once, kept in step by every process, seen by whom it may be."""

from __future__ import annotations

import pytest
from django.db import connection

from hansa.brokerage import actions, catalogue, jobs
from hansa.brokerage.models import MatchChange, MatchMeans, MatchText
from hansa.brokerage.wording import forget_changes
from hansa.matching import Query
from hansa.matching.retrieval.means import MEANS_COLUMNS
from hansa.matching.retrieval.shelf import COLUMNS
from hansa.network.middleware import see_as
from tests.brokerage.test_matchmaking import Toy

pytestmark = pytest.mark.django_db
CASTING = Query("q", "alumiinin painevalua ohutseinäisille osille", "fi")


@pytest.fixture
def toy(small_home, monkeypatch):
    monkeypatch.setattr(catalogue, "engine", lambda: catalogue.Engine(Toy()))
    catalogue._held.clear()


def another_process() -> catalogue.Catalogue:
    """A catalogue that shares nothing with this process's but the database and the files."""
    made = catalogue.Catalogue(Toy(), None)
    made.refresh()
    return made


def ids(held: catalogue.Catalogue, query: Query = CASTING) -> list[str]:
    return [hit.id for hit in held.search(query)]


def test_a_published_request_is_found_as_soon_as_its_job_has_run(desk, toy):
    offer = desk.offer_abroad()
    assert ids(catalogue.catalogue()) == []
    jobs.find_matches(request_id=offer.pk)
    row = MatchText.objects.get(request=offer)
    assert ids(catalogue.catalogue()) == [f"{row.pk}"]
    assert ids(another_process()) == [f"{row.pk}"]


def test_a_published_request_is_found_by_its_words_before_any_job_has_run(desk, toy):
    row = MatchText.objects.get(request=desk.offer_abroad())
    assert row.place is None
    assert ids(another_process()) == [f"{row.pk}"]


def test_a_withdrawn_request_is_gone_at_once_from_every_process(desk, toy):
    offer = desk.offer_abroad()
    jobs.find_matches(request_id=offer.pk)
    here, there = catalogue.catalogue(), another_process()
    actions.withdraw_request(desk.abroad, offer)
    assert ids(here) == ids(there) == []
    here.refresh()
    assert len(here.index.words) == 0


def test_a_changed_text_is_read_again_and_its_old_words_are_forgotten(desk, toy):
    from dataclasses import replace

    from tests.brokerage.conftest import FOUNDRY

    offer = desk.offer_abroad()
    jobs.find_matches(request_id=offer.pk)
    bread = replace(FOUNDRY, title="Leipomo tarjoaa hapanjuurta", summary="Ruisleivän juuria leipomoille.")
    actions.edit_request(desk.abroad, offer, priority=desk.priority, text=bread)
    row = MatchText.objects.get(request=offer)
    assert (row.vector, row.place, row.read_as) == (None, None, "")
    held = another_process()
    assert ids(held, Query("q", "hapanjuurta ruisleivän", "fi")) == [f"{row.pk}"]
    assert ids(held, Query("q", "painevalua", "fi")) == []


def test_other_labels_or_another_model_make_every_text_be_read_again(desk, toy):
    jobs.find_matches(request_id=desk.offer_abroad().pk)
    assert MatchText.objects.filter(read_as="").count() == 0
    newer = Toy()
    newer.version = "2"
    held = catalogue.Catalogue(newer, None)
    assert MatchText.objects.get().vector is None
    held.refresh()
    assert MatchText.objects.get().read_as != ""
    assert held.without_vector


def test_files_of_words_that_are_lost_are_made_anew(desk, toy, small_home):
    import shutil

    jobs.find_matches(request_id=desk.offer_abroad().pk)
    shutil.rmtree(small_home / "matching" / "words")
    held = another_process()
    assert len(held.index.words) == 1
    assert ids(held)


def test_while_another_process_writes_words_this_one_reads_what_is_there(desk, toy, small_home):
    import fcntl

    jobs.find_matches(request_id=desk.offer_abroad().pk)
    with (small_home / "matching" / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        late = desk.offer_abroad()
        held = another_process()
        assert len(held.index.words) == 1
    held.refresh()
    assert len(held.index.words) == 2
    assert MatchText.objects.get(request=late)


def test_old_changes_are_forgotten(desk, toy):
    from datetime import timedelta

    from django.utils import timezone

    desk.offer_abroad()
    assert MatchChange.objects.exists()
    assert forget_changes() == 0
    MatchChange.objects.update(at=timezone.now() - timedelta(days=60))
    assert forget_changes() > 0
    assert not MatchChange.objects.exists()


def test_a_text_that_is_not_public_is_seen_by_its_agency_alone(desk, toy, request):
    row = MatchText.objects.get(request=desk.offer_abroad())
    MatchText.objects.filter(pk=row.pk).update(public=False)
    request.getfixturevalue("application_role")
    held = another_process()
    assert not MatchText.objects.exists()
    assert ids(held) == []
    with see_as(f"{row.agency_id}"):
        held = another_process()
        assert ids(held) == [f"{row.pk}"]
    assert ids(held) == []


@pytest.mark.parametrize(("model", "columns"), [(MatchText, COLUMNS), (MatchMeans, MEANS_COLUMNS)])
def test_the_tables_have_the_columns_that_retrieval_needs(model, columns):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [model._meta.db_table],
        )
        kinds = dict(cursor.fetchall())
    short = {"character varying": "varchar", "timestamp with time zone": "timestamptz", "double precision": "real"}
    for name, wanted in columns.items():
        kind, _, length = kinds[name].partition("(")
        told = short.get(kind, kind) + (f"({length}" if length else "")
        assert wanted.startswith(told), name


def test_a_search_costs_the_same_number_of_queries_however_many_texts_there_are(
    desk, toy, django_assert_max_num_queries
):
    for _ in range(3):
        desk.offer_abroad()
    held = another_process()
    with django_assert_max_num_queries(24):
        assert len(ids(held)) == 3
    for _ in range(5):
        desk.offer_abroad()
    held.refresh()
    with django_assert_max_num_queries(24):
        assert len(ids(held)) == 8


def test_where_words_cannot_be_written_meaning_goes_on_finding(desk, toy, monkeypatch):
    jobs.find_matches(request_id=desk.offer_abroad().pk)
    held = catalogue.catalogue()

    def full(*_args):
        raise ValueError("No space left on device")

    monkeypatch.setattr(held.index.words, "put", full)
    late = desk.offer_abroad()
    held.embed(list(MatchText.objects.filter(request=late)))
    held.refresh()
    assert f"{MatchText.objects.get(request=late).pk}" in ids(held)
    monkeypatch.undo()
    held.refresh()
    assert len(held.index.words) == 2


def test_means_are_made_anew_as_the_catalogue_grows(desk, toy, monkeypatch):
    monkeypatch.setattr(catalogue, "FEW", 0)
    for _ in range(4):
        desk.offer_abroad()
    held, made_of = catalogue.catalogue(), []
    centre = held.index.centre
    monkeypatch.setattr(held.index, "centre", lambda: made_of.append(centre(always=True) and held.index.centred_on))
    for row in MatchText.objects.order_by("pk"):
        held.embed([row])
    # by half more each time: four are too few after three
    assert made_of == [1, 2, 3]


def test_a_reader_who_acts_may_be_the_first_to_read_a_text(desk, toy):
    """The note of who acts, which every change of a page carries, goes along with what is read off a text."""
    import pghistory

    offer = desk.offer_abroad()
    with pghistory.context(person=desk.broker.pk, path="/brokerage/find/"):
        held = another_process()
        held.embed(list(MatchText.objects.filter(request=offer)))
    assert MatchText.objects.get(request=offer).place is not None
    assert ids(held)
