"""Which nicks are free, and for whom: neither another's, nor the name of another's account, nor what looks like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd.errors import NumericError
from chatkit.ircd.services import SERVICES
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.lookalikes import skeleton

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session, User

_HOW_TO_LOG_IN = {  # by whether the session is registered
    False: "Nickname belongs to an account: log in with SASL, or connect with the password <account>:<password>",
    True: "Nickname belongs to an account: if it is yours, say /msg NickServ IDENTIFY {nick} <password>",
}


def refuse_taken(ircd: Ircd, session: Session, nick: str) -> None:
    """Refuses: ERR_NICKNAMEINUSE, where ``session`` may not be called ``nick``."""
    account = session.user.account if session.user is not None else session.account
    if is_reserved(ircd, nick, account):
        text = _HOW_TO_LOG_IN[session.user is not None].format(nick=nick)
        raise NumericError(n.ERR_NICKNAMEINUSE, nick, text=text)
    if is_the_servers(ircd, nick):
        raise NumericError(n.ERR_NICKNAMEINUSE, nick, text="Nickname belongs to the server")
    if similar(ircd, nick) not in (None, session.user):
        raise NumericError(n.ERR_NICKNAMEINUSE, nick)


def is_the_servers(ircd: Ircd, nick: str) -> bool:
    """Whether ``nick`` is a service's or the server's own name, or looks like it."""
    look = skeleton(nick)
    return look in SERVICES or look == skeleton(ircd.name)


def is_reserved(ircd: Ircd, nick: str, account: Account | None) -> bool:
    """Whether ``nick`` is for the owner of another account than ``account``: not of one that nobody has verified."""
    owner = ircd.accounts.like(nick)
    if owner is None or not owner.verified or not ircd.config.accounts.nick_reserved:
        return False
    return owner is not account


def note_look(ircd: Ircd, nick: str) -> None:
    """Somebody is called ``nick`` from now on. Of a nick in ASCII its look is the casefolded nick itself."""
    if not nick.isascii():
        ircd.looks[skeleton(nick)] = casefold(nick)


def similar(ircd: Ircd, nick: str) -> User | None:
    """The user who is called ``nick``, or what looks like it."""
    look = skeleton(nick)
    return ircd.users.get(casefold(nick)) or ircd.users.get(look) or ircd.users.get(ircd.looks.get(look, ""))
