"""History for clients that do not know CHATHISTORY. Spec: https://wiki.znc.in/Playback"""

import pytest

from chatkit.ircd.context import Context
from chatkit.ircd.replay import replay_missed

CAPS = "znc.in/playback batch message-tags server-time znc.in/self-message"
START = 1_800_000_000  # seconds since 1970


@pytest.fixture
def net(make_net):
    return make_net(history={"autoreplay": 3, "page": 5})


@pytest.fixture
def alice(net):
    return net.register("alice")


@pytest.fixture
def room(net, alice):
    """Ten messages in #Room, "0" to "9", one a second from the start on."""
    net.gather("#Room", alice)
    for number in range(10):
        alice.send(f"PRIVMSG #room :{number}")
        net.move_clock(1)
    alice.raw()


def bodies(lines: list[str]) -> list[str]:
    """The lines without their tags."""
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]


def said(lines: list[str]) -> list[str]:
    """What was said in an answer that consists of batches: the batch's parameter and all its texts in one word."""
    found = []
    for line in bodies(lines):
        if " BATCH +" in line:
            assert line.split(" ")[3] == "znc.in/playback"
            found.append(line.split(" ")[4] + " ")
        elif " BATCH -" not in line:
            found[-1] += line.partition(" :")[2]
    return found


# Asked for


@pytest.fixture
def bob(net, room):
    client = net.register("bob", CAPS)
    net.gather("#room", client)
    return client


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ("#room", "56789"),  # a page at most, the newest
        ("#ROOM 0", "56789"),
        (f"#room {START + 7}", "89"),  # from is excluded
        (f"#room {START + 6}.999", "789"),
        (f"#room {START + 2} {START + 5}", "345"),  # to is included
        (f"#room 0 {START}", "0"),
        ("#r??m,#nowhere 0", "56789"),
        ("* 0", "56789"),
    ],
)
def test_play_gives_what_was_said_after_from_and_up_to_to(bob, params, found):
    assert said(bob.ask(f"PRIVMSG *playback :PLAY {params}")) == [f"#Room {found}"]
    assert said(bob.ask(f"ZNC *playback play {params}")) == [f"#Room {found}"]


@pytest.mark.parametrize(
    "text",
    [
        f"PLAY #room {START + 9}",
        "PLAY #other",
        "PLAY",
        "PLAY #room 1 2 3",
        "PLAY nobody",
        "HELLO",
        "",
        "LIST a b",
        "\x01",
    ],
)
def test_what_cannot_be_played_is_passed_over_in_silence(bob, text):
    assert bob.ask(f"PRIVMSG *playback : {text}") == []


def test_a_line_that_is_played_has_the_tags_that_it_had(net, bob, alice):
    alice.send("PRIVMSG #room :hello")
    live = bob.raw()
    bob.send(f"PRIVMSG *playback :PLAY #room {START + 9}")
    assert [line.partition(";")[2] for line in bob.raw()[1:-1]] == [line.removeprefix("@") for line in live]


def test_going_on_from_the_time_of_the_last_message_does_not_play_it_again(net, bob, alice):
    """The client knows that time in milliseconds only."""
    net.move_clock(0.0005)
    alice.send("PRIVMSG #room :hello")
    assert said(bob.ask(f"PRIVMSG *playback :PLAY #room {START + 10}.000")) == []
    assert said(bob.ask(f"PRIVMSG *playback :PLAY #room {START + 9}.999")) == ["#Room hello"]
    assert said(bob.ask(f"PRIVMSG *playback :PLAY #room {START + 9} {START + 10}.000")) == ["#Room hello"]


def test_conversations_are_played_with_both_sides(bob, alice):
    alice.send("PRIVMSG bob :a")
    bob.send("PRIVMSG alice :b")
    assert said(bob.ask("PRIVMSG *playback :PLAY alice")) == ["alice ab"]
    assert said(bob.ask("PRIVMSG *playback :PLAY *")) == ["#Room 56789", "alice ab"]


def test_ones_own_messages_are_not_played_to_a_client_that_would_misplace_them(net, alice):
    """Without self-message or echo-message it would open a window for itself."""
    bob = net.register("bob", "znc.in/playback batch server-time")
    alice.send("PRIVMSG bob :a")
    bob.send("PRIVMSG alice :b")
    assert said(bob.ask("PRIVMSG *playback :PLAY *")) == ["alice a"]


def test_without_batch_the_lines_come_bare(net, room):
    bob = net.register("bob", "znc.in/playback server-time")
    net.gather("#room", bob)
    assert bodies(bob.ask(f"PRIVMSG *playback :PLAY * {START + 8}")) == [":alice!~alice@127.0.0.1 PRIVMSG #Room :9"]


def test_without_server_time_the_text_begins_with_the_time(net, room, alice):
    bob = net.register("bob", "znc.in/playback")
    net.gather("#room", bob)
    alice.send("PRIVMSG #room :\x01ACTION waves\x01")
    assert bob.raw()
    assert bob.ask(f"PRIVMSG *playback :PLAY * {START + 8}") == [
        ":alice!~alice@127.0.0.1 PRIVMSG #Room :[2027-01-15 08:00 UTC] 9",
        ":alice!~alice@127.0.0.1 PRIVMSG #Room :\x01ACTION waves\x01",
    ]


def test_list_names_the_buffers_with_their_first_and_last_times(bob, alice):
    source = ":*playback!znc@znc.in PRIVMSG bob"
    bob.send("PRIVMSG alice :hi")
    rows = [f"{source} :#Room {START}.000 {START + 9}.000", f"{source} :alice {START + 10}.000 {START + 10}.000"]
    assert bodies(bob.ask("PRIVMSG *playback :LIST")) == rows
    assert bodies(bob.ask("PRIVMSG *playback :list al*")) == rows[1:]
    assert bob.ask("PRIVMSG *playback :list #nowhere") == []


def test_what_was_cleared_is_not_played_again(net, bob, alice):
    bob.send("PRIVMSG alice :hi", "PRIVMSG *playback :CLEAR #room")
    assert said(bob.ask("PRIVMSG *playback :PLAY *")) == ["alice hi"]
    alice.send("PRIVMSG #room :new")
    assert said(bob.ask("PRIVMSG *playback :PLAY *")) == ["alice hi", "#Room new"]
    assert bodies(bob.ask("PRIVMSG *playback :LIST #room")) == [
        f":*playback!znc@znc.in PRIVMSG bob :#Room {START + 10}.000 {START + 10}.000",
    ]


def test_only_ones_own_rooms_are_played(net, room):
    bob = net.register("bob", CAPS)
    assert bob.ask("PRIVMSG *playback :PLAY #room", "PRIVMSG *playback :PLAY *", "PRIVMSG *playback :LIST") == []


def test_without_the_capability_there_is_nobody_of_that_name(net):
    bob = net.register("bob")
    refusal = ":chat.test 401 bob *playback :No such nick/channel"
    assert bob.ask("PRIVMSG *playback :PLAY *") == [refusal]
    assert bob.ask("ZNC *playback PLAY *") == [refusal]
    assert bob.ask("ZNC *status help") == [":chat.test 401 bob *status :No such nick/channel"]


def test_a_store_that_fails_is_said(net, bob):
    net.broken = True
    failure = ":chat.test FAIL ZNC MESSAGE_ERROR :Messages could not be retrieved"
    assert bob.ask("PRIVMSG *playback :PLAY *") == [failure]


# Unasked


def replayed(lines: list[str]) -> str:
    """The messages of an answer, all in one word."""
    return "".join(line.rpartition(":")[2] for line in bodies(lines) if " PRIVMSG " in line)


def test_a_client_that_cannot_ask_sees_the_last_messages_when_it_joins(net, room):
    bob = net.register("bob", "server-time")
    lines = bob.ask("JOIN #room", "PING x")
    assert replayed(lines) == "789"
    assert lines[-5].endswith(" 366 bob #Room :End of /NAMES list")
    assert lines[-2] == "@time=T :alice!~alice@127.0.0.1 PRIVMSG #Room :9"


def test_the_messages_come_in_a_batch_where_that_is_known(net, room):
    """The server SHOULD put all PRIVMSGs and NOTICEs into a single chathistory batch."""
    bob = net.register("bob", "server-time batch")
    opening, *lines, closing = bob.ask("JOIN #room")[-5:]
    assert opening.endswith(" chathistory #Room")
    assert replayed(lines) == "789"
    assert " BATCH -" in closing


@pytest.mark.parametrize(
    "caps",
    [
        "server-time draft/chathistory",  # "the server SHOULD NOT play back any history ... automatically"
        "server-time znc.in/playback",
        "message-tags",  # it would take old messages for new ones
        "",
    ],
)
def test_who_can_ask_or_is_told_no_times_sees_nothing_unasked(net, room, caps):
    bob = net.register("bob", caps)
    assert replayed(bob.ask("JOIN #room")) == ""


def test_a_bot_sees_nothing_unasked(net, room):
    """It would obey what somebody told it long ago."""
    bot = net.register("bot", "server-time")
    bot.send("MODE bot +B")
    bot.raw()
    assert replayed(bot.ask("JOIN #room")) == ""


def test_a_device_that_cannot_ask_gets_what_was_missed_when_it_joins_its_user(net, room, alice):
    """Rooms and conversations; where it is told no times, they stand in the text."""
    bob = net.register("bob", "batch")
    net.gather("#room", bob)
    left = net.ircd.sequence.last
    alice.send("PRIVMSG bob :are you there?", "PRIVMSG #room :\x01ACTION waits\x01")
    bob.raw()
    replay_missed(Context(net.ircd, bob.session, net.now), left)
    net.settle()
    lines = bob.raw()
    assert [line.split(" ", 2)[2] for line in lines if " BATCH +" not in line and " BATCH -" not in line] == [
        "PRIVMSG bob :[2027-01-15 08:00 UTC] are you there?",
        "PRIVMSG #Room :\x01ACTION waits\x01",
    ]
    assert [line.split(" ", 3)[3] for line in lines if " BATCH +" in line] == ["chathistory alice", "chathistory #Room"]


def test_a_join_with_a_label_does_not_wait_for_messages(net, room, alice):
    """It would come after what is said meanwhile."""
    bob = net.register("bob", "server-time batch labeled-response")
    net.slow = True
    bob.send("@label=x JOIN #room")
    alice.send("PRIVMSG #room :new")
    assert [line.split(" ")[2] for line in bob.raw()][1:3] == ["JOIN", "353"]
    assert not net.jobs
    net.slow = False


def test_every_room_of_one_join_is_replayed(net, room, alice):
    net.gather("#two", alice)
    alice.send("PRIVMSG #two :!")
    bob = net.register("bob", "server-time")
    assert replayed(bob.ask("JOIN #room,#none,#two")) == "789!"


def test_what_is_said_meanwhile_is_not_seen_twice(net, room, alice):
    bob = net.register("bob", "server-time")
    net.slow = True
    bob.send("JOIN #room", "PRIVMSG #room :I am here")
    alice.send("PRIVMSG #room :new")
    net.slow = False
    net.answer()
    assert replayed(bob.raw()) == "new789"
    assert replayed(alice.raw()) == "I am here"


def test_autoreplay_can_be_turned_off(make_net):
    net = make_net(history={"autoreplay": 0})
    alice, bob = net.register("alice"), net.register("bob", "server-time")
    net.gather("#room", alice)
    alice.send("PRIVMSG #room :hi")
    assert replayed(bob.ask("JOIN #room")) == ""


def test_a_store_that_fails_does_not_keep_anybody_out(net, room):
    bob = net.register("bob", "server-time")
    net.broken = True
    lines = bob.ask("JOIN #room", "PING x")
    assert lines[-2:] == [
        ":chat.test FAIL * MESSAGE_ERROR #Room :Messages could not be retrieved",
        ":chat.test PONG chat.test :x",
    ]
    net.broken = False
