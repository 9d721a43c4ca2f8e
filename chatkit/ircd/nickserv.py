"""NickServ: the service, and what its commands have in common.

What it may be asked for is in ``handlers.nickserv`` and ``handlers.nickserv_settings``.
"""

from __future__ import annotations

from chatkit.ircd.accounts import Account
from chatkit.ircd.context import Context
from chatkit.ircd.errors import ServiceError
from chatkit.ircd.services import Service

service = Service("NickServ", "NickServ keeps accounts: a nickname for its owner alone.", "NICKSERV", "NS")


def own_account(ctx: Context) -> Account:
    """The account of the one who asks, for commands that need one."""
    account = ctx.user.account
    assert account is not None, "the table says that one is needed"
    return account


def refuse(text: str) -> ServiceError:
    """What ends a command, from a sentence without its full stop."""
    return service.refusal(f"{text}.")


def refuse_with_code(code: str, text: str) -> ServiceError:
    """The same, where FAIL would have a code."""
    return refuse(text)
