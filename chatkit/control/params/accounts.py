"""What the commands of the family "accounts" take. Passwords never come here: whoever asks has hashed them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from chatkit.control.plan import Change, Lasting
from chatkit.control.row import Row
from chatkit.ircd.requests import Credentials

AccountName = Annotated[str, Meta(description="Which account.", extra={"complete": "account"})]


class Accounts(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing: all of them."""


class Account(msgspec.Struct, forbid_unknown_fields=True):
    """Which account."""

    name: AccountName


class AccountCreate(Change, kw_only=True):
    """A new account."""

    name: Annotated[str, Meta(description="What it is to be called; a possible nickname.")]
    credentials: Annotated[Credentials, Meta(description="What is kept of its password.")]
    email: Annotated[str, Meta(description="Where its owner can be reached.", extra={"metavar": "ADDRESS"})] = ""


class AccountPassword(Change, kw_only=True):
    """A new password."""

    name: AccountName
    credentials: Annotated[Credentials, Meta(description="What is kept of the new password.")]


class AccountDelete(Change, kw_only=True):
    """Which account, and whether all that it ever said goes with it."""

    name: AccountName
    with_history: Annotated[bool, Meta(description="With all that it ever said, in rooms and to people.")] = False


class AccountCert(Change, kw_only=True):
    """Which certificates log in."""

    name: AccountName
    add: Annotated[
        str, Meta(description="Let the certificate with this fingerprint log in.", extra={"metavar": "SHA256"})
    ] = ""
    remove: Annotated[str, Meta(description="Let it log in no more.", extra={"metavar": "SHA256"})] = ""


class AccountSuspend(Lasting, kw_only=True):
    """Which account may not be used."""

    name: AccountName


class AccountRestore(Change, kw_only=True):
    """Which account may be used again."""

    name: AccountName


ROWS: tuple[Row, ...] = (
    Row(
        "accounts",
        Accounts,
        "accounts",
        "Show which accounts there are.",
        example="accounts",
        shows="table:accounts",
    ),
    Row(
        "account.list",
        Accounts,
        "accounts",
        "Show which accounts there are.",
        example="account list",
        shows="table:accounts",
    ),
    Row(
        "account.show",
        Account,
        "accounts",
        "Show all about an account.",
        ("name",),
        "account show alice",
        shows="facts:account",
    ),
    Row(
        "account.create",
        AccountCreate,
        "accounts",
        "Make an account. Its password is asked for, or read from a file or from the standard input.",
        ("name",),
        "account create alice --email alice@example.org",
    ),
    Row(
        "account.password",
        AccountPassword,
        "accounts",
        "Give an account another password. Whoever is logged in to it stays so.",
        ("name",),
        "account password alice",
    ),
    Row(
        "account.delete",
        AccountDelete,
        "accounts",
        "Delete an account, its settings and its rooms. Nobody can bring it back.",
        ("name",),
        "account delete alice --with-history",
    ),
    Row(
        "account.cert",
        AccountCert,
        "accounts",
        "Say which certificates log in to an account, without a password. One that is another account's is taken from"
        " that.",
        ("name",),
        f"account cert alice --add {'ab' * 32}",
    ),
    Row(
        "account.suspend",
        AccountSuspend,
        "accounts",
        "Let nobody use an account. Whoever is logged in to it is removed from the server; what it owns stays its own.",
        ("name",),
        'account suspend alice --for 2d --reason "Cool down"',
    ),
    Row(
        "account.restore",
        AccountRestore,
        "accounts",
        "Let a suspended account be used again.",
        ("name",),
        "account restore alice",
    ),
)
