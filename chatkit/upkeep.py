"""The upkeep of what a server stores: done now and then, by workers, so that nobody waits for it.

While nothing can be stored everyone is told so, once, and it is tried again until it works.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from chatkit.control.aging import expire_audit
from chatkit.control.runner import Host
from chatkit.ircd import ailing
from chatkit.ircd.ircd import Ircd
from chatkit.net.io_thread import IOThread
from chatkit.store.keeping import Keeper

log = logging.getLogger("chatkit.server")

LOOK_SECONDS = 60.0  # between looks for what is too old, or not yet in the search index
TAKE_OVER_SECONDS = 1.0  # that a message is in the journal, about, before it is in the database
PROBE_SECONDS = 1.0  # between two attempts to store something where that fails

T = TypeVar("T")


class Upkeep:
    """Has workers of ``host`` look after the store; its timers are those of ``thread``, an I/O thread.

    ``commit_lock`` is the server's, which guards the store's writer.
    """

    def __init__(self, host: Host, ircd: Ircd, keeper: Keeper, commit_lock: threading.Lock, thread: IOThread) -> None:
        self._host = host
        self._ircd = ircd
        self._keeper = keeper
        self._commit_lock = commit_lock
        self._thread = thread
        self._looking = threading.Lock()  # held as long as a worker looks after the store
        self._behind = False  # whether a timer is set for what the journal has; guarded by the commit lock
        self._probing = False  # whether it is being tried whether things can be stored again

    def start(self) -> None:
        """Look from now on. From any thread."""
        self._thread.call(self._look_again)

    def note_logged(self) -> None:
        """Something is new in the journal: have the database follow it soon. Under the commit lock."""
        if not self._behind:
            self._behind = True
            self._thread.call(self._arm_take_over)

    def mind(self) -> None:
        """See to what should not wait, after a commit or a look at the store. Never under a lock; does not block."""
        if self._keeper.store.wants_looking_after:
            self._wake()
        self._tell()

    # Whether things can be stored.

    def _tell(self) -> None:
        """Tell everyone when the store begins to fail, and when it works again."""
        why = self._keeper.failing
        if bool(why) == self._ircd.ailing:
            return
        self._host.act(lambda ircd, now: ailing.note_store(ircd, why, now))
        self._try_again_later()

    def _try_again_later(self) -> None:
        if self._keeper.failing and not self._keeper.is_damaged:
            self._thread.call(self._arm_probe)

    def _arm_probe(self) -> None:
        if not self._probing:
            self._probing = True
            self._after(PROBE_SECONDS, lambda: self._host.submit(self._probe))

    def _probe(self) -> None:
        self._guard(lambda: self._keeper.try_again(self._commit_lock))
        self._probing = False  # first: if it fails again from here on, another attempt is due
        self._tell()
        self._try_again_later()

    # What has to be done now and then.

    def _look_again(self) -> None:
        self._after(LOOK_SECONDS, self._look_again)
        self._wake()

    def _wake(self) -> None:
        if self._looking.acquire(blocking=False):
            self._host.submit(self._look)

    def _look(self) -> None:
        more = self._guard(self._look_after)
        self._looking.release()
        self._tell()
        if more:
            self._wake()

    def _look_after(self) -> bool:
        now = time.time_ns() // 1000
        more = self._keeper.look_after(now)
        if not self._keeper.failing:  # else it would be owed anew each time
            expire_audit(self._host, self._ircd.config.admin.audit_days, now)
        return more

    # What the database does not have yet.

    def _arm_take_over(self) -> None:
        self._after(TAKE_OVER_SECONDS, self._take_over)

    def _take_over(self) -> None:
        with self._commit_lock:
            self._behind = False  # first: what is logged from now on sets the timer anew
        if self._keeper.store.is_behind:
            self._host.submit(self._bring_up_to_date)

    def _bring_up_to_date(self) -> None:
        self._keeper.take_over()
        self._tell()

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        self._thread.call_at(time.monotonic() + seconds, call)

    def _guard(self, work: Callable[[], T]) -> T | None:
        # A bug of ours costs this attempt, and not all that would follow it.
        try:
            return work()
        except Exception:
            log.exception("unexpected error while looking after %s", self._keeper.store.path)
            return None
