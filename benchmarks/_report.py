"""What every measurement tells besides its figures: the machine, how busy it was, a table and a JSON file."""

from __future__ import annotations

import json
import math
import os
import platform
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "benchmarks"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def machine() -> dict[str, Any]:
    """Cores, processor, memory in GB, system and Python of this machine."""
    return {
        "cores": os.cpu_count(),
        "processor": processor(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        for line in known.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def load_average() -> float:
    """Processes that wanted a core, averaged over the last minute."""
    return round(os.getloadavg()[0], 2)


def percentile(numbers: Sequence[float], share: float) -> float:
    """The smallest of `numbers` that at least `share` (0 to 1) of them do not exceed (nearest rank)."""
    ranked = sorted(numbers)
    return ranked[max(math.ceil(share * len(ranked)), 1) - 1]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def table(heading: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under their heading in columns; the first column to the left, the others to the right."""
    lines = [[str(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def markdown(heading: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under their heading as a Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def fill(page: Path, text: str) -> None:
    """Put measured figures between the marks of a page. Raises ValueError where the page has no marks."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{page} has no marks for figures: write {BEGIN} and {END} where they belong.")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def write(name: str, content: dict[str, Any]) -> Path:
    """Write `build/benchmarks/NAME.json` in one step."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path, partial = FOLDER / f"{name}.json", FOLDER / f".{name}.json.partial"
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return path
