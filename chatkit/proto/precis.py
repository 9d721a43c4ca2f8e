"""Preparing what people type in any script: names and passwords that look the same become the same characters.

The tables of the library are loaded when the first name or password beyond ASCII comes up; ``load`` does it before.

Spec: https://www.rfc-editor.org/rfc/rfc8264 (PRECIS) and https://www.rfc-editor.org/rfc/rfc8265
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from precis_i18n.profile import Profile


def username(text: str) -> str | None:
    """``text`` by the profile UsernameCasePreserved, or None if that forbids it."""
    return _enforce("UsernameCasePreserved", text)


def freeform(text: str) -> str | None:
    """``text`` by the profile OpaqueString, or None if that forbids it.

    NFC, every blank an ASCII one; nothing invisible, no control, nothing that turns the direction of text.
    """
    return _enforce("OpaqueString", text)


def load() -> None:
    """Load the library's tables, which takes some 20 ms."""
    _profile("OpaqueString")


@lru_cache
def _profile(name: str) -> Profile:
    from precis_i18n import get_profile  # late, for a quick start

    return get_profile(name)


def _enforce(profile: str, text: str) -> str | None:
    try:
        return _profile(profile).enforce(text)
    except UnicodeEncodeError:  # what the library says of a character that is not allowed
        return None
