"""IRC operators: who may become one, and what he may do then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.proto import masks
from chatkit.proto.addresses import is_within, parse_network
from chatkit.proto.privileges import EVERYTHING, PRIVILEGES

if TYPE_CHECKING:
    from chatkit.config import Config, Oper
    from chatkit.ircd.state import Session, User


class OperClass(msgspec.Struct, frozen=True):
    """What operators of one kind are called and may do."""

    name: str
    privileges: frozenset[str]


def find(config: Config, name: str) -> Oper | None:
    """The operator of this name, as the settings have it."""
    return next((oper for oper in config.opers if oper.name == name), None)


def class_of(config: Config, name: str) -> OperClass:
    """The class called ``name``; one that the settings no longer have may do nothing."""
    privileges = config.oper_classes.get(name)
    if privileges is None:
        privileges = tuple(PRIVILEGES) if name == EVERYTHING else ()
    return OperClass(name, frozenset(privileges))


def comes_from(oper: Oper, user: User, session: Session) -> bool:
    """Whether ``session`` of ``user`` comes from where this operator must: an address, a network or a mask."""
    return not oper.hosts or any(_is_from(place, user, session) for place in oper.hosts)


def _is_from(place: str, user: User, session: Session) -> bool:
    if parse_network(place) is not None:
        return is_within(session.address, (place,))
    if "@" in place or "!" in place:
        sources = (f"{user.nick}!{user.username}@{host}" for host in (user.host, session.address))
        return any(masks.matches(masks.normalize(place), source) for source in sources)
    return masks.matches(place, user.host) or masks.matches(place, session.address)


def has_certificate(oper: Oper, session: Session) -> bool:
    """Whether ``session`` shows the certificate that this operator must have, if any."""
    return not oper.certfp or oper.certfp.replace(":", "").lower() == session.certfp


def has_password(oper: Oper) -> bool:
    """Whether this operator must give a password."""
    return bool(oper.password_hash or oper.password_file)
