"""Making and revoking tokens, with which the server is run from elsewhere."""

from __future__ import annotations

import msgspec

from chatkit.control.params.general import Nothing, TokenCreate, TokenRevoke
from chatkit.control.phrases import end_of, lasting
from chatkit.control.plan import Actor, Plan, Undo, refused
from chatkit.control.runner import Desk, plans, reads
from chatkit.ircd import tokens
from chatkit.ircd.clock import Moment
from chatkit.ircd.ircd import Ircd
from chatkit.proto.privileges import EVERYTHING, PRIVILEGES
from chatkit.proto.timestamps import format_time

MAX_NAME = 30  # characters
MAX_TOKENS = 1000


class TokenRow(msgspec.Struct, frozen=True):
    """A token that is good. ``until`` is a time in UTC, or empty for good."""

    id: str
    name: str
    scopes: tuple[str, ...]
    made_by: str
    made: str
    until: str


class TokenMade(msgspec.Struct, frozen=True):
    """A new token: ``token`` is its text, which is told this once."""

    id: str
    token: str


@plans("token.create")
def create(ircd: Ircd, now: Moment, params: TokenCreate, actor: Actor) -> Plan:
    """Make a token. Refuses: a name that is none or is had already, wrong scopes, more than the asker may himself."""
    name = params.name.strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise refused(f"a token needs a name of up to {MAX_NAME} characters")
    if any(token.name == name for token in ircd.tokens.values()):
        raise refused(f"there is a token called {name} already, and the audit log must tell them apart")
    if len(ircd.tokens) >= MAX_TOKENS:
        raise refused(f"there are {MAX_TOKENS:,} tokens already: revoke some")
    scopes = _scopes(params.scopes, actor)
    until = end_of(params, now)
    if actor.until and not 0 < until <= actor.until:
        raise refused("a token that you make may not outlive your own: give a shorter time by --for")
    token, text = tokens.make(ircd, now, name, scopes, actor.name, until)

    def go() -> TokenMade:
        tokens.enter(ircd, token)
        return TokenMade(token.id, text)

    said = f"Made the token {name} ({token.id}){lasting(params)}: {', '.join(scopes)}"
    return Plan(said, (name,), go, Undo("token.revoke", {"id": token.id}))


@plans("token.revoke")
def revoke(ircd: Ircd, now: Moment, params: TokenRevoke, actor: Actor) -> Plan:
    """Make a token worthless, and those that were made with it. Refuses: no such token."""
    token = ircd.tokens.get(params.id)
    if token is None:
        raise refused(f"there is no token {params.id!r}; 'token list' shows all")
    with_it = tuple(other.name for other in tokens.offspring(ircd, token))
    said = f"Revoked the token {token.name} ({token.id})"
    if with_it:
        said += f", and what was made with it: {', '.join(with_it)}"
    return Plan(said, (token.name, *with_it), lambda: tokens.revoke(ircd, token))


@reads("token.list")
def list_(desk: Desk, params: Nothing) -> list[TokenRow]:
    """The tokens that are good, the oldest first."""

    def look(ircd: Ircd, now: Moment) -> list[TokenRow]:
        found = sorted(ircd.tokens.values(), key=lambda token: (token.made, token.id))
        return [_row(token) for token in found if tokens.is_good(token, now)]

    return desk.host.act(look)


def _scopes(wanted: tuple[str, ...], actor: Actor) -> tuple[str, ...]:
    own = tuple(name for name in PRIVILEGES if actor.may(name))
    if not wanted:
        raise refused(f"say by --scopes what it is for: all, or some of {', '.join(own)}")
    if EVERYTHING in wanted:
        return own
    if unknown := [name for name in wanted if name not in PRIVILEGES]:
        raise refused(f"{unknown[0]!r} is no privilege; there are {', '.join(PRIVILEGES)}")
    if more := [name for name in wanted if name not in own]:
        raise refused(f"you may give no privilege that you have not yourself: {', '.join(more)}")
    return tuple(dict.fromkeys(wanted))


def _row(token: tokens.Token) -> TokenRow:
    until = format_time(token.until * 1000) if token.until else ""
    return TokenRow(token.id, token.name, token.scopes, token.made_by, format_time(token.made * 1000), until)
