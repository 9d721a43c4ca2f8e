"""WEBIRC: a gateway says whose connection this is.

Spec: https://ircv3.net/specs/extensions/webirc
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from chatkit.config import Webirc
from chatkit.ircd import door
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.state import Session
from chatkit.proto import numerics as n
from chatkit.proto.addresses import as_host, is_within, parse_address
from chatkit.proto.message import Message
from chatkit.proto.tags import unescape

_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}")  # no more than a source has room for
_CERTFP = "certfp-sha-256"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@command("WEBIRC", min_params=4, before_registration=True)
def webirc(ctx: Context, msg: Message) -> None:
    """WEBIRC <password> <gateway> <hostname> <ip> [:<option> <option>...]

    Spec: https://ircv3.net/specs/extensions/webirc
    Refuses: ERR_ALREADYREGISTERED; and with an ERROR, a gateway that is not known, or that has said something before,
    and whom the door does not let in
    """
    session = ctx.session
    ctx.require(session.user is None, n.ERR_ALREADYREGISTERED)
    password, _gateway, hostname, ip = msg.params[:4]
    address = parse_address(ip)
    if not any(_is_gateway(row, session, password) for row in ctx.ircd.config.webirc):
        return ctx.close("Invalid WebIRC password")
    if _has_begun(session):
        return ctx.close("WEBIRC must be the first command")
    if address is None:
        return ctx.close("Invalid WebIRC address")
    refusal = door.refusal(ctx.ircd, as_host(ip), ctx.now, inside=True)
    if refusal is not None:
        return ctx.close(refusal)
    ctx.ircd.readdress(session, as_host(ip))
    # A name would tell what a cloak hides.
    if ctx.ircd.config.cloaks.mode == "off" and _HOST.fullmatch(hostname) and parse_address(hostname) is None:
        session.host = hostname
    return _take_options(session, _options(msg.param(4)))


def _is_gateway(row: Webirc, session: Session, password: str) -> bool:
    """Whether the session is that gateway: from where it lives, with all that it was given to prove it."""
    return (
        is_within(session.address, row.hosts)
        and (not row.password or _same(row.password, password))
        and (not row.certfp or _same(row.certfp.replace(":", "").lower(), session.certfp or ""))
    )


def _same(wanted: str, given: str) -> bool:
    # Of equal length, so that the time taken tells nothing.
    return hmac.compare_digest(sha256(wanted.encode()).digest(), sha256(given.encode()).digest())


def _has_begun(session: Session) -> bool:
    # "MUST be the first command sent [...] and MUST be sent before capability negotiation".
    return bool(session.nick or session.username or session.negotiating or session.caps or session.password)


def _options(text: str) -> dict[str, str]:
    """``secure=1 local-port=6697``: a value may come where none was defined, and is escaped as in tags."""
    return {key: unescape(value) for key, _, value in (word.partition("=") for word in text.split())}


def _take_options(session: Session, options: dict[str, str]) -> None:
    # "Servers MUST ONLY treat the connection as secure if this flag is sent and the connection from the gateway to the
    # server is also secure". The certificate was the gateway's own.
    session.secure = session.secure and "secure" in options
    given = options.get(_CERTFP, "").lower()
    session.certfp = given if session.secure and _FINGERPRINT.fullmatch(given) else None
