"""Entries to store, in few words."""

from __future__ import annotations

from chatkit.store.records import Record


def said(seq: int, target: str = "#room", text: str = "", *, nick: str = "bob") -> Record:
    """A message in a room, by a guest whose key is the nick's first letter with a tilde."""
    return Record(seq, target, "PRIVMSG", f"{nick}!~{nick}@host", f"~{nick[0]}", target, text or str(seq), "+x=y")


def told(seq: int, sender: str, recipient: str, text: str = "") -> Record:
    """A direct message between keys, which are their nicks with a tilde."""
    keys = ("~" + sender, "~" + recipient)
    target = " ".join(sorted(keys))
    source = f"{sender}!u@host"
    return Record(seq, target, "PRIVMSG", source, keys[0], recipient, text or str(seq), correspondents=keys)


def happened(seq: int, target: str = "#room", command: str = "JOIN", *, nick: str = "bob") -> Record:
    """An event in a room."""
    return Record(seq, target, command, f"{nick}!~{nick}@host", f"~{nick[0]}", target, target)


def seqs(records: list[Record]) -> list[int]:
    """Which they are."""
    return [record.seq for record in records]
