"""Commands about the program itself: help, settings, quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chatkit.client import events, settings, words
from chatkit.client.commands.table import (
    ALIASES,
    COMMANDS,
    Arg,
    Misuse,
    Typed,
    choice,
    command,
    describe,
    nearest,
    remark,
    say,
)
from chatkit.client.model import Room

if TYPE_CHECKING:
    from chatkit.client.core import Core
    from chatkit.client.hub import Hub

MORNING = 7  # o'clock, when "until tomorrow" ends
HOUR_MS = 3_600_000
_UNITS = {"m": 60_000, "min": 60_000, "h": HOUR_MS, "hour": HOUR_MS, "hours": HOUR_MS, "d": 24 * HOUR_MS}
THEMES = settings.row_of("appearance.theme").choices


@command(
    "set", "[SETTING [VALUE]]", "show the settings, or change one", of_hub=True, args=(Arg("setting"), Arg("value"))
)
def set_(hub: Hub, typed: Typed) -> None:
    """Without a value: what it is. Without anything: all of them."""
    key, _, value = typed.rest.partition(" ")
    if value:
        _change(hub, typed.room, key, value)
        return
    for row in [settings.row_of(key)] if key else settings.ROWS:
        now = words.sentence(settings.in_words(hub.settings, row.key))
        say(hub, typed.room, f"{now} {words.sentence(row.help)} /set {row.key} {_values(row)}")


def _change(hub: Hub, room: Room, key: str, value: str) -> None:
    hub.set(key, settings.from_text(key, value))
    remark(hub, room, words.sentence(f"{settings.in_words(hub.settings, key)} now"))


def _values(row: settings.Row) -> str:
    """What to write behind its key."""
    return "yes|no" if row.kind == "yesno" else "|".join(row.choices) or "VALUE"


@command("theme", "[NAME]", "the colours", of_hub=True, args=(choice(*THEMES),))
def theme(hub: Hub, typed: Typed) -> None:
    """A setting by a shorter name."""
    name = typed.rest.lower()
    if name and name not in THEMES:
        raise Misuse(f"Write it as: /theme {'|'.join(THEMES)}")
    set_(hub, Typed(typed.room, f"appearance.theme {name}".strip()))


@command("dnd", "[30m|2h|tomorrow|off]", "do not disturb: no notifications, for an hour if you say nothing else",
         "quiet", of_hub=True, args=(choice("30m", "1h", "2h", "tomorrow", "off"),))  # fmt: skip
def dnd(hub: Hub, typed: Typed) -> None:
    """A setting: until when."""
    now_ms = hub.act(typed.room.chat, lambda core: core.time_ms)
    word = typed.rest.lower() or "1h"
    until = 0 if word in ("off", "no") else morning_after(now_ms) if word == "tomorrow" else now_ms + _length(word)
    hub.set("alerts.until", until)
    remark(hub, typed.room, words.do_not_disturb(datetime.fromtimestamp(until / 1000) if until else None))


def morning_after(now_ms: int) -> int:
    """The next morning by the user's clock, in milliseconds since 1970."""
    now = datetime.fromtimestamp(now_ms / 1000)
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if morning <= now:
        morning += timedelta(days=1)
    return int(morning.timestamp() * 1000)


def _length(word: str) -> int:
    """``30m`` in milliseconds."""
    number = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS.get(word[len(number) :].strip())
    if unit is None or not (number.isascii() and number.isdecimal() and 0 < int(number[:9]) < 10_000):
        raise Misuse("Write it as: /dnd 30m, /dnd 2h, /dnd tomorrow or /dnd off")
    return int(number) * unit


@command("palette", "[WORD]", "find any room, person, action or setting", "go", needs_connection=False)
def palette(core: Core, typed: Typed) -> None:
    """The face shows it."""
    core.emit(events.PanelWanted("palette", typed.rest))


@command("settings", "", "all settings on one page", needs_connection=False)
def settings_(core: Core, _typed: Typed) -> None:
    """The face shows it."""
    core.emit(events.PanelWanted("settings"))


@command("keys", "", "what the keys do", needs_connection=False)
def keys(core: Core, _typed: Typed) -> None:
    """The face shows it."""
    core.emit(events.PanelWanted("keys"))


@command("help", "[COMMAND]", "what you can do here", "h", "?", needs_connection=False, args=(Arg("command"),))
def help_(core: Core, typed: Typed) -> None:
    """All commands, or one of them."""
    name = typed.rest.lstrip("/").lower()
    if name and name not in ALIASES:
        raise Misuse(words.unknown_command(name, nearest(name)))
    for row in [ALIASES[name]] if name else COMMANDS.values():
        core.note(typed.room, "info", f"{describe(row)}: {row.help}")
