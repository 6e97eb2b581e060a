"""The chart library for the browser, made on this machine so that no page asks another server for it."""

from __future__ import annotations

import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


def bundle_path() -> Path:
    return Path(settings.HANSA_HOME) / "bundle" / "vega" / "bundle.js"


def wanted_mark() -> str:
    """The first line of a bundle made by the versions that are installed."""
    import vl_convert

    versions = f"vl-convert {vl_convert.__version__}, vega-lite {vl_convert.get_vegalite_versions()[-1]}"
    return f"/* {versions}, vega {vl_convert.get_vega_version()}, vega-embed {vl_convert.get_vega_embed_version()} */"


def present_mark(path: Path) -> str:
    """The first line of the bundle that is there; empty when there is none."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline().strip()
    except FileNotFoundError:
        return ""


def write_bundle(path: Path, mark: str) -> None:
    """Write the bundle under a passing name, then give it its own: a reader sees the old one or the new one."""
    import vl_convert

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, passing = tempfile.mkstemp(prefix=".bundle-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{mark}\n{vl_convert.javascript_bundle()}")
            file.flush()
            os.fsync(file.fileno())
        Path(passing).chmod(0o644)
        Path(passing).replace(path)
    except BaseException:
        Path(passing).unlink(missing_ok=True)
        raise


class Command(BaseCommand):
    help = "Write the chart library (Vega) to HANSA_HOME/bundle when it is missing or of another version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--collect", action="store_true", help="collect the static files afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        path, mark = bundle_path(), wanted_mark()
        if present_mark(path) == mark:
            self.stdout.write("The chart library is up to date.")
        else:
            try:
                write_bundle(path, mark)
            except OSError as fault:
                raise CommandError(f"{path}: the chart library cannot be written ({fault.strerror}).") from fault
            self.stdout.write(f"Wrote the chart library, {path.stat().st_size // 1000} kB.")
        if options["collect"]:
            call_command("collectstatic", interactive=False, verbosity=0)
