"""The parts behind the commands: translations, staging, roles, jobs left behind, checks, results of measuring."""

import errno
import gettext
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from hansa.site.cli import hansa
from hansa.site.ops import backup, database, doctor, environment, messages, roles, staging, stalled, tables, up
from hansa.site.ops.cluster import Cluster
from hansa.site.ops.database import Address
from hansa.site.ops.faults import OperationFailed, is_disk_full
from hansa.site.ops.home import Home, home_folder, read_json
from hansa.site.ops.scratch import ScratchInstallation
from hansa.specialisation import ActivityError
from tests.conftest import INSTALLATION

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EMPLOYMENT = DATA / "complexity" / "nz_employment_1976_2013.parquet"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the open statistics of ../shared/data are not here")


class TestHome:
    def test_home_is_what_the_variable_says(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HANSA_HOME", str(tmp_path / "x"))
        assert home_folder() == tmp_path / "x"

    def test_without_the_variable_root_and_others_have_their_own_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HANSA_HOME")
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert home_folder() == Path("/var/lib/hansa")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert home_folder() == Path(__file__).resolve().parents[2] / "var"

    def test_a_long_home_gets_a_short_private_socket_folder(self, tmp_path: Path) -> None:
        home = Home(tmp_path / ("long" * 25))
        home.create()
        try:
            assert len(str(home.socket / ".s.PGSQL.5432")) < 100
            assert home.socket.stat().st_mode & 0o777 == 0o700
        finally:
            shutil.rmtree(home.socket)

    def test_a_socket_folder_that_others_may_enter_is_refused(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "h")
        home.create()
        home.run.chmod(0o755)
        with pytest.raises(OperationFailed, match="must belong to this user alone"):
            home.create()

    def test_secrets_are_made_once_and_kept_private(self, tmp_path: Path) -> None:
        home = Home(tmp_path / "h")
        home.create()
        first = home.read_secrets()
        assert home.read_secrets() == first
        assert home.secrets.stat().st_mode & 0o777 == 0o600
        assert len(set(first["passwords"].values())) == 3

    def test_a_nearly_full_disk_is_refused_in_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = Home(tmp_path)
        real = os.statvfs(tmp_path)

        class Full:
            f_bavail, f_frsize = 10, real.f_frsize

        monkeypatch.setattr(os, "statvfs", lambda path: Full)
        with pytest.raises(OperationFailed, match=r"0 MB free, Hansa needs 400 MB; free some space"):
            home.check_space()

    def test_no_space_is_recognised_however_it_is_said(self) -> None:
        assert is_disk_full(OSError(errno.ENOSPC, "x"))
        assert is_disk_full("initdb: error: could not write: No space left on device")
        assert not is_disk_full(OSError(errno.EACCES, "x"))

    def test_a_folder_that_cannot_be_made_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OperationFailed, match="cannot be written"):
            Home(tmp_path / "file" / "home").create()


class TestCluster:
    def test_a_full_disk_while_the_database_is_made_leaves_nothing_half_made(self, tmp_path: Path) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        said = "initdb: error: could not write to file: No space left on device"
        (programs / "initdb").write_text(f"#!/bin/sh\nmkdir -p \"$2\"\necho '{said}' >&2\nexit 1\n")
        (programs / "initdb").chmod(0o755)
        cluster = Cluster(tmp_path / "data", tmp_path, programs=programs)
        with pytest.raises(OperationFailed, match=r"because the disk that holds .* is full; free some space"):
            cluster.initialise("secret")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bin"]

    def test_data_of_another_major_version_is_one_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "PG_VERSION").write_text("9\n")
        with pytest.raises(OperationFailed, match="was made by PostgreSQL 9 and the installed programs are"):
            Cluster(tmp_path, tmp_path).start()

    def test_a_stale_lock_file_that_names_another_living_process_is_no_hindrance(self, tmp_path: Path) -> None:
        (tmp_path / "postmaster.pid").write_text(f"{os.getppid()}\n{tmp_path}\n")
        cluster = Cluster(tmp_path, tmp_path)
        assert cluster.running() is None
        cluster.stop_running()
        assert not (tmp_path / "postmaster.pid").exists()


class TestDatabaseAddress:
    def test_everything_of_a_url_is_read(self) -> None:
        found = database.parse_url("postgresql://ann:p%40ss@db.example:5433/hansa?sslmode=require")
        assert found == Address("db.example", 5433, "hansa", "ann", "p@ss", (("sslmode", "require"),))
        assert "p@ss" not in found.shown()

    @pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://host", "postgresql://a@b:x/c", "nonsense"])
    def test_what_is_no_url_is_one_sentence_with_an_example(self, url: str) -> None:
        with pytest.raises(OperationFailed, match="postgresql://user:password@host:5432/hansa"):
            database.parse_url(url)

    def test_django_enters_as_the_role_that_is_wanted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HANSA_DB_ROLE")
        assert database.django_databases()["default"]["USER"] == "hansa_app"
        monkeypatch.setenv("HANSA_DB_ROLE", "owner")
        assert database.django_databases()["default"]["USER"] == "hansa_owner"


@pytest.fixture(scope="module")
def server() -> Iterator[ScratchInstallation]:
    """The test run's own server, as a stand-in for a PostgreSQL that is already there."""
    INSTALLATION.start()
    yield INSTALLATION


@pytest.fixture
def elsewhere(server: ScratchInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home whose HANSA_DATABASE_URL names an empty database on that server, with the superuser's rights."""
    way_in = database.administrator(server.home)
    with roles.connected(way_in, "postgres") as connection:
        connection.execute("CREATE DATABASE elsewhere TEMPLATE template0")
    home = Home(tmp_path / "home")
    home.create()
    (home.secrets).write_bytes(server.home.secrets.read_bytes())
    monkeypatch.setenv("HANSA_DATABASE_URL", url_of(way_in, "elsewhere"))
    yield home
    monkeypatch.delenv("HANSA_DATABASE_URL")
    with roles.connected(way_in, "postgres") as connection:
        connection.execute("DROP DATABASE elsewhere WITH (FORCE)")


def url_of(way_in: Address, name: str) -> str:
    return f"postgresql://{way_in.user}:{way_in.password}@/{name}?host={way_in.host}"


class TestExistingDatabase:
    def test_an_administrator_gets_both_roles_made_and_the_application_owns_nothing(self, elsewhere: Home) -> None:
        assert roles.ensure_external(elsewhere) is None
        owner, application = (database.address(elsewhere, role) for role in (database.OWNER, database.APPLICATION))
        assert (owner.user, application.user) == ("hansa_owner", "hansa_app")
        with roles.connected(owner) as connection:
            connection.execute("CREATE TABLE things (name text, place vector(3))")
        with roles.connected(application) as connection:
            connection.execute("INSERT INTO things VALUES ('a', '[1,2,3]')")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DROP TABLE things")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE more (x int)")

    def test_a_user_without_that_right_plays_both_with_a_warning(
        self, elsewhere: Home, server: ScratchInstallation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        admin = database.administrator(server.home)
        with roles.connected(database.administrator(elsewhere)) as connection:
            connection.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
            connection.execute("GRANT ALL ON SCHEMA public TO plain")
            for name in roles.EXTENSIONS:
                connection.execute(f"CREATE EXTENSION {name}")
        monkeypatch.setenv("HANSA_DATABASE_URL", url_of(admin.as_("plain", "plain"), "elsewhere"))
        try:
            assert "plain may not create roles" in str(roles.ensure_external(elsewhere))
            assert database.address(elsewhere, database.APPLICATION).user == "plain"
        finally:
            with roles.connected(admin, "elsewhere") as connection:
                connection.execute("DROP OWNED BY plain")
                connection.execute("DROP ROLE plain")

    def test_roles_with_another_password_are_named(self, elsewhere: Home) -> None:
        kept = read_json(elsewhere.secrets)
        kept["passwords"] = dict.fromkeys(kept["passwords"], "different")
        elsewhere.secrets.write_text(json.dumps(kept))
        with pytest.raises(OperationFailed, match="already has a role hansa_owner with another password"):
            roles.ensure_external(elsewhere)

    def test_a_missing_extension_is_one_sentence(self, elsewhere: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(roles, "EXTENSIONS", ("not_there",))
        with pytest.raises(OperationFailed, match="lacks the extension not_there; install it there"):
            roles.ensure_external(elsewhere)

    def test_backup_and_restore_work_there_too(self, elsewhere: Home, tmp_path: Path) -> None:
        roles.ensure_external(elsewhere)
        owner = database.address(elsewhere, database.OWNER)
        with roles.connected(owner) as connection:
            connection.execute("CREATE TABLE things (name text)")
            connection.execute("ALTER TABLE things ENABLE ROW LEVEL SECURITY")
            connection.execute("INSERT INTO things SELECT 'line ' || n FROM generate_series(1, 500) n")
        file = tmp_path / "backup.tar.gz"
        with file.open("wb+") as target:
            assert backup.write(elsewhere, target)["rows"] == {"things": 500}
        other = Home(tmp_path / "other")
        with file.open("rb") as source, pytest.raises(OperationFailed, match="is not empty; restore into an empty one"):
            backup.restore(other, source)
        assert not other.secrets.exists()
        with roles.connected(owner) as connection:
            connection.execute("DROP TABLE things")
        with file.open("rb") as source:
            assert backup.restore(other, source)["rows"] == {"things": 500}

    def test_a_server_that_knows_fewer_settings_takes_the_same_dump(self, tmp_path: Path) -> None:
        script = tmp_path / "s.sql"
        script.write_bytes(b"SET lock_timeout = 0;\nSET transaction_timeout = 0;\nSELECT 1;\n")
        backup._without_setting(script, b"SET transaction_timeout")
        assert script.read_bytes() == b"SET lock_timeout = 0;\nSELECT 1;\n"


def test_a_backup_with_one_changed_byte_is_refused(server: ScratchInstallation, tmp_path: Path) -> None:
    source = tmp_path / "unpacked"
    source.mkdir()
    (source / backup.DUMP).write_bytes(b"dump")
    with (tmp_path / "b.tar.gz").open("wb+") as target:
        backup._pack(target, [(backup.DUMP, source / backup.DUMP)], {})
    with (tmp_path / "b.tar.gz").open("rb") as whole:
        assert backup._unpack(whole, tmp_path / "one")["rows"] == {}
    real = backup._sha256
    (tmp_path / "two").mkdir()
    with (tmp_path / "b.tar.gz").open("rb") as whole, pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup, "_sha256", lambda path: real(path)[::-1])
        with pytest.raises(OperationFailed, match=r"is damaged: database.dump is not what it was"):
            backup._unpack(whole, tmp_path / "two")


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_killed_worker_are_queued_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection

    settings = connection.settings_dict
    way_in = Address(settings["HOST"], 5432, settings["NAME"], settings["USER"], settings["PASSWORD"])
    monkeypatch.setattr(database, "address", lambda home, role: way_in)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock) VALUES "
            "('q', 'one', 'doing', NULL), ('q', 'two', 'doing', 'same'), ('q', 'two', 'todo', 'same'), "
            "('q', 'three', 'succeeded', NULL)"
        )
    assert stalled.put_back(Home(Path("/nowhere"))) == 2
    assert stalled.put_back(Home(Path("/nowhere"))) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        assert cursor.fetchall() == [("one", "todo"), ("two", "aborted"), ("two", "todo"), ("three", "succeeded")]


class TestTranslations:
    def test_a_stale_catalogue_is_compiled_so_that_gettext_reads_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "room" / "locale" / "pl" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
            '"Plural-Forms: nplurals=3; '
            'plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"\n\n'
            'msgid "region"\nmsgid_plural "regions"\nmsgstr[0] "region"\nmsgstr[1] "regiony"\nmsgstr[2] "regionów"\n\n'
            'msgid "priority"\nmsgstr "priorytet"\n',
            encoding="utf-8",
        )
        assert messages.compile_stale(tmp_path) == 1
        assert messages.stale(tmp_path) == []
        with (folder / "django.mo").open("rb") as file:
            read = gettext.GNUTranslations(file)
        assert read.gettext("priority") == "priorytet"
        assert [read.ngettext("region", "regions", n) for n in (1, 3, 12)] == ["region", "regiony", "regionów"]

    def test_a_broken_catalogue_is_named(self, tmp_path: Path) -> None:
        folder = tmp_path / "room" / "locale" / "pl" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "django.po").write_text('msgid "a"\nmsgstr "b\n\nnonsense\n', encoding="utf-8")
        with pytest.raises(OperationFailed, match=r"django\.po is not a translation catalogue"):
            messages.compile_stale(tmp_path)
        assert not (folder / "django.mo").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root stages programs for another user")
class TestStaging:
    def test_reachability_is_decided_by_every_parent(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        inner = tmp_path / "open" / "closed" / "inner"
        inner.mkdir(parents=True)
        (inner / "file").write_text("x")
        stranger = 65_000
        assert staging.may(stranger, stranger, Path("/usr/bin"))
        (tmp_path / "open" / "closed").chmod(0o700)
        assert not staging.may(stranger, stranger, inner / "file")
        assert staging.may(0, 0, inner / "file")

    def test_what_is_closed_is_copied_and_stays_closed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(staging, "PROGRAMS", tmp_path / "staged")
        monkeypatch.setattr(staging, "SYSTEM_HOME", tmp_path)
        given = tmp_path / "given"
        given.mkdir(mode=0o700)
        (given / "open.csv").write_text("a")
        (given / "open.csv").chmod(0o644)
        (given / "closed.csv").write_text("b")
        (given / "closed.csv").chmod(0o600)
        found = staging.reachable(given, 65_000, 65_000)
        assert found.parent == tmp_path / "staged"
        assert sorted(path.name for path in found.iterdir()) == ["closed.csv", "open.csv"]
        assert (found / "open.csv").samefile(given / "open.csv")
        assert (found / "closed.csv").stat().st_mode & 0o777 == 0o644
        assert (given / "closed.csv").stat().st_mode & 0o777 == 0o600
        assert given.stat().st_mode & 0o777 == 0o700
        assert staging.reachable(given, 65_000, 65_000) == found
        (given / "new.csv").write_text("c")
        newer = staging.reachable(given, 65_000, 65_000)
        assert newer != found
        assert not found.exists()
        staging.forget(newer)
        staging.forget(given)
        assert not newer.exists()
        assert len(list(given.iterdir())) == 3


class TestEnvironment:
    def test_an_unsuitable_python_is_one_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environment, "NEWEST", (3, 10))
        with pytest.raises(environment.SetupFailed, match=r"Hansa runs on Python 3\.11 to 3\.10 and .* is 3\.\d+"):
            environment.check_python()

    @pytest.mark.parametrize(
        ("python", "sentence"),
        [
            ("", "Error: Hansa needs Python 3.11, 3.12 or 3.13 and none was found; install one"),
            ("/bin/false", "Error: /bin/false is not Python 3.11, 3.12 or 3.13; name one that is"),
        ],
    )
    def test_make_says_in_one_sentence_that_the_python_does_not_suit(self, python: str, sentence: str) -> None:
        root = Path(__file__).resolve().parents[2]
        command = ["make", "--no-print-directory", "python", f"PYTHON={python}"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert done.stderr.startswith(sentence)


class TestCommands:
    @pytest.mark.parametrize("name", sorted(hansa.commands))
    def test_every_command_has_an_example(self, name: str) -> None:
        text = str(hansa.commands[name].help)
        assert "Example:" in text
        assert f"hansa {name}" in text

    def test_help_imports_nothing_heavy(self) -> None:
        code = (
            "import sys, hansa.site.cli; from click.testing import CliRunner; "
            "assert CliRunner().invoke(hansa.site.cli.hansa, ['--help']).exit_code == 0; "
            "heavy = {'django', 'numpy', 'pyarrow', 'psycopg', 'duckdb'} & set(sys.modules); assert not heavy, heavy"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_an_unexpected_fault_is_one_sentence_with_a_hint(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doctor, "examine", lambda home: 1 / 0)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        done = CliRunner().invoke(hansa, ["doctor"])
        assert done.exit_code == 1
        assert done.stderr == "Error: ZeroDivisionError: division by zero (HANSA_DEBUG=1 shows where it happened)\n"

    def test_wrong_usage_ends_with_status_2(self) -> None:
        assert CliRunner().invoke(hansa, ["up", "--port", "many"]).exit_code == 2

    def test_an_address_of_another_machine_is_one_sentence(self) -> None:
        with pytest.raises(OperationFailed, match="is not an address of this machine"):
            up.check_port("203.0.113.7", 8000)

    @pytest.mark.parametrize(
        ("held", "told"),
        [
            ({"vector": "0.8.5", "pg_trgm": "1.6"}, []),
            ({"vector": "1.0", "pg_trgm": "1.6"}, []),
            ({"vector": "0.7.4", "pg_trgm": "1.6"}, ["pgvector 0.7.4"]),
            ({"pg_trgm": "1.6"}, ["missing: vector"]),
        ],
    )
    def test_doctor_asks_for_extensions_that_are_there_and_new_enough(self, held: dict, told: list[str]) -> None:
        found = list(doctor.extensions(held))
        assert [one.seen.split(":")[0] if told and "pgvector" in told[0] else one.seen for one in found] == told
        assert all(one.level == "fail" and one.advice for one in found)

    def test_doctor_tells_what_to_do_on_an_empty_home(self, tmp_path: Path) -> None:
        findings = doctor.examine(Home(tmp_path / "none"))
        home = next(one for one in findings if one.check == "home")
        assert (home.level, home.advice) == ("fail", "run `hansa up`")
        assert findings[-1].check == "database"
        assert findings[-1].level == "fail"


@needs_data
class TestMeasuring:
    columns = tables.Columns("region", "domain", "value", "year")

    def test_results_have_the_named_columns_and_agree_with_the_library(self, tmp_path: Path) -> None:
        from hansa.evidence import read_activity
        from hansa.specialisation import Activity, measures

        columns = columns_of(EMPLOYMENT)
        summary = tables.specialise(EMPLOYMENT, columns, tmp_path / "out", absent="zero")
        read = {name: pq.read_table(tmp_path / "out" / f"{name}.parquet") for name in tables.RESULTS}
        assert {"region", "year", "diversity", "eci", "fitness", "entropy"} <= set(read["regions"].column_names)
        assert {"domain", "year", "ubiquity", "pci", "gini"} <= set(read["domains"].column_names)
        expected = ["region", "year", "domain", "value", "lq", "presence", "density", "cog"]
        assert sorted(read["pairs"].column_names) == sorted(expected)
        assert sorted(read["proximity"].column_names) == ["domain_a", "domain_b", "proximity", "year"]
        assert json.loads((tmp_path / "out" / "summary.json").read_text()) == summary
        last = max(summary["years"])
        table = read_activity(EMPLOYMENT, tables_mapping(columns)).grid(int(last), absent=0.0)
        found = measures(Activity.from_matrix(table.regions, table.domains, table.values))
        rows = [row for row in read["regions"].to_pylist() if row["year"] == int(last)]
        assert [row["eci"] for row in rows] == pytest.approx(found.complexity.eci.tolist(), abs=1e-12)

    @pytest.mark.parametrize("name", ["ecomplexity", "econcomplex", "economic-complexity", "fermi-cref", "EconGeo"])
    def test_a_preset_writes_the_figures_of_that_package(self, tmp_path: Path, name: str) -> None:
        from hansa.evidence import read_activity
        from hansa.specialisation import Activity, preset_measures

        columns = columns_of(EMPLOYMENT)
        summary = tables.specialise(EMPLOYMENT, columns, tmp_path / "out", preset=name)
        last = max(summary["years"])
        assert summary["years"][last]["preset"]["name"] == name
        grid = read_activity(EMPLOYMENT, tables_mapping(columns)).grid(int(last), absent=0.0)
        figures = preset_measures(Activity.from_matrix(grid.regions, grid.domains, grid.values), name)
        regions = pq.read_table(tmp_path / "out" / "regions.parquet").to_pylist()
        eci = [row["eci"] for row in regions if row["year"] == int(last)]
        assert eci == pytest.approx(figures["eci"].tolist(), abs=1e-12)
        assert ("hoover" in figures) is (regions[0]["hoover"] is not None)
        domains = pq.read_table(tmp_path / "out" / "domains.parquet")
        assert domains["herfindahl"].null_count == domains.num_rows

    def test_a_preset_that_does_not_exist_is_refused_before_anything_is_written(self, tmp_path: Path) -> None:
        with pytest.raises(ActivityError, match="no preset 'atlas'"):
            tables.specialise(EMPLOYMENT, columns_of(EMPLOYMENT), tmp_path / "out", preset="atlas")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_with_something_else_in_it_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.docx").write_text("mine")
        with pytest.raises(OperationFailed, match=r"holds thesis\.docx"):
            tables.specialise(EMPLOYMENT, columns_of(EMPLOYMENT), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]

    def test_an_earlier_result_is_replaced_whole_and_a_failed_one_is_not_seen(self, tmp_path: Path) -> None:
        table = tmp_path / "t.csv"
        table.write_text("region,domain,value\nA,x,4\nA,y,4\nB,x,4\nB,y,1\nC,x,9\nC,y,\n", encoding="utf-8")
        columns = tables.Columns("region", "domain", "value")
        out = tmp_path / "out"
        tables.specialise(table, columns, out)
        before = (out / "summary.json").read_bytes()
        table.write_text("region,domain,value\nA,x,four\n", encoding="utf-8")
        done = CliRunner().invoke(
            hansa,
            [
                "specialise",
                str(table),
                "--region",
                "region",
                "--domain",
                "domain",
                "--value",
                "value",
                "--out",
                str(out),
            ],
        )
        assert done.exit_code == 1
        assert "t.csv" in done.stderr
        assert (out / "summary.json").read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "t.csv"]

    def test_opportunities_name_the_figures_behind_each_score(self, tmp_path: Path) -> None:
        from hansa.evidence import read_activity

        columns = columns_of(EMPLOYMENT)
        two = read_activity(EMPLOYMENT, tables_mapping(columns)).regions[:2]
        count = tables.opportunities(EMPLOYMENT, columns, two, tmp_path / "o.csv", absent="zero")
        lines = (tmp_path / "o.csv").read_text(encoding="utf-8").splitlines()
        assert lines[0] == ",".join(tables.OPPORTUNITY_COLUMNS)
        assert len(lines) == count + 1 > 2


def test_what_a_partner_adds_is_left_empty_where_it_is_not_known(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("region,domain,value\nA,x,1\nB,y,1\n", encoding="utf-8")
    tables.opportunities(table, tables.Columns("region", "domain", "value"), ["A", "B"], tmp_path / "o.csv")
    lines = (tmp_path / "o.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == ["B:", "A:"]


def columns_of(path: Path) -> tables.Columns:
    names = pq.read_schema(path).names
    return tables.Columns(
        *(next(name for name in names if key in name) for key in ("region", "domain", "value", "year"))
    )


def tables_mapping(columns: tables.Columns) -> object:
    from hansa.evidence import ColumnMapping

    return ColumnMapping(region=columns.region, domain=columns.domain, value=columns.value, year=columns.year)


def test_a_staged_program_stays_as_long_as_somebody_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two checkouts, or an upgrade beside a running server: what runs is never taken away."""
    monkeypatch.setattr(staging, "PROGRAMS", tmp_path)
    packages = tmp_path / "packages-1-old"
    packages.mkdir()
    old = tmp_path / "environment-1-old"
    for folder in (old / "bin", old / "lib" / "python3"):
        folder.mkdir(parents=True)
    (old / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (old / "lib" / "python3" / "site-packages").symlink_to(packages)
    running = subprocess.Popen([old / "bin" / "python", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    try:
        staging._remove_unused("environment-1", keep=tmp_path / "environment-1-new")
        staging._remove_unused("packages-1", keep=tmp_path / "packages-1-new")
        assert old.is_dir() and packages.is_dir()
    finally:
        running.communicate(b"\n")
    staging._remove_unused("environment-1", keep=tmp_path / "environment-1-new")
    staging._remove_unused("packages-1", keep=tmp_path / "packages-1-new")
    assert not old.exists() and not packages.exists()
