"""What the commands of the family "accounts" do. Passwords never come here: whoever asks has hashed them."""

from __future__ import annotations

from functools import partial

import msgspec

from chatkit.control.credentials import check_credentials
from chatkit.control.finding import find_account
from chatkit.control.params.accounts import (
    Account as Named,
)
from chatkit.control.params.accounts import (
    AccountCert,
    AccountCreate,
    AccountDelete,
    AccountPassword,
    AccountRestore,
    Accounts,
    AccountSuspend,
)
from chatkit.control.phrases import end_of, lasting, reason_of, rest_of
from chatkit.control.plan import Actor, Changed, Plan, Undo, refused
from chatkit.control.runner import Desk, does, plans, reads
from chatkit.ircd import accounts, enrolment, suspensions
from chatkit.ircd.accounts import MAX_FINGERPRINTS, Account, begun_by
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.documents import document
from chatkit.ircd.events import AccountCreated, Cause
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.registrations import owned_by
from chatkit.ircd.requests import CREDENTIALS
from chatkit.proto.lookalikes import skeleton
from chatkit.proto.names import is_mail_address


class AccountRow(msgspec.Struct):
    """One account. Times are in seconds since 1970; ``here`` are the nicks of those who are logged in to it.

    ``suspended`` is why it may not be used, or None; ``suspended_until`` 0 is for good.
    """

    name: str
    created: int
    email: str
    verified: bool
    certificates: list[str]
    always_on: bool | None
    rooms: list[str]
    here: list[str]
    suspended: str | None
    suspended_until: int


# Looking.


@reads("account.list")
def list_(desk: Desk, params: Accounts) -> list[AccountRow]:
    """Every account, by name."""

    def read(ircd: Ircd, now: Moment) -> list[AccountRow]:
        rooms: dict[str, list[str]] = {}  # by their founders' keys
        for registration in ircd.registrations.values():
            rooms.setdefault(registration.founder, []).append(registration.name)
        found = sorted(ircd.accounts.by_name.items())
        return [_row_with(ircd, account, rooms.get(account.key, [])) for _, account in found]

    return desk.host.act(read)


reads("accounts")(list_)


@reads("account.show")
def show(desk: Desk, params: Named) -> AccountRow:
    """One account. Refuses: no such account."""
    return desk.host.act(lambda ircd, now: _row(ircd, find_account(ircd, params.name)))


# Making, and changing the password: what is stored before it holds.


@does("account.create")
def create(desk: Desk, params: AccountCreate, actor: Actor) -> Changed:
    """Make an account. Refuses: a name that cannot be had, what is no mail address, credentials that are none."""
    if params.email and not is_mail_address(params.email):
        raise refused(f"{params.email!r} is no mail address")
    credentials = check_credentials(params.credentials)
    if params.dry_run:
        name = desk.host.act(lambda ircd, now: _free_name(ircd, params.name))
        return Changed(f"Made the account {name}", (name,), undo=Undo("account.delete", {"name": name}))
    event = desk.host.act(partial(_begin, params))
    account = document(accounts.DOCUMENT, event.key, begun_by(event))
    try:
        desk.host.commit((account, document(CREDENTIALS, event.key, credentials)))
        row = desk.host.act(lambda ircd, now: _enter(ircd, event))
    finally:
        desk.host.act(lambda ircd, now: ircd.accounts.being_made.discard(skeleton(event.account)))
    undo = Undo("account.delete", {"name": event.account})
    return Changed(f"Made the account {event.account}", (event.account,), result=row, undo=undo)


def _free_name(ircd: Ircd, wanted: str) -> str:
    return enrolment.check_name(ircd, wanted, lambda code, text: refused(text))


def _begin(params: AccountCreate, ircd: Ircd, now: Moment) -> AccountCreated:
    name = _free_name(ircd, params.name)
    ircd.accounts.being_made.add(skeleton(name))
    seq = ircd.sequence.next(now.wall)
    return AccountCreated(Cause(seq, ircd.name), name, enrolment.key_of(seq), params.email, verified=True)


def _enter(ircd: Ircd, event: AccountCreated) -> AccountRow:
    apply(ircd, event)
    return _row(ircd, ircd.accounts.by_key[event.key])


@does("account.password")
def password(desk: Desk, params: AccountPassword, actor: Actor) -> Changed:
    """Give an account another password. Refuses: no such account, credentials that are none."""

    def finish(ircd: Ircd, now: Moment) -> AccountRow | None:
        account = ircd.accounts.by_key.get(key)
        if account is None:  # its owner has deleted it meanwhile
            accounts.forget_documents(ircd, key)
            return None
        return _row(ircd, account)

    credentials = check_credentials(params.credentials)
    name, key = desk.host.act(lambda ircd, now: _name_and_key(find_account(ircd, params.name)))
    said = f"Changed the password of {name}"
    if params.dry_run:
        return Changed(said, (name,))
    desk.host.commit((document(CREDENTIALS, key, credentials),))
    row = desk.host.act(finish)
    if row is None:
        raise refused(f"there is no account {name!r} any more")
    return Changed(said, (name,), result=row)


def _name_and_key(account: Account) -> tuple[str, str]:
    return account.name, account.key


# What is done at once.


@plans("account.delete")
def delete(ircd: Ircd, now: Moment, params: AccountDelete, actor: Actor) -> Plan:
    """Delete an account with all that is its own. Refuses: no such account."""
    account = find_account(ircd, params.name)
    row = _row(ircd, account)

    def go() -> AccountRow:
        enrolment.delete(ircd, account, params.with_history, now)
        return row

    what = " with all that it ever said" if params.with_history else ""
    return Plan(f"Deleted the account {account.name}{what}", _concerned(account, row), go, asks=True)


@plans("account.cert")
def cert(ircd: Ircd, now: Moment, params: AccountCert, actor: Actor) -> Plan:
    """Change which certificates log in to an account. One that is another account's is taken from that.

    Refuses: no such account, what is no fingerprint, nothing to change, more than an account may have.
    """
    account = find_account(ircd, params.name)
    added, removed = _fingerprint(params.add), _fingerprint(params.remove)
    if bool(added) is bool(removed):
        raise refused("say which certificate to --add or to --remove, one of the two")
    if removed:
        return _take_off(ircd, account, removed)
    return _put_on(ircd, account, added)


def _put_on(ircd: Ircd, account: Account, fingerprint: str) -> Plan:
    owner = ircd.accounts.by_fingerprint.get(fingerprint)
    if owner is account:
        raise refused(f"the certificate logs in to {account.name} already")
    if len(account.fingerprints) >= MAX_FINGERPRINTS:
        raise refused(f"an account has up to {MAX_FINGERPRINTS} certificates")

    def go() -> AccountRow:
        if owner is not None:
            accounts.remove_fingerprint(ircd, owner, fingerprint)
        accounts.add_fingerprint(ircd, account, fingerprint)
        return _row(ircd, account)

    said = f"The certificate {fingerprint} logs in to {account.name}"
    if owner is None:
        return Plan(said, (account.name,), go, Undo("account.cert", {"name": account.name, "remove": fingerprint}))
    undo = Undo("account.cert", {"name": owner.name, "add": fingerprint})
    return Plan(f"{said}, and no more to {owner.name}", (account.name, owner.name), go, undo)


def _take_off(ircd: Ircd, account: Account, fingerprint: str) -> Plan:
    if fingerprint not in account.fingerprints:
        raise refused(f"the certificate does not log in to {account.name}")

    def go() -> AccountRow:
        accounts.remove_fingerprint(ircd, account, fingerprint)
        return _row(ircd, account)

    undo = Undo("account.cert", {"name": account.name, "add": fingerprint})
    return Plan(f"The certificate {fingerprint} does not log in to {account.name} any more", (account.name,), go, undo)


@plans("account.suspend")
def suspend(ircd: Ircd, now: Moment, params: AccountSuspend, actor: Actor) -> Plan:
    """Let nobody use an account; who is logged in to it is removed. Refuses: no such account."""
    account = find_account(ircd, params.name)

    def go() -> AccountRow:
        suspensions.suspend(ircd, account, reason_of(params), end_of(params, now), now)
        return _row(ircd, account)

    undo = _suspended_again(account, now) or Undo("account.restore", {"name": account.name})
    said = f"Suspended the account {account.name}{lasting(params)}"
    return Plan(said, _concerned(account, _row(ircd, account)), go, undo)


@plans("account.restore")
def restore(ircd: Ircd, now: Moment, params: AccountRestore, actor: Actor) -> Plan:
    """Let a suspended account be used again. Refuses: no such account, one that is not suspended."""
    account = find_account(ircd, params.name)
    if account.suspended is None:
        raise refused(f"the account {account.name} is not suspended")

    def go() -> AccountRow:
        suspensions.restore(ircd, account, now)
        return _row(ircd, account)

    return Plan(f"Restored the account {account.name}", (account.name,), go, _suspended_again(account, now))


def _suspended_again(account: Account, now: Moment) -> Undo | None:
    """What suspends it as it is suspended now, if it is."""
    if account.suspended is None:
        return None
    rest = rest_of(account.suspended_until, now)
    return Undo("account.suspend", {"name": account.name, "reason": account.suspended, "lasts": rest})


# Finding.


def _concerned(account: Account, row: AccountRow) -> tuple[str, ...]:
    """The account, and those who are here by it."""
    return tuple(dict.fromkeys((account.name, *row.here)))


def _fingerprint(text: str) -> str:
    """The certificate's fingerprint; nothing, where none is given."""
    if not text:
        return ""
    found = accounts.as_fingerprint(text)
    if found is None:
        raise refused(f"{text!r} is no SHA-256 in hexadecimal")
    return found


def _row(ircd: Ircd, account: Account) -> AccountRow:
    return _row_with(ircd, account, [room.name for room in owned_by(ircd, account.key)])


def _row_with(ircd: Ircd, account: Account, rooms: list[str]) -> AccountRow:
    here = [user.nick for user in ircd.presences.users_of(account.key)]
    return AccountRow(
        account.name, account.created, account.email, account.verified, account.fingerprints, account.always_on,
        rooms, here, account.suspended, account.suspended_until,
    )  # fmt: skip
