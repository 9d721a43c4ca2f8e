"""AUTHENTICATE: logging in by SASL, before and after registration.

Spec: https://ircv3.net/specs/extensions/sasl-3.1 and https://ircv3.net/specs/extensions/sasl-3.2
"""

from __future__ import annotations

from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import NumericError
from chatkit.ircd.offers import VALUES
from chatkit.ircd.sasl import MECHANISMS, Exchange, failure, mechanisms
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.message import Message
from chatkit.proto.sasl import ABORT, EMPTY, SaslError, SaslTooLong

VALUES["sasl"] = lambda ircd, session: ",".join(mechanisms(session))


@command("AUTHENTICATE", min_params=1, before_registration=True)
def authenticate(ctx: Context, msg: Message) -> None:
    """AUTHENTICATE <mechanism>, then AUTHENTICATE <base64>|+ as often as it takes; AUTHENTICATE * gives up

    Refuses: ERR_SASLFAIL, ERR_SASLTOOLONG, ERR_SASLABORTED, ERR_SASLALREADY, ERR_NICKLOCKED, RPL_SASLMECHS
    """
    session, word = ctx.session, msg.params[0]
    if not session.has(cap.SASL):
        raise failure("the capability sasl was not requested")
    exchange, session.sasl = session.sasl, None
    if word == ABORT:
        raise NumericError(n.ERR_SASLABORTED)
    if exchange is None:
        session.sasl = _begin(ctx, word)
    elif exchange.is_overdue(ctx.now.mono):
        raise failure("it took too long")
    elif _goes_on(ctx, exchange, word):
        session.sasl = exchange


def _begin(ctx: Context, word: str) -> Exchange:
    offered = mechanisms(ctx.session)
    if word.upper() not in offered:
        ctx.reply(n.RPL_SASLMECHS, ",".join(offered))
        raise failure()
    ctx.send(f"AUTHENTICATE {EMPTY}")
    return Exchange(MECHANISMS[word.upper()](), ctx.now.mono)


def _goes_on(ctx: Context, exchange: Exchange, word: str) -> bool:
    """Take a piece of a response. Returns whether there are more to come."""
    try:
        data = exchange.assembler.add(word)
        return data is None or exchange.mechanism.receive(ctx, data)
    except SaslTooLong as error:
        raise NumericError(n.ERR_SASLTOOLONG) from error
    except SaslError as error:
        raise failure() from error
