"""REGISTER and VERIFY: making an account.

Spec: https://ircv3.net/specs/extensions/account-registration
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import enrolment, logins
from chatkit.ircd.accounts import Account
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.enrolment import Refuse, Wish
from chatkit.ircd.errors import Fail
from chatkit.ircd.handlers.registration import knows_password
from chatkit.ircd.offers import VALUES
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd
    from chatkit.ircd.state import Session

NONE = "*"  # the nick's, as an account; no address


def _offered(ircd: Ircd, session: Session) -> str | None:
    """Nothing, where accounts are not to be had. A password that guards the server must be said before an account."""
    registration = ircd.config.accounts.registration
    if registration == "closed":
        return None
    tokens = {
        "before-connect": ircd.password is None,
        "custom-account-name": True,
        "email-required": registration == "mail",
    }
    return ",".join(token for token, holds in tokens.items() if holds)


VALUES["draft/account-registration"] = _offered


@command("REGISTER", min_params=3, before_registration=True)
def register(ctx: Context, msg: Message) -> None:
    """REGISTER <account>|* <email>|* <password>

    Refuses: FAIL with COMPLETE_CONNECTION_REQUIRED, NEED_NICK, ALREADY_AUTHENTICATED, BAD_ACCOUNT_NAME, ACCOUNT_EXISTS,
    WEAK_PASSWORD, UNACCEPTABLE_PASSWORD, INVALID_EMAIL, UNACCEPTABLE_EMAIL or TEMPORARILY_UNAVAILABLE
    """
    wanted, email, password = msg.params[:3]
    nick = ctx.session.user.nick if ctx.session.user is not None else ctx.session.nick
    _refuse_early(ctx, "REGISTER", wanted)
    if not nick:
        raise Fail("REGISTER", "NEED_NICK", NONE, text="Say your nickname first")
    name = nick if wanted == NONE else wanted
    wish = Wish(name, "" if email == NONE else email, password)
    enrolment.enrol(ctx, wish, _refuser("REGISTER", name), lambda account: _made(ctx, account))


def _made(ctx: Context, account: Account) -> None:
    if not account.verified:
        text = f"Account created; to make it yours, {enrolment.how_to_verify(ctx.ircd, account)}"
        ctx.send(f"REGISTER VERIFICATION_REQUIRED {account.name} :{text}")
        return
    ctx.send(f"REGISTER SUCCESS {account.name} :Account created")
    logins.log_in(ctx, account)


@command("VERIFY", min_params=2, before_registration=True)
def verify(ctx: Context, msg: Message) -> None:
    """VERIFY <account> <code>

    Refuses: FAIL with COMPLETE_CONNECTION_REQUIRED, ALREADY_AUTHENTICATED, INVALID_CODE or TEMPORARILY_UNAVAILABLE
    """
    name, code = msg.params[:2]
    _refuse_early(ctx, "VERIFY", name)
    enrolment.verify(ctx, name, code, _refuser("VERIFY", name), lambda account: _verified(ctx, account))


def _verified(ctx: Context, account: Account) -> None:
    logins.refuse_unusable(account, lambda text: Fail("VERIFY", enrolment.UNAVAILABLE, account.name, text=text))
    ctx.send(f"VERIFY SUCCESS {account.name} :Account verified")
    logins.log_in(ctx, account)


def _refuse_early(ctx: Context, word: str, name: str) -> None:
    session = ctx.session
    if session.user is None and not knows_password(ctx):
        raise Fail(word, "COMPLETE_CONNECTION_REQUIRED", text="Connect first")
    account = session.user.account if session.user is not None else session.account
    if account is not None:
        raise Fail(word, "ALREADY_AUTHENTICATED", name, text=f"You are logged in as {account.name}")


def _refuser(word: str, name: str) -> Refuse:
    return lambda code, text: Fail(word, code, name, text=text)
