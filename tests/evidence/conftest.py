"""Real data for the tests: the folder `shared/data` beside the repository, where there is one."""

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"the real data are not here ({DATA})")
    return DATA


@pytest.fixture(scope="session")
def loaded(data: Path, tmp_path_factory: pytest.TempPathFactory):
    """A store with all of the starter data, and the report of loading it."""
    from hansa.evidence import Store, load

    store = Store(tmp_path_factory.mktemp("home") / "evidence")
    heard: list[str] = []
    report = load(data, store, heard.append)
    return store, report, heard
