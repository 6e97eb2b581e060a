"""The command line `hansa`: every command is one sentence when it fails, and starts fast because it imports late."""

from __future__ import annotations

import math
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from hansa import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
TARGET = click.Path(path_type=Path)
ANY_FILE = click.Path(dir_okay=False, readable=False, path_type=Path)


class Commands(click.Group):
    """A group whose commands keep the order of a working day and whose faults are one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001  (the last line of defence: nobody should meet a traceback unasked)
            fail(error)


def fail(error: Exception) -> None:
    """Say in one sentence what went wrong and end with status 1; HANSA_DEBUG=1 adds where."""
    if os.environ.get("HANSA_DEBUG") == "1":
        traceback.print_exception(error)
    from hansa.site.ops.faults import OperationFailed, is_disk_full

    said = " ".join(str(error).split())
    if isinstance(error, OperationFailed) or _speaks_to_people(error):
        click.echo(f"Error: {said}", err=True)
    elif is_disk_full(error):
        click.echo("Error: The disk is full; free some space and try again.", err=True)
    elif isinstance(error, OSError) and error.filename and error.strerror:
        click.echo(f"Error: {error.filename}: {error.strerror}.", err=True)
    else:
        text = f"{type(error).__name__}: {said}" if said else type(error).__name__
        click.echo(f"Error: {text} (HANSA_DEBUG=1 shows where it happened)", err=True)
    raise click.exceptions.Exit(1)


def _speaks_to_people(error: Exception) -> bool:
    """Whether an error of the rooms is already a sentence for the person who gave the input."""
    return type(error).__module__.startswith("hansa.")


def as_system_user(command: Callable[..., Any]) -> Callable[..., Any]:
    """Have root's call of a command carried out by the system user that owns the installation."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from hansa.site.ops import identity

        if identity.must_change():
            identity.become_system_user(sys.argv[1:])
        return command(*args, **kwargs)

    return wrapped


def of_a_table(year: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that say where a table keeps what is measured; `year` is the help of that column."""
    options = (
        click.option("--region", required=True, metavar="C", help="Column of the region."),
        click.option("--domain", required=True, metavar="C", help="Column of the domain (industry, technology ...)."),
        click.option(
            "--value", required=True, metavar="C", help="Column of the value (persons employed, patents ...)."
        ),
        click.option("--year", metavar="C", help=year),
        click.option(
            "--absent",
            type=click.Choice(["unknown", "zero"]),
            default="zero",
            show_default=True,
            help="What a pair without a row is; an empty value is always unknown.",
        ),
    )

    def added(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return added


@click.group(cls=Commands, context_settings=CONTEXT, invoke_without_command=False)
@click.version_option(package_name=None, version=__version__, prog_name="hansa")
def hansa() -> None:
    """Hansa: smart specialisation across borders, from the first statistic to the signed agreement.

    An installation lives in HANSA_HOME (by default `var` in the checkout; for root /var/lib/hansa).
    """


@hansa.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to serve on.")
@click.option("--no-worker", is_flag=True, help="Do not start the job worker (another machine runs it).")
def up(host: str, port: int, no_worker: bool) -> None:
    """Create what is missing, load the starter data once, and serve until stopped.

    \b
    Example:
      hansa up --port 8080
    """
    from hansa.site.ops import identity, progress
    from hansa.site.ops.home import Home, home_folder
    from hansa.site.ops.up import check_port, compile_messages, serve

    progress.begin()
    # pages and jobs never act as the owner of the tables, whom row-level security does not hold
    os.environ.pop("HANSA_DB_ROLE", None)
    check_port(host, port)
    compile_messages()
    if identity.must_change():
        identity.become_system_user(sys.argv[1:])
    raise click.exceptions.Exit(serve(Home(home_folder()), host=host, port=port, worker=not no_worker))


@hansa.command()
@click.argument("folder", type=FOLDER)
def load(folder: Path) -> None:
    """Load a FOLDER of tables (CSV, Parquet) into the installation's evidence and measure them.

    \b
    Example:
      hansa load ../shared/data
    """
    from hansa.site.ops import identity, progress, staging
    from hansa.site.ops.home import Home, home_folder
    from hansa.site.ops.up import database_reached

    progress.begin()
    if identity.must_change():
        account = identity.system_account()
        readable = staging.reachable(folder, account.uid, account.gid)
        try:
            raise click.exceptions.Exit(identity.run_as_system_user(["load", str(readable)]))
        finally:
            staging.forget(readable)
    with database_reached(Home(home_folder()), "load"):
        _django("load_tables", str(folder.absolute()))


@hansa.command()
@click.argument("table", type=FILE)
@of_a_table("Column of the year, when there are several.")
@click.option("--threshold", default=1.0, show_default=True, help="A region holds a domain from this LQ on.")
@click.option("--minimum", default=0.0, show_default=True, help="... and from this value on, in the table's unit.")
@click.option(
    "--diagonal",
    type=click.Choice(["exclude", "include"]),
    default="exclude",
    show_default=True,
    help="Whether a domain counts in its own relatedness density.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "double", "single"]),
    default="auto",
    show_default=True,
    help="Of proximity and density; auto is single only for very large tables.",
)
@click.option(
    "--preset", metavar="NAME", help="Write the figures as another package computes them, such as ecomplexity."
)
@click.option("--out", "target", required=True, type=TARGET, metavar="DIR", help="Folder for the results.")
def specialise(
    table: Path,
    region: str,
    domain: str,
    value: str,
    year: str | None,
    absent: str,
    target: Path,
    preset: str | None,
    **switches: Any,
) -> None:
    """Measure a TABLE: location quotient, presence, proximity, density, ECI, PCI, fitness, concentration, outlook.

    Writes regions, domains, pairs and proximity as Parquet, and summary.json with definitions, the evidence for the
    sign of ECI and PCI, and coverage. One year at a time is in memory.

    \b
    Example:
      hansa specialise employment.csv --region nuts2 --domain nace --value persons --year year --out results
    """
    from hansa.site.ops import tables

    columns = tables.Columns(region, domain, value, year)
    progress = _told if sys.stderr.isatty() else lambda _: None
    summary = tables.specialise(
        table, columns, target, absent=absent, switches=switches, preset=preset, progress=progress
    )
    years = ", ".join(summary["years"])
    click.echo(f"{summary['regions']} regions x {summary['domains']} domains ({years}) measured into {target}.")


@hansa.command()
@click.argument("table", type=FILE)
@of_a_table("Column of the year; the latest year counts.")
@click.option("--regions", required=True, metavar="R,R", help="Regions that cooperate, separated by commas.")
@click.option("--out", "target", required=True, type=ANY_FILE, metavar="FILE", help="CSV, or Parquet by its name.")
def opportunities(
    table: Path, region: str, domain: str, value: str, year: str | None, absent: str, regions: str, target: Path
) -> None:
    """Rank the domains that each of some regions lacks, with what the others would add.

    \b
    Example:
      hansa opportunities employment.csv --region nuts2 --domain nace --value persons \\
            --regions PL84,LT02 --out opportunities.csv
    """
    from hansa.site.ops import tables

    wanted = [one.strip() for one in regions.split(",") if one.strip()]
    columns = tables.Columns(region, domain, value, year)
    rows = tables.opportunities(table, columns, wanted, target, absent=absent)
    click.echo(f"{rows} opportunities of {len(wanted)} regions written to {target}.")


@hansa.command()
@click.option("--documents", required=True, type=FILE, help="JSON lines {id, kind, region, text, lang?, domains?}.")
@click.option("--queries", required=True, type=FILE, help="JSON lines {id, text, lang?, want?, filters?}.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="Hits per query.")
@click.option("--classifications", type=FOLDER, help="Label tables for concepts; by default those of the starter data.")
@click.option("--out", "target", required=True, type=ANY_FILE, metavar="FILE", help="JSON lines of hits with reasons.")
def match(documents: Path, queries: Path, limit: int, classifications: Path | None, target: Path) -> None:
    """Rank documents for each query across languages, every hit with its reasons.

    \b
    Example:
      hansa match --documents offers.jsonl --queries needs.jsonl --limit 20 --out hits.jsonl
    """
    from hansa.matching import match_files
    from hansa.site.ops.tables import classifications_folder

    missing = match_files(documents, queries, limit, target, classifications or classifications_folder())
    _warn_of(missing)
    click.echo(f"Hits written to {target}.")


@hansa.command()
@click.option("--projects", required=True, type=FILE, help="JSON lines {id, year, members, text?, topic?}.")
@click.option("--queries", required=True, type=FILE, help="JSON lines {id, organisation} or {id, text, coordinator?}.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="Hits per query.")
@click.option("--new-only", is_flag=True, help="Leave out past partners.")
@click.option(
    "--room",
    type=click.FloatRange(0, 10),
    default=0.0,
    show_default=True,
    metavar="FACTOR",
    help="Keep places among the first ten for organisations with one or two projects: FACTOR x as many as past "
    "partners alone would show. Costs a little accuracy in short histories (docs/partners.md).",
)
@click.option("--out", "target", required=True, type=ANY_FILE, metavar="FILE", help="JSON lines of hits with reasons.")
def partners(projects: Path, queries: Path, limit: int, new_only: bool, room: float, target: Path) -> None:
    """Suggest partners from a history of projects, every hit with its reasons.

    \b
    Example:
      hansa partners --projects projects.jsonl --queries queries.jsonl --new-only --out partners.jsonl
      hansa partners --projects projects.jsonl --queries queries.jsonl --room 1 --out partners.jsonl
    """
    if math.isnan(room):
        raise click.BadParameter("it must be a number from 0 to 10.", param_hint="--room")
    from hansa.matching import PartnerWeights, partner_files

    missing = partner_files(projects, queries, limit, target, new_only=new_only, weights=PartnerWeights(room=room))
    _warn_of(missing)
    click.echo(f"Hits written to {target}.")


@hansa.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@as_system_user
def doctor(as_json: bool) -> None:
    """Examine the installation: what is in order, what is not, and what to do. Status 1 if anything fails.

    \b
    Example:
      hansa doctor --json
    """
    import json

    from hansa.site.ops.doctor import as_records, as_table, examine
    from hansa.site.ops.home import Home, home_folder

    findings = examine(Home(home_folder()))
    click.echo(json.dumps(as_records(findings), indent=1, ensure_ascii=False) if as_json else as_table(findings))
    raise click.exceptions.Exit(int(any(one.level == "fail" for one in findings)))


@hansa.command()
@click.argument("file", type=ANY_FILE)
@click.option("--descriptor", type=int, hidden=True, help="Already open for writing (set when root hands over).")
def backup(file: Path, descriptor: int | None) -> None:
    """Write database, evidence and secrets to one FILE (.tar.gz), while Hansa runs or not. Keep it safe: mode 600.

    \b
    Example:
      hansa backup /backups/hansa-monday.tar.gz
    """
    from hansa.site.ops import archive

    archive.backup(file, descriptor)


@hansa.command()
@click.argument("file", type=ANY_FILE)
@click.option("--replace", is_flag=True, help="Move a present installation aside first.")
@click.option("--descriptor", type=int, hidden=True, help="Already open for reading (set when root hands over).")
def restore(file: Path, replace: bool, descriptor: int | None) -> None:
    """Make an installation from a backup FILE in an empty HANSA_HOME; counts and checksums are compared.

    \b
    Example:
      HANSA_HOME=/srv/hansa hansa restore /backups/hansa-monday.tar.gz
    """
    from hansa.site.ops import archive

    archive.restore(file, descriptor, replace=replace)


@hansa.command(hidden=True, context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@as_system_user
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django management command on the installation as the schema's owner.

    \b
    Example:
      hansa manage showmigrations
    """
    from hansa.site.ops.home import Home, home_folder
    from hansa.site.ops.up import database_reached

    with database_reached(Home(home_folder()), "manage"):
        _django(*arguments)


def _warn_of(missing: Mapping[str, str]) -> None:
    for signal, reason in missing.items():
        click.echo(f"Warning: without {signal}: {reason}", err=True)


def _told(sentence: str) -> None:
    click.echo(sentence, err=True)


def _django(*arguments: str) -> None:
    """A management command as the schema's owner."""
    os.environ["HANSA_DB_ROLE"] = "owner"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.site.settings")
    from django.core.management import CommandError, ManagementUtility

    utility = ManagementUtility(["hansa manage", *arguments])
    if arguments[:1] != ("load_tables",):
        utility.execute()
        return
    import django
    from django.core.management import call_command

    django.setup()
    try:
        call_command(*arguments)
    except CommandError as error:
        raise click.ClickException(str(error)) from error


def main() -> None:
    """The entry of the console script `hansa`."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"Error: Hansa runs on Python 3.11 to 3.13 and {sys.executable} is {found}; use another interpreter.")
    hansa(prog_name="hansa")


if __name__ == "__main__":
    main()
