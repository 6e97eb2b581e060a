"""The one exception of this room."""

from pathlib import Path


class EvidenceError(Exception):
    """Bad input or a damaged store, told in one sentence: where it is wrong and what to do."""


def fault(path: Path | str, what: str, do: str, *, row: int | None = None, column: str | None = None) -> EvidenceError:
    """An `EvidenceError` that names file, row (the header is row 1) and column, then what to do."""
    where = Path(path).name
    if row is not None:
        where += f", row {row}"
    if column is not None:
        where += f", column “{column}”"
    return EvidenceError(f"{where}: {what}; {do}.")


def shown(text: str, limit: int = 40) -> str:
    """A cell's content as it may stand in a sentence: one line, printable, shortened."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return f"“{clean if len(clean) <= limit else clean[: limit - 1] + '…'}”"
