"""NickServ: making an account, logging in and out, and what comes of owning a nick."""

from __future__ import annotations

from chatkit.ircd import enrolment, logins, quiet
from chatkit.ircd.accounts import Account
from chatkit.ircd.context import Context
from chatkit.ircd.enrolment import Wish
from chatkit.ircd.events import NickChanged
from chatkit.ircd.nicks import similar
from chatkit.ircd.nickserv import own_account, refuse, refuse_with_code, service
from chatkit.ircd.presences import is_always_on
from chatkit.ircd.sight import may_find
from chatkit.ircd.state import Session, User
from chatkit.proto.casemapping import casefold
from chatkit.proto.timestamps import format_time

HISTORY = "WITH-HISTORY"


# Coming and going.


@service.command(
    "REGISTER <password> [<email>]",
    "Makes an account that is called like you.",
    "From then on your nickname is for you alone.",
    changes=0,
    hint=lambda ircd: (enrolment.how_to_register(ircd),),
)
def register(ctx: Context, words: list[str]) -> None:
    _require_guest(ctx)
    wish = Wish(ctx.user.nick, "".join(words[1:2]), words[0])
    enrolment.enrol(ctx, wish, refuse_with_code, lambda account: _made(ctx, account))


def _made(ctx: Context, account: Account) -> None:
    if account.verified:
        _log_in(ctx, account)
        service.say(ctx, f"The account {account.name} is yours, and you are logged in to it.")
    elif account.email and ctx.ircd.config.accounts.registration == "mail":
        service.say(ctx, f"A code was sent to {account.email}. Give it back: VERIFY {account.name} <code>")
    else:
        service.say(ctx, f"To make the account yours, give an invite code: VERIFY {account.name} <code>")


@service.command(
    "VERIFY <account> <code>", "Takes the code that was sent to you by mail, or an invite code.", changes=0
)
def verify(ctx: Context, words: list[str]) -> None:
    _require_guest(ctx)
    enrolment.verify(ctx, words[0], words[1], refuse_with_code, lambda account: _made(ctx, account))


@service.command(
    "IDENTIFY [<account>] <password>", "Logs you in. Without an account, to the one that is called like you."
)
def identify(ctx: Context, words: list[str]) -> None:
    name, password = words[:2] if len(words) > 1 else (ctx.user.nick, words[0])
    logins.check_password(ctx, name, password, refuse, lambda account: _identified(ctx, account))


def _identified(ctx: Context, account: Account) -> None:
    _log_in(ctx, account)
    service.say(ctx, f"You are logged in as {account.name}.")


service.command("LOGIN [<account>] <password>", "Is another word for IDENTIFY.")(identify)


def _log_in(ctx: Context, account: Account) -> None:
    logins.refuse_unusable(account, refuse)
    service.require(logins.may_become(ctx, account), f"{logins.SHARED}.")
    logins.log_in(ctx, account)


@service.command("LOGOUT", "Makes you a guest again, on all your devices here.", needs_account=True)
def logout(ctx: Context, words: list[str]) -> None:
    """RPL_LOGGEDOUT says so on all of them."""
    logins.log_out(ctx.ircd, ctx.user, ctx.now, ctx)


def _require_guest(ctx: Context) -> None:
    account = ctx.user.account
    service.require(account is None, f"You are logged in as {ctx.user.account_name} already.")


# Who is who.


@service.command("INFO [<account>]", "Tells about an account; more of your own.")
def info(ctx: Context, words: list[str]) -> None:
    account = ctx.user.account if not words else ctx.ircd.accounts.find(words[0])
    if account is None:
        raise refuse(f"There is no account {words[0]}" if words else "You are not logged in to an account")
    users = [user for user in ctx.ircd.presences.users_of(account.key) if may_find(ctx.user, user)]
    service.say(ctx, f"{account.name} is an account since {_date(account.created)}.")
    service.say(ctx, f"Here now: {', '.join(user.nick for user in users) or 'nobody'}.")
    if account is not ctx.user.account:
        return
    service.say(ctx, f"E-mail: {account.email or 'none'}. Certificates: {len(account.fingerprints)}.")
    stays = "yes" if is_always_on(ctx.ircd.config, account) else "no"
    service.say(ctx, f"Stays in the channels when the last device is gone: {stays}.")


@service.command("SESSIONS", "Lists the devices that are logged in to your account.", needs_account=True)
def sessions(ctx: Context, words: list[str]) -> None:
    users = ctx.ircd.presences.users_of(own_account(ctx).key)
    found = [(user, session) for user in users for session in user.sessions]
    for number, (user, session) in enumerate(found, 1):
        service.say(ctx, f"{number}. {_described(ctx, user, session)}")


def _described(ctx: Context, user: User, session: Session) -> str:
    opened = format_time(session.opened.wall // 1000)[:16].replace("T", " ")
    client = session.client or "unnamed client"
    way = "encrypted" if session.secure else "not encrypted"
    this = ", this one" if session is ctx.session else ""
    return f"{user.nick} from {session.address} since {opened} UTC ({client}, {way}{this})"


def _date(seconds: int) -> str:
    return format_time(seconds * 1000)[:10]


# One's own nick.


@service.command("GHOST <nick>", "Ends a connection that has your nickname.", needs_account=True, changes=0)
def ghost(ctx: Context, words: list[str]) -> None:
    nick = words[0]
    _end(ctx, nick)
    service.say(ctx, f"{nick} is gone.")


@service.command("REGAIN [<nick>]", "Does as GHOST does, then gives you the nickname.", needs_account=True, changes=0)
def regain(ctx: Context, words: list[str]) -> None:
    account = own_account(ctx)
    nick = words[0] if words else account.name
    service.require(ctx.ircd.accounts.like(nick) is account, f"{nick} is not yours.")
    service.require(casefold(account.name) != casefold(ctx.user.nick), f"You are called {ctx.user.nick}.")
    quiet.refuse_muted(ctx, account.name)
    holder = similar(ctx.ircd, account.name)  # whatever way ``nick`` was written, this is what is to be free
    if holder is not None and holder is not ctx.user:
        _end(ctx, holder.nick)
    ctx.charge(ctx.user.reach)
    ctx.change(NickChanged(ctx.cause(), account.name))
    service.say(ctx, f"You are called {account.name}.")


def _end(ctx: Context, nick: str) -> None:
    user, account = ctx.ircd.users.get(casefold(nick)), own_account(ctx)
    if user is None:
        raise refuse(f"There is nobody called {nick}")
    service.require(user is not ctx.user, "That is you. To end other devices of yours, see SESSIONS.")
    is_own = user.account is account or ctx.ircd.accounts.like(user.nick) is account
    service.require(is_own, f"{nick} is not yours.")
    ctx.ircd.remove(user, f"The nickname was taken back by {ctx.user.nick}", ctx.now)


# Giving it all up.


@service.command(
    f"DROP [{HISTORY}] [<code>]",
    "Deletes your account.",
    "Its password, its settings, its channels and what you have read are gone then, and the nickname is free.",
    f"{HISTORY} deletes all that you ever said too. Without the code you are told the code.",
    needs_account=True,
    changes=0,
)
def drop(ctx: Context, words: list[str]) -> None:
    account = own_account(ctx)
    with_history = words[:1] != [] and words[0].upper() == HISTORY
    code = "".join(words[1:2] if with_history else words[:1])
    syntax = f"DROP {HISTORY}" if with_history else "DROP"
    what = "and all that you ever said " if with_history else ""
    warning = f"The account {account.name} {what}will be deleted, and nobody can bring it back."
    service.confirm(ctx, code, syntax, warning, syntax, account.key)
    enrolment.delete(ctx.ircd, account, with_history, ctx.now, ctx)
    service.say(ctx, f"The account {account.name} is deleted.")
