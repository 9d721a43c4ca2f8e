"""New settings for a server that runs: who is connected is told what has changed for clients.

Spec: https://ircv3.net/specs/extensions/capability-negotiation#cap-notify and
https://modern.ircdocs.horse/#rplisupport-005
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.config import Config
from chatkit.ircd import isupport, offers, opers
from chatkit.ircd.clock import Moment
from chatkit.ircd.context import Context
from chatkit.ircd.handlers.server_info import send_isupport

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd


def reconfigure(ircd: Ircd, config: Config, motd: tuple[str, ...], password: str | None, now: Moment) -> None:
    """From now on ``config`` holds. Takes as long as there are sessions: it is not for every day."""
    tokens, offered = isupport.tokens(ircd), offers.notified_offers(ircd)
    ircd.configure(config, motd, password)
    for user in ircd.census.holders("o"):
        if user.oper is not None:
            user.oper = opers.class_of(config, user.oper.name)
    offers.offers_changed(ircd, offered)
    # "If the value of a parameter changes, the server SHOULD re-advertise the parameter"
    changed = isupport.changes(tokens, isupport.tokens(ircd))
    for session in ircd.sessions if changed else ():
        if session.isupport_sent:
            send_isupport(Context(ircd, session, now), changed)
