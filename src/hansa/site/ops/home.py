"""HANSA_HOME: the one folder an installation writes to, its secrets and the lock that keeps two starts apart."""

import fcntl
import hashlib
import json
import os
import secrets as random_secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hansa.site.ops.faults import OperationFailed, is_disk_full

SYSTEM_HOME = Path("/var/lib/hansa")
ROLES = ("postgres", "hansa_owner", "hansa_app")
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # macOS allows 104 bytes with the closing zero, Linux 108
SPACE_TO_BEGIN = 400 * 1024**2
SPACE_TO_GO_ON = 40 * 1024**2


def home_folder() -> Path:
    """The installation's folder: HANSA_HOME, for root /var/lib/hansa, else `var` in the checkout or current folder."""
    named = os.environ.get("HANSA_HOME")
    if named:
        return Path(named).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_HOME
    checkout = Path(__file__).resolve().parents[4]
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / "var"


@dataclass(frozen=True)
class Home:
    """The layout of one installation's folder."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "postgres"

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def accounts(self) -> Path:
        return self.root / "accounts.json"

    @property
    def prepared(self) -> Path:
        return self.root / "prepared.json"

    @property
    def socket(self) -> Path:
        """A private folder for the database's socket, short enough for the system's limit on socket paths."""
        if len(os.fsencode(self.run / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.run
        return Path("/tmp") / f"hansa-{hashlib.sha256(os.fsencode(self.root.resolve())).hexdigest()[:16]}"  # noqa: S108

    def create(self) -> None:
        """Make the folders that are missing, private to the user; existing ones keep their modes.

        Raises OperationFailed when the folder cannot be made or written.
        """
        try:
            for folder in (self.root, self.evidence, self.logs, self.run, self.root / "bundle", self.root / "static"):
                make_private(folder)
            make_private(self.socket)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise OperationFailed(unwritable(self.root, error)) from error
        owner = self.socket.stat()
        if owner.st_uid != os.geteuid() or stat.S_IMODE(owner.st_mode) & 0o077:
            raise OperationFailed(
                f"{self.socket} must belong to this user alone (mode 700) because the database is reached through it; "
                "remove the folder and start again."
            )

    def check_space(self) -> None:
        """Refuse to begin, or to go on, on a disk that is nearly full."""
        needed = SPACE_TO_GO_ON if (self.database / "PG_VERSION").exists() else SPACE_TO_BEGIN
        seen = os.statvfs(self.root)
        free = seen.f_bavail * seen.f_frsize
        if free < needed:
            raise OperationFailed(
                f"The disk that holds {self.root} has {free // 1024**2} MB free, Hansa needs {needed // 1024**2} MB; "
                "free some space or set HANSA_HOME to a folder on another disk."
            )

    @contextmanager
    def locked(self, purpose: str) -> Iterator[None]:
        """Hold the installation for one process that starts or stops its database.

        Raises OperationFailed naming the process that holds it.
        """
        path = self.root / "hansa.lock"
        with path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise OperationFailed(f"The installation in {self.root} is already in use by {holder}.") from error
            file.truncate(0)
            file.write(f"`hansa {purpose}` (process {os.getpid()})")
            file.flush()
            yield

    def read_secrets(self) -> dict[str, Any]:
        """The installation's secrets, made on first use and kept readable by this user alone."""
        kept = read_json(self.secrets)
        complete = {
            "secret_key": random_secrets.token_urlsafe(50),
            "passwords": {role: random_secrets.token_urlsafe(24) for role in ROLES},
        } | kept
        if complete != kept:
            write_json(self.secrets, complete, mode=0o600)
        return complete


def secret_key(home: Path) -> str:
    """Django's secret key of the installation in `home`; before its first start a passing one that nothing keeps."""
    return str(read_json(home / "secrets.json").get("secret_key") or random_secrets.token_urlsafe(50))


def make_private(folder: Path) -> None:
    """Create a folder with mode 700 and its missing parents with the system's default mode."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def unwritable(folder: Path, error: OSError) -> str:
    """One sentence for a folder that cannot be written."""
    if is_disk_full(error):
        return f"The disk that holds {folder} is full; free some space or set HANSA_HOME to a folder on another disk."
    reason = error.strerror or str(error)
    return f"{folder} cannot be written ({reason}); set HANSA_HOME to a folder that this user may write."


def read_json(path: Path) -> dict[str, Any]:
    """The object kept in a JSON file; empty when there is no file yet."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise OperationFailed(f"{path} cannot be read ({error}); restore it from a backup.") from error
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: object, *, mode: int = 0o644) -> None:
    """Replace a JSON file in one step, so that no reader ever sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        os.fchmod(handle, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
