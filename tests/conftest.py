"""Every test run has a private installation: a temporary home, and a database that starts when a test needs one."""

import os
from collections.abc import Iterator

import django
import hypothesis
import pytest

from hansa.site.ops.scratch import ScratchInstallation

pytest_plugins = ["tests.cast"]
# no test is timed: a busy machine is no fault of the code
hypothesis.settings.register_profile("hansa", deadline=None)
hypothesis.settings.load_profile("hansa")

INSTALLATION = ScratchInstallation()
# one thread: two BLAS threads on two busy cores wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.pop("HANSA_DATABASE_URL", None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "hansa.site.settings",
    "HANSA_TESTING": "1",
    "HANSA_HOME": str(INSTALLATION.home.root),
    "HANSA_DB_ROLE": "owner",
}


def pytest_configure(config: pytest.Config) -> None:
    """Set Django up here: pytest-django would do so before this file can name the private installation."""
    django.setup()
    if config.getoption("numprocesses", None):
        # each worker names an installation of its own; with the module inherited it would begin with this one's
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    INSTALLATION.remove()


@pytest.fixture(autouse=True)
def the_reader_is_english() -> Iterator[None]:
    """A request in Polish leaves its language in the thread; the next test begins in English again."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """pytest-django asks for this before it creates the test database: the moment to start the server."""
    INSTALLATION.start()


@pytest.fixture
def application_role(db: None) -> Iterator[None]:
    """Act in the database as the pages do: as the role that row-level security holds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hansa_app")
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
