"""The browser for the journey tests: the system's Chromium if there is one, else installed where the rights allow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium: HANSA_CHROMIUM, the system's, or the one that Playwright installed."""
    named = os.environ.get("HANSA_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _of_playwright()


def install() -> str | None:
    """A Chromium, installed when there is none; None when that is not possible, with the reason on the error stream."""
    found = find()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write("· Installing Chromium for the journeys\n")
        sys.stdout.flush()
        _run_quietly("apt-get", "update")
        # without any font a page has no size to check
        _run_quietly("apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    else:
        _run_quietly(sys.executable, "-m", "playwright", "install", "chromium")
    return find()


def _run_quietly(*command: str) -> None:
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _of_playwright() -> str | None:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    for pattern in ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"):
        for found in sorted(folder.glob(pattern), reverse=True):
            return str(found)
    return None


def main() -> None:
    """Say which browser the journeys will use; a missing one is no failure, the journeys are then skipped."""
    found = install()
    said = found or "none found and none could be installed: the journeys will be skipped"
    sys.stdout.write(f"· Browser for the journeys: {said}\n")


if __name__ == "__main__":
    main()
