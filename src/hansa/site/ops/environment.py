"""Make or refresh the checkout's `.venv` from the lock: `python3 -P src/hansa/site/ops/environment.py [--dev]`.

Needs nothing but Python, since it runs before anything is installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENT = ROOT / ".venv"
OLDEST, NEWEST = (3, 11), (3, 13)
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
INSTALLER_LOCK = ROOT / "requirements-setup.lock"


def main() -> int:
    """Set up what is missing; a second run does nothing. The exit status."""
    wanted = "dev" if "--dev" in sys.argv[1:] else "runtime"
    try:
        check_python()
        prepare(wanted)
    except (SetupFailed, OSError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


class SetupFailed(Exception):
    """The environment cannot be made; the message is one sentence."""


def check_python() -> None:
    """Refuse a Python that the locked packages do not support."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        span = f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}"
        found = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupFailed(
            f"Hansa runs on Python {span} and {sys.executable} is {found}; "
            "install one of them, or name one: make run PYTHON=python3.12"
        )


def prepare(wanted: str) -> None:
    """Create the environment where it is missing or broken, and install the lock where it has changed."""
    if not works():
        say("Creating .venv")
        create()
    if is_current(wanted):
        link_checkout()
        return
    began = time.monotonic()
    say(f"Installing {LOCKS[wanted]} (a minute or so the first time)")
    for kind in LOCKS:
        stamp(kind).unlink(missing_ok=True)
    install(ROOT / LOCKS[wanted])
    link_checkout()
    stamp(wanted).write_text(digest(wanted), encoding="utf-8")
    say(f"Installed in {time.monotonic() - began:.0f} s")


def is_current(wanted: str) -> bool:
    """Whether the lock, or the development lock that contains it, is what was last installed."""
    kinds = ("dev",) if wanted == "dev" else ("runtime", "dev")
    return any(stamp(kind).is_file() and stamp(kind).read_text(encoding="utf-8") == digest(kind) for kind in kinds)


def stamp(kind: str) -> Path:
    return ENVIRONMENT / f"hansa-{kind}.stamp"


def digest(kind: str) -> str:
    return hashlib.sha256((ROOT / LOCKS[kind]).read_bytes()).hexdigest()


def python() -> Path:
    return ENVIRONMENT / "bin" / "python"


def works() -> bool:
    """Whether the environment's interpreter runs and is one that Hansa supports."""
    if not python().exists():
        return False
    code = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return subprocess.run([str(python()), "-c", code], check=False, capture_output=True).returncode == 0


def create() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=False, capture_output=True, text=True
    )
    if made.returncode:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        last = (made.stdout + made.stderr).strip().splitlines()
        hint = f"; on Debian and Ubuntu: apt-get install {name}" if "ensurepip" in made.stdout + made.stderr else ""
        raise SetupFailed(f"{sys.executable} cannot create a virtual environment ({last[0] if last else '?'}){hint}.")


def install(lock: Path) -> None:
    """Install with uv where it can be had, which is several times faster, else with pip; hashes hold in both."""
    if bootstrap_uv():
        command = [str(ENVIRONMENT / "bin" / "uv"), "pip", "sync", "--quiet", "--python", str(python()),
                   "--require-hashes", "--compile-bytecode", str(lock), str(INSTALLER_LOCK)]  # fmt: skip
        if subprocess.run(command, check=False, env=uv_environment()).returncode == 0:
            return
        say("uv could not install the lock; trying pip")
    command = [str(python()), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)]
    if subprocess.run(command, check=False, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}).returncode:
        raise SetupFailed(
            f"The packages of {lock.name} could not be installed; pip said why above. "
            "Is the package index reachable and is there space on the disk?"
        )


def bootstrap_uv() -> bool:
    if (ENVIRONMENT / "bin" / "uv").exists():
        return True
    command = [str(python()), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(INSTALLER_LOCK)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def uv_environment() -> dict[str, str]:
    """What pip is told about its index, told to uv too: uv does not read pip's settings."""
    settings = dict(os.environ)
    settings["VIRTUAL_ENV"] = str(ENVIRONMENT)
    asked = subprocess.run(
        [str(python()), "-m", "pip", "config", "get", "global.index-url"], check=False, capture_output=True, text=True
    )
    if asked.returncode == 0 and asked.stdout.strip() and "UV_DEFAULT_INDEX" not in settings:
        settings["UV_DEFAULT_INDEX"] = asked.stdout.strip()
    return settings


def link_checkout() -> None:
    """Make the checkout importable and `hansa` callable, without building a package."""
    place = f"python{environment_version()}"
    put(ENVIRONMENT / "lib" / place / "site-packages" / "hansa-checkout.pth", f"{ROOT / 'src'}\n")
    script = f"{first_line(python())}\nfrom hansa.site.cli import main\n\nmain()\n"
    put(ENVIRONMENT / "bin" / "hansa", script, executable=True)


def first_line(interpreter: Path) -> str:
    """A script's first line; the system takes no blanks and no long paths there, so those go through the shell."""
    if " " not in str(interpreter) and len(str(interpreter)) < 120:
        return f"#!{interpreter}"
    return f"#!/bin/sh\n'''exec' \"{interpreter}\" \"$0\" \"$@\"\n' '''"


def environment_version() -> str:
    for folder in (ENVIRONMENT / "lib").glob("python3.*"):
        return folder.name.removeprefix("python")
    raise SetupFailed(f"{ENVIRONMENT} is not a virtual environment; remove it and try again.")


def put(path: Path, text: str, *, executable: bool = False) -> None:
    """Write a file of our own when it differs."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    shutil.copymode(python().resolve(), unfinished) if executable else None
    unfinished.replace(path)


def say(text: str) -> None:
    sys.stdout.write(f"· {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
