"""``chatkit history search``."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from chatkit.store.schema import VERSION
from tests.archive.conftest import NOON, Run, Talk


@pytest.fixture
def busy(talk: Talk) -> Talk:
    """Some talk in two rooms and between two people."""
    talk.say("Alice", "the release is \x02out\x02")
    talk.say("Bob", "\x01ACTION reads the release notes\x01")
    talk.say("Carol", "Release day!", "#Dev")
    talk.say("ci", "release 1.0 built", "#Dev", "NOTICE")
    talk.tell("Alice", "Bob", "the release party is secret")
    return talk


def test_messages_are_printed_in_order_with_time_room_and_nick(busy: Talk, history: Run) -> None:
    result = history("search", "release")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "2026-11-22 12:00:01 #lobby Alice: the release is out",
        "2026-11-22 12:00:02 #lobby * Bob reads the release notes",
        "2026-11-22 12:00:03 #Dev Carol: Release day!",
        "2026-11-22 12:00:04 #Dev -ci- release 1.0 built",
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("release", "notes"), ["reads the release notes"]),
        (('"release is"',), ["the release is \x02out\x02"]),
        (("--from", "ALICE"), ["the release is \x02out\x02"]),
        (("--in", "#dev", "release"), ["Release day!", "release 1.0 built"]),
        (("--in", "#DEV", "--from", "carol"), ["Release day!"]),
        (("--limit", "1", "release"), ["release 1.0 built"]),
        (("--since", "2026-11-22T12:00:03Z", "release"), ["Release day!", "release 1.0 built"]),
        (("--until", "2026-11-22T12:00:02Z", "release"), ["the release is \x02out\x02"]),
        (("--direct", "--in", "bob", "release"), ["the release party is secret"]),
        (("--direct", "party"), ["the release party is secret"]),
        (("party",), []),
        (("...",), []),
        (("'; DROP TABLE messages; --",), []),
    ],
)
def test_what_is_asked_for_is_found(busy: Talk, history: Run, arguments: tuple[str, ...], found: list[str]) -> None:
    result = history("search", *arguments, "--json")
    assert result.exit_code == 0
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == found
    assert (result.stderr == "chatkit: nothing found\n") == (not found)


def test_json_has_the_keys_of_tail_and_who_it_really_was(busy: Talk, history: Run) -> None:
    assert json.loads(history("search", "--json", "day").output) == {
        "time": "2026-11-22T12:00:03.000Z",
        "nick": "Carol",
        "room": "#Dev",
        "text": "Release day!",
        "kind": "message",
        "msgid": f"{NOON + 3_000_000:x}",
        "account": "carol",
        "source": "Carol!~Carol@host",
        "bot": False,
    }


def test_a_running_server_is_not_disturbed_and_what_it_stores_is_found(busy: Talk, history: Run) -> None:
    assert history("search", "novelty").stdout == ""
    busy.say("Alice", "a novelty")
    assert "a novelty" in history("search", "novelty").output


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("x", "--in", "#nowhere"), 1, "there is nothing of #nowhere; there is something of #Dev, #lobby"),
        (("x", "--in", "Carol", "--direct"), 1, "there is nothing of Carol; there is something of Alice & Bob"),
        (("x", "--in", "bob"), 1, "bob is no room: what people said to each other alone takes --direct, "
                                  "a room is written '#bob'"),
        ((), 2, "there is nothing to search for: give WORDS, or --from NICK"),
        (("x", "--since", "soon"), 2, "--since: 'soon' is no time: write 30m, 1h, 2d or 2026-11-22T12:30"),
        (("x", "--until", "never"), 2, "--until: 'never' is no time: write 30m, 1h, 2d or 2026-11-22T12:30"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_in_one_line(
    busy: Talk, history: Run, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    result = history("search", *arguments)
    assert (result.exit_code, result.output) == (status, f"chatkit: {sentence}\n")


def test_without_a_database_it_says_what_is_there_instead(tmp_path: Path, history: Run) -> None:
    result = history("search", "x")
    assert (result.exit_code, result.output) == (
        2, f"chatkit: there is no history in {tmp_path}: it is empty; --data names another directory\n",
    )  # fmt: skip
    (tmp_path / "notes.txt").touch()
    assert f"no history in {tmp_path}: it holds notes.txt, but no chatkit.db" in history("search", "x").output
    assert list(tmp_path.iterdir()) == [tmp_path / "notes.txt"], "it must not make what it did not find"


def test_a_directory_that_is_not_there_is_named(tmp_path: Path, history: Run) -> None:
    tmp_path.rmdir()
    assert f"no history in {tmp_path}: there is no such directory" in history("search", "x").output


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ("PRAGMA application_id = 7", "is no database of chatkit's"),
        ("PRAGMA user_version = 99", f"has version 99, this chatkit reads version {VERSION}"),
    ],
)
def test_another_database_is_refused(tmp_path: Path, busy: Talk, history: Run, setup: str, sentence: str) -> None:
    busy.store.close()
    with sqlite3.connect(tmp_path / "chatkit.db") as db:
        db.execute(setup)
    db.close()
    result = history("search", "x")
    assert result.exit_code == 2
    assert sentence in result.output


def test_what_is_no_database_is_refused(tmp_path: Path, history: Run) -> None:
    (tmp_path / "chatkit.db").write_bytes(b"not a database " * 100)
    result = history("search", "x")
    assert (result.exit_code, result.output) == (
        2, f"chatkit: cannot read {tmp_path / 'chatkit.db'}: file is not a database\n",
    )  # fmt: skip
