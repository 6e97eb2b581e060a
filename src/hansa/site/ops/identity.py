"""Who Hansa runs as. Started by root, everything runs as the system user `hansa`, and no existing mode is ever changed.

What that user cannot reach (an interpreter in root's home, say) is staged: linked or copied, never opened up, into
folders that belong to root under /var/lib/hansa.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hansa.site.ops import staging
from hansa.site.ops.faults import OperationFailed
from hansa.site.ops.home import SYSTEM_HOME, home_folder

USER = "hansa"
KEPT_VARIABLES = ("LANG", "LANGUAGE", "TZ", "TERM", "NO_COLOR", "COLUMNS", "CI", "SSL_CERT_FILE")
KEPT_PREFIXES = ("HANSA_", "DJANGO_", "LC_")
KEPT_SUFFIXES = ("_proxy", "_PROXY")


@dataclass(frozen=True)
class Account:
    """A system user."""

    name: str
    uid: int
    gid: int


def must_change() -> bool:
    """Whether this process is root's, so that the work has to be handed to the system user."""
    return os.geteuid() == 0


def system_account() -> Account:
    """The system user `hansa`, created when it is missing.

    Raises OperationFailed when it cannot be created.
    """
    try:
        found = pwd.getpwnam(USER)
    except KeyError:
        _create_user()
        found = pwd.getpwnam(USER)
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _create_user() -> None:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        raise OperationFailed(
            f"Hansa does not run as root and cannot create the system user {USER} (no useradd here); "
            f"create it, or run Hansa as an ordinary user."
        )
    made = subprocess.run(
        [program, "--system", "--user-group", "--home-dir", str(SYSTEM_HOME), "--no-create-home",
         "--shell", "/usr/sbin/nologin", USER],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        raise OperationFailed(
            f"The system user {USER} could not be created ({made.stderr.strip() or made.returncode}); "
            "create it, or run Hansa as an ordinary user."
        )


def hand_over_home(home: Path, account: Account) -> None:
    """Make the installation's folder if it is missing, for the system user; an existing one must be that user's."""
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700)
        os.chown(home, account.uid, account.gid)
        return
    if not staging.may(account.uid, account.gid, home, writing=True):
        raise OperationFailed(
            f"{home} cannot be written by the system user {USER} that runs Hansa when root starts it; "
            f"name an empty or new folder in HANSA_HOME, or hand it over with `chown -R {USER}: {home}`."
        )


def environment(account: Account, home: Path, program: staging.Program) -> dict[str, str]:
    """The little that the system user's processes inherit, and where its interpreter finds things."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT_VARIABLES or name.startswith(KEPT_PREFIXES) or name.endswith(KEPT_SUFFIXES)
    }
    kept |= {
        "HOME": str(home),
        "USER": account.name,
        "LOGNAME": account.name,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HANSA_HOME": str(home),
        "PYTHONPATH": str(program.source),
        "PYTHONUNBUFFERED": "1",
    }
    if program.libraries:
        kept["LD_LIBRARY_PATH"] = str(program.libraries)
    return kept


def command_for(arguments: Sequence[str]) -> tuple[Account, list[str], dict[str, str]]:
    """The account, command line and environment that carry out `hansa ARGUMENTS` as the system user."""
    account = system_account()
    home = home_folder()
    os.umask(0o022)
    staging.prepare_folder(account.gid)
    program = staging.program(account.uid, account.gid)
    hand_over_home(home, account)
    command = [str(program.interpreter), "-P", "-m", "hansa.site.cli", *arguments]
    variables = environment(account, home, program)
    starter = staging.starter_folder() if arguments[:1] == ["up"] else None
    if starter:
        variables["HANSA_STARTER"] = str(staging.reachable(starter, account.uid, account.gid))
    return account, command, variables


def become_system_user(arguments: Sequence[str]) -> NoReturn:
    """Replace this process by `hansa ARGUMENTS` run as the system user."""
    account, command, variables = command_for(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir("/")
    os.umask(0o022)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    os.execve(command[0], command, variables)  # noqa: S606  (no shell is wanted)


def run_as_system_user(
    arguments: Sequence[str], *, pass_fds: Sequence[int] = (), extra: Mapping[str, str] | None = None
) -> int:
    """Run `hansa ARGUMENTS` as the system user and return its exit status."""
    account, command, variables = command_for(arguments)
    done = subprocess.run(
        command, check=False, pass_fds=pass_fds, cwd="/", env=variables | dict(extra or {}),
        user=account.uid, group=account.gid, extra_groups=[], umask=0o022,
    )  # fmt: skip
    return done.returncode
