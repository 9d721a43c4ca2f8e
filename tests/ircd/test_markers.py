"""MARKREAD.

Spec: https://ircv3.net/specs/extensions/read-marker
"""

import pytest

from chatkit.ircd import markers
from chatkit.proto.timestamps import format_time
from tests.ircd.people import log_in, open_account, restart

CAPS = "draft/read-marker"


def at(net, seconds):
    """A moment ``seconds`` from now, as MARKREAD writes it."""
    return "timestamp=" + format_time(net.now.wall // 1000 + seconds * 1000)


@pytest.fixture
def alice(net):
    return net.register("alice", CAPS)


@pytest.mark.smoke
def test_a_marker_is_set_and_asked_for(net, alice):
    """If there is no known last message read timestamp, the parameter is a literal `*`."""
    assert alice.ask("MARKREAD #room") == [":chat.test MARKREAD #room *"]
    assert alice.ask(f"MARKREAD #room {at(net, -5)}") == [f":chat.test MARKREAD #room {at(net, -5)}"]
    assert alice.ask("MARKREAD #ROOM") == [f":chat.test MARKREAD #ROOM {at(net, -5)}"]
    assert alice.ask("MARKREAD bob") == [":chat.test MARKREAD bob *"]


@pytest.mark.parametrize("seconds", [-9, -5])
def test_a_marker_only_moves_forward(net, alice, seconds):
    """The server MUST reply with the newer, previous value that was stored and ignore the client timestamp."""
    alice.send(f"MARKREAD bob {at(net, -5)}")
    assert alice.ask(f"MARKREAD bob {at(net, seconds)}")[-1] == f":chat.test MARKREAD bob {at(net, -5)}"


def test_nothing_is_read_before_it_is_said(net, alice):
    assert alice.ask(f"MARKREAD bob {at(net, 60)}") == [f":chat.test MARKREAD bob {at(net, 0)}"]


@pytest.mark.smoke
def test_the_marker_of_a_room_is_told_after_its_join_and_before_the_end_of_names(net, alice):
    lines = alice.ask("JOIN #room")
    assert [line.split(" ")[1] for line in lines] == ["JOIN", "MARKREAD", "353", "366"]
    assert lines[1] == ":chat.test MARKREAD #room *"
    alice.send(f"MARKREAD #room {at(net, -5)}", "PART #room")
    assert f":chat.test MARKREAD #Room {at(net, -5)}" in alice.ask("JOIN #Room")
    assert "MARKREAD" not in " ".join(net.register("bob").ask("JOIN #room"))


@pytest.mark.smoke
def test_all_devices_are_told_and_nobody_else(net, bob):
    account = open_account(net, "Carol")
    first, second, phone = log_in(net, account, CAPS), log_in(net, account, CAPS), log_in(net, account, CAPS, "phone")
    plain = log_in(net, account)
    moved = f":chat.test MARKREAD bob {at(net, -5)}"
    assert first.ask(f"MARKREAD BOB {at(net, -5)}") == [moved]
    assert second.received() == phone.received() == [moved]
    assert plain.received() == bob.received() == []
    first.send(f"MARKREAD bob {at(net, -7)}")
    assert second.received() == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS :Missing parameters"),
        ("MARKREAD :", "NEED_MORE_PARAMS :Missing parameters"),
        ("MARKREAD 1x", "INVALID_PARAMS 1x :That is neither a room nor a nick"),
        ("MARKREAD #a,b", "INVALID_PARAMS #a,b :That is neither a room nor a nick"),
        ("MARKREAD #room *", "INVALID_PARAMS #room * :Use timestamp=YYYY-MM-DDThh:mm:ss.sssZ"),
        ("MARKREAD #room 12", "INVALID_PARAMS #room 12 :Use timestamp=YYYY-MM-DDThh:mm:ss.sssZ"),
        ("MARKREAD #room msgid=1", "INVALID_PARAMS #room msgid=1 :Use timestamp=YYYY-MM-DDThh:mm:ss.sssZ"),
        ("MARKREAD #room timestamp=x", "INVALID_PARAMS #room timestamp=x :Use timestamp=YYYY-MM-DDThh:mm:ss.sssZ"),
    ],
)
def test_bad_parameters(alice, line, answer):
    assert alice.ask(line) == [f":chat.test FAIL MARKREAD {answer}"]


def test_the_markers_of_an_account_outlive_its_users_and_the_server(net):
    account = open_account(net, "Carol")
    log_in(net, account, CAPS).send(f"MARKREAD #room {at(net, -5)}", f"MARKREAD bob {at(net, -3)}", "QUIT")
    restart(net)
    carol = log_in(net, account, CAPS)
    assert carol.ask("MARKREAD #room", "MARKREAD bob") == [
        f":chat.test MARKREAD #room {at(net, -5)}",
        f":chat.test MARKREAD bob {at(net, -3)}",
    ]


def test_the_markers_of_a_guest_go_with_it(net, alice):
    alice.send(f"MARKREAD #room {at(net, -5)}", "QUIT")
    assert net.register("alice", CAPS).ask("MARKREAD #room") == [":chat.test MARKREAD #room *"]
    assert list(net.store.documents(markers.DOCUMENT)) == []


def test_of_too_many_markers_the_one_is_forgotten_that_did_not_move_for_longest(net, monkeypatch):
    monkeypatch.setattr(markers, "MAX_MARKERS", 2)
    account = open_account(net, "Carol")
    carol = log_in(net, account, CAPS)
    carol.send(f"MARKREAD #a {at(net, -5)}", f"MARKREAD #b {at(net, -5)}", f"MARKREAD #a {at(net, -4)}")
    carol.send(f"MARKREAD #c {at(net, -5)}")
    assert sorted(net.ircd.users["carol"].markers) == ["#a", "#c"]
    assert sorted(key for key, _ in net.store.documents(markers.DOCUMENT)) == [f"{account.key} #a", f"{account.key} #c"]


def test_an_account_that_is_gone_leaves_no_markers(net):
    account = open_account(net, "Carol")
    log_in(net, account).send(f"MARKREAD #a {at(net, -5)}")
    markers.forget(net.ircd, account.key)
    net.settle()
    assert list(net.store.documents(markers.DOCUMENT)) == []
