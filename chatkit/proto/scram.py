"""SCRAM-SHA-256: a log-in in which neither side, nor a thief of the database, learns the password of the other.

The server's side and the client's, as state objects: bytes in, bytes out. The cryptography is scramp's, which takes a
tenth of a second to import: ``load`` does it before.

There is no channel binding: a client that demands it (``p=``) is refused, one that could (``y``) is not.

Spec: https://www.rfc-editor.org/rfc/rfc5802 and https://www.rfc-editor.org/rfc/rfc7677
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from chatkit.proto.casemapping import casefold
from chatkit.proto.sasl import SCRAM_SHA_256, SaslError, to_text

if TYPE_CHECKING:
    import scramp

SALT_BYTES = 32
MAX_ITERATIONS = 1_000_000  # that a client computes for a server: some half a second


class ScramKeys(msgspec.Struct, frozen=True):
    """What a server keeps to know a password by, without knowing it."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    def __repr__(self) -> str:
        return f"ScramKeys(iterations={self.iterations})"


def load() -> None:
    """Import the library."""
    _mechanism()


def make_keys(password: str, iterations: int, salt: bytes | None = None) -> ScramKeys | None:
    """What to keep of ``password``. None if SASLprep forbids it, as it does emoji: it goes with PLAIN only.

    Takes as long as ``iterations`` say: 0.1 seconds for 200,000. ``salt`` is random if it is not given.
    """
    import scramp  # late, for a quick start

    try:
        salt, stored_key, server_key, _ = _mechanism().make_auth_info(password, iterations, salt)
    except scramp.ScramException:
        return None
    return ScramKeys(salt, iterations, stored_key, server_key)


def made_up_keys(secret: bytes, account: str, iterations: int) -> ScramKeys:
    """What to answer for an account that does not exist: the same whenever it is asked, as for one that does.

    No proof ever fits. ``secret`` must last as long as accounts do, and never be told; ``iterations`` are those of the
    accounts that exist.
    """

    def derive(what: str) -> bytes:
        return hmac.digest(secret, f"{what}\0{account}".encode(), hashlib.sha256)

    return ScramKeys(derive("salt")[:SALT_BYTES], iterations, derive("stored key"), derive("server key"))


class _Header(msgspec.Struct, frozen=True):
    """The GS2 header: whether the client binds the log-in to the channel, and whom it acts as (``a=...`` or "")."""

    flag: str
    acting_as: str

    def make_cbind_input(self, _binding: object) -> bytes:
        """What the client has to repeat in its final message. The library asks for it by this name."""
        return f"{self.flag},{self.acting_as},".encode()


class ScramServer:
    """The server's side: ``begin``, then ``challenge``, then ``finish``. After a SaslError it is of no use.

    When ``finish`` gave its answer the client is who it says. It still owes an empty response.
    """

    def __init__(self, nonce: str | None = None) -> None:
        """``nonce`` is the server's part of it, random if it is not given."""
        self._nonce = nonce
        self._header = _Header("", "")
        self._first = ""  # the client's first message without its header
        self._scram: scramp.core.ScramServer | None = None

    def begin(self, data: bytes) -> str:
        """Take the client's first message. Returns the account whose keys are needed. Raises SaslError.

        Nobody acts for somebody else here: an authzid must name the same account.
        """
        parts = to_text(data).split(",", 2)
        if len(parts) != 3 or not parts[2].startswith("n="):
            raise SaslError("a malformed first message")
        self._header, self._first = _Header(*parts[:2]), parts[2]
        account = self._first.partition(",")[0].removeprefix("n=")
        acting_as = self._header.acting_as
        if acting_as and casefold(acting_as) != casefold(f"a={account}"):
            raise SaslError("one account cannot act for another")
        return account.replace("=2C", ",").replace("=3D", "=")

    def challenge(self, keys: ScramKeys) -> bytes:
        """The server's first message, for an account with these keys. Raises SaslError."""
        known = (keys.salt, keys.stored_key, keys.server_key, keys.iterations)
        with _refusals():
            self._scram = _mechanism().make_server(lambda _: known, s_nonce=self._nonce)
            self._scram.set_client_first(f"{self._header.flag},,{self._first}")
            self._scram.gs2_header = self._header  # the library knows no authzid; this one does
            return str(self._scram.get_server_first()).encode()

    def finish(self, data: bytes) -> bytes:
        """Check the client's proof. Returns the server's signature for it. Raises SaslError."""
        if self._scram is None:
            raise SaslError("no challenge was sent")
        with _refusals():
            self._scram.set_client_final(to_text(data))
            return str(self._scram.get_server_final()).encode()


class ScramClient:
    """The client's side: ``respond`` to what the server sends, its empty first message included.

    Only when ``done`` is true the server has shown that it knows the account, and success may be believed.
    """

    def __init__(self, account: str, password: str, nonce: str | None = None) -> None:
        """Raises SaslError if SASLprep forbids the account or the password. ``nonce`` is random if it is not given."""
        import scramp  # late, as above

        with _refusals():
            self._scram = scramp.ScramClient([SCRAM_SHA_256], account, password, c_nonce=nonce)
        self._steps: list[Callable[[bytes], bytes]] = [self._first, self._final, self._check]

    @property
    def done(self) -> bool:
        """Whether the server's signature was right."""
        return not self._steps

    def respond(self, data: bytes) -> bytes:
        """The answer to a message of the server. Raises SaslError."""
        if not self._steps:
            raise SaslError("the exchange is over")
        with _refusals():
            answer = self._steps[0](data)
        del self._steps[0]
        return answer

    def _first(self, data: bytes) -> bytes:
        if data:
            raise SaslError("the client speaks first")
        return str(self._scram.get_client_first()).encode()

    def _final(self, data: bytes) -> bytes:
        self._scram.set_server_first(to_text(data))
        if int(self._scram.iterations) > MAX_ITERATIONS:
            raise SaslError(f"the server asks for more than {MAX_ITERATIONS} iterations")
        return str(self._scram.get_client_final()).encode()

    def _check(self, data: bytes) -> bytes:
        self._scram.set_server_final(to_text(data))
        return b""


def _mechanism() -> scramp.ScramMechanism:
    import scramp  # late, as above

    return scramp.ScramMechanism(SCRAM_SHA_256)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the library does not like becomes a SaslError."""
    import scramp  # late, as above

    try:
        yield
    except scramp.ScramException as error:
        raise SaslError(str(error)) from error
