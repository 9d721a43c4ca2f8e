"""Who comes from elsewhere has to show a token first."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from chatkit.control import rpc
from chatkit.control.plan import Actor, refused
from chatkit.control.rpc import Params, RpcError
from chatkit.ircd import tokens
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.tokens import Token
from chatkit.proto.addresses import network_of

if TYPE_CHECKING:
    from chatkit.control.runner import Host

METHOD = "authenticate"
WRONG = "this token is not good here: it is wrong, revoked, or its time is over"


class Gatekeeper:
    """Lets one connection in, and looks again with every request whether its token is still good."""

    def __init__(self, host: Host, address: str) -> None:
        self._host = host
        self._network = network_of(address)
        self._token: Token | None = None

    def readdress(self, address: str) -> None:
        """It turned out to come from ``address``: its attempts count there."""
        self._network = network_of(address)

    @property
    def knows(self) -> bool:
        """Whether a good token was shown."""
        return self._token is not None

    def admit(self, line: bytes) -> tuple[bool, bytes | None]:
        """Take the first line, ``{"method": "authenticate", "params": {"token": …}}``.

        Returns whether it may go on, and the answer.
        """
        reply = rpc.answer(line, self._authenticate)
        return self.knows, reply or rpc.error_reply(refused(WRONG))

    def actor(self) -> Actor:
        """Who asks. Raises RpcError where the token is no longer good."""

        def look(ircd: Ircd, now: Moment) -> Token | None:
            token = ircd.tokens.get(self._token.id) if self._token is not None else None
            return token if token == self._token and token is not None and tokens.is_good(token, now) else None

        token = self._host.act(look)
        if token is None:
            raise refused(WRONG)
        return Actor(token.actor, frozenset(token.scopes), token.until)

    def _authenticate(self, method: str, params: Params) -> dict[str, object]:
        if self._token is not None or method != METHOD:
            raise refused(f"show a token first, once: {METHOD}")
        text = params.get("token") if isinstance(params, dict) else next(iter(params), None)
        if not isinstance(text, str):
            raise RpcError(rpc.INVALID_PARAMS, "Invalid params: the token is missing")
        self._token = self._host.act(lambda ircd, now: self._find(ircd, now, text))
        return {"name": self._token.name, "scopes": self._token.scopes}

    def _find(self, ircd: Ircd, now: Moment, text: str) -> Token:
        """Refuses: who guessed too often, and what is no good token."""
        attempts = ircd.limits.opers
        if seconds := ceil(attempts.wait(self._network, now.mono)):
            raise refused(f"too many wrong tokens: try again in {seconds} seconds")
        token = tokens.find(ircd, text, now)
        if token is None:
            attempts.note(self._network, now.mono)
            raise refused(WRONG)
        return token  # what was wrong before stays counted: else one token would let its bearer guess at others
