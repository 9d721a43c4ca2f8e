"""The store as a server uses it: what becomes of what is to be stored when the disk does not take it."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chatkit.store.connecting import is_damage
from chatkit.store.database import Store
from chatkit.store.owed import Owed, described
from chatkit.store.records import Document, Entry, Query

log = logging.getLogger("chatkit.store")

PROBE = ("store", "probe")  # the document that is written to see whether a disk works again
PROBE_BYTES = 64 << 10  # more than one message: a disk with room for a few words is still a full one
_PROBE = (Document(*PROBE, bytes(PROBE_BYTES)), Document(*PROBE, None))


class Keeper:
    """Stores what the turns bring, and knows whether that works.

    ``failing`` says why nothing can be stored, or is empty. As long as it is not, the server is read-only, and nothing
    is tried but by ``try_again``. ``trouble`` says what is wrong behind the journal, which keeps what is new meanwhile:
    that is for those who run the server alone. ``put`` and ``commit`` are for one thread at a time, under the commit
    lock. Nothing here raises but what says so.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.failing = ""
        self.trouble = ""
        self.is_damaged = False  # whether only a restart helps, which recovers what is whole
        self._owed = Owed()

    def put(self, entries: Sequence[Entry], lasting: Iterable[Entry]) -> bool:
        """Store ``entries``. Returns whether that worked; where not, those of them that are ``lasting`` are owed."""
        if self.failing:
            self._owed.add(lasting)
            return False
        try:
            self.commit(entries)
        except (OSError, sqlite3.Error) as error:
            log.error("cannot store %d messages in %s: %s", len(entries), self.store.path, error)
            self._fail(error)
        except Exception as error:  # a bug of ours: whoever waits for these turns must not wait for ever
            log.exception("unexpected error over what was to be stored")
            self._owed.add(lasting)
            self._store_apart(error)
            return False
        else:
            return True
        self._owed.add(lasting)
        return False

    def commit(self, entries: Sequence[Entry]) -> None:
        """Store ``entries`` now, and what is owed before them. Raises OSError and sqlite3.Error."""
        if self._owed.entries:
            self.store.log([*self._owed, *entries])
            self._owed.clear()
        elif entries:
            self.store.log(entries)

    def try_again(self, commit_lock: threading.Lock) -> None:
        """See whether everything can be stored again: then nothing is ``failing`` any more. Blocks. For a worker."""
        if self.is_damaged or not self.take_over():  # first: as long as too much waits, the journal takes nothing
            return
        with commit_lock:
            if not self._stores_again():
                return
        if self.take_over():
            self.failing = ""

    def _stores_again(self) -> bool:
        try:
            self.commit(_PROBE)
        except (OSError, sqlite3.Error):
            return False
        except Exception as error:
            log.exception("unexpected error over what is owed to %s", self.store.path)
            return self._store_apart(error)
        return True

    def _store_apart(self, why: Exception) -> bool:
        """Store what is owed, one after the other, as ``why`` kept all of it together from it: a bug of ours.

        What a store refuses that takes the next thing would keep everything read-only for ever: it is given up, and the
        log says what it was. If the store takes nothing everything stays owed. Returns whether it does not.
        """
        try:
            for key, entry in self._owed.items():
                if not self._takes(entry):
                    self.store.log(_PROBE)
                    log.error("given up what cannot be stored: %s", described(entry))
                self._owed.remove(key)
        except Exception:
            self._fail(why)
            return False
        return True

    def _takes(self, entry: Entry) -> bool:
        try:
            self.store.log([entry])
        except (OSError, sqlite3.Error):
            raise
        except Exception:
            log.exception("unexpected error over one thing that is owed to %s", self.store.path)
            return False
        return True

    def take_over(self) -> bool:
        """Bring the database up to date with the journal. Blocks. Returns whether that worked."""
        return self._try(self.store.take_over)

    def look_after(self, now: int) -> bool:
        """Look after the store's files. Blocks. Returns whether more is left to do."""
        found: list[bool] = []
        self._try(lambda: found.append(self.store.look_after(now)))
        return any(found)

    def answer(self, query: Query) -> Any:
        """The store's answer. Blocks. Raises OSError and sqlite3.Error."""
        try:
            return self.store.answer(query)
        except sqlite3.Error as error:
            self._note_damage(error)
            raise

    def close(self) -> None:
        """Store what is owed and close the store. Blocks."""
        try:
            self.commit(())
        except (OSError, sqlite3.Error) as error:
            log.error("what changed while %s could not be written is lost: %s", self.store.path, error)
        except Exception as error:  # a bug of ours: the store is to be closed all the same
            log.exception("unexpected error over what is owed to %s", self.store.path)
            self._store_apart(error)
        self.store.close()

    def _try(self, work: Callable[[], object]) -> bool:
        try:
            work()
        except (OSError, sqlite3.Error) as error:
            if str(error) != self.trouble:
                log.error("cannot write to %s, its journal keeps what is new: %s", self.store.path, error)
            self.trouble = str(error)
            self._note_damage(error)
            return False
        except Exception:  # the pool would keep it to itself
            log.exception("unexpected error while looking after %s", self.store.path)
            return False
        self.trouble = ""
        return True

    def _note_damage(self, error: Exception) -> None:
        if is_damage(error):
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self.is_damaged = self.is_damaged or is_damage(error)
        why = str(error) or type(error).__name__  # as of a MemoryError, which says nothing
        self.failing = f"{why}: stop and start the server, it recovers what is whole" if self.is_damaged else why
