"""What those who run the place have done is written down: who, what, when, why, and how it is taken back.

It is never changed, and kept for good unless the settings say for how long (``admin.audit_days``). What is secret is
left out by whoever writes it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chatkit.store.records import EXPIRY, Audited, AuditExpired

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import User

MAX_HITS = 100  # names that are kept of those whom something concerned


def note(
    ircd: Ircd,
    now: Moment,
    who: str,
    what: str,
    params: Mapping[str, Any],
    reason: str,
    hits: tuple[str, ...],
    said: str,
    undo: tuple[str, Mapping[str, Any]] | None = None,
    undoes: int = 0,
) -> int:
    """Write down that ``who`` has done ``what``; it is stored with what this turn brings. Returns its id.

    ``undo`` is the command that takes it back, with its parameters; ``undoes`` is the id of what this took back.
    """
    ircd.audits += 1
    ircd.note(
        Audited(
            id=ircd.audits,
            time=ircd.sequence.next(now.wall),
            who=who,
            what=what,
            params=msgspec.json.encode(params),
            reason=reason,
            hits=hits[:MAX_HITS],
            said=said,
            undo=b"" if undo is None else msgspec.json.encode(undo),
            undoes=undoes,
        )
    )
    return ircd.audits


def expire(ircd: Ircd, now: Moment, days: int, before: int, count: int) -> None:
    """Delete what was done before the seq ``before``, ``count`` things, and write that down."""
    said = f"Deleted what was older than {days} days from the audit log ({count})"
    note(ircd, now, "settings", EXPIRY, {"before": before}, "admin.audit_days", (), said)
    ircd.note(AuditExpired(before))


def name_of(user: User) -> str:
    """What an operator is called there: ``oper ada (alice)``, by nick and account."""
    return f"oper {user.nick} ({user.account_name})" if user.account is not None else f"oper {user.nick}"


def by_oper(
    ctx: Context, what: str, params: Mapping[str, Any], said: str, *, reason: str = "", hits: tuple[str, ...] = ()
) -> None:
    """Write down what an operator has done the classic way, by a command of IRC that takes a privilege."""
    note(ctx.ircd, ctx.now, name_of(ctx.user), what, params, reason, hits, said)
