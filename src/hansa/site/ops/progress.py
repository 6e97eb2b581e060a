"""Progress lines: what is being done, and how long it has been since the start."""

import os
import sys
import time

BEGAN = "HANSA_BEGAN"


def begin() -> None:
    """Start the clock, unless a parent process has started it."""
    os.environ.setdefault(BEGAN, str(time.time()))


def say(text: str) -> None:
    """Print one progress line with the seconds since the start."""
    elapsed = time.time() - float(os.environ.get(BEGAN) or time.time())
    sys.stdout.write(f"[{elapsed:6.1f} s] {text}\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    """Print one warning sentence on the error stream."""
    sys.stderr.write(f"Warning: {text}\n")
    sys.stderr.flush()
