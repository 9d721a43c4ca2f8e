"""What a user wants of the clients: the structs of ``settings.toml``, and the table of its keys."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal

import msgspec

from chatkit.proto.casemapping import casefold

TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^(([01]?\d|2[0-3]):[0-5]\d)?$")]
PasswordFrom = Annotated[str, msgspec.Meta(pattern=r"^(keyring|ask|file:.+|command:.+)$")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
FontSize = Annotated[int, msgspec.Meta(ge=0, le=48)]
AlertLevel = Literal["all", "mentions", "none"]
ALERT_LEVELS = ("all", "mentions", "none")


class SettingError(ValueError):
    """What is wrong with a setting: a sentence that names it."""


class Appearance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[appearance]"""

    theme: Literal["system", "dark", "light", "contrast", "solarized-dark", "solarized-light"] = "system"
    density: Literal["cosy", "compact"] = "cosy"
    clock: Literal["24", "12"] = "24"
    folds: bool = True
    groups: bool = True
    days: bool = True
    emoji_large: bool = True
    people: bool = True
    font: str = ""
    font_size: FontSize = 0
    terminal_notice: Literal["osc9", "osc99", "osc777", "none"] = "osc9"


class Talk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[talk]"""

    markdown: bool = True
    typing: bool = True
    read_markers: bool = True
    paste_lines: Natural = 5
    history: Natural = 100
    say_typing: bool = False
    ignored: tuple[str, ...] = ()


class AlertSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[alerts]"""

    desktop: bool = True
    bell: bool = True
    quiet_from: TimeOfDay = ""
    quiet_to: TimeOfDay = ""
    keywords: tuple[str, ...] = ()
    until: Natural = 0  # do not disturb before this time, in milliseconds since 1970


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[[networks]]"""

    name: Word  # what the user calls it; no other has it
    address: str
    nick: str = ""
    account: str = ""  # to log in as; empty: as a guest, or as whom the certificate belongs to
    mechanism: str = ""  # of SASL; empty: the best that both sides have
    password_from: PasswordFrom = "keyring"  # noqa: S105  # where it is, not what it is
    server_password_from: PasswordFrom | Literal[""] = ""  # of one that asks everybody for a password
    certificate: str = ""  # a file with a certificate and its key, to be known by
    fingerprint: str = ""  # of the server's certificate
    rooms: tuple[str, ...] = ()  # to join
    connect: bool = True  # whether the client connects to it when it starts without an address
    sasl_required: bool = False  # whether to stay away rather than be a guest


class RoomSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[rooms."NETWORK/ROOM"]"""

    alerts: AlertLevel = "mentions"
    pinned: bool = False


class ClientSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    appearance: Appearance = Appearance()
    talk: Talk = Talk()
    alerts: AlertSettings = AlertSettings()
    networks: tuple[Network, ...] = ()
    rooms: dict[str, RoomSettings] = {}

    def network(self, name: str) -> Network | None:
        """The network called ``name``, in any case."""
        return next((network for network in self.networks if network.name.lower() == name.lower()), None)

    def room(self, network: str, room: str) -> RoomSettings:
        """What is wanted of a room."""
        return self.rooms.get(_room_name(network, room), RoomSettings())


RowKind = Literal["yesno", "choice", "number", "text", "words", "time"]


class Row(msgspec.Struct, frozen=True):
    """One setting, as settings windows, /set and the documentation show it."""

    key: str  # "appearance.theme"
    title: str
    says: str  # a clause, with {} in the place of the value
    help: str
    kind: RowKind  # "words" are a list of them, "time" is "22:30" or empty
    choices: tuple[str, ...] = ()  # of "choice"
    nothing: str = ""  # what 0 or nothing means

    @property
    def section(self) -> str:
        """The heading to show it under."""
        return self.key.partition(".")[0]


ROWS: tuple[Row, ...] = (
    Row("appearance.theme", "Theme", "the theme is {}",
        "Colours. “system” follows the desktop, or the terminal's background", "choice",
        ("system", "dark", "light", "contrast", "solarized-dark", "solarized-light")),
    Row("appearance.density", "Density", "the density is {}",
        "How much space stands between messages", "choice", ("cosy", "compact")),
    Row("appearance.clock", "Clock", "the clock has {} hours",
        "Times with 24 or with 12 hours", "choice", ("24", "12")),
    Row("appearance.folds", "Fold joins and leaves", "folding joins and leaves is {}",
        "Several in a row become one quiet line", "yesno"),
    Row("appearance.groups", "Group messages", "grouping messages is {}",
        "Show the name once for what one person says in a row", "yesno"),
    Row("appearance.days", "Day separators", "day separators are {}",
        "Show the date where a new day begins", "yesno"),
    Row("appearance.emoji_large", "Large emoji", "large emoji are {}",
        "Show messages of emoji alone larger, where the screen can", "yesno"),
    Row("appearance.people", "List of people", "the list of people is {}",
        "Show who is in the room, where there is space for it", "yesno"),
    Row("appearance.font", "Font", "the font is {}",
        "Of the desktop client; empty is the system's", "text", nothing="the system's"),
    Row("appearance.font_size", "Font size", "the font size is {}",
        "Of the desktop client, in points; 0 is the system's", "number", nothing="the system's"),
    Row("appearance.terminal_notice", "Terminal notices", "the sequence for terminal notices is {}",
        "The escape sequence by which the terminal client asks for a notice: osc9 (most), osc99 (kitty), "
        "osc777 (rxvt, foot)", "choice", ("osc9", "osc99", "osc777", "none")),
    Row("talk.markdown", "Formatting marks", "formatting marks are {}",
        "*bold*, _italic_, `code` mean that, and are sent so", "yesno"),
    Row("talk.typing", "Tell others that you type", "telling others that you type is {}",
        "They see “is typing”, where their client shows it", "yesno"),
    Row("talk.read_markers", "Read markers", "read markers are {}",
        "What you read here counts as read on your other devices", "yesno"),
    Row("talk.paste_lines", "Ask before long pastes", "the longest paste that is not asked about has {} lines",
        "Of more than this many lines", "number"),
    Row("talk.history", "History", "the messages to load when you enter a room are {}",
        "How many messages to load when you enter a room", "number"),
    Row("talk.say_typing", "Say who types", "saying who types is {}",
        "In plain mode: print a line when somebody types", "yesno"),
    Row("talk.ignored", "Ignored", "you ignore {}",
        "Nicks or masks of people of whom nothing is shown", "words", nothing="nobody"),
    Row("alerts.desktop", "Desktop notices", "desktop notices are {}",
        "For mentions and direct messages while you look elsewhere", "yesno"),
    Row("alerts.bell", "Bell", "the bell is {}",
        "The terminal's bell for the same", "yesno"),
    Row("alerts.quiet_from", "Quiet from", "the quiet hours begin at {}",
        "No alerts after this time of day, as 22:30; empty for never", "time", nothing="no time"),
    Row("alerts.quiet_to", "Quiet to", "the quiet hours end at {}",
        "Alerts again after this time of day", "time", nothing="no time"),
    Row("alerts.keywords", "Keywords", "your keywords are {}",
        "Words that count as a mention, beside your name", "words", nothing="none"),
)  # fmt: skip
BY_KEY: dict[str, Row] = {row.key: row for row in ROWS}
NOT_LISTED = frozenset({"alerts.until"})  # /dnd sets it


def value_of(settings: ClientSettings, key: str) -> Any:
    """The value of one of the keys in ROWS. Raises SettingError."""
    section, _, name = row_of(key).key.partition(".")
    return getattr(getattr(settings, section), name)


def written(settings: ClientSettings, key: str) -> str:
    """The same, as one types it. Raises SettingError."""
    value = value_of(settings, key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def shown(row: Row, value: object) -> str:
    """A value as one reads it: ``on``, or what nothing means."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return row.nothing if row.nothing and text in ("", "0") else text


def in_words(settings: ClientSettings, key: str) -> str:
    """What a setting is: ``the theme is light``. Raises SettingError."""
    row = row_of(key)
    return row.says.format(shown(row, value_of(settings, key)))


def from_text(key: str, text: str) -> object:
    """What somebody typed as the value of ``key``, for ``SettingsStore.set``. Raises SettingError."""
    row, text = row_of(key), text.strip()
    if row.kind == "yesno":
        if text.lower() not in _YESNO:
            raise SettingError(f"{key} is yes or no")
        return _YESNO[text.lower()]
    if row.kind == "number":
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise SettingError(f"{key} is a number, as 5")
        return int(text)
    return text.replace(",", " ").split() if row.kind == "words" else text


def room_key(network: str, room: str, name: Literal["alerts", "pinned"]) -> str:
    """The key of a room's setting, for ``SettingsStore.set``; ``network`` is its chat's label."""
    return f"rooms.{_room_name(network, room)}.{name}"


_YESNO = {"yes": True, "on": True, "true": True, "1": True, "no": False, "off": False, "false": False, "0": False}


def row_of(key: str) -> Row:
    """The row of a key. Raises SettingError, which names the nearest."""
    if key not in BY_KEY:
        near = difflib.get_close_matches(key, BY_KEY, 1)
        raise SettingError(f"there is no setting {key}" + (f"; did you mean {near[0]}?" if near else ""))
    return BY_KEY[key]


def _room_name(network: str, room: str) -> str:
    return f"{network}/{casefold(room)}"
