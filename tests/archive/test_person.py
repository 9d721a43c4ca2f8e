"""``chatkit history person``: all that is known about one person, and nothing of anybody else's."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chatkit.ircd.accounts import Account
from chatkit.ircd.ban_index import ServerBan
from chatkit.ircd.invitations import Invitation
from chatkit.ircd.persistence import Presence, SavedMember
from chatkit.ircd.registrations import Registration
from chatkit.ircd.reports import Report
from chatkit.ircd.room_settings import RoomSettings, SavedEntry
from chatkit.store.database import Store
from chatkit.store.records import Audited, Document, Record
from tests.archive.conftest import NOON, SECOND, Run

KEY, BOB = "@5a1", "@5b0"  # of the accounts
CERT = "ab" * 32
SECRET = "argon2id"


def document(kind: str, key: str, body: object) -> Document:
    return Document(kind, key, msgspec.json.encode(body))


def said(number: int, key: str, nick: str, room: str, text: str, account: str = "") -> Record:
    return Record(NOON + number * SECOND, room, "PRIVMSG", f"{nick}!u@host", key, room, text, account=account)


def told(number: int, key: str, nick: str, other: str, recipient: str, text: str) -> Record:
    target = " ".join(sorted((key, other)))
    return Record(
        NOON + number * SECOND, target, "PRIVMSG", f"{nick}!u@host", key, recipient, text, correspondents=(key, other)
    )


def happened(number: int, nick: str, command: str, rest: str, account: str = "", key: str = "") -> Record:
    return Record(NOON + number * SECOND, "#tea", command, f"{nick}!u@host", key, "#tea", rest, account=account)


def presence() -> Presence:
    rooms = (SavedMember("#tea", "o", NOON, False),)
    return Presence("Alice", "u", "host", "192.0.2.7", "Alice A.", "i", None, NOON, None, rooms)


ENTRIES = [
    document("account", KEY, Account(KEY, "Alice", 1, "alice@example.org", fingerprints=[CERT], metadata={"hue": "7"})),
    document("account", BOB, Account(BOB, "Bob", 1, "bob@example.org")),
    document("credentials", KEY, {"password": f"${SECRET}$alice", "scram": None}),
    document("presence", KEY, presence()),
    document("marker", f"{KEY} #tea", {"time": NOON // 1000}),
    document("marker", f"{BOB} #tea", {"time": 5}),
    document("channel", "#tea", Registration("#Tea", 1, founder=BOB, access={KEY: "o"})),
    document("channel", "#hers", Registration("#hers", 1, founder=KEY)),
    document("channel", "#no", Registration("#no", 1, founder=BOB)),
    document("room", "#mad", RoomSettings("#mad", 1, lists={"b": [SavedEntry("~a:Alice", "Bob!u@host", 5)]})),
    document("serverban", "b1", ServerBan("b1", "account", "mute", "alice", "loud", "root", 1, 0)),
    document("serverban", "b2", ServerBan("b2", "address", "ban", "192.0.2.7", "", "root", 1, 0)),
    document("serverban", "b3", ServerBan("b3", "nick", "ban", "malice", "", "root", 1, 0)),
    document("report", "r1", Report("r1", 1, "Bob!u@host", "Bob", "Alice", "rude", "", "Alice!u@host", "rude word")),
    document("report", "r2", Report("r2", 2, "Alice!u@host", "Alice", "Eve", "spam")),
    document("report", "r3", Report("r3", 3, "Bob!u@host", "Bob", "Eve", "spam")),
    Audited(1, NOON, "root", "ban", b'{"what":"alice"}', "loud", ("Alice",), "Muted alice"),
    Audited(2, NOON, "root", "ban", b'{"what":"eve"}', "", ("Eve",), "Banned eve"),
    said(1, KEY, "Alice", "#tea", "in the open", "Alice"),
    said(2, BOB, "Bob", "#tea", "what bob thinks", "Bob"),
    said(3, KEY, "Ally", "#old", "under another nick", "Alice"),
    told(4, KEY, "Alice", BOB, "Bob", "between us"),
    told(5, BOB, "Bob", KEY, "Alice", "the answer of bob"),
    told(6, BOB, "Bob", "~1", "Eve", "none of her business"),
    happened(7, "Alice", "JOIN", "#tea Alice :x", "Alice"),
    happened(8, "Bob", "JOIN", "#tea Bob :x", "Bob"),
    happened(9, "Alice", "TAGMSG", "#tea", "Alice", KEY),
    said(10, "~1", "Eve", "#tea", "a guest's word"),
    said(11, "~2", "eve", "#tea", "another guest's"),
    said(12, "~3", "Alice", "#tea", "a guest who is called so"),
]  # fmt: skip


@pytest.fixture
def seeded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(ENTRIES)
    store.close()


def export(history: Run, name: str) -> dict[str, Any]:
    result = history("person", name)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.output)
    return found


@pytest.mark.usefixtures("seeded")
class TestAnAccount:
    def test_everything_of_it_is_there(self, history: Run) -> None:
        found = export(history, "ALICE")
        assert found["about"]["person"] == "Alice"
        assert found["account"]["email"] == "alice@example.org"
        assert (found["account"]["fingerprints"], found["account"]["metadata"]) == ([CERT], {"hue": "7"})
        assert found["has_password"] is True
        assert (found["presence"]["address"], found["presence"]["rooms"][0]["room"]) == ("192.0.2.7", "#tea")
        assert list(found["read_up_to"]) == ["#tea"]
        assert found["nicks"] == ["Alice", "Ally"]

    def test_every_word_of_its_own_in_rooms_and_to_people(self, history: Run) -> None:
        found = export(history, "alice")
        assert [(row["room"], row["text"]) for row in found["messages"]] == [
            ("#tea", "in the open"),
            ("#old", "under another nick"),
            ("Bob", "between us"),
        ]
        assert [row["command"] for row in found["events"]] == ["TAGMSG", "JOIN"]
        (talk,) = found["conversations"]
        assert (talk["with"], talk["said"], talk["heard"]) == (["Bob"], 1, 1)

    def test_every_room_where_it_has_a_part(self, history: Run) -> None:
        found = {room["room"]: (room["role"], room["named_in"]) for room in export(history, "alice")["rooms"]}
        entry = {"what": "b", "text": "~a:Alice", "setter": "Bob!u@host", "set_at": 5}
        assert found == {"#Tea": ("o", []), "#hers": ("founder", []), "#mad": ("", [entry])}

    def test_bans_reports_and_the_audit_log_that_name_it(self, history: Run) -> None:
        found = export(history, "alice")
        assert [ban["id"] for ban in found["serverbans"]] == ["b1", "b2"]
        assert [report["id"] for report in found["reports"]] == ["r1", "r2"]
        assert [entry["id"] for entry in found["audit"]] == [1]

    def test_nothing_secret_and_nothing_of_others(self, history: Run) -> None:
        text = history("person", "alice").output
        assert SECRET not in text
        for other in ("what bob thinks", "the answer of bob", "none of her business", "bob@example.org"):
            assert other not in text
        assert "a guest who is called so" not in text
        about_her, by_her = export(history, "alice")["reports"]
        assert "who" not in about_her
        assert by_her["who"] == "Alice!u@host"
        assert any("password" in sentence for sentence in export(history, "alice")["about"]["not_here"])


@pytest.mark.usefixtures("seeded")
def test_guests_of_a_nick_are_told_apart_by_nobody(history: Run) -> None:
    found = export(history, "EVE")
    assert (found["account"], found["has_password"], found["presence"]) == (None, False, None)
    assert [row["text"] for row in found["messages"]] == ["a guest's word", "another guest's"]
    assert [(talk["with"], talk["heard"]) for talk in found["conversations"]] == [(["Bob"], 1)]
    assert any("several people" in sentence for sentence in found["about"]["not_here"])


@pytest.mark.usefixtures("seeded")
def test_who_is_not_known_is_said_so(history: Run) -> None:
    result = history("person", "nobody")
    assert (result.exit_code, result.output) == (
        1,
        "chatkit: there is no account nobody, and no guest of that nick ever said anything\n",
    )


@pytest.mark.usefixtures("seeded")
def test_the_file_is_for_its_owner_alone(history: Run, tmp_path: Path) -> None:
    file = tmp_path / "alice.json"
    assert history("person", "alice", "-o", str(file)).output == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["about"]["person"] == "Alice"
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.usefixtures("seeded")
def test_a_code_and_a_token_that_name_a_person_keep_their_secrets(history: Run, tmp_path: Path) -> None:
    store = Store(tmp_path)
    fields = {"id": "i1", "digest": "d1g357", "uses": 1, "until": 0, "who": "Alice", "room": ""}
    known = {name: fields[name] for name in Invitation.__struct_fields__ if name in fields}
    store.append(
        [
            document("invitation", "i1", known),
            document("token", "t1", {"id": "t1", "made_by": "alice", "digest": "d1g357"}),
        ]
    )
    store.close()
    found = export(history, "alice")
    assert (found["invitations"][0]["id"], found["tokens"][0]["id"]) == ("i1", "t1")
    assert "d1g357" not in json.dumps(found)


def test_a_long_history_is_read_in_pages(tmp_path: Path, history: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatkit.archive.history.PAGE", 3)
    store = Store(tmp_path)
    store.append([document("account", KEY, Account(KEY, "Alice", 1))])
    store.append(said(number, KEY, "Alice", "#tea", str(number), "Alice") for number in range(10))
    both = [happened(20, "Alice", "QUIT", ":bye", "Alice"), happened(20, "Alice", "QUIT", ":bye", "Alice")]
    rooms = [msgspec.structs.replace(event, target=f"#{n}") for n in range(4) for event in both[:1]]
    store.append(rooms)
    store.close()
    found = export(history, "alice")
    assert [row["text"] for row in found["messages"]] == [str(number) for number in range(10)]
    assert len(found["events"]) == 4
