"""Which certificate belongs to which server, and which servers want nothing but encryption.

The user's known_hosts: a certificate that no authority vouches for is trusted when it is seen first, and from then on
it is that one or none. Beside it, what servers say by STS: https://ircv3.net/specs/extensions/sts
"""

from __future__ import annotations

import threading

import msgspec

from chatkit.client.kept import Kept

FILE_NAME = "trust.json"


class Pin(msgspec.Struct, frozen=True):
    """The certificate that a server showed."""

    fingerprint: str  # SHA-256, 64 hexadecimal digits in lower case
    vouched: bool = False  # whether an authority that the system trusts vouched for it; then another will do too


class Sts(msgspec.Struct, frozen=True):
    """A server's word that it is to be reached encrypted only."""

    port: int  # where
    until_ms: int  # milliseconds since 1970
    duration: int = 0  # seconds that it holds from the end of each connection on


class _File(msgspec.Struct, frozen=True):
    pins: dict[str, Pin] = {}  # by host:port
    policies: dict[str, Sts] = {}  # by host
    encrypted: tuple[str, ...] = ()  # hosts that were reached encrypted


class Trust:
    """The pins and policies of the user. Any thread may use it."""

    def __init__(self, *, in_memory: bool = False) -> None:
        self._kept = Kept(FILE_NAME, _File, in_memory=in_memory)
        self._lock = threading.Lock()  # Guards the file between its reading and its writing.

    def pin(self, host: str, port: int) -> Pin | None:
        """The certificate to expect there; None where there was none yet."""
        return self._kept.load().pins.get(_place(host, port))

    def keep(self, host: str, port: int, pin: Pin) -> None:
        """Expect this certificate there from now on."""
        with self._lock:
            file = self._kept.load()
            encrypted = file.encrypted if host.lower() in file.encrypted else (*file.encrypted, host.lower())
            self._save(file, _File(file.pins | {_place(host, port): pin}, file.policies, encrypted))

    def forget(self, host: str, port: int) -> None:
        """Expect no certain certificate there any more. The host stays one that is reached encrypted."""
        with self._lock:
            file = self._kept.load()
            pins = {place: pin for place, pin in file.pins.items() if place != _place(host, port)}
            self._save(file, msgspec.structs.replace(file, pins=pins))

    def sts(self, host: str, now_ms: int) -> Sts | None:
        """The policy that holds for a host; None where there is none, or none any more."""
        policy = self._kept.load().policies.get(host.lower())
        return policy if policy is not None and policy.until_ms > now_ms else None

    def keep_sts(self, host: str, policy: Sts) -> None:
        """The host said so. A duration of 0 takes back what it said before."""
        with self._lock:
            file = self._kept.load()
            policies = {name: old for name, old in file.policies.items() if name != host.lower()}
            if policy.duration > 0:
                policies[host.lower()] = policy
            self._save(file, msgspec.structs.replace(file, policies=policies))

    def was_encrypted(self, host: str) -> bool:
        """Whether the host was ever reached encrypted: then it is never reached in the clear without being told to."""
        return host.lower() in self._kept.load().encrypted

    def _save(self, before: _File, after: _File) -> None:
        if after != before:
            self._kept.save(after)


def _place(host: str, port: int) -> str:
    return f"[{host.lower()}]:{port}" if ":" in host else f"{host.lower()}:{port}"
