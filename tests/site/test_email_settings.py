"""How e-mail is set by HANSA_* variables, and what `hansa doctor` says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.core.mail import get_connection

from hansa.site.ops import doctor
from hansa.site.ops.home import Home

ASKED = [
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_USE_TLS",
    "EMAIL_USE_SSL",
    "EMAIL_HOST_USER",
    "EMAIL_HOST_PASSWORD",
    "DEFAULT_FROM_EMAIL",
    "HANSA_ADDRESS",
]
PROGRAM = (
    "import json, sys; from django.conf import settings; "
    "print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}))"
)


def settings_with(**variables):
    given = {name: value for name, value in os.environ.items() if not name.startswith(("HANSA_EMAIL", "HANSA_ADDRESS"))}
    given |= {"DJANGO_SETTINGS_MODULE": "hansa.site.settings", **variables}
    run = [sys.executable, "-P", "-c", PROGRAM, *ASKED]
    return json.loads(subprocess.run(run, env=given, capture_output=True, text=True, check=True).stdout)


def test_without_a_mail_server_e_mails_are_printed_and_links_lead_to_this_machine():
    held = settings_with()
    assert held["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
    assert held["HANSA_ADDRESS"] == "http://localhost:8000"


@pytest.mark.parametrize(
    ("how", "port", "starttls", "ssl"), [("", 587, True, False), ("ssl", 465, False, True), ("none", 25, False, False)]
)
def test_a_mail_server_is_named_by_variables_with_the_usual_port(how, port, starttls, ssl):
    more = {"HANSA_EMAIL_TLS": how} if how else {}
    held = settings_with(
        HANSA_EMAIL_HOST="mail.hansa.example", HANSA_EMAIL_USER="hansa", HANSA_EMAIL_PASSWORD="word", **more
    )
    assert held["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (held["EMAIL_HOST"], held["EMAIL_PORT"]) == ("mail.hansa.example", port)
    assert (held["EMAIL_USE_TLS"], held["EMAIL_USE_SSL"]) == (starttls, ssl)
    assert (held["EMAIL_HOST_USER"], held["EMAIL_HOST_PASSWORD"]) == ("hansa", "word")


def test_port_backend_and_address_can_be_named():
    held = settings_with(
        HANSA_EMAIL_HOST="mail.hansa.example",
        HANSA_EMAIL_PORT="2525",
        HANSA_EMAIL_BACKEND="package.Backend",
        HANSA_ADDRESS="https://hansa.example/",
    )
    assert (held["EMAIL_PORT"], held["EMAIL_BACKEND"]) == (2525, "package.Backend")
    assert held["HANSA_ADDRESS"] == "https://hansa.example"
    assert (
        settings_with(HANSA_ORIGINS="https://one.example,https://two.example")["HANSA_ADDRESS"] == "https://one.example"
    )


@pytest.mark.parametrize(
    ("backend", "host", "tls", "level", "seen"),
    [
        ("console", "", "starttls", "warn", "printed to the log, not sent"),
        ("smtp", "mail.hansa.example", "starttls", "ok", "STARTTLS"),
        ("smtp", "mail.hansa.example", "none", "warn", "unencrypted"),
        ("smtp", "localhost", "none", "ok", "unencrypted"),
    ],
)
def test_doctor_says_where_e_mails_go(settings, tmp_path, backend, host, tls, level, seen):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TLS = host, tls
    (finding,) = doctor._email(Home(tmp_path))
    assert finding.level == level and seen in finding.seen
    assert get_connection() is not None
