"""SASL as IRC carries it: the pieces of AUTHENTICATE, and the mechanisms PLAIN and EXTERNAL, for both sides.

``proto/scram.py`` has the third mechanism.

Spec: https://ircv3.net/specs/extensions/sasl-3.1, https://www.rfc-editor.org/rfc/rfc4422 and
https://www.rfc-editor.org/rfc/rfc4616
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from chatkit.proto.casemapping import casefold

PLAIN, EXTERNAL, SCRAM_SHA_256 = "PLAIN", "EXTERNAL", "SCRAM-SHA-256"
CHUNK = 400  # characters of base64 in one AUTHENTICATE
MAX_RESPONSE = 10 * CHUNK  # characters in all; two names and the longest password take a quarter
EMPTY = "+"
ABORT = "*"


class SaslError(Exception):
    """The exchange failed. The text says why, for tests and logs; the peer learns no more than that it failed."""


class SaslTooLong(SaslError):
    """A piece of a response, or all of them together, are too long."""


class SaslAborted(SaslError):
    """The peer gave up."""


def chunks(data: bytes) -> list[str]:
    """The parameters of the AUTHENTICATE messages that carry ``data``: at least one."""
    text = base64.b64encode(data).decode()
    pieces = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    return pieces if text and len(pieces[-1]) < CHUNK else [*pieces, EMPTY]


class Assembler:
    """Puts the pieces of a response together again. After an error it begins anew."""

    __slots__ = ("_text",)

    def __init__(self) -> None:
        self._text = ""

    def add(self, chunk: str) -> bytes | None:
        """Take the parameter of one AUTHENTICATE. Returns the whole response with its last piece, until then None.

        Raises SaslError.
        """
        text, self._text = self._text, ""
        if chunk == ABORT:
            raise SaslAborted("the exchange was aborted")
        if len(chunk) > CHUNK:
            raise SaslTooLong(f"a piece has {len(chunk)} characters, more than {CHUNK}")
        text += "" if chunk == EMPTY else chunk
        if len(text) > MAX_RESPONSE:
            raise SaslTooLong(f"a response has more than {MAX_RESPONSE} characters")
        if len(chunk) == CHUNK:
            self._text = text
            return None
        return _decode(text)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:  # ValueError: it is not ASCII
        raise SaslError("a response is no base64") from error


def to_text(data: bytes) -> str:
    """A message of a mechanism, all of which speak UTF-8. Raises SaslError."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise SaslError("a response is no UTF-8") from error


class Login(msgspec.Struct, frozen=True):
    """Who wants to log in as what. The password never shows in a log."""

    account: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.account!r})"


def parse_plain(data: bytes) -> Login:
    """[authzid] NUL authcid NUL password

    Nobody acts for somebody else here: an authzid must name the same account. Raises SaslError.
    """
    parts = to_text(data).split("\0")
    if len(parts) != 3:
        raise SaslError(f"PLAIN takes three fields, not {len(parts)}")
    acting_as, account, password = parts
    if not account or not password:
        raise SaslError("PLAIN needs an account and a password")
    if acting_as and casefold(acting_as) != casefold(account):
        raise SaslError("one account cannot act for another")
    return Login(account, password)


def format_plain(account: str, password: str) -> bytes:
    """The client's only message. Raises SaslError if a NUL would make it something else."""
    if "\0" in account + password:
        raise SaslError("neither an account nor a password may have a NUL")
    return f"\0{account}\0{password}".encode()


def parse_external(data: bytes) -> str:
    """[authzid]: the account that the client wants to be, "" for the one that its certificate belongs to.

    Raises SaslError.
    """
    account = to_text(data)
    if "\0" in account:
        raise SaslError("an account has no NUL")
    return account


def format_external(account: str = "") -> bytes:
    """The client's only message; without an account, it is the one that the certificate belongs to."""
    return account.encode()
