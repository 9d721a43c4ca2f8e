"""A row of the table of commands."""

from __future__ import annotations

import msgspec


class Row(msgspec.Struct, frozen=True):
    """One command. ``name`` is its method; at a command line its parts are words of their own.

    ``positional`` are the fields of ``params`` that are given without a name, in order; of the last one several words
    make one text. The first sentence of ``help`` stands in lists. ``example`` is as typed after "chatkit admin".
    ``shows`` names the look of its answer. ``local`` is "module:function" for what is done where it is typed, not by
    the server: it takes the ``Here`` of ``chatkit.admin`` and the parameters by name, and returns what is shown; a
    screen takes the parameters as a whole and whether JSON is wanted, prints by itself and returns the exit status.
    """

    name: str
    params: type[msgspec.Struct]
    privilege: str
    help: str
    positional: tuple[str, ...] = ()
    example: str = ""
    shows: str = "changed"
    local: str = ""
    hidden: bool = False
