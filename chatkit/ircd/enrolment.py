"""Making an account and giving one up, whatever command asks for it.

Spec: https://ircv3.net/specs/extensions/account-registration, whose codes of FAIL the refusals have
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from chatkit.ircd import apply, invitations, lockdown, logins, nicks, quiet
from chatkit.ircd.accounts import DOCUMENT, SECOND, VERIFY_SECONDS, Account, begun_by, expires, forget_documents
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import document
from chatkit.ircd.events import AccountCreated, AccountDeleted, AccountVerified, Cause
from chatkit.ircd.invitations import Invitation
from chatkit.ircd.requests import CREDENTIALS, Credentials, HashPassword, SendMail, StoreNow
from chatkit.ircd.secret import secret_of
from chatkit.proto import names, passwords
from chatkit.proto.addresses import network_of
from chatkit.proto.casemapping import casefold
from chatkit.proto.lookalikes import skeleton

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"
NEEDS_CODE = ("mail", "invite")  # the ways of registration in which a new account waits for one
MAX_CODES = 3  # that wait at once to be given back, sent to one address
CODE_BYTES = 10
_TROUBLE = "The account could not be saved; try again later"
_MAIL = """Somebody, probably you, asks for the account {account} on the chat server {server}.

The code is {code}

To make the account yours, say this on the server, while you are connected to it:

/quote VERIFY {account} {code}

If it was not you, do nothing: the account is given up in {hours} hours.
"""

_WAYS = {  # by accounts.registration
    "open": "This server makes accounts for everybody, at once.",
    "mail": "This server sends a code by mail, so give an address. Give the code back with VERIFY.",
    "invite": "This server needs an invite code, which those who run it give out. Give it with VERIFY after this.",
    "closed": "On this server only those who run it make accounts.",
}

Refuse = Callable[[str, str], Exception]  # what a command says instead: a code, and a sentence


class Wish:
    """An account that somebody wants."""

    __slots__ = ("email", "name", "password")

    def __init__(self, name: str, email: str, password: str) -> None:
        self.name = name
        self.email = email
        self.password = password


# Making one.


def enrol(ctx: Context, wish: Wish, refuse: Refuse, then: Callable[[Account], None]) -> None:
    """Make the account, unless it is refused. ``then`` takes it when it is stored, and the mail sent if one is due."""
    _refuse_haste(ctx, refuse)
    name = _prepared_name(ctx, wish.name, refuse)
    refuse_password(ctx.ircd, wish.password, name, refuse)
    _refuse_email(ctx.ircd, wish.email, refuse)
    ctx.ircd.limits.registrations.note(network_of(ctx.session.address), ctx.now.mono)
    _Making(ctx, Wish(name, wish.email, wish.password), refuse, then).hash_password()


class _Making:
    """The steps on the way to an account. Its name is reserved meanwhile; whoever leaves half way has no account."""

    def __init__(self, ctx: Context, wish: Wish, refuse: Refuse, then: Callable[[Account], None]) -> None:
        self._ctx, self._wish, self._refuse, self._then = ctx, wish, refuse, then
        registration = ctx.ircd.config.accounts.registration
        self._by_mail = registration == "mail"
        self._look = skeleton(wish.name)
        seq = ctx.ircd.sequence.next(ctx.now.wall)
        self._event = AccountCreated(
            Cause(seq, ctx.session.address),
            wish.name,
            key_of(seq),
            wish.email,
            verified=registration not in NEEDS_CODE,
        )
        ctx.ircd.accounts.being_made.add(self._look)

    def hash_password(self) -> None:
        trouble = self._refuse(UNAVAILABLE, _TROUBLE)
        self._ctx.ask(HashPassword(self._wish.password), self._store, trouble, settled=self._hashed)

    def _hashed(self, answer: Any) -> None:
        if self._ctx.session.gone or isinstance(answer, Exception):
            self._ctx.ircd.accounts.being_made.discard(self._look)

    def _store(self, credentials: Credentials) -> None:
        why = _why_closed(self._ctx)  # asked again: hashing takes its time, and a lockdown may have begun meanwhile
        if why is not None:
            self._ctx.ircd.accounts.being_made.discard(self._look)
            raise self._refuse(UNAVAILABLE, why)
        event = self._event
        entries = (document(DOCUMENT, event.key, begun_by(event)), document(CREDENTIALS, event.key, credentials))
        trouble = self._refuse(UNAVAILABLE, _TROUBLE)
        self._ctx.ask(StoreNow(entries), self._send_mail, trouble, settled=self._stored)

    def _stored(self, answer: Any) -> None:
        ircd = self._ctx.ircd
        ircd.accounts.being_made.discard(self._look)
        if not isinstance(answer, Exception):
            apply.apply(ircd, self._event)

    def _send_mail(self, _: None) -> None:
        account = self._ctx.ircd.accounts.by_key[self._event.key]
        if not self._by_mail:
            self._then(account)
            return
        mail = SendMail(account.email, f"Your account on {self._ctx.ircd.name}", _mail_text(self._ctx.ircd, account))
        trouble = self._refuse("INVALID_EMAIL", "No mail could be sent to this address")
        self._ctx.ask(mail, self._finish, trouble, settled=self._sent)

    def _sent(self, answer: Any) -> None:
        ircd, event = self._ctx.ircd, self._event
        # It may have gone meanwhile, or the mail have come all the same and the code been given back.
        if isinstance(answer, Exception) and event.key in ircd.accounts.unverified:
            apply.apply(ircd, AccountDeleted(_server(ircd, self._ctx.now), event.account, event.key))

    def _finish(self, _: None) -> None:
        self._then(_still_there(self._ctx.ircd, self._event.key, self._refuse))


def key_of(seq: int) -> str:
    """The key of the account that is made by the event ``seq``: no nick, no room and no guest's key is like it."""
    return f"@{seq:x}"


def _refuse_haste(ctx: Context, refuse: Refuse) -> None:
    ircd, network = ctx.ircd, network_of(ctx.session.address)
    why = _why_closed(ctx)
    if why is not None:
        raise refuse(UNAVAILABLE, why)
    if ircd.limits.registrations.wait(network, ctx.now.mono) or ircd.gates.passwords.is_full(network):
        raise refuse(UNAVAILABLE, "Too many accounts are being made: try again in a while")


def _why_closed(ctx: Context) -> str | None:
    """Why no account can be made at the moment; None where one can."""
    ircd = ctx.ircd
    if ircd.config.accounts.registration == "closed":
        return "Accounts are made by those who run this server"
    why = quiet.read_only(ircd, ctx.session.user)
    if why is None and not lockdown.allows_accounts(ircd):
        why = lockdown.told(ircd.lockdown)
    return why


def _refuse_read_only(ctx: Context, refuse: Refuse) -> None:
    why = quiet.read_only(ctx.ircd, ctx.session.user)
    if why is not None:
        raise refuse(UNAVAILABLE, why)


def _prepared_name(ctx: Context, wanted: str, refuse: Refuse) -> str:
    name = check_name(ctx.ircd, wanted, refuse)
    user = nicks.similar(ctx.ircd, name)
    if user is not None and user is not ctx.session.user:
        raise refuse("BAD_ACCOUNT_NAME", "Somebody else uses this name as a nickname")
    return name


def check_name(ircd: Ircd, wanted: str, refuse: Refuse) -> str:
    """The name of the account that ``wanted`` asks for, prepared."""
    name = names.prepare_nick(wanted)
    if name is None or nicks.is_the_servers(ircd, name):
        raise refuse("BAD_ACCOUNT_NAME", "An account cannot be called so: its name must be a possible nickname")
    other = ircd.accounts.like(name)
    if ircd.accounts.find(name) is not None or skeleton(name) in ircd.accounts.being_made:
        raise refuse("ACCOUNT_EXISTS", "There is an account of this name already")
    if other is not None:
        raise refuse("BAD_ACCOUNT_NAME", f"The name looks like that of the account {other.name}")
    return name


def refuse_password(ircd: Ircd, password: str, name: str, refuse: Refuse) -> None:
    """Refuse what may not be the password of the account ``name``."""
    if passwords.prepare(password) is None:
        text = f"A password has up to {passwords.MAX_BYTES} bytes and no invisible characters"
        raise refuse("UNACCEPTABLE_PASSWORD", text)
    shortest = ircd.config.accounts.min_password
    if len(password) < shortest:
        raise refuse("WEAK_PASSWORD", f"A password needs at least {shortest} characters")
    if casefold(password) == casefold(name):
        raise refuse("WEAK_PASSWORD", "The account's name is no password")


def _refuse_email(ircd: Ircd, email: str, refuse: Refuse) -> None:
    by_mail = ircd.config.accounts.registration == "mail"
    if (email and not names.is_mail_address(email)) or (by_mail and not email):
        raise refuse("INVALID_EMAIL", "This needs a mail address, as ann@example.org")
    waiting = sum(account.email.lower() == email.lower() for account in ircd.accounts.unverified.values())
    if by_mail and waiting >= MAX_CODES:
        raise refuse("UNACCEPTABLE_EMAIL", "Enough codes were sent to this address: give one of them back first")


# Verifying one.


def verify(ctx: Context, name: str, code: str, refuse: Refuse, then: Callable[[Account], None]) -> None:
    """Take the code that was sent by mail, or an invite code. ``then`` takes the account when that is stored."""
    _refuse_read_only(ctx, refuse)
    ircd, account = ctx.ircd, ctx.ircd.accounts.find(name)
    key = account.key if account is not None else ""
    logins.refuse_haste(ctx, key, lambda text: refuse(UNAVAILABLE, text))
    invitation = _invitation(ctx, code)
    if account is None or account.verified or not (invitation or _is_code(ircd, account, code)):
        logins.note_failure(ctx, key)
        raise refuse("INVALID_CODE", "This is not the code that was sent, or it came too late")
    by = Cause(ircd.sequence.next(ctx.now.wall), ctx.session.address)
    event = AccountVerified(by, account.name, key, "" if invitation is None else invitation.room)

    def settled(answer: Any) -> None:
        if invitation is not None and isinstance(answer, Exception):
            invitations.give_back(ircd, invitation)
        if key not in ircd.accounts.by_key:
            forget_documents(ircd, key)
        elif not isinstance(answer, Exception):
            apply.apply(ircd, event)

    def finish(_: None) -> None:
        then(_still_there(ircd, key, refuse))
        invitations.lead_in(ctx)

    verified = document(DOCUMENT, key, msgspec.structs.replace(account, verified=True, bidden=event.bidden))
    used = () if invitation is None else (invitations.use(ircd, invitation),)
    ctx.ask(StoreNow((verified, *used)), finish, refuse(UNAVAILABLE, _TROUBLE), settled=settled)


def how_to_verify(ircd: Ircd, account: Account) -> str:
    """What the owner of ``account``, which is new, is told to do to make it his."""
    if ircd.config.accounts.registration == "invite":
        return "give an invite code, which those who run this server give out"
    return f"give the code back that was sent to {account.email}"


def how_to_register(ircd: Ircd) -> str:
    """What it takes to get an account here besides a password."""
    return _WAYS[ircd.config.accounts.registration]


def _invitation(ctx: Context, code: str) -> Invitation | None:
    """The invitation that ``code`` is for, where accounts are made by such."""
    by_invitation = ctx.ircd.config.accounts.registration == "invite"
    return invitations.find(ctx.ircd, code, ctx.now) if by_invitation else None


def _still_there(ircd: Ircd, key: str, refuse: Refuse) -> Account:
    """The account ``key``, which may have been deleted while its owner waited."""
    account = ircd.accounts.by_key.get(key)
    if account is None:
        raise refuse(UNAVAILABLE, "The account is gone")
    return account


def _is_code(ircd: Ircd, account: Account, code: str) -> bool:
    """Whether ``code`` is the one that was mailed; without an address none was."""
    if not account.email:
        return False
    return hmac.compare_digest(code.strip().lower().encode(), _code(ircd, account).encode())


def _code(ircd: Ircd, account: Account) -> str:
    what = f"verify\0{account.key}\0{account.email}".encode()
    return base64.b32encode(hmac.digest(secret_of(ircd), what, hashlib.sha256)[:CODE_BYTES]).decode().lower()


def _mail_text(ircd: Ircd, account: Account) -> str:
    code, hours = _code(ircd, account), VERIFY_SECONDS // 3600
    return _MAIL.format(account=account.name, server=ircd.network, code=code, hours=hours)


# Giving one up.


def expire(ircd: Ircd, now: Moment) -> None:
    """Give up accounts whose code did not come back in time."""
    for account in list(ircd.accounts.unverified.values()):
        if expires(account) <= now.wall // SECOND:
            apply.apply(ircd, AccountDeleted(_server(ircd, now), account.name, account.key))


def delete(ircd: Ircd, account: Account, history: bool, now: Moment, origin: Context | None = None) -> None:
    """Delete ``account``, and everything that is its own. Who is logged in to it is a guest from then on.

    ``history`` is whether all that it ever said goes too.
    """
    for user in ircd.presences.users_of(account.key):
        if user.sessions:
            logins.log_out(ircd, user, now, origin)
        else:
            ircd.remove(user, "Account deleted", now)
    apply.apply(ircd, AccountDeleted(_server(ircd, now), account.name, account.key, history))


def _server(ircd: Ircd, now: Moment) -> Cause:
    return Cause(ircd.sequence.next(now.wall), ircd.name)
