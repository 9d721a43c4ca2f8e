"""Passwords that are typed into a talk with a service: whoever looks over the user's shoulder shall not read them."""

from __future__ import annotations

import re

from chatkit.proto.casemapping import casefold

SERVICES = frozenset({"nickserv", "ns", "authserv", "userserv"})  # whom networks let people log in at
HIDDEN = "••••••"

# What has a password behind it. ChanServ's REGISTER has a room there, and nothing to hide.
_COMMAND = r"identify|login|register|(?:set +)?pass(?:word)?|(?:ghost|recover|regain|release)(?= +\S+ +\S)"
_SAID = re.compile(rf"({_COMMAND}) +\S.*", re.IGNORECASE | re.DOTALL)
_TYPED = re.compile(
    rf"(/(msg|m|tell|w|query|q|dm|notice) +\S+ +)?({_COMMAND})( +[^\s#]\S*){{1,3}}\s*"
    rf"|/(login|identify|register)( +\S+){{2,}}\s*"
    rf"|/(ns|nickserv) .*"
    rf"|/(raw|quote) +(pass|oper|register|authenticate|nickserv|ns|privmsg +({'|'.join(SERVICES)})) .*",
    re.IGNORECASE | re.DOTALL,
)


def shown(target: str, text: str) -> str:
    """``text``, said to ``target``, as the screen may show it."""
    match = _SAID.fullmatch(text) if casefold(target) in SERVICES else None
    return f"{match[1]} {HIDDEN}" if match else text


def may_be_recalled(typed: str) -> bool:
    """Whether what was typed may come back with Up: not where it looks as if there were a password in it."""
    return _TYPED.fullmatch(typed.strip()) is None
