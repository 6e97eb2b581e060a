"""The shell around every page: navigation without dead links, two languages, a strict content policy."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from hansa.network.models import Role
from hansa.network.registry import registry


def test_the_navigation_leads_nowhere_dead(client, cast, figures):
    for item in registry.in_order():
        assert client.get(reverse(item.view)).status_code == 200
    assert set(registry.navigation) == {
        "today",
        "evidence",
        "priorities",
        "brokerage",
        "catalogue",
        "monitoring",
        "partnership",
    }


def test_no_page_lets_foreign_or_inline_scripts_run(client, cast, figures):
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    page = client.get("/").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


@pytest.mark.parametrize(("language", "word"), [("en", "Sign in"), ("pl", "Zaloguj")])
def test_the_public_page_speaks_the_reader_s_language(client, cast, figures, language, word):
    page = client.get("/", headers={"Accept-Language": language}).content.decode()
    assert f'<html lang="{language}">' in page and word in page


def test_the_language_can_be_chosen_and_is_kept(client, cast, figures):
    client.post(reverse("set_language"), {"language": "pl", "next": "/"})
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "pl"
    assert '<html lang="pl">' in client.get("/", headers={"Accept-Language": "en"}).content.decode()


def test_search_finds_regions_domains_priorities_and_organisations(client, cast, figures):
    found = client.get("/search/", {"q": "Podlaskie"}).content.decode()
    assert "PL84" in found and "Agency of Podlaskie" in found
    assert client.get("/search/", {"q": "x"}).status_code == 200
    assert "zzzz" in client.get("/search/", {"q": "zzzz"}).content.decode()


def test_today_asks_for_decisions_and_says_what_to_do_next_when_nothing_waits(client, cast, figures):
    client.force_login(cast.people[Role.READER].user)
    page = client.get("/").content.decode()
    assert reverse("evidence:region", args=["PL84"]) in page


def test_an_unknown_page_is_answered_in_one_sentence(client, cast):
    answer = client.get("/nowhere/")
    assert answer.status_code == 404 and "Hansa" in answer.content.decode()


def test_synthetic_figures_are_labelled_on_every_page(client, cast, settings, tmp_path):
    from hansa import evidence
    from hansa.strategy import figures as module
    from hansa.strategy.measuring import compute_and_store

    settings.HANSA_HOME = tmp_path
    store = module.store()
    meta = evidence.Meta(title="Made up", unit="persons", classification="NACE Rev. 2", synthetic=True)
    store.put_activity("made-up", evidence.synthetic(seed=1), meta)
    compute_and_store(store, "made-up")
    for item in registry.in_order():
        assert "Synthetic figures." in client.get(reverse(item.view)).content.decode()


def test_damaged_evidence_takes_down_no_page(client, cast, figures, settings):
    (settings.HANSA_HOME / "evidence" / "manifest.json").write_text("{", encoding="utf-8")
    for item in registry.in_order():
        assert client.get(reverse(item.view)).status_code == 200
    assert client.get(reverse("account_login")).status_code == 200


def test_the_sign_in_page_lists_the_demonstration_accounts_and_never_a_password(client, cast, settings, tmp_path):
    from hansa.site.starter.accounts import keep_accounts

    settings.HANSA_HOME = tmp_path
    account = {"email": "a@hansa.example", "password": "not shown", "role": "broker", "organisation": "X", "region": ""}
    keep_accounts([account])
    page = client.get(reverse("account_login")).content.decode()
    assert "a@hansa.example" in page and "not shown" not in page
