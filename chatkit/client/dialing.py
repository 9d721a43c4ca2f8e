"""One try after the other to reach a server: the password, the ways there, and whether its certificate will do.

All of it blocks, so it runs on a thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from chatkit.client import words
from chatkit.client.address import WEBSOCKET
from chatkit.client.credentials import CredentialError
from chatkit.client.model import Security
from chatkit.client.options import ClientOptions
from chatkit.client.security import AcceptNew, Refuse, Shown, Way, judge, ways
from chatkit.client.trust import Pin, Trust
from chatkit.net.dial import Dialed, Endpoint, connect
from chatkit.net.transport.tls_client import OwnCertificateError
from chatkit.proto import scram
from chatkit.proto.addresses import is_loopback

FindSecret = Callable[[ClientOptions], str | None]


class Reached(msgspec.Struct, frozen=True):
    """There is a connection."""

    dialed: Dialed
    port: int
    security: Security
    secret: str | None  # the account's password
    password: str | None = None  # the server's, where it was kept
    is_new: bool = False  # whether the certificate was trusted because there was none before

    def __repr__(self) -> str:  # the generated one would show the password
        return f"Reached({self.port}, {self.security!r})"


class Doubt(msgspec.Struct, frozen=True):
    """A certificate that the user may decide about."""

    host: str
    port: int
    fingerprint: str
    before: str  # the one of the last time; empty where there was none
    words: str


class NotReached(msgspec.Struct, frozen=True):
    """There is none."""

    reason: str
    again: bool = True  # whether another try could do better
    doubt: Doubt | None = None


class Dialing:
    """How one network is reached, and what was learned on the way. One thread at a time calls ``dial``."""

    def __init__(
        self,
        options: ClientOptions,
        trust: Trust,
        find_secret: FindSecret,
        find_password: FindSecret,
        worked: Way | None = None,
    ) -> None:
        """``find_secret`` finds the account's password, ``find_password`` the server's; both may block. ``worked`` is
        how it was reached the last time."""
        self._options = options
        self._address = options.address
        self._trust = trust
        self._find_secret = find_secret
        self._find_password = find_password
        self._password: str | None = None  # the server's, where it was kept
        self.worked = worked  # to be tried first
        self.secure_port: int | None = None  # where the server wants us to come, encrypted, by STS

    def dial(self) -> Reached | NotReached:
        """Try all ways. Blocks."""
        try:
            secret = self._secret()
            self._password = None if self._options.password else self._find_password(self._options)
            return self._try_ways(secret)
        except CredentialError as error:
            return NotReached(str(error), again=False)
        except OwnCertificateError as error:
            return NotReached(str(error), again=False)

    def _secret(self) -> str | None:
        options = self._options
        known = options.secret is not None or not options.account
        secret = options.secret if known else self._find_secret(options)
        if secret is not None:
            scram.load()  # here, where it keeps nobody waiting
        return secret

    def _try_ways(self, secret: str | None) -> Reached | NotReached:
        host, reason = self._address.host, ""
        policy_port = self._policy_port()
        encrypted_before = self._trust.was_encrypted(host)
        found = ways(self._address, encrypted_before=encrypted_before, sts_port=policy_port)
        for way in sorted(found, key=lambda way: not _is_same(way, self.worked)):
            try:
                dialed = connect(self._endpoint(way), way.timeout)
            except (OSError, UnicodeError) as error:  # a host name may be none
                reason = getattr(error, "strerror", None) or str(error)
                if encrypted_before and type(error) is ConnectionError:  # it answered, but not encrypted
                    reason = words.ONLY_IN_THE_CLEAR
            else:
                return self._judged(way, dialed, secret, sts=policy_port is not None)
        return NotReached(reason)

    def _policy_port(self) -> int | None:
        if self.secure_port is not None or is_loopback(self._address.host):  # what never leaves here needs no policy
            return self.secure_port
        policy = self._trust.sts(self._address.host, time.time_ns() // 1_000_000)
        return None if policy is None or self._address.scheme in WEBSOCKET else policy.port

    def _endpoint(self, way: Way) -> Endpoint:
        address = self._address
        path = (address.path or "/") if address.scheme in WEBSOCKET else None
        return Endpoint(address.host, way.port, way.tls, path, self._options.certificate, take_any=True)

    def _judged(self, way: Way, dialed: Dialed, secret: str | None, *, sts: bool) -> Reached | NotReached:
        host = self._address.host
        if not way.tls:
            self.worked = way
            return Reached(dialed, way.port, "local" if is_loopback(host) else "", secret, self._password)
        pin = self._trust.pin(host, way.port)
        shown = Shown(dialed.fingerprint, vouched=not dialed.doubt, doubt=dialed.doubt)
        before = "" if pin is None else pin.fingerprint
        verdict = judge(
            shown,
            before,
            sts=sts,
            given=self._address.fingerprint,
            stored_password=self._password is not None or (secret is not None and self._options.secret is None),
        )
        if isinstance(verdict, Refuse):
            dialed.sock.close()
            doubt = Doubt(host, way.port, shown.fingerprint, before, verdict.words) if verdict.ask else None
            return NotReached(verdict.words, again=False, doubt=doubt)
        self.worked = way
        self._trust.keep(host, way.port, Pin(shown.fingerprint, vouched=shown.vouched))
        if isinstance(verdict, AcceptNew):
            return Reached(dialed, way.port, "pinned", secret, self._password, is_new=True)
        return Reached(dialed, way.port, verdict.security, secret, self._password)


def _is_same(way: Way, other: Way | None) -> bool:
    return other is not None and (way.port, way.tls) == (other.port, other.tls)
