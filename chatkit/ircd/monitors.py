"""Who wants to know whether somebody is there.

Spec: https://ircv3.net/specs/extensions/monitor
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from chatkit.ircd.events import Cause
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, Session
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd


def watch(ircd: Ircd, session: Session, nick: str) -> None:
    """Tell ``session`` from now on when ``nick`` comes and goes."""
    key = casefold(nick)
    session.monitored[key] = nick
    ircd.watchers.setdefault(key, {})[session] = None


def unwatch(ircd: Ircd, session: Session, key: str) -> None:
    """No more of ``key``, a casefolded nick that may or may not be watched."""
    if session.monitored.pop(key, None) is None:
        return
    watchers = ircd.watchers[key]
    del watchers[session]
    if not watchers:
        del ircd.watchers[key]


def unwatch_all(ircd: Ircd, session: Session) -> None:
    """No more of anybody."""
    for key in list(session.monitored):
        unwatch(ircd, session, key)


def online(ircd: Ircd, nick: str, source: str, seq: int) -> None:
    """Somebody is called ``nick`` from the event ``seq`` on."""
    _tell(ircd, nick, f"{n.RPL_MONONLINE} * :{source}", seq)


def offline(ircd: Ircd, nick: str, seq: int) -> None:
    """Nobody is called ``nick`` from the event ``seq`` on."""
    _tell(ircd, nick, f"{n.RPL_MONOFFLINE} * :{nick}", seq)


def _tell(ircd: Ircd, nick: str, line: str, seq: int) -> None:
    # "The server may send '*' instead of the nick": so all who watch get the same frame.
    watchers = ircd.watchers.get(casefold(nick))
    if watchers:
        by = Cause(ircd.sequence.next(seq), ircd.name)
        ircd.turn.broadcast(Audience(watchers), Frame(f":{ircd.name} {line}", by))


def join_targets(targets: Iterable[str], room: int) -> Iterator[str]:
    """``targets`` with commas between, in as many pieces of up to ``room`` bytes as it takes."""
    piece = ""
    for target in targets:
        if piece and len(piece.encode()) + 1 + len(target.encode()) > room:
            yield piece
            piece = ""
        piece += f",{target}" if piece else target
    if piece:
        yield piece
