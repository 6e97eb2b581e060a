"""The Python packages that Hansa is measured against, in an environment of their own that is made when it is missing.

`requirements-peers.lock` pins them and all they need, with hashes. pandas stays below 3 and Polars below 2: with newer
ones economic-complexity writes to arrays that refuse it. To resolve anew:

    printf '%s\\n' ecomplexity==0.5.3 econcomplex==1.0.1 economic-complexity==0.3.0 fermi-cref==0.2.0 'pandas<3' \\
      'polars<2' | .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \\
      --no-annotate --no-emit-index-url - -o benchmarks/requirements-peers.lock
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "benchmarks" / "requirements-peers.lock"
FOLDER = ROOT / "build" / "benchmarks" / "peers"

PEERS = {"ecomplexity": "0.5.3", "econcomplex": "1.0.1", "economic-complexity": "0.3.0", "fermi-cref": "0.2.0"}
"""Package and version, as the lock has them."""


class NoPeers(RuntimeError):
    """The environment could not be made; the message says why."""


def python() -> Path:
    """The interpreter of the peers' environment, installed first where the lock has changed since.

    Raises NoPeers where installing fails, as it does without a network.
    """
    interpreter = FOLDER / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    made_for, wanted = FOLDER / "made-for", _wanted()
    if made_for.is_file() and made_for.read_text(encoding="utf-8") == wanted and interpreter.exists():
        return interpreter
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        _do([str(uv), "venv", "--quiet", "--python", sys.executable, str(FOLDER)])
        installer = [str(uv), "pip", "install", "--quiet", "--python", str(interpreter)]
    else:
        _do([sys.executable, "-m", "venv", str(FOLDER)])
        installer = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _do([*installer, "--require-hashes", "-r", str(LOCK)])
    made_for.write_text(wanted, encoding="utf-8")
    return interpreter


def _wanted() -> str:
    return f"{sys.version} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"


def _do(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NoPeers(f"The peers could not be installed: {said[-1] if said else 'no reason was given'}")
