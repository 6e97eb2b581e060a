"""Where loaded evidence is kept: Parquet and plain files, and a manifest that says what each is and whence it came.

A data file is written under a name that holds its content's hash, then the manifest is replaced; the manifest alone
decides what exists. A process killed at any point leaves the old state or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hansa.evidence.errors import EvidenceError, shown
from hansa.evidence.table import ActivityTable

FORMAT = 1
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Meta:
    """Where data come from and what they mean. `nuts_version` and `classification` are empty where none applies."""

    title: str
    unit: str = ""
    source: str = ""
    licence: str = ""
    years: tuple[int, ...] = ()
    nuts_version: str = ""
    classification: str = ""
    attribution: str = ""
    role: str = ""
    synthetic: bool = False
    note: str = ""


class Store:
    """Evidence under one folder, safe for many readers and for writers that take turns.

    `clock` gives the time of loading (UTC); it is a parameter so that a caller can fix it.
    """

    def __init__(self, folder: Path | str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = Path(folder)
        self._clock = clock

    @property
    def version(self) -> str:
        """A text that changes whenever anything in the store changes; empty for an empty store."""
        content = self._manifest_bytes()
        return hashlib.sha256(content).hexdigest()[:16] if content else ""

    def manifest(self) -> dict[str, dict[str, Any]]:
        """Everything stored, by name: kind, title, unit, source, licence, years, nuts_version, classification,
        attribution, synthetic, coverage (0 to 1, activity only), rows, sha256, loaded_at (UTC, ISO 8601), files.

        Raises `EvidenceError` when the manifest is damaged or was written by a newer version.
        """
        content = self._manifest_bytes()
        if not content:
            return {}
        try:
            parsed = json.loads(content)
            form, datasets = parsed["format"], parsed["datasets"]
            if not isinstance(datasets, dict) or not all(isinstance(entry, dict) for entry in datasets.values()):
                raise TypeError("datasets")
        except (ValueError, KeyError, TypeError):
            where = self.folder / _MANIFEST
            raise EvidenceError(
                f"{where}: the list of stored evidence is damaged; move it away and load again."
            ) from None
        if form != FORMAT:
            raise EvidenceError(
                f"{self.folder}: the evidence has format {form}, this version reads {FORMAT}; update Hansa."
            )
        return datasets

    def names(self, kind: str | None = None, role: str | None = None) -> list[str]:
        """Sorted names: all, or those of one kind (activity, measures, tables, file) or role (geometry, labels ...)."""
        entries = self.manifest().items()
        kept = [name for name, entry in entries if kind in (None, entry["kind"]) and role in (None, entry["role"])]
        return sorted(kept)

    def entry(self, name: str) -> dict[str, Any]:
        """One manifest entry. Raises `EvidenceError` when there is none of that name."""
        entries = self.manifest()
        if name not in entries:
            there = ", ".join(sorted(entries)) or "nothing"
            raise EvidenceError(f"The evidence store has no {shown(name)}; it has {there}.")
        return entries[name]

    def put_activity(self, name: str, table: ActivityTable, meta: Meta) -> None:
        """Store an activity table, replacing one of the same name. Years are the table's own."""
        years = tuple(table.years) or meta.years
        facts: dict[str, Any] = {"rows": table.rows, "unknown": table.unknown, "coverage": round(table.coverage, 6)}
        facts |= {"regions": len(table.regions), "domains": len(table.domains)}
        facts |= {"years": years, "synthetic": table.synthetic or meta.synthetic}
        self._put(name, "activity", {"table": (_parquet(table.table), ".parquet")}, meta, facts)

    def activity(self, name: str) -> ActivityTable:
        """The activity table of that name. Raises `EvidenceError`."""
        entry, contents = self._read(name, "activity")
        return ActivityTable(_table(name, contents["table"]), synthetic=bool(entry["synthetic"]))

    def put_measures(self, name: str, tables: Mapping[str, Any], meta: Meta | None = None) -> None:
        """Store several pyarrow tables of results in one step: readers see all of them or none."""
        self.put_tables(name, tables, Meta(title=name) if meta is None else meta, kind="measures")

    def measures(self, name: str) -> dict[str, Any]:
        """The pyarrow tables stored by `put_measures`. Raises `EvidenceError`."""
        return self.tables(name, kind="measures")

    def put_tables(self, name: str, tables: Mapping[str, Any], meta: Meta, kind: str = "tables") -> None:
        """Store several pyarrow tables under one name in one step."""
        for part in tables:
            _check_name(part)
        parts = {part: (_parquet(table), ".parquet") for part, table in tables.items()}
        self._put(name, kind, parts, meta, {"rows": sum(table.num_rows for table in tables.values())})

    def tables(self, name: str, kind: str = "tables") -> dict[str, Any]:
        """The tables stored by `put_tables`. Raises `EvidenceError`."""
        _, contents = self._read(name, kind)
        return {part: _table(name, content) for part, content in contents.items()}

    def put_file(self, name: str, source: Path | bytes, meta: Meta, suffix: str = "") -> None:
        """Store a file as it is (geometry, labels). `suffix` defaults to the source's own."""
        try:
            content = source if isinstance(source, bytes) else source.read_bytes()
        except OSError as error:
            raise EvidenceError(
                f"{error.filename}: the file cannot be read ({error.strerror}); check the path."
            ) from None
        ending = suffix or ("" if isinstance(source, bytes) else source.suffix)
        self._put(name, "file", {"file": (content, ending)}, meta, {})

    def file(self, name: str) -> Path:
        """Path of a stored file; open it at once, a later load may replace it. Raises `EvidenceError`."""
        entry = self.entry(name)
        if entry.get("kind") != "file":
            raise EvidenceError(f"{shown(name)} is stored as {entry.get('kind')}, not as a file.")
        path = self.folder / str(entry["files"]["file"]["path"])
        if not path.is_file():
            raise EvidenceError(f"{path}: a stored file is gone; load {shown(name)} again.")
        return path

    def remove(self, name: str) -> None:
        """Forget one name. Raises `EvidenceError` when there is none."""
        with self._writing() as entries:
            if name not in entries:
                raise EvidenceError(f"The evidence store has no {shown(name)}; nothing was removed.")
            del entries[name]

    def verify(self) -> list[str]:
        """One sentence for every stored file that is missing or changed; empty when all is well."""
        complaints = []
        for name, entry in self.manifest().items():
            for part in entry["files"].values():
                path = self.folder / part["path"]
                if not path.is_file():
                    complaints.append(f"{path}: the file of {shown(name)} is gone; load it again.")
                elif hashlib.sha256(path.read_bytes()).hexdigest() != part["sha256"]:
                    complaints.append(
                        f"{path}: the file of {shown(name)} has changed since it was loaded; load it again."
                    )
        return complaints

    def _manifest_bytes(self) -> bytes:
        try:
            return (self.folder / _MANIFEST).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise EvidenceError(f"{self.folder}: the evidence store cannot be read ({error.strerror}).") from None

    def _read(self, name: str, kind: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Entry and contents of one state: a file replaced between the two reads leads to a second look."""
        for _ in range(5):
            entry = self.entry(name)
            if entry.get("kind") != kind:
                raise EvidenceError(f"{shown(name)} is stored as {entry.get('kind')}, not as {kind}.")
            with suppress(FileNotFoundError):
                files = entry["files"].items()
                return entry, {part: (self.folder / item["path"]).read_bytes() for part, item in files}
        raise EvidenceError(f"{self.folder}: a file of {shown(name)} is gone; load it again.")

    def _put(
        self, name: str, kind: str, parts: Mapping[str, tuple[bytes, str]], meta: Meta, facts: Mapping[str, Any]
    ) -> None:
        _check_name(name)
        with self._writing() as entries:
            files: dict[str, dict[str, Any]] = {}
            for part, (content, suffix) in parts.items():
                digest = hashlib.sha256(content).hexdigest()
                stem = name if len(parts) == 1 else f"{name}.{part}"
                path = self.folder / "data" / f"{stem}-{digest[:16]}{suffix}"
                _write(path, content)
                relative = path.relative_to(self.folder).as_posix()
                files[part] = {"path": relative, "sha256": digest, "bytes": len(content)}
            whole = hashlib.sha256("".join(files[part]["sha256"] for part in sorted(files)).encode()).hexdigest()
            entry: dict[str, Any] = {"kind": kind, **asdict(meta), "coverage": None, "rows": None, **facts}
            entry |= {"sha256": next(iter(files.values()))["sha256"] if len(files) == 1 else whole, "files": files}
            entry["loaded_at"] = self._clock().astimezone(UTC).isoformat(timespec="microseconds")
            entries[name] = entry

    @contextmanager
    def _writing(self) -> Iterator[dict[str, dict[str, Any]]]:
        """Take the writer's turn, yield the entries for change, then replace the manifest and sweep."""
        try:
            (self.folder / "data").mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                entries = self.manifest()
                yield entries
                content = json.dumps(
                    {"format": FORMAT, "datasets": entries}, indent=1, ensure_ascii=False, sort_keys=True
                )
                _write(self.folder / _MANIFEST, content.encode())
                self._sweep(entries)
        except OSError as error:
            reason = error.strerror or str(error)
            raise EvidenceError(
                f"{self.folder}: the evidence cannot be stored ({reason}); nothing was changed."
            ) from error

    def _sweep(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        """Remove what no entry names: replaced files and leavings of a killed process."""
        kept = {part["path"] for entry in entries.values() for part in entry["files"].values()}
        stale = [path for path in (self.folder / "data").iterdir() if f"data/{path.name}" not in kept]
        for path in [*stale, *self.folder.glob(".writing-*")]:
            with suppress(OSError):
                path.unlink()


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise EvidenceError(
            f"{shown(name)} cannot name stored evidence; use small letters, digits, dot, dash, underscore."
        )


def _parquet(table: Any) -> bytes:
    from hansa.evidence.parquet import to_bytes

    return to_bytes(table)


def _table(name: str, content: bytes) -> Any:
    from hansa.evidence.parquet import DAMAGE, from_bytes

    try:
        return from_bytes(content)
    except DAMAGE as error:
        raise EvidenceError(f"The stored table of {shown(name)} is damaged ({error}); load it again.") from None


def _write(path: Path, content: bytes) -> None:
    """Write all of `content` under a passing name, force it to disk, then give it its name."""
    handle, passing = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(passing).chmod(0o644)
        Path(passing).replace(path)
    except BaseException:
        Path(passing).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
