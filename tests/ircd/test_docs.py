"""docs/rooms.md says what the tables say."""

from __future__ import annotations

import re
from pathlib import Path

from chatkit.config import Limits
from chatkit.ircd.chanserv import service
from chatkit.proto import extbans, modes
from chatkit.proto.modes import CHANNEL_MODES, MEMBER, PREFIXES, RANKS

TEXT = (Path(__file__).parents[2] / "docs" / "rooms.md").read_text("utf-8")


def test_every_mode_is_described_with_the_rank_that_it_takes():
    told = dict(re.findall(r"^\| `(\w)`[^|]*\|[^|]*\| `(.)` \|$", TEXT, re.MULTILINE))
    prefixes = {RANKS[letter]: prefix for letter, prefix in PREFIXES.items()}
    settable = [letter for letter, kind in CHANNEL_MODES.items() if kind != MEMBER]
    assert told == {letter: prefixes[modes.rank_to_set(letter)] for letter in settable}


def test_every_rank_is_described():
    assert dict(re.findall(r"^\| `(.)` \| `(.)` \|", TEXT, re.MULTILINE)) == {p: m for m, p in PREFIXES.items()}


def test_every_entry_that_is_described_is_one():
    (rows,) = re.findall(r"\| entry \| means \|\n\|---\|---\|\n((?:\|.*\n)+)", TEXT)
    entries = re.findall(r"`([^` ]+)`", "".join(row.split(" | ")[0] for row in rows.splitlines(True)))
    assert len(entries) >= 7
    assert all(extbans.parse(entry) for entry in entries)


def test_every_command_of_chanserv_that_is_described_is_one():
    words = set(re.findall(r"`(?:/CS )?([A-Z]{3,})", TEXT.partition("## Registered rooms")[2]))
    assert words <= {word for name in service.rows for word in name.split()}
    assert len(words) >= 6
    assert f"{Limits().list_entries} entries" in TEXT
