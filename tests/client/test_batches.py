"""Messages that belong together, however they come: inside each other, without an end, or far too many."""

from __future__ import annotations

import pytest

from chatkit.client import batches
from chatkit.client.batches import Batches
from chatkit.proto.message import Message, parse
from tests.client.conversation import EVERYTHING, Conversation, message, view


def opened(*starts: str) -> Batches:
    found = Batches()
    for start in starts:
        found.start(parse(start))
    return found


def said(reference: str, text: str = "hi") -> Message:
    return parse(f"@batch={reference} :Bob!b@there PRIVMSG #room :{text}")


def test_what_belongs_to_a_batch_is_kept_until_its_end() -> None:
    found = opened("BATCH +a netsplit one two")
    assert found.hold(said("a"))
    assert not found.hold(said("b"))
    batch = found.end(parse("BATCH -a"))
    assert batch is not None
    assert (batch.kind, batch.params, len(batch.messages)) == ("netsplit", ["one", "two"], 1)
    assert found.end(parse("BATCH -a")) is None


def test_a_batch_in_another_is_part_of_it() -> None:
    found = opened("BATCH +a chathistory #room", "@batch=a BATCH +b netjoin")
    found.hold(said("b"))
    assert found.end(parse("BATCH -b")) is None
    batch = found.end(parse("BATCH -a"))
    assert batch is not None
    assert len(batch.messages) == 1


def test_an_answer_with_a_label_labels_what_is_in_it() -> None:
    found = opened("@label=7 BATCH +a labeled-response", "@batch=a BATCH +b draft/multiline #room")
    found.hold(said("b"))
    batch = found.end(parse("BATCH -b"))
    assert batch is not None
    assert [msg.tags["label"] for msg in batches.one_message(batch)] == ["7"]


def test_one_batch_holds_only_so_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_BATCH", 3)
    found = opened("BATCH +a x")
    assert all(found.hold(said("a")) for _ in range(10))
    batch = found.end(parse("BATCH -a"))
    assert batch is not None
    assert len(batch.messages) == 3


def test_all_of_them_hold_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_HELD", 100)
    found = opened("BATCH +a x", "BATCH +b x")
    found.hold(said("a", "x" * 80))
    found.hold(said("b", "y" * 80))
    full = found.end(parse("BATCH -a"))
    assert full is not None
    assert len(full.messages) == 1
    found.hold(said("b", "z" * 80))  # there is room again
    batch = found.end(parse("BATCH -b"))
    assert batch is not None
    assert [msg.param(1)[0] for msg in batch.messages] == ["z"]


def test_only_so_many_are_open_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_OPEN", 2)
    found = opened("BATCH +a x", "BATCH +b x", "BATCH +c x")
    assert [found.hold(said(reference)) for reference in "abc"] == [True, True, False]


def test_a_batch_that_never_ends_holds_up_nothing_else() -> None:
    talk = Conversation()
    talk.register(EVERYTHING)
    room = talk.enter()
    talk.server(":irc.test BATCH +a draft/multiline #room", "@batch=a :Bob!b@there PRIVMSG #room :never")
    talk.server(message(1))
    assert view(room) == ["Bob: text 1"]
