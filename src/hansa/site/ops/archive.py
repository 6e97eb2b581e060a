"""The files of `hansa backup` and `hansa restore`: opened by whoever calls, used by who owns the installation.

Root may write where the system user may not, and the other way round the system user alone touches the installation; so
root opens the file and hands the open file over.
"""

import os
from pathlib import Path

import click

from hansa.site.ops import backup as backups
from hansa.site.ops import identity, progress
from hansa.site.ops.faults import OperationFailed
from hansa.site.ops.home import Home, home_folder


def backup(file: Path, descriptor: int | None) -> None:
    """Write a backup under a temporary name and give it the name `file` when it is complete.

    Raises OperationFailed in one sentence.
    """
    progress.begin()
    if descriptor is not None:
        _write(file, descriptor)
        return
    file = file.absolute()
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        opened = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OperationFailed(f"{file} cannot be written ({error.strerror}); name another place.") from error
    try:
        if identity.must_change():
            arguments = ["backup", f"--descriptor={opened}", str(file)]
            status = identity.run_as_system_user(arguments, pass_fds=[opened])
            os.close(opened)
            if status:
                raise click.exceptions.Exit(status)
        else:
            _write(file, opened)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _write(file: Path, descriptor: int) -> None:
    with os.fdopen(descriptor, "wb") as target:
        manifest = backups.write(Home(home_folder()), target)
        size = target.seek(0, os.SEEK_END) / 1024**2
    click.echo(f"{summary(manifest)} written to {file} ({size:.1f} MB).")


def restore(file: Path, descriptor: int | None, *, replace: bool) -> None:
    """Make an installation from the backup `file`. Raises OperationFailed in one sentence."""
    progress.begin()
    if descriptor is None:
        try:
            opened = file.open("rb")
        except OSError as error:
            raise OperationFailed(f"{file} cannot be read ({error.strerror}); name a backup.") from error
    else:
        opened = os.fdopen(descriptor, "rb")
    with opened as source:
        if descriptor is None and identity.must_change():
            arguments = ["restore", f"--descriptor={source.fileno()}", *(["--replace"] if replace else []), str(file)]
            status = identity.run_as_system_user(arguments, pass_fds=[source.fileno()])
            raise click.exceptions.Exit(status)
        manifest = backups.restore(Home(home_folder()), source, replace=replace)
    click.echo(f"{summary(manifest)} of {manifest['created']} restored; start Hansa with `hansa up`.")


def summary(manifest: dict[str, dict[str, int]]) -> str:
    """What a backup holds, in words."""
    rows = manifest["rows"]
    evidence = sum(1 for name in manifest["parts"] if name.startswith("evidence/"))
    return f"{sum(rows.values()):,} rows of {len(rows)} tables and {evidence} evidence files"
