"""NickServ: the settings of an account."""

from __future__ import annotations

from chatkit.ircd import enrolment, logins, persistence
from chatkit.ircd.accounts import (
    MAX_FINGERPRINTS,
    Account,
    add_fingerprint,
    as_fingerprint,
    forget_documents,
    remove_fingerprint,
    save,
)
from chatkit.ircd.context import Context
from chatkit.ircd.documents import document
from chatkit.ircd.nickserv import own_account, refuse, refuse_with_code, service
from chatkit.ircd.presences import PREFERENCES
from chatkit.ircd.requests import CREDENTIALS, Credentials, HashPassword, StoreNow
from chatkit.proto import names

_TROUBLE = "The password could not be saved; the old one is still good"


@service.command("PASSWORD <old> <new>", "Changes your password.", needs_account=True, changes=0)
def password(ctx: Context, words: list[str]) -> None:
    account, (old, new) = own_account(ctx), words[:2]
    enrolment.refuse_password(ctx.ircd, new, account.name, refuse_with_code)
    logins.check_password(ctx, account.name, old, refuse, lambda account: _hash(ctx, account, new))


service.command("SET PASSWORD <old> <new>", "Is another word for PASSWORD.", needs_account=True, changes=0)(password)


def _hash(ctx: Context, account: Account, new: str) -> None:
    ctx.ask(HashPassword(new), lambda credentials: _store(ctx, account, credentials), refuse(_TROUBLE))


def _store(ctx: Context, account: Account, credentials: Credentials) -> None:
    if account.key not in ctx.ircd.accounts.by_key:
        raise refuse("The account is gone")
    entries = (document(CREDENTIALS, account.key, credentials),)

    def settled(answer: object) -> None:
        if account.key not in ctx.ircd.accounts.by_key:  # deleted meanwhile, by another device or by an admin
            forget_documents(ctx.ircd, account.key)

    changed = "Your password is changed."
    ctx.ask(StoreNow(entries), lambda _: service.say(ctx, changed), refuse(_TROUBLE), settled=settled)


@service.command(
    "EMAIL [<address>|none]",
    "Sets or shows the mail address that those who run this server can reach you at.",
    needs_account=True,
    changes=1,
)
def email(ctx: Context, words: list[str]) -> None:
    account = own_account(ctx)
    if words:
        address = "" if words[0].lower() == "none" else words[0]
        service.require(not address or names.is_mail_address(address), f"{address} is no mail address.")
        account.email = address
        save(ctx.ircd, account)
    service.say(ctx, f"Your mail address: {account.email or 'none'}.")


service.command("SET EMAIL [<address>|none]", "Is another word for EMAIL.", needs_account=True, changes=1)(email)


@service.command(
    "CERT ADD [<fingerprint>]",
    "Lets a certificate log you in, with SASL EXTERNAL.",
    "The fingerprint is the SHA-256 of the certificate in hexadecimal; without it, that of this connection's.",
    "One of your devices here must show it: so nobody takes a certificate that is another's before its owner comes.",
    needs_account=True,
    changes=0,
)
def cert_add(ctx: Context, words: list[str]) -> None:
    found = _fingerprint(ctx, words)
    service.require(found in _shown(ctx), "None of your devices here shows that certificate: connect with it first.")
    is_added = add_fingerprint(ctx.ircd, own_account(ctx), found)
    service.require(is_added, f"An account has up to {MAX_FINGERPRINTS} certificates, and each has one account.")
    service.say(ctx, f"The certificate {found} logs you in.")


def _shown(ctx: Context) -> set[str | None]:
    """The certificates of all devices that are logged in to the account."""
    users = ctx.ircd.presences.users_of(own_account(ctx).key)
    return {session.certfp for user in users for session in user.sessions}


@service.command("CERT LIST", "Lists the certificates that log you in.", needs_account=True)
def cert_list(ctx: Context, words: list[str]) -> None:
    found = own_account(ctx).fingerprints
    for fingerprint in found:
        current = " (this connection's)" if fingerprint == ctx.session.certfp else ""
        service.say(ctx, f"{fingerprint}{current}")
    service.require(found, "No certificate logs you in.")


@service.command("CERT DEL [<fingerprint>]", "Takes a certificate off that list.", needs_account=True, changes=0)
def cert_del(ctx: Context, words: list[str]) -> None:
    found = _fingerprint(ctx, words)
    service.require(remove_fingerprint(ctx.ircd, own_account(ctx), found), "That certificate is not on your list.")
    service.say(ctx, f"The certificate {found} does not log you in any more.")


def _fingerprint(ctx: Context, words: list[str]) -> str:
    found = as_fingerprint(words[0]) if words else ctx.session.certfp
    if found is None:
        raise refuse("That is no SHA-256 in hexadecimal" if words else "This connection shows no certificate")
    return found


@service.command(
    "SET ALWAYS-ON <on|off|default>",
    "Says whether you stay in your channels when your last device is gone.",
    needs_account=True,
    changes=0,
)
def always_on(ctx: Context, words: list[str]) -> None:
    word = words[0].upper()
    service.require(word in PREFERENCES, "Say on, off or default.")
    service.require(ctx.ircd.config.accounts.always_on != "off", "Nobody can stay on this server.")
    persistence.prefer(ctx.ircd, own_account(ctx), PREFERENCES[word], ctx.now)
    service.say(ctx, f"Always on: {word.lower()}.")
