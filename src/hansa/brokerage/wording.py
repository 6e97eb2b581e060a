"""This node's index of words, kept in step with the table of texts by whoever searches it or works for it."""

from __future__ import annotations

import fcntl
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from hansa.brokerage.models import MatchChange, MatchText
from hansa.brokerage.shelving import CHUNK, chunks

if TYPE_CHECKING:
    from hansa.matching.retrieval.stored import StoredIndex
    from hansa.matching.retrieval.words import Words

logger = logging.getLogger(__name__)

KEPT = timedelta(days=14)
"""How long changes are kept; an index of words that slept longer is built anew."""
AT_ONCE = 2_000
"""So many texts are indexed while a reader waits; more are left to the worker."""
_STATE = "in-step.json"


class Keeper:
    """Brings an index of words to what the table says: all of it when its files are new, then change by change.

    Several processes may keep one folder: a lock lets one of them write, and the others read what it wrote.
    """

    def __init__(self, words: Words, index: StoredIndex, folder: Path) -> None:
        self._words, self._index, self._folder = words, index, folder
        self._thread = threading.Lock()
        self._applied: set[int] = set()

    def keep(self, *, patient: bool = False) -> bool:
        """Take over what has changed; whether the index is in step now. Unless `patient`, much work is left undone.

        Where the files cannot be written, what they hold is searched, and meaning finds the rest.
        """
        try:
            return self._keep(patient)
        except (OSError, ValueError) as fault:
            # Tantivy says of a full disk and of broken files alike that a value is wrong
            logger.error("The index of words in %s cannot be kept in step: %s", self._folder, fault)
            return False

    def _keep(self, patient: bool) -> bool:
        with self._thread, self._locked() as mine:
            if not mine:
                self._words.refresh()
                return not self._words.fresh
            state = self._state()
            if self._words.fresh or state is None:
                return self._all(patient)
            return self._changes(state["upto"], patient)

    def _all(self, patient: bool) -> bool:
        """Index every text; what changes meanwhile comes with the next changes."""
        if not patient and MatchText.objects.count() > AT_ONCE:
            return False
        upto = self._now()[0]
        self._words.fresh = True
        self._index.word([])
        for batch in chunks(MatchText.objects.order_by("pk").values_list("pk", flat=True).iterator(), CHUNK):
            self._index.word(batch)
        self._remember(upto)
        return True

    def _changes(self, since: str, patient: bool) -> bool:
        upto, rows = self._now(since)
        if int(upto) < int(since):
            # another database, such as a restored one, counts its transactions anew
            return self._all(patient)
        self._applied &= {number for number, _text in rows}
        news = [(number, text) for number, text in rows if number not in self._applied]
        if not patient and len(news) > AT_ONCE:
            return False
        if news:
            self._index.word(list(dict.fromkeys(text for _number, text in news)))
            self._applied |= {number for number, _text in news}
        else:
            self._words.refresh()
        if upto != since:
            self._remember(upto)
        return True

    @staticmethod
    def _now(since: str | None = None) -> tuple[str, list[tuple[int, int]]]:
        """From which transaction on changes may still appear, and all visible changes since an earlier such point."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
            upto = cursor.fetchone()[0]
            if since is None:
                return upto, []
            cursor.execute("SELECT id, text FROM brokerage_matchchange WHERE xid >= %s::xid8 ORDER BY id", [since])
            return upto, cursor.fetchall()

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _state(self) -> dict[str, Any] | None:
        """Where the last changes were taken over; None when that is too long ago, or never was."""
        try:
            state = dict(json.loads((self._folder / _STATE).read_text(encoding="utf-8")))
            at = datetime.fromisoformat(state["at"])
        except (OSError, ValueError, KeyError):
            return None
        return state if timezone.now() - at < KEPT else None

    def _remember(self, upto: str) -> None:
        state = {"upto": upto, "at": timezone.now().isoformat()}
        (self._folder / _STATE).write_text(json.dumps(state), encoding="utf-8")


def forget_changes() -> int:
    """Delete the changes that every index of words has taken over or will never ask for; returns how many."""
    return MatchChange.objects.filter(at__lt=timezone.now() - 2 * KEPT).delete()[0]
