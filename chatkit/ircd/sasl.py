"""A log-in by SASL that is under way: one class for each mechanism.

Spec: https://ircv3.net/specs/extensions/sasl-3.1
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from chatkit.ircd import logins
from chatkit.ircd.errors import NumericError
from chatkit.ircd.requests import Credentials, LoadCredentials
from chatkit.ircd.secret import secret_of
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.sasl import (
    EXTERNAL,
    PLAIN,
    SCRAM_SHA_256,
    Assembler,
    SaslError,
    chunks,
    parse_external,
    parse_plain,
)
from chatkit.proto.scram import ScramServer, made_up_keys

if TYPE_CHECKING:
    from chatkit.ircd.accounts import Account
    from chatkit.ircd.context import Context
    from chatkit.ircd.state import Session

PATIENCE = 60.0  # seconds that an exchange may take


class Mechanism(Protocol):
    """The server's side of one exchange."""

    def receive(self, ctx: Context, data: bytes) -> bool:
        """Take a response. Returns whether there are more to come.

        Raises SaslError, or NumericError for what the client is to be told.
        """


class Exchange:
    """One AUTHENTICATE exchange."""

    __slots__ = ("assembler", "began", "mechanism")

    def __init__(self, mechanism: Mechanism, now: float) -> None:
        self.mechanism = mechanism
        self.assembler = Assembler()
        self.began = now

    def is_overdue(self, now: float) -> bool:
        """Whether it has taken too long."""
        return now - self.began > PATIENCE


class Plain:
    """An account and its password, as they are."""

    def receive(self, ctx: Context, data: bytes) -> bool:
        login = parse_plain(data)
        logins.check_password(ctx, login.account, login.password, failure, lambda account: succeed(ctx, account))
        return False


class External:
    """A certificate, which TLS has proved already."""

    def receive(self, ctx: Context, data: bytes) -> bool:
        wanted, accounts = parse_external(data), ctx.ircd.accounts
        account = accounts.by_fingerprint.get(ctx.session.certfp or "")
        if account is None or (wanted and accounts.find(wanted) is not account):
            raise SaslError("the certificate belongs to no such account")
        succeed(ctx, account)
        return False


class Scram:
    """A proof that one knows the password. It takes three responses: who, the proof, and an empty one."""

    def __init__(self) -> None:
        self._scram = ScramServer()
        self._steps: list[Callable[[Context, bytes], None]] = [self._begin, self._prove, self._end]
        self._name = self._key = ""

    def receive(self, ctx: Context, data: bytes) -> bool:
        self._steps.pop(0)(ctx, data)
        return bool(self._steps)

    def _begin(self, ctx: Context, data: bytes) -> None:
        self._name = self._scram.begin(data)
        account = ctx.ircd.accounts.find(self._name)
        self._key = account.key if account is not None else ""
        logins.refuse_haste(ctx, self._key, failure)
        ctx.ask(LoadCredentials(self._key), lambda found: self._challenge(ctx, found), failure(logins.UNAVAILABLE))

    def _challenge(self, ctx: Context, found: Credentials | None) -> None:
        keys = found.scram if found is not None else None
        if keys is None:  # the answer must not tell whether there is such an account
            iterations = ctx.ircd.config.accounts.scram_iterations
            keys = made_up_keys(secret_of(ctx.ircd), casefold(self._name), iterations)
        try:
            send(ctx, self._scram.challenge(keys))
        except SaslError as error:
            ctx.session.sasl = None
            raise failure() from error

    def _prove(self, ctx: Context, data: bytes) -> None:
        try:
            send(ctx, self._scram.finish(data))
        except SaslError:
            logins.note_failure(ctx, self._key)
            raise

    def _end(self, ctx: Context, data: bytes) -> None:
        account = ctx.ircd.accounts.by_key.get(self._key)
        if account is None:
            raise SaslError("the account is gone")
        succeed(ctx, account)


MECHANISMS: dict[str, Callable[[], Mechanism]] = {PLAIN: Plain, SCRAM_SHA_256: Scram, EXTERNAL: External}


def mechanisms(session: Session) -> list[str]:
    """The names of those that ``session`` may use: EXTERNAL only where it has shown a certificate."""
    return [name for name in MECHANISMS if name != EXTERNAL or session.certfp is not None]


def send(ctx: Context, data: bytes) -> None:
    """Send a challenge."""
    for chunk in chunks(data):
        ctx.send(f"AUTHENTICATE {chunk}")


def succeed(ctx: Context, account: Account) -> None:
    """The client is the owner of ``account``. Refuses: ERR_NICKLOCKED, ERR_SASLALREADY"""
    logins.refuse_unusable(account, lambda text: NumericError(n.ERR_NICKLOCKED, text=text))
    ctx.require(logins.may_become(ctx, account), n.ERR_SASLALREADY, text=logins.SHARED)
    logins.log_in(ctx, account)
    ctx.reply(n.RPL_SASLSUCCESS)


def failure(text: str = "") -> NumericError:
    """What ends an exchange without success; ``text`` says more to a person."""
    usual = n.TEXTS[n.ERR_SASLFAIL]
    return NumericError(n.ERR_SASLFAIL, text=f"{usual}: {text}" if text else usual)
