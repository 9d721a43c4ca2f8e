"""Nicks that belong to the server itself: a PRIVMSG to one of them is a command, heard and kept by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatkit.ircd.context import Context

Addressee = Callable[["Context", str], None]

# By casefolded nick, what takes the text of a PRIVMSG to it. A NOTICE or a TAGMSG to it comes to nothing.
ADDRESSEES: dict[str, Addressee] = {}
