"""What a struct of parameters says of its fields, for command lines and for the audit log."""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from chatkit.ircd.requests import Credentials

HIDDEN = "…"  # what stands for a secret
_ABOUT_THE_CALL = frozenset({"reason", "dry_run", "confirmed"})  # the reason has a place of its own in the audit log


class Field(msgspec.Struct, frozen=True):
    """One field: its bare type, whether it must be given, and what ``Meta`` says of it besides."""

    name: str
    type: Any
    required: bool
    help: str
    extra: dict[str, Any]
    least: int | None = None  # of a number
    most: int | None = None

    @property
    def face(self) -> str:
        """Who may give it: whoever types a command, only who does so at a "terminal", or a "program" alone."""
        return str(self.extra.get("face", "typed"))

    @property
    def is_secret(self) -> bool:
        """Whether it is never typed into a command line, nor written down: whoever asks sees to it."""
        return self.extra.get("type") == "password" or self.type is Credentials

    @property
    def is_noted(self) -> bool:
        """Whether the audit log has what was given. Where a secret may be in it, what was done says the rest."""
        return not self.is_secret and self.extra.get("noted", True) is True


@cache  # the audit log asks for them while everybody waits
def fields_of(params: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of a struct of parameters, in order."""
    hints = get_type_hints(params, include_extras=True)
    return tuple(_field(info.name, hints[info.name], info.required) for info in msgspec.structs.fields(params))


def without_secrets(params: msgspec.Struct) -> dict[str, Any]:
    """What was given for a command, by name, with HIDDEN for what is secret. Defaults are left out."""
    found = {}
    for info, field in zip(msgspec.structs.fields(params), fields_of(type(params)), strict=True):
        value = getattr(params, info.name)
        if info.name not in _ABOUT_THE_CALL and value != info.default:
            found[info.name] = msgspec.to_builtins(value) if field.is_noted else HIDDEN
    return found


def _field(name: str, hint: Any, required: bool) -> Field:
    text: str = ""
    extra: dict[str, Any] = {}
    bare, metas = _apart(hint)
    for meta in metas:
        text, extra = meta.description or text, {**(meta.extra or {}), **extra}
    least = next((int(meta.ge) for meta in metas if meta.ge is not None), None)
    most = next((int(meta.le) for meta in metas if meta.le is not None), None)
    return Field(name, bare, required, text, extra, least, most)


def _apart(hint: Any) -> tuple[Any, list[Meta]]:
    """``int``, and what is said of it, of ``Annotated[Annotated[int, ...] | None, ...]``."""
    metas: list[Meta] = []
    while get_origin(hint) in (Annotated, Union, types.UnionType):
        if get_origin(hint) is Annotated:
            hint, *said = get_args(hint)
            metas += (meta for meta in said if isinstance(meta, Meta))
        else:
            hint = next(kind for kind in get_args(hint) if kind is not types.NoneType)
    return hint, metas
