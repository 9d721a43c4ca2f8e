"""Which capabilities this server offers to a session, their values, and the lines that say so.

Spec: https://ircv3.net/specs/extensions/capability-negotiation#cap-ls-version
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from chatkit.ircd.staging import cut, fill, written
from chatkit.ircd.sts import sts_value
from chatkit.proto import capabilities as cap
from chatkit.proto.capabilities import BY_NAME, CAPABILITIES, Capability
from chatkit.proto.message import MAX_LINE

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session

Value = Callable[["Ircd", "Session"], str | None]

# A capability's value; None where it is not offered. Those that are not here are offered without a value.
VALUES: dict[str, Value] = {"sts": lambda ircd, session: sts_value(ircd.config, session.secure)}

WITH_VALUES = 302  # the version from which on capabilities have values and lists several lines
_NEED_VALUES = frozenset({"draft/multiline", "sts"})  # are nothing without


def offers(ircd: Ircd, session: Session) -> dict[str, str]:
    """The names of the capabilities that are offered, and their values, "" for none."""
    found = {}
    for row in CAPABILITIES:
        value = _value(row, ircd, session)
        if value is not None:
            found[row.name] = value
    return found


def _value(row: Capability, ircd: Ircd, session: Session) -> str | None:
    make = VALUES.get(row.name)
    return "" if make is None else make(ircd, session)


def shown(offered: dict[str, str], version: int) -> list[str]:
    """``offered`` as CAP LS of this ``version`` shows them.

    Before version 302 there are no values, and one line must do: drafts and vendors' capabilities stand last in it,
    and what has no room any more is not shown.
    """
    if version >= WITH_VALUES:
        return [f"{name}={value}" if value else name for name, value in offered.items()]
    return sorted((name for name in offered if name not in _NEED_VALUES), key=lambda name: ("/" in name, name))


def listing(ircd: Ircd, session: Session, subcommand: str, words: Iterable[str]) -> list[str]:
    """The lines of CAP, without source, that list ``words``; at least one."""
    head = f"CAP {session.user.nick if session.user is not None else '*'} {subcommand}"
    room = MAX_LINE - 2 - len(f":{ircd.name} {head} * :".encode())
    return [f"{head} :{line}" for line in list(fill(words, room)) or [""]]


def regroup(session: Session, caps: int) -> None:
    """Give ``session`` the capabilities ``caps``: what it is sent from now on is written for these."""
    changed, session.caps = session.caps ^ caps, caps
    if session.user is not None and changed & cap.PROFILE:
        for channel in session.user.channels.values():
            channel.members_changed()


# Changes. Spec: https://ircv3.net/specs/extensions/capability-negotiation#cap-notify


def notified_offers(ircd: Ircd) -> dict[Session, dict[str, str]]:
    """What is offered now to each session that wants to hear of changes, as far as that can change."""
    return {session: _changeable(ircd, session) for session in ircd.sessions if session.has(cap.CAP_NOTIFY)}


def _changeable(ircd: Ircd, session: Session) -> dict[str, str]:
    # Only these, as there may be thousands of sessions, all of which are looked at under one hold of the lock.
    return {name: value for name, make in VALUES.items() if (value := make(ircd, session)) is not None}


def offers_changed(ircd: Ircd, before: dict[Session, dict[str, str]]) -> None:
    """Tell each session in ``before``, which ``notified_offers`` gave, what is different."""
    for session, old in before.items():
        if not session.gone:
            _tell_changes(ircd, session, old, _changeable(ircd, session))


def _tell_changes(ircd: Ircd, session: Session, old: dict[str, str], new: dict[str, str]) -> None:
    gone = [name for name in old if name not in new]
    fresh = {name: value for name, value in new.items() if _is_news(session, name, value, old)}
    lines = listing(ircd, session, "DEL", gone) if gone else []
    lines += listing(ircd, session, "NEW", shown(fresh, session.cap_version)) if fresh else []
    for line in lines:
        ircd.turn.send(session.link, written([], cut(f":{ircd.name} {line}".encode())))
    caps = session.caps
    for name in gone:  # "Servers MUST cancel any capability-specific behavior"
        caps &= ~BY_NAME[name].bit
    regroup(session, caps)


def _is_news(session: Session, name: str, value: str, old: dict[str, str]) -> bool:
    return name not in old or (old[name] != value and session.cap_version >= WITH_VALUES)
