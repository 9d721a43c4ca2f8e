"""Which settings a running server can take up, and which have to wait until it starts again."""

from __future__ import annotations

import msgspec

from chatkit.config import SECTIONS, Config

# Bound, opened or made when the server starts. Everything else is looked at whenever it matters.
FIXED = frozenset(
    {
        "host",
        "port",
        "name",
        "data",
        "io_threads",
        "admin.remote",
        "cloaks.mode",
        "cloaks.suffix",
        "metrics.listen",
        "discovery",
        "listeners",
        "history.durability",
        "history.keep_days",
        "history.keep_in_all",
        "history.keep_messages",
        "log.format",
        "log.messages",
        "proxies.trusted",
        "tls.mode",
        "tls.certificate",
        "tls.key",
        "websocket.origins",
    }
)


def differences(old: Config, new: Config) -> tuple[str, ...]:
    """The dotted keys that differ, in the order of the settings."""
    found = []
    for field in old.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if field not in SECTIONS:
            found += [field] * (before != after)
        else:
            inner = before.__struct_fields__
            found += [f"{field}.{key}" for key in inner if getattr(before, key) != getattr(after, key)]
    return tuple(found)


def taken_up(old: Config, new: Config) -> Config:
    """``new``, but for what is FIXED, which stays as in ``old``."""
    for key in FIXED:
        section, _, name = key.rpartition(".")
        if section:
            inner = msgspec.structs.replace(getattr(new, section), **{name: getattr(getattr(old, section), name)})
            new = msgspec.structs.replace(new, **{section: inner})
        else:
            new = msgspec.structs.replace(new, **{key: getattr(old, key)})
    return new
