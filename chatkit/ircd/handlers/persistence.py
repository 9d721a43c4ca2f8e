"""PERSISTENCE: whether one stays in the rooms when the last device is gone.

Spec: https://github.com/ircv3/ircv3-specifications/pull/503
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import persistence, quiet
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.ircd.offers import VALUES
from chatkit.ircd.presences import PREFERENCES
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session


@command("PERSISTENCE")
def persistence_(ctx: Context, msg: Message) -> None:
    """PERSISTENCE GET, PERSISTENCE SET ON|OFF|DEFAULT

    Refuses: FAIL with ACCOUNT_REQUIRED or INVALID_PARAMETERS; ERR_CANNOTSENDTOUSER while the server is read-only
    """
    if not msg.params:
        raise _invalid()
    subcommand = _SUBCOMMANDS.get(msg.params[0].upper())
    if subcommand is None:
        return  # "Implementations SHOULD ignore unrecognized subcommands"
    account = ctx.user.account
    if account is None:
        raise Fail("PERSISTENCE", "ACCOUNT_REQUIRED", text="An account is required")
    subcommand(ctx, msg, account)


def _get(ctx: Context, msg: Message, account: Account) -> None:
    ctx.send(persistence.status(ctx.ircd, account))


def _set(ctx: Context, msg: Message, account: Account) -> None:
    word = msg.param(1).upper()
    if word not in PREFERENCES:
        raise _invalid()
    quiet.refuse_hushed(ctx, ctx.user.nick)
    persistence.prefer(ctx.ircd, account, PREFERENCES[word], ctx.now, ctx.session)
    _get(ctx, msg, account)


_SUBCOMMANDS = {"GET": _get, "SET": _set}


def _invalid() -> Fail:
    return Fail("PERSISTENCE", "INVALID_PARAMETERS", text="Use GET, or SET with ON, OFF or DEFAULT")


def _offered(ircd: Ircd, session: Session) -> str | None:
    return None if ircd.config.accounts.always_on == "off" else ""


VALUES["draft/persistence"] = _offered
