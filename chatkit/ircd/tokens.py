"""Tokens: what programs and people show who run the server from elsewhere. Of each only a digest is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.documents import document, restores

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "token"  # the kind of document that keeps one, under its id
SECOND = 1_000_000  # of a moment's wall clock
_LETTERS = "abcdefghijkmnopqrstuvwxyz23456789"  # no l, 0 and 1, which look like others; for ids
_ID_LEN = 5
_SECRET_BYTES = 20  # 32 characters of base32
_SHAPE = re.compile(r"ck_([a-z0-9]{5})_[A-Z2-7]{32}", re.ASCII)
_NO_DIGEST = "0" * 64


class Token(msgspec.Struct, frozen=True):
    """What is kept of one. Times are in seconds since 1970; ``until`` 0: for good."""

    id: str
    name: str
    digest: str  # SHA-256 of its text, in hexadecimal
    scopes: tuple[str, ...]  # names from proto.privileges
    made_by: str
    made: int
    until: int = 0

    @property
    def actor(self) -> str:
        """What its bearer is called in the audit log."""
        return f"token {self.name}"


def make(ircd: Ircd, now: Moment, name: str, scopes: tuple[str, ...], made_by: str, until: int) -> tuple[Token, str]:
    """A new token, and its text, which nobody can find out again. ``enter`` it."""
    id_ = _new_id(ircd)
    text = f"ck_{id_}_{base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
    return Token(id_, name, _digest(text), scopes, made_by, now.wall // SECOND, until), text


def enter(ircd: Ircd, token: Token) -> None:
    """From now on ``token`` is good, over a restart too."""
    ircd.tokens[token.id] = token
    ircd.note(document(DOCUMENT, token.id, token))


def offspring(ircd: Ircd, token: Token) -> list[Token]:
    """The tokens that were made with ``token``, and with those, and so on. None of them outlives it."""
    found = [token]
    for maker in found:  # which grows meanwhile
        found += [other for other in ircd.tokens.values() if other.made_by == maker.actor and other not in found]
    return found[1:]


def revoke(ircd: Ircd, token: Token) -> None:
    """From now on it is not, nor is what was made with it: whoever had it may have made himself others."""
    for gone in (*offspring(ircd, token), token):
        ircd.tokens.pop(gone.id, None)
        ircd.note(document(DOCUMENT, gone.id, None))


def find(ircd: Ircd, text: str, now: Moment) -> Token | None:
    """The token with this text, if it is good now. Takes as long whatever is wrong with ``text``."""
    shape = _SHAPE.fullmatch(text)
    token = ircd.tokens.get(shape[1]) if shape is not None else None
    right = hmac.compare_digest(_digest(text), _NO_DIGEST if token is None else token.digest)
    return token if right and token is not None and is_good(token, now) else None


def is_good(token: Token, now: Moment) -> bool:
    """Whether its time is not over."""
    return not token.until or now.wall < token.until * SECOND


def expire(ircd: Ircd, now: Moment) -> None:
    """Forget those whose time is over. Call every few seconds."""
    for token in [token for token in ircd.tokens.values() if not is_good(token, now)]:
        revoke(ircd, token)


@restores(DOCUMENT)
def restore_token(ircd: Ircd, key: str, body: bytes) -> None:
    """Put it back."""
    ircd.tokens[key] = msgspec.json.decode(body, type=Token)


def _new_id(ircd: Ircd) -> str:
    while True:
        id_ = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LEN))
        if id_ not in ircd.tokens:
            return id_


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
