"""``chatkit history export``: what is in it, in each format."""

from __future__ import annotations

import json
import stat
import tracemalloc
from pathlib import Path

import pytest

from chatkit.archive import commands
from chatkit.store.records import Forgotten, Record, Redaction, RoomFate, TargetRenamed
from tests.archive.conftest import NOON, Run, Talk


def test_text_is_a_line_a_message_with_local_time(talk: Talk, history: Run) -> None:
    talk.say("Alice", "Good morning")
    talk.say("Bob", "\x01ACTION waves\x01")
    talk.say("Alice", "one\ntwo, which\0 goes on\nthree")
    talk.say("Eve", "\x1b[2Jgone\u202e \x0304red\x03")
    assert history("export", "#LOBBY").output.splitlines() == [
        "2026-11-22 12:00:01 Alice: Good morning",
        "2026-11-22 12:00:02 * Bob waves",
        "2026-11-22 12:00:03 Alice: one",
        "                    two, which goes on",
        "                    three",
        "2026-11-22 12:00:04 Eve: \N{REPLACEMENT CHARACTER}[2Jgone red",
    ]


def test_json_lines_keep_the_text_as_it_was_said(talk: Talk, history: Run) -> None:
    talk.say("Alice", "\x02bold\x02\nsecond")
    row = json.loads(history("export", "#lobby", "--format", "jsonl").output)
    assert (row["text"], row["room"], row["msgid"]) == ("\x02bold\x02\nsecond", "#lobby", f"{NOON + 1_000_000:x}")


def test_all_is_every_room_and_conversations_only_if_they_are_asked_for(talk: Talk, history: Run) -> None:
    talk.say("Alice", "one", "#b")
    talk.say("Alice", "two", "#A")
    talk.tell("Alice", "Bob", "three")
    assert [line[20:] for line in history("export", "--all").output.splitlines()] == ["#A Alice: two", "#b Alice: one"]
    everything = history("export", "--all", "--direct").output.splitlines()
    assert [line[20:] for line in everything] == ["#A Alice: two", "#b Alice: one", "Alice & Bob Alice: three"]


def test_what_is_said_of_one_person_takes_direct(talk: Talk, history: Run) -> None:
    talk.tell("Alice", "Bob", "psst")
    talk.tell("Carol", "Dave", "hush")
    assert history("export", "bob").exit_code == 1
    assert [line[20:] for line in history("export", "BOB", "--direct").output.splitlines()] == ["Alice: psst"]


def test_bounds_are_times(talk: Talk, history: Run) -> None:
    for number in range(5):
        talk.say("Alice", str(number))
    output = history("export", "#lobby", "--since", "2026-11-22T12:00:02Z", "--until", "2026-11-22T12:00:04Z").output
    assert [line[-1] for line in output.splitlines()] == ["1", "2"]


def test_what_was_deleted_is_absent(talk: Talk, history: Run) -> None:
    talk.say("Alice", "stays")
    gone = talk.say("Alice", "regretted")
    talk.say("Alice", "forgotten", "#gone")
    talk.store.append([Redaction("#lobby", gone), Forgotten("#gone")])
    for form in commands.FORMATS:
        output = history("export", "--all", "--format", form).output
        assert "stays" in output
        assert "regretted" not in output
        assert "gone" not in output


def test_a_former_room_of_that_name_comes_first(talk: Talk, history: Run) -> None:
    talk.say("Alice", "then", "#club")
    talk.store.append([RoomFate("#club", "ended")])
    talk.say("Bob", "now", "#club")
    assert [line[20:] for line in history("export", "#club").output.splitlines()] == [
        "#club (former) Alice: then",
        "#club Bob: now",
    ]


def test_a_renamed_room_has_its_new_name_before_anything_is_said_in_it(talk: Talk, history: Run) -> None:
    talk.say("Alice", "then", "#club")
    talk.store.append([TargetRenamed("#club", "#hall")])
    assert history("export", "#hall", "--format", "html").output.count("#hall") > 0
    assert [line[20:] for line in history("search", "then").output.splitlines()] == ["#hall Alice: then"]
    assert history("export", "#club").exit_code == 1


def test_events_are_not_messages(talk: Talk, history: Run) -> None:
    talk.say("Alice", "#lobby", command="JOIN")
    talk.say("Alice", "hello")
    assert len(history("export", "#lobby").output.splitlines()) == 1


# Files


def test_a_file_is_for_its_owner_alone_and_replaced_as_a_whole(talk: Talk, history: Run, tmp_path: Path) -> None:
    talk.say("Alice", "hello")
    file = tmp_path / "out.txt"
    file.write_text("older")
    result = history("export", "#lobby", "-o", str(file))
    assert (result.exit_code, result.output) == (0, "")
    assert file.read_text().endswith("Alice: hello\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part"))


def test_an_export_that_fails_leaves_the_file_as_it_was(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.say("Alice", "hello")
    file = tmp_path / "out.txt"
    file.write_text("older")

    def fail(sections: object) -> object:
        yield "half"
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(commands.FORMATS, "text", fail)
    assert commands.export(tmp_path, None, "text", file) == 2
    assert file.read_text() == "older"
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_cannot_be_written_is_named(talk: Talk, history: Run, tmp_path: Path) -> None:
    talk.say("Alice", "hello")
    result = history("export", "#lobby", "-o", str(tmp_path / "nowhere" / "out.txt"))
    assert result.exit_code == 2
    assert result.output.startswith("chatkit: [Errno 2] No such file or directory")
    assert "out.txt" in result.output


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("#nowhere",), 1, "there is nothing of #nowhere; there is something of #lobby"),
        ((), 2, "name one room, or give --all"),
        (("#lobby", "--all"), 2, "name one room, or give --all"),
    ],
)
def test_a_mistake_is_named(talk: Talk, history: Run, arguments: tuple[str, ...], status: int, sentence: str) -> None:
    talk.say("Alice", "hello")
    result = history("export", *arguments)
    assert (result.exit_code, result.output) == (status, f"chatkit: {sentence}\n")


def test_of_many_rooms_the_latest_are_named(talk: Talk, history: Run) -> None:
    for number in range(20):
        talk.say("Alice", "hello", f"#room{number}")
    output = history("export", "#nowhere").output
    assert output.startswith("chatkit: there is nothing of #nowhere; there is something of #room19, #room18, ")
    assert output.endswith(" and 12 more\n")


def test_where_nothing_was_said_it_says_so(talk: Talk, history: Run) -> None:
    assert history("export", "--all").output.startswith("chatkit: nothing was said yet in any room of ")
    assert history("export", "#lobby").output == "chatkit: there is nothing of #lobby, nor of anything else\n"


@pytest.mark.parametrize("form", ["jsonl", "text", "html"])
def test_a_long_history_is_streamed(talk: Talk, tmp_path: Path, form: str) -> None:
    """Five times the messages need no more memory."""

    def peak() -> int:
        tracemalloc.start()
        assert commands.export(tmp_path, "#lobby", form, tmp_path / "out") == 0
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    def say(first: int, last: int) -> None:
        talk.store.append(
            Record(NOON + number, "#lobby", "PRIVMSG", "a!b@c", "a", "#lobby", "x" * 200)
            for number in range(first, last)
        )

    say(0, 2000)
    peak()  # what is loaded once
    few = peak()
    say(2000, 10_000)
    assert peak() < 1.5 * few
    assert (tmp_path / "out").read_text().count("x" * 200) == 10_000
