"""What is set in rooms: topics and modes. The server itself sets them, so nobody need be in the room."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from chatkit.control import fields
from chatkit.control.finding import find_room, opened, server_cause
from chatkit.control.params.rooms import RoomModes, RoomTopic
from chatkit.control.phrases import one_line
from chatkit.control.plan import Actor, Plan, Undo, refused
from chatkit.control.runner import plans
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.errors import NumericError
from chatkit.ircd.events import ModesChanged, TopicChanged
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.mode_changes import imposed, in_lines
from chatkit.ircd.state import Channel
from chatkit.proto import modes, names
from chatkit.proto import numerics as n
from chatkit.proto.modes import LIST, ModeChange


@plans("room.topic")
def topic(ircd: Ircd, now: Moment, params: RoomTopic, actor: Actor) -> Plan:
    """Set a room's topic. Refuses: no such room, neither text nor ``clear``, nothing to change."""
    text = names.clip(one_line(params.text), names.TOPIC_LEN)
    if bool(text) is params.clear:
        raise refused("give a text, or --clear for no topic")
    channel = find_room(ircd, params.name)
    former = channel.topic.text if channel.topic is not None else ""
    if text == former:
        raise refused(f"{channel.name} has that topic already" if text else f"{channel.name} has no topic")
    given = {"text": former} if former else {"clear": True}
    said = f"Set the topic of {channel.name}: {text}" if text else f"Cleared the topic of {channel.name}"
    return Plan(
        said,
        (channel.name,),
        partial(_set_topic, ircd, now, channel.id, text),
        Undo("room.topic", {"name": channel.name, **given}),
    )


def _set_topic(ircd: Ircd, now: Moment, key: str, text: str) -> None:
    with opened(ircd, key) as channel:
        apply(ircd, TopicChanged(server_cause(ircd, now), channel.name, text))


@plans("room.modes")
def modes_(ircd: Ircd, now: Moment, params: RoomModes, actor: Actor) -> Plan:
    """Change a room's modes. Refuses: no such room, what MODE would refuse whoever may set everything.

    What changes a key that there was cannot be taken back: the audit log would have to keep that key.
    """
    channel = find_room(ircd, params.name)
    wanted, unknown = modes.parse_changes(params.modes.split())
    if unknown:
        raise refused(f"there is no mode {', '.join(dict.fromkeys(unknown))}")
    listing = next((change for change in wanted if modes.CHANNEL_MODES[change.letter] == LIST and not change.arg), None)
    if listing is not None:
        raise refused(f"mode {listing.letter} needs a mask; 'room' shows the list")
    try:
        changes = imposed(ircd, channel, wanted)
    except NumericError as error:
        raise refused(_sentence(error)) from error
    if not changes:
        raise refused(f"that changes nothing in {channel.name}")
    loses_key = channel.key is not None and any(change.letter == "k" for change in changes)
    undo = Undo("room.modes", {"name": channel.name, "modes": _written(_inverse(channel, changes))})
    said = f"Changed the modes of {channel.name}: {_written(_without_key(changes))}"
    return Plan(said, (channel.name,), partial(_set_modes, ircd, now, channel.id, changes), None if loses_key else undo)


def _sentence(error: NumericError) -> str:
    """What the numeric says, for a person."""
    text = error.text or n.TEXTS.get(error.numeric, "")
    return one_line(f"{' '.join(error.params)}: {text}")


def _written(changes: list[ModeChange]) -> str:
    return " ".join(modes.format_changes(changes))


def _without_key(changes: list[ModeChange]) -> list[ModeChange]:
    """``changes`` as they may be told: whoever may read the audit log need not be let into the room."""
    return [ModeChange(change.adding, "k", fields.HIDDEN) if change.letter == "k" else change for change in changes]


def _inverse(channel: Channel, changes: list[ModeChange]) -> list[ModeChange]:
    """What takes ``changes`` back, before they are made. No key is in it."""
    settings = {"k": None, "l": channel.limit, "f": channel.forward, "W": channel.slow}
    return [_opposite(settings, change) for change in reversed(changes)]


def _opposite(settings: Mapping[str, str | int | None], change: ModeChange) -> ModeChange:
    if change.letter not in settings:
        return ModeChange(not change.adding, change.letter, change.arg)
    before = settings[change.letter]
    if before is not None:
        return ModeChange(True, change.letter, str(before))
    return ModeChange(False, change.letter, "*" if change.letter == "k" else None)


def _set_modes(ircd: Ircd, now: Moment, key: str, changes: list[ModeChange]) -> None:
    with opened(ircd, key) as channel:
        for part in in_lines(ircd.name, channel, changes):
            apply(ircd, ModesChanged(server_cause(ircd, now), channel.name, part))
