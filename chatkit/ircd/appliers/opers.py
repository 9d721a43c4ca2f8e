"""User modes, and who is an IRC operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import opers
from chatkit.ircd.appliers.tell import tell, user_of
from chatkit.ircd.apply import applies, follows
from chatkit.ircd.events import Attached, Detached, Event, Opered, OperRefused, Registered, Rehashed, UserModesChanged
from chatkit.ircd.staging import Frame
from chatkit.ircd.state import Audience, User
from chatkit.proto.casemapping import casefold
from chatkit.proto.modes import ModeChange, format_changes, with_letter

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@applies(OperRefused)
@applies(Rehashed)
def for_the_log(ircd: Ircd, event: Event, origin: Context | None) -> None:
    """The log alone is told."""


@applies(UserModesChanged)
def user_modes_changed(ircd: Ircd, event: UserModesChanged, origin: Context | None) -> None:
    user = user_of(ircd, event)
    frame = _change(ircd, user, event, event.changes)
    tell(ircd, Audience(user.sessions), frame, origin)


@applies(Opered)
def opered(ircd: Ircd, event: Opered, origin: Context | None) -> None:
    user = user_of(ircd, event)
    user.oper = opers.class_of(ircd.config, event.oper_class)
    if "o" not in user.modes:
        frame = _change(ircd, user, event, (ModeChange(True, "o"),))
        tell(ircd, Audience(user.sessions), frame, origin)


def _change(ircd: Ircd, user: User, event: Event, changes: tuple[ModeChange, ...]) -> Frame:
    """Change the modes of ``user``. Returns what its devices are to be told."""
    letters = user.modes
    for change in changes:
        letters = with_letter(letters, change)
    ircd.census.set_modes(user, letters)
    if "o" not in letters:
        user.oper = None
    return Frame(f":{event.source} MODE {user.nick} {format_changes(changes)[0]}", event.by)


# What becomes of modes as devices come and go.


@follows(Registered)
def begun(ircd: Ircd, event: Registered, origin: Context | None) -> None:
    user = ircd.users[casefold(event.nick)]
    ircd.census.set_modes(user, "Z" if _is_secure(user) else "")


@follows(Attached, Detached)
def devices_changed(ircd: Ircd, event: Attached | Detached, origin: Context | None) -> None:
    user = user_of(ircd, event)
    changes = []
    if _is_secure(user) is not ("Z" in user.modes):
        changes.append(ModeChange("Z" not in user.modes, "Z"))
    if user.oper is not None and not user.sessions:  # whoever connects next has to say that he is an operator
        changes.append(ModeChange(False, "o"))
    if changes:
        # Whoever is coming learns it from the welcome.
        coming = origin.session if origin is not None and isinstance(event, Attached) else None
        others = [session for session in user.sessions if session is not coming]
        ircd.turn.broadcast(Audience(others), _change(ircd, user, event, tuple(changes)))


def _is_secure(user: User) -> bool:
    """Whether nobody can read along on the way to any of the user's devices."""
    return bool(user.sessions) and all(session.secure for session in user.sessions)
