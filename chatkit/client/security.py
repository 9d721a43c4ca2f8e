"""How to reach a server, and whether to believe that it is the one: decisions only, on plain data.

Spec: https://ircv3.net/specs/extensions/sts
"""

from __future__ import annotations

import re

import msgspec

from chatkit.client import words
from chatkit.client.address import DEFAULT_PORT, ENCRYPTED, Address
from chatkit.client.model import Security
from chatkit.proto.addresses import is_loopback

TLS_PORT, PLAIN_PORT = 6697, 6667  # by convention: nothing else is tried there
PROBE_TIMEOUT = 4.0  # seconds for a way that is one of several
DIAL_TIMEOUT = 10.0  # seconds for the only one
MAX_DURATION = 10 * 365 * 24 * 3600  # seconds: longer policies are taken for this long


class Way(msgspec.Struct, frozen=True):
    """One thing to try."""

    port: int
    tls: bool
    timeout: float = DIAL_TIMEOUT


def ways(address: Address, *, encrypted_before: bool = False, sts_port: int | None = None) -> tuple[Way, ...]:
    """What to try at ``address``, in this order.

    ``sts_port`` is the one of a policy in force. A host to which there was an encrypted connection before is never
    spoken to in the clear, unless the address asks for it.
    """
    if sts_port is not None:
        return (Way(sts_port, tls=True),)
    if address.scheme != "auto":
        return _only(_usual_ways(address) if address.any_port else (), tls=address.scheme in ENCRYPTED, address=address)
    if is_loopback(address.host) and not address.fingerprint:
        return (Way(address.port, tls=False),)
    found = _usual_ways(address)
    return _only(found, tls=True, address=address) if encrypted_before or address.fingerprint else _in_time(found)


def _only(found: tuple[Way, ...], *, tls: bool, address: Address) -> tuple[Way, ...]:
    """Those that are encrypted, or those that aren't; at the address's own port where there are none."""
    return _in_time(tuple(way for way in found if way.tls is tls) or (Way(address.port, tls),))


def _in_time(found: tuple[Way, ...]) -> tuple[Way, ...]:
    return found if len(found) == 1 else tuple(msgspec.structs.replace(way, timeout=PROBE_TIMEOUT) for way in found)


def _usual_ways(address: Address) -> tuple[Way, ...]:
    if address.any_port:
        return _USUAL
    if address.port in (TLS_PORT, PLAIN_PORT):
        return (Way(address.port, address.port == TLS_PORT),)
    return Way(address.port, tls=True), Way(address.port, tls=False)


_USUAL = (
    Way(TLS_PORT, tls=True),
    Way(DEFAULT_PORT, tls=True),
    Way(DEFAULT_PORT, tls=False),
    Way(PLAIN_PORT, tls=False),
)


def format_way(way: Way) -> str:
    """``ircs:6697``, to be remembered."""
    return f"{'ircs' if way.tls else 'irc'}:{way.port}"


def parse_way(text: str) -> Way | None:
    """The other way round; None where it is none."""
    scheme, _, port = text.partition(":")
    return Way(int(port), scheme == "ircs") if scheme in ("irc", "ircs") and _number(port) is not None else None


class Accept(msgspec.Struct, frozen=True):
    """The certificate is the one that was expected, or somebody whom the system trusts vouches for it."""

    security: Security


class AcceptNew(msgspec.Struct, frozen=True):
    """Nobody vouches for the certificate, and there was none before: it is the one to expect from now on."""


class Refuse(msgspec.Struct, frozen=True):
    """Not with this certificate. ``ask`` is whether the user may decide otherwise."""

    words: str
    ask: bool = False


class Shown(msgspec.Struct, frozen=True):
    """What a server showed."""

    fingerprint: str  # SHA-256 of its certificate, in hexadecimal
    vouched: bool  # whether the system trusts it
    doubt: str = ""  # why it doesn't


def judge(
    shown: Shown, known: str = "", *, sts: bool = False, given: str = "", stored_password: bool = False
) -> Accept | AcceptNew | Refuse:
    """Whether to go on with a server that has shown this certificate.

    ``known`` is the fingerprint of the last time and ``given`` the one that the user named; empty where there is none.
    ``sts``: whether a policy is in force. ``stored_password``: whether one would be sent that the user typed for
    another occasion.
    """
    if given:
        return Accept("pinned") if shown.fingerprint == given else Refuse(words.not_the_given(shown.fingerprint))
    if shown.vouched:
        return Accept("vouched")
    if known and shown.fingerprint == known:
        return Accept("pinned")
    if sts:
        return Refuse(words.not_vouched_for(shown.doubt))
    if known:
        return Refuse(words.CERTIFICATE_CHANGED, ask=True)
    return Refuse(words.PASSWORD_FOR_STRANGER, ask=True) if stored_password else AcceptNew()


class StsValue(msgspec.Struct, frozen=True):
    """What the capability ``sts`` says. None: it doesn't."""

    port: int | None = None
    duration: int | None = None  # seconds


def parse_sts(value: str) -> StsValue:
    """``port=6697,duration=2592000``. What is no number is taken for missing."""
    keys = dict(token.partition("=")[::2] for token in value.split(","))
    port, duration = _number(keys.get("port", "")), _number(keys.get("duration", ""))
    return StsValue(
        port if port is not None and 0 < port < 65536 else None,
        None if duration is None else min(duration, MAX_DURATION),
    )


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,12}", text) else None


def groups(fingerprint: str) -> str:
    """A fingerprint in groups of four digits, to be compared by eye."""
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))
