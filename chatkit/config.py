"""Configuration: frozen structs, filled from a TOML file, CHATKIT_* variables and options, in that order."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from chatkit.proto import names

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
NaturalFloat = Annotated[float, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

MAX_NAME = 63  # characters of the server's name, which stands in every line


class ConfigError(ValueError):
    """A mistake of whoever runs the server: one line that names it and says what to do."""


class Rooms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[rooms]"""

    autojoin: tuple[str, ...] = ("#lobby",)  # where every client lands that registers


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[log]"""

    format: Literal["auto", "rich", "plain", "json"] = "auto"
    messages: bool = True  # whether messages in rooms are logged; direct messages never are


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[history]"""

    durability: Literal["process", "power"] = "process"  # what a message that was seen outlives
    page: Positive = 200  # messages in one answer to CHATHISTORY


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[limits]"""

    commands_per_second: NaturalFloat = 20.0  # of one client, in the long run; 0: as many as it likes
    commands_burst: Positive = 100  # of one client, at once
    recvq_lines: Positive = 1000  # that wait because the client is too fast; past that it is disconnected
    recvq_bytes: Positive = 512 << 10  # the same in bytes
    sendq_bytes: Positive = 4 << 20  # that wait because the client is too slow; past that it is disconnected
    registration_seconds: Seconds = 30.0
    ping_seconds: Seconds = 120.0  # of silence until a client is asked whether it is there; it has as long again
    rooms_per_user: Positive = 100


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. Top-level keys are the options of ``chatkit serve``."""

    host: str = "127.0.0.1"
    port: Port = 55555
    name: str = "chatkit"
    data: str = ""  # a directory; empty: the platform's
    password_file: str = ""
    motd: str = ""  # a file
    io_threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    rooms: Rooms = Rooms()
    log: Log = Log()
    history: History = History()
    limits: Limits = Limits()

    @property
    def data_dir(self) -> Path:
        """The directory of the database and the control socket."""
        return Path(self.data) if self.data else default_data_dir()


SECTIONS = ("rooms", "log", "history", "limits")


def default_data_dir() -> Path:
    """The platform's place for a user's data."""
    import platformdirs  # late, for a quick start

    return Path(platformdirs.user_data_dir("chatkit", appauthor=False))


def config_dir() -> Path:
    """Where a user's settings are: CHATKIT_CONFIG_DIR, else the platform's place for them."""
    import platformdirs  # late, as above

    return Path(os.environ.get("CHATKIT_CONFIG_DIR") or platformdirs.user_config_dir("chatkit", appauthor=False))


def default_config_path() -> Path:
    """Where the settings are read from if nobody names a file."""
    return config_dir() / "chatkit.toml"


def find_config(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that CHATKIT_CONFIG names, else the platform's if it is there."""
    if named := environment.get("CHATKIT_CONFIG"):
        return Path(named)
    path = default_config_path()
    return path if path.exists() else None


def load_config(
    path: Path | None = None, environment: Mapping[str, str] = os.environ, options: Mapping[str, Any] | None = None
) -> Config:
    """Read ``path``, then the environment, then ``options`` (by dotted key; None means not given).

    Raises ConfigError, which names the key or the file.
    """
    values = _read_file(path) if path is not None else {}
    _check(values, str(path))
    for key, (variable, kind) in _variables().items():
        if variable in environment:
            _put(values, key, _from_text(environment[variable], kind, variable))
            _check(values, variable)
    for key, value in (options or {}).items():
        if value is not None:
            _put(values, key, value)
    return _check(values, "options")


def variable_of(key: str) -> str:
    """The environment variable of a dotted key: ``limits.sendq_bytes`` is CHATKIT_LIMITS_SENDQ_BYTES."""
    return "CHATKIT_" + key.replace(".", "_").upper()


def keys() -> dict[str, Any]:
    """Every dotted key and its type."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(Config):
        if field.name in SECTIONS:
            found |= {f"{field.name}.{inner.name}": inner.type for inner in msgspec.structs.fields(field.type)}
        else:
            found[field.name] = field.type
    return found


def _variables() -> dict[str, tuple[str, Any]]:
    return {key: (variable_of(key), kind) for key, kind in keys().items()}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
    values[last] = value


def _from_text(text: str, kind: Any, variable: str) -> Any:
    if kind == tuple[str, ...]:
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{variable}={text!r}: {_lower(str(error))}") from error


def _check(values: dict[str, Any], origin: str) -> Config:
    try:
        config = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{origin}: {_explain(str(error))}") from error
    if wrong := _wrong_meaning(config):
        raise ConfigError(f"{origin}: {wrong}")
    return config


def _explain(message: str) -> str:
    # "Expected `int`, got `str` - at `$.limits.sendq_bytes`" becomes "limits.sendq_bytes: expected int, got str".
    what, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if what.startswith("Object contains unknown field"):
        key = what.split("`")[1]
        return f"there is no key {place + '.' if place else ''}{key} ('chatkit config show' lists all)"
    return f"{place}: {_lower(what)}" if place else _lower(what)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].replace("`", "")


def _wrong_meaning(config: Config) -> str | None:
    """What the types cannot say of the values."""
    for room in config.rooms.autojoin:
        if not names.is_channel_name(room):
            return f"rooms.autojoin: {room!r} is no room name; one starts with # and has no blanks"
    name = config.name
    if not (0 < len(name) <= MAX_NAME and name.isascii() and name.isprintable() and " " not in name and name[0] != ":"):
        return f"name: {name!r} must be one word of up to {MAX_NAME} ASCII characters"
    return None
