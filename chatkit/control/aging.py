"""The audit log has an end where the settings say so: no command deletes from it, as that would hide what was done."""

from __future__ import annotations

import contextlib
import logging
import sqlite3

from chatkit.control.runner import Host, NotStored
from chatkit.ircd import audit
from chatkit.store.records import OldAuditQuery

log = logging.getLogger("chatkit.control")

DAY = 86_400_000_000  # microseconds


def expire_audit(host: Host, days: int, now: int) -> None:
    """Delete what was done more than ``days`` ago, and write that down; 0: nothing. On a worker, as often as one likes.

    ``now`` is in microseconds since 1970. Whole days go together: so at most one entry a day says so.
    """
    before = (now // DAY - days) * DAY
    try:
        count = host.ask(OldAuditQuery(before)) if days else 0
        if count:
            with contextlib.suppress(NotStored):  # it is owed, then
                host.act(lambda ircd, now: audit.expire(ircd, now, days, before, count))
    except (OSError, sqlite3.Error) as error:
        log.error("cannot look for what is too old in the audit log: %s", error)
