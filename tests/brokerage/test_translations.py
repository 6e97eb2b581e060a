"""Requests in other languages: by people or a machine, always told apart, and never instead of the original."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from django.urls import reverse

from hansa.brokerage import actions, jobs, translation
from hansa.brokerage.models import Request, RequestTranslation
from hansa.network.faults import Forbidden, Refused
from tests.brokerage.conftest import CASTINGS
from tests.brokerage.test_pages import queries_of, signed_in, text  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
ENGLISH = actions.Translated(
    "We look for a foundry of thin-walled parts", "We need aluminium castings in short series."
)


class Fake:
    """An engine for tests: it says in brackets what it was asked for."""

    name, version = "fake", "0.1"

    def translate(self, texts, source, target):
        return [f"[{source}>{target}] {text}" for text in texts]


class Broken(Fake):
    def translate(self, texts, source, target):
        raise ConnectionError("no line")


class Slow(Fake):
    def translate(self, texts, source, target):
        time.sleep(5)
        return list(texts)


class Silent(Fake):
    def translate(self, texts, source, target):
        return ["" for _text in texts]


class Short(Fake):
    def translate(self, texts, source, target):
        return list(texts)[1:]


@pytest.fixture
def engine(settings, small_home):
    def choose(name: str = "Fake") -> None:
        settings.HANSA_TRANSLATOR = f"{__name__}.{name}"

    return choose


def machine(desk, request, language="en") -> RequestTranslation:
    row = actions.machine_translate(desk.broker, request, language=language)
    jobs.translate(translation_id=row.pk)
    return RequestTranslation.objects.get(pk=row.pk)


def test_without_an_engine_nothing_is_asked_and_people_still_translate(desk, small_home, signed_in):  # noqa: F811
    request = desk.published()
    with pytest.raises(Refused, match="No translation engine"):
        actions.machine_translate(desk.broker, request, language="en")
    page = text(signed_in().get(request.get_absolute_url()))
    assert "people write translations" in page and "By machine" not in page
    written = actions.write_translation(desk.broker, request, language="en", text=ENGLISH)
    assert (written.status, written.by) == ("human", desk.broker)


def test_a_machine_translation_names_its_engine_and_version(desk, engine):
    engine()
    made = machine(desk, desk.published(partner_sought="Odlewnia"))
    assert (made.status, made.engine, made.engine_version, made.by) == ("machine", "fake", "0.1", None)
    assert made.title == f"[pl>en] {CASTINGS.title}"
    assert made.partner_sought == "[pl>en] Odlewnia"
    assert made.description == ""


def test_the_reader_sees_the_original_and_a_marked_translation_one_click_away(desk, engine, signed_in):  # noqa: F811
    engine()
    request = desk.published()
    machine(desk, request)
    public = signed_in("public")
    original = text(public.get(request.get_absolute_url()))
    assert f'<h1 lang="pl">{CASTINGS.title}' in original
    assert '<a href="?in=en">English</a> (by a machine)' in original
    shown = text(public.get(request.get_absolute_url() + "?in=en"))
    assert '<h1 lang="en">[pl>en]' in shown
    assert "Machine translation" in shown and "by fake 0.1" in shown
    assert f'<a href="{request.get_absolute_url()}">Read the original</a>' in shown
    assert f'<h1 lang="pl">{CASTINGS.title}' in text(public.get(request.get_absolute_url() + "?in=xx"))


def test_a_translation_is_seen_by_whoever_sees_the_request_and_by_nobody_else(desk, signed_in):  # noqa: F811
    draft = desk.draft()
    actions.write_translation(desk.broker, draft, language="en", text=ENGLISH)
    for who in ("public", "broker abroad"):
        assert signed_in(who).get(draft.get_absolute_url() + "?in=en").status_code == 404
    assert ENGLISH.title in text(signed_in().get(draft.get_absolute_url() + "?in=en"))


def test_editing_the_original_marks_its_translations_out_of_date(desk, engine, signed_in):  # noqa: F811
    engine()
    request = desk.published()
    machine(desk, request)
    actions.write_translation(desk.broker, request, language="fi", text=ENGLISH)
    changed = replace(CASTINGS, summary="Coś innego.")
    actions.edit_request(desk.broker, request, priority=desk.priority, text=changed)
    assert list(RequestTranslation.objects.values_list("stale", flat=True)) == [True, True]
    page = text(signed_in("public").get(request.get_absolute_url() + "?in=en"))
    assert "out of date" in page and "The original has changed since." in page
    assert machine(desk, request).stale is False
    assert actions.write_translation(desk.broker, request, language="fi", text=ENGLISH).stale is False


def test_what_changes_no_text_leaves_translations_up_to_date(desk):
    request = desk.published()
    actions.write_translation(desk.broker, request, language="en", text=ENGLISH)
    text_ = replace(CASTINGS, countries=["FI"], client_name="Other", private="Other")
    actions.edit_request(desk.broker, request, priority=desk.priority, text=text_)
    assert RequestTranslation.objects.get().stale is False


def test_a_person_corrects_a_machine_and_the_machine_does_not_undo_it(desk, engine):
    engine()
    request = desk.published()
    machine(desk, request)
    mine = actions.write_translation(desk.broker, request, language="en", text=ENGLISH)
    assert (mine.status, mine.engine, mine.title) == ("human", "", ENGLISH.title)
    with pytest.raises(Refused, match="A person translated this already"):
        actions.machine_translate(desk.broker, request, language="en")
    assert RequestTranslation.objects.count() == 1


def test_a_person_who_writes_while_the_machine_works_is_kept(desk, engine):
    engine()
    request = desk.published()
    waiting = actions.machine_translate(desk.broker, request, language="en")
    actions.write_translation(desk.broker, request, language="en", text=ENGLISH)
    assert translation.translate(waiting) is False
    assert RequestTranslation.objects.get().title == ENGLISH.title


def test_a_text_that_changed_while_the_machine_worked_is_not_stored(desk, engine, monkeypatch):
    engine()
    request = desk.published()

    def changing(self, texts, source, target):
        Request.objects.filter(pk=request.pk).update(title="Coś innego")
        return list(texts)

    row = actions.machine_translate(desk.broker, request, language="en")
    # the engine speaks in a thread of its own, which sees no open transaction: change the text where it is stored
    monkeypatch.setattr(translation, "_within", lambda _s, found, *given: changing(found, *given))
    assert translation.translate(row) is False
    assert RequestTranslation.objects.get().status == "waiting"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Broken", "the engine failed or gave no usable text"),
        ("Silent", "the engine failed or gave no usable text"),
        ("Short", "the engine failed or gave no usable text"),
        ("Slow", "the engine did not answer in time"),
        ("Nowhere", "the engine of this installation could not be loaded"),
    ],
)
def test_a_failing_engine_leaves_one_sentence_and_a_page_that_works(desk, engine, signed_in, monkeypatch, name, said):  # noqa: F811
    engine(name)
    monkeypatch.setattr(translation, "PATIENCE", 0.2)
    request = desk.published()
    assert machine(desk, request).status == "failed"
    page = text(signed_in().get(request.get_absolute_url()))
    assert said in page and "By machine again: English" in page
    public = text(signed_in("public").get(request.get_absolute_url() + "?in=en"))
    assert CASTINGS.title in public and "engine" not in public


def test_a_page_never_loads_the_engine(desk, engine, signed_in):  # noqa: F811
    engine("Nowhere")
    assert signed_in().get(desk.published().get_absolute_url()).status_code == 200


def test_an_earlier_text_stays_readable_and_marked_while_a_new_one_is_made(desk, engine, signed_in):  # noqa: F811
    engine()
    request = desk.published()
    machine(desk, request)
    actions.edit_request(desk.broker, request, priority=desk.priority, text=replace(CASTINGS, summary="Inne."))
    actions.machine_translate(desk.broker, request, language="en")
    page = text(signed_in("public").get(request.get_absolute_url() + "?in=en"))
    assert "[pl>en]" in page and "out of date" in page and "Machine translation" in page


def test_only_the_agency_translates(desk, engine):
    engine()
    request = desk.published()
    for verb in (
        lambda who: actions.write_translation(who, request, language="en", text=ENGLISH),
        lambda who: actions.machine_translate(who, request, language="en"),
        lambda who: actions.remove_translation(who, request, language="en"),
    ):
        for name in ("broker abroad", "lead_partner", "reader"):
            with pytest.raises(Forbidden):
                verb(desk.cast.people[name])


def test_the_original_s_own_language_and_empty_texts_are_refused(desk):
    request = desk.draft()
    for language, said in (("pl", "edit the request itself"), ("xx", "one of the languages")):
        with pytest.raises(Refused, match=said):
            actions.write_translation(desk.broker, request, language=language, text=ENGLISH)
    with pytest.raises(Refused, match="title and a summary"):
        actions.write_translation(desk.broker, request, language="en", text=replace(ENGLISH, title=" "))


def test_a_translation_is_written_corrected_and_removed_through_the_pages(desk, signed_in):  # noqa: F811
    request, client = desk.published(), signed_in()
    started = client.post(
        reverse("brokerage:translate", args=[request.reference]), {"language": "en", "by": "hand"}, follow=True
    )
    assert "Translation into: English" in text(started) and CASTINGS.summary in text(started)
    url = reverse("brokerage:edit_translation", args=[request.reference, "en"])
    faulty = client.post(url, {"title": "", "summary": "Kept words"})
    assert faulty.status_code == 400 and "Kept words" in text(faulty)
    client.post(url, {"title": "A title", "summary": "A summary"})
    assert "by broker" in text(client.get(request.get_absolute_url() + "?in=en"))
    client.post(reverse("brokerage:remove_translation", args=[request.reference, "en"]))
    assert not RequestTranslation.objects.exists()
    assert signed_in("broker abroad").post(url, {"title": "A", "summary": "B"}).status_code == 403


def test_the_list_of_translations_asks_again_only_while_one_is_made(desk, engine, signed_in):  # noqa: F811
    engine()
    request, client = desk.published(), signed_in()
    client.post(reverse("brokerage:translate", args=[request.reference]), {"language": "en", "by": "machine"})
    url = reverse("brokerage:own_translations", args=[request.reference])
    assert "hx-trigger" in text(client.get(url, headers={"HX-Request": "true"}))
    jobs.translate(translation_id=RequestTranslation.objects.get().pk)
    assert "hx-trigger" not in text(client.get(url, headers={"HX-Request": "true"}))


def test_many_translations_cost_no_more_queries_than_one(desk, signed_in):  # noqa: F811
    request, client = desk.published(), signed_in()
    actions.write_translation(desk.broker, request, language="en", text=ENGLISH)
    one = queries_of(client, request.get_absolute_url())
    for language in ("fi", "de", "lt", "lv", "sv"):
        actions.write_translation(desk.broker, request, language=language, text=ENGLISH)
    assert queries_of(client, request.get_absolute_url()) == one


def test_a_request_turned_into_the_language_of_a_translation_hides_that_translation(desk, signed_in):  # noqa: F811
    request = desk.published()
    actions.write_translation(desk.broker, request, language="en", text=ENGLISH)
    english = replace(CASTINGS, language="en", title="We seek a foundry", summary="Castings.")
    actions.edit_request(desk.broker, request, priority=desk.priority, text=english)
    page = text(signed_in("public").get(request.get_absolute_url() + "?in=en"))
    assert "We seek a foundry" in page and ENGLISH.title not in page
