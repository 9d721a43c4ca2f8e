"""``settings.toml``: read strictly, written with the user's comments left where they are."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from chatkit.client.kept import replace_file
from chatkit.client.settings import ALERT_LEVELS, BY_KEY, NOT_LISTED, ClientSettings, Network, SettingError, row_of
from chatkit.config import config_dir

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

FILE_NAME = "settings.toml"


class SettingsStore:
    """The settings, and the one way to change them. Owned by the UI thread.

    ``current`` is what holds. ``trouble`` is a sentence where the file has a mistake: then the defaults hold, changes
    do until the end of the program, and the file stays as it is. Empty where all is well.
    """

    def __init__(self, path: Path | None) -> None:
        """``path`` is the file; None: what is set is kept in memory only."""
        self._path = path
        self.current = ClientSettings()
        self.trouble = ""
        self._text: str | None = None  # of what is set, where that doesn't go into the file
        try:
            self.current = _read(path)
        except SettingError as error:
            self.trouble = str(error)

    @classmethod
    def of_user(cls) -> SettingsStore:
        """With the file of the user who runs the program."""
        return cls(config_dir() / FILE_NAME)

    @classmethod
    def in_memory(cls) -> SettingsStore:
        """With no file."""
        return cls(None)

    def set(self, key: str, value: object) -> ClientSettings:
        """Change ``appearance.theme`` and the like, or what ``room_key`` names. Raises SettingError."""
        *tables, name = _path_of(key)
        self._change(lambda document: _put(document, tables, name, value))
        return self.current

    def save_network(self, network: Network) -> None:
        """Add a network, or replace the one of that name. Raises SettingError."""
        self._change(lambda document: _put_network(document, network))

    def drop_network(self, name: str) -> None:
        """Take a network out, if it is there, and what was wanted of its rooms."""
        if self.current.network(name) is not None:
            self._change(lambda document: _drop_network(document, name))

    def _change(self, change: Callable[[TOMLDocument], None]) -> None:
        """Change what stands in the file now, so that what its user wrote there meanwhile stays."""
        import tomlkit  # late, for a quick start: it keeps comments, and reading needs none of that

        document = tomlkit.parse(self._now())
        change(document)
        text = document.as_string()
        self.current = _parse(text, "that can't be set")
        if self._path is None or self.trouble:
            self._text = text
            return
        try:
            replace_file(self._path, text.encode())
        except OSError as error:
            raise SettingError(f"it holds for now, but {self._path} can't be written: {error.strerror}") from error

    def _now(self) -> str:
        """What there is to change."""
        if self._path is not None and not self.trouble:
            try:
                text = _text_of(self._path)
                _parse(text, str(self._path))  # or what is wrong there would be blamed on the change
            except SettingError as error:
                self.trouble = str(error)
            else:
                return text
        return _as_text(self.current) if self._text is None else self._text


def _path_of(key: str) -> list[str]:
    """The tables and the name in them. A room's name may have dots."""
    if key.startswith("rooms."):
        room, _, name = key.removeprefix("rooms.").rpartition(".")
        return ["rooms", room, name]
    if key not in NOT_LISTED:
        row_of(key)
    return key.split(".")


def _read(path: Path | None) -> ClientSettings:
    return ClientSettings() if path is None else _parse(_text_of(path), str(path))


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _parse(text: str, origin: str) -> ClientSettings:
    try:
        settings = msgspec.convert(tomllib.loads(text), ClientSettings)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{origin}: it is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingError(f"{origin}: {_explain(str(error))}") from error
    names = [network.name.lower() for network in settings.networks]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"{origin}: there are two networks called {name}")
    return settings


def _explain(message: str) -> str:
    # "Invalid enum value 'pink' - at `$.appearance.theme`" becomes "appearance.theme: 'pink' is not one of …".
    what, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if what.startswith("Object contains unknown field"):
        return f"there is no setting {f'{place}.' if place else ''}{what.split('`')[1]}"
    if what.startswith("Invalid enum value"):
        choices = BY_KEY[place].choices if place in BY_KEY else ALERT_LEVELS
        return f"{place}: {what.removeprefix('Invalid enum value ')} is not one of {', '.join(choices)}"
    if "matching regex" in what:
        return f"{place}: {_FORMS.get(place.rpartition('.')[2], what)}"
    return f"{place}: {what[:1].lower()}{what[1:].replace('`', '')}"


_FORMS = {
    "quiet_from": "it is a time of day as 22:30, or empty",
    "quiet_to": "it is a time of day as 7:00, or empty",
    "password_from": "it is keyring, ask, file:PATH or command:WORDS",
    "server_password_from": "it is empty, keyring, ask, file:PATH or command:WORDS",
}


def _put(document: TOMLDocument, tables: list[str], name: str, value: object) -> None:
    import tomlkit

    table: Any = document
    for part in tables:
        if part not in table:
            table[part] = tomlkit.table()
        table = table[part]
    table[name] = value


def _put_network(document: TOMLDocument, network: Network) -> None:
    import tomlkit
    from tomlkit.items import AoT

    networks: Any = document.get("networks")
    if not isinstance(networks, AoT):  # there are none, or they are written in one line
        document["networks"] = tomlkit.item([dict(table) for table in networks or ()]) if networks else tomlkit.aot()
        networks = document["networks"]
    entry = next((table for table in networks if str(table.get("name", "")).lower() == network.name.lower()), None)
    if entry is None:
        entry = tomlkit.table()
        networks.append(entry)
        entry = networks[-1]
    for name, value in msgspec.to_builtins(network).items():
        if value != getattr(_NO_NETWORK, name) or name in entry:
            entry[name] = value


def _drop_network(document: TOMLDocument, name: str) -> None:
    networks: Any = document["networks"]
    for number in reversed(range(len(networks))):
        if str(networks[number]["name"]).lower() == name.lower():
            del networks[number]
    for room in [key for key in document.get("rooms", {}) if key.lower().startswith(f"{name.lower()}/")]:
        del document["rooms"][room]


_NO_NETWORK = Network("", "")


def _as_text(settings: ClientSettings) -> str:
    import tomlkit

    return tomlkit.dumps(msgspec.to_builtins(settings))
