"""Several devices under one nick, and users who stay without any.

Spec: https://github.com/ircv3/ircv3-specifications/pull/503 for those who stay
"""

import pytest

from chatkit.ircd.apply import apply
from chatkit.ircd.events import LoggedOut
from tests.ircd.people import begin, config_with, log_in, open_account, restart

ALICE = "Alice!~u@127.0.0.1"
BOB = "bob!~bob@127.0.0.1"
DAY = 86_400


@pytest.fixture
def account(net):
    return open_account(net, "Alice")


@pytest.fixture
def staying(net):
    return open_account(net, "Alice", always_on=True)


def words(lines):
    """The commands and numerics of lines."""
    return [line.split(" ")[2 if line[0] == "@" else 1] for line in lines]


# Joining a user who is there.


@pytest.mark.smoke
def test_a_device_of_the_same_account_joins_the_user_and_is_shown_its_rooms(net, account, bob):
    first = log_in(net, account)
    net.gather("#room", first, bob)
    first.send("TOPIC #room :hello", "MODE Alice +w")
    first.raw(), bob.raw()
    second = begin(net, account)
    lines = second.ask("NICK alice", "USER other 0 * :Other")
    assert lines[0] == f":chat.test 001 Alice :Welcome to the chat.test network, {ALICE}"
    end = next(index for index, line in enumerate(lines) if " 422 " in line)
    assert lines[end + 1 :] == [
        ":chat.test 221 Alice +w",
        f":{ALICE} JOIN #room",
        ":chat.test 332 Alice #room :hello",
        f":chat.test 333 Alice #room {ALICE} 1800000000",
        ":chat.test 353 Alice = #room :@Alice bob",
        ":chat.test 366 Alice #room :End of /NAMES list",
    ]
    assert bob.received() == first.received() == []
    assert first.session.user is second.session.user
    assert len(net.ircd.users) == 2


def test_each_device_is_shown_a_room_as_it_asked_for(net, account, bob):
    """When negotiated, servers MUST NOT send an implicit NAMES reply after sending a JOIN message."""
    first = log_in(net, account)
    net.gather("#room", first, bob)
    second = begin(net, account, "extended-join no-implicit-names draft/read-marker")
    lines = second.ask("NICK alice", "USER other 0 * :Other")
    assert lines[-2:] == [f":{ALICE} JOIN #room Alice :Somebody", ":chat.test MARKREAD #room *"]


@pytest.mark.parametrize("nick", ["Robert", "rob"])
def test_whoever_asks_for_the_accounts_name_gets_the_nick_that_its_user_has(net, account, nick):
    first = log_in(net, account)
    first.send(f"NICK {nick}")
    second = begin(net, account)
    assert second.ask("NICK Alice", "USER u 0 * :x")[0].startswith(f":chat.test 001 {nick} :")
    assert second.session.user is first.session.user


def test_whoever_asks_for_another_nick_is_a_user_of_its_own(net, account):
    first, second = log_in(net, account), log_in(net, account, nick="Alice_phone")
    assert first.session.user is not second.session.user
    third = log_in(net, account, nick="alice_phone")
    assert third.session.user is second.session.user


def test_without_the_account_the_nick_is_in_use(net, account, bob):
    first = log_in(net, account)
    stranger = net.connect()
    assert stranger.ask("NICK Alice", "USER u 0 * :x")[0].startswith(":chat.test 433 * Alice :Nickname belongs to an")
    other = begin(net, open_account(net, "Carol"))
    assert other.ask("NICK Alice") == [":chat.test 433 * Alice :Nickname is already in use"]
    assert bob.ask("NICK Alice") == [":chat.test 433 bob Alice :Nickname is already in use"]
    assert first.session.user.sessions == [first.session]


def test_a_nick_may_be_asked_for_before_the_log_in(net, account):
    first = log_in(net, account)
    second = net.connect()
    assert second.ask("CAP REQ :server-time", "NICK Alice", "USER u 0 * :x") == [":chat.test CAP * ACK :server-time"]
    second.session.account = account
    assert "001" in words(second.ask("CAP END"))
    assert second.session.user is first.session.user


def test_where_the_server_wants_one_device_a_nick_the_second_is_refused(make_net):
    net = make_net(accounts={"multiclient": False})
    account = open_account(net, "Alice")
    log_in(net, account)
    assert "433" in words(begin(net, account).ask("NICK Alice", "USER u 0 * :x"))


def test_where_the_server_wants_one_device_it_may_come_back_to_the_user_that_stays(make_net):
    net = make_net(accounts={"multiclient": False})
    account = open_account(net, "Alice", always_on=True)
    log_in(net, account).send("QUIT")
    assert log_in(net, account).session.user.sessions


# What reaches whom.


def test_what_one_device_does_all_of_them_see(net, account, bob):
    first, second = log_in(net, account), log_in(net, account)
    net.gather("#room", bob)
    first.send("JOIN #room")
    joined = [
        f":{ALICE} JOIN #room",
        ":chat.test 353 Alice = #room :@bob Alice",
        ":chat.test 366 Alice #room :End of /NAMES list",
    ]
    assert first.received() == joined
    assert second.received() == joined
    assert bob.received() == [f":{ALICE} JOIN #room"]
    for line, seen in (
        ("NICK Alicia", f":{ALICE} NICK Alicia"),
        ("MODE Alicia +w", ":Alicia!~u@127.0.0.1 MODE Alicia +w"),
        ("PART #room", ":Alicia!~u@127.0.0.1 PART #room"),
    ):
        assert first.ask(line) == [seen]
        assert second.received() == [seen]


def test_direct_messages_reach_every_device(net, account, bob):
    first, second = log_in(net, account), log_in(net, account)
    bob.send("PRIVMSG Alice :hi")
    assert first.received() == second.received() == [f":{BOB} PRIVMSG Alice :hi"]


def test_what_is_said_on_one_device_the_others_see_in_the_room(net, account, bob):
    first, second = log_in(net, account), log_in(net, account)
    net.gather("#room", first, bob)
    second.raw()
    assert first.ask("PRIVMSG #room :hi") == []
    assert second.received() == bob.received() == [f":{ALICE} PRIVMSG #room :hi"]


# Leaving.


def test_the_user_goes_with_its_last_device(net, account, bob):
    first, second = log_in(net, account), log_in(net, account)
    net.gather("#room", first, bob)
    assert second.ask("QUIT") == ["ERROR :Closing link: 127.0.0.1 (Quit: )"]
    assert first.received() == bob.received() == []
    assert bob.ask("PRIVMSG #room :there?") == []
    assert first.received() == [f":{BOB} PRIVMSG #room :there?"]
    net.disconnect(first, "Connection reset by peer")
    assert bob.received() == [f":{ALICE} QUIT :Connection reset by peer"]


def test_kill_ends_every_device(net, account, bob):
    first, second = log_in(net, account), log_in(net, account)
    net.gather("#room", first, bob)
    second.raw()
    net.ircd.kill(first.session.user, None, "spam", net.now)
    net.settle()
    for client in (first, second):
        assert client.received() == [
            ":chat.test KILL Alice :spam",
            f":{ALICE} QUIT :Killed (chat.test (spam))",
            "ERROR :Closing link: 127.0.0.1 (Killed (chat.test (spam)))",
        ]
        assert client.link.closed
    assert bob.received() == [f":{ALICE} QUIT :Killed (chat.test (spam))"]


# Away on several devices.


def test_a_user_is_away_when_all_devices_are_and_says_what_was_said_last(net, account):
    first, second = log_in(net, account), log_in(net, account)
    bob = net.register("bob", "away-notify")
    net.gather("#room", first, bob)
    assert first.ask("AWAY :lunch") == [":chat.test 306 Alice :You have been marked as being away"]
    assert bob.received() == []
    second.send("AWAY :asleep")
    assert bob.received() == [f":{ALICE} AWAY :asleep"]
    first.send("AWAY :dinner")
    assert bob.received() == [f":{ALICE} AWAY :dinner"]
    second.send("AWAY")
    assert bob.received() == [f":{ALICE} AWAY"]
    net.disconnect(second)
    assert bob.received() == [f":{ALICE} AWAY :dinner"]


def test_a_device_where_nobody_sits_is_as_good_as_none(net, account):
    """A message of `*` should not supersede a human-readable AWAY message, even if it is more recent."""
    first, second = log_in(net, account), log_in(net, account)
    bob = net.register("bob", "away-notify")
    net.gather("#room", first, bob)
    first.send("AWAY :lunch")
    second.send("AWAY *")
    assert bob.received() == [f":{ALICE} AWAY :lunch"]
    third = begin(net, account, "draft/pre-away")
    third.send("AWAY *", "NICK Alice", "USER u 0 * :x")
    assert "306" in third.commands()
    assert bob.received() == []
    fourth = log_in(net, account)
    assert bob.received() == [f":{ALICE} AWAY"]
    fourth.send("QUIT")
    assert bob.received() == [f":{ALICE} AWAY :lunch"]


# Staying.


@pytest.mark.smoke
def test_who_is_always_on_stays_in_the_rooms_and_is_away(net, staying):
    alice, bob = log_in(net, staying), net.register("bob", "away-notify")
    net.gather("#room", alice, bob)
    assert alice.ask("QUIT") == ["ERROR :Closing link: 127.0.0.1 (Quit: )"]
    assert bob.received() == [f":{ALICE} AWAY :Not connected"]
    assert bob.ask("PRIVMSG Alice :hi") == [":chat.test 301 bob Alice :Not connected"]
    assert bob.ask("NAMES #room")[0] == ":chat.test 353 bob = #room :@Alice bob"
    log_in(net, staying)
    assert bob.received() == [f":{ALICE} AWAY"]


def test_the_message_that_was_left_tells_more_than_the_servers(net, staying):
    alice, bob = log_in(net, staying), net.register("bob", "away-notify")
    net.gather("#room", alice, bob)
    alice.send("AWAY :on holiday", "QUIT")
    assert bob.received() == [f":{ALICE} AWAY :on holiday"]


@pytest.mark.parametrize(
    ("policy", "wanted", "stays"),
    [
        ("opt-in", None, False),
        ("opt-in", True, True),
        ("opt-out", None, True),
        ("opt-out", False, False),
        ("off", True, False),
    ],
)
def test_who_stays_is_up_to_the_server_and_to_the_owner(make_net, policy, wanted, stays):
    net = make_net(accounts={"always_on": policy})
    log_in(net, open_account(net, "Alice", always_on=wanted)).send("QUIT")
    assert ("alice" in net.ircd.users) is stays


def test_of_several_users_of_an_account_one_stays(net, staying):
    first, second = log_in(net, staying), log_in(net, staying, nick="phone")
    first.send("QUIT")
    second.send("QUIT")
    assert list(net.ircd.users) == ["alice"]


def test_a_killed_user_does_not_stay(net, staying):
    alice = log_in(net, staying)
    alice.send("QUIT")
    net.ircd.kill(net.ircd.users["alice"], None, "spam", net.now)
    net.settle()
    assert net.ircd.users == {}
    restart(net)
    assert net.ircd.users == {}


def test_who_is_taken_out_of_a_room_while_away_is_not_shown_it(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", bob, alice)
    net.gather("#other", alice, bob)
    alice.send("QUIT")
    bob.send("KICK #room Alice :bye")
    back = begin(net, staying)
    lines = back.ask("NICK Alice", "USER u 0 * :x")
    assert [line.split(" ")[2] for line in lines if " JOIN " in line] == ["#other"]


def test_after_so_many_days_nobody_stays(make_net):
    net = make_net(accounts={"always_on_days": 30})
    alice = open_account(net, "Alice", always_on=True)
    client, bob = log_in(net, alice), net.register("bob")
    net.gather("#room", client, bob)
    net.let_time_pass(40 * DAY)
    for session in (client.session, bob.session):
        session.heard = net.now.mono
    net.move_clock(0)
    assert bob.received() == []
    client.send("QUIT")
    net.let_time_pass(29 * DAY)
    bob.ask("PING x")
    net.move_clock(0)
    assert bob.received() == []
    net.let_time_pass(2 * DAY)
    bob.ask("PING x")
    net.move_clock(0)
    assert bob.received() == [f":{ALICE} QUIT :Not connected for 30 days"]


# What was missed.


@pytest.mark.smoke
def test_a_client_that_cannot_ask_for_history_is_given_what_it_missed(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    bob.send("PRIVMSG #room :seen")
    alice.send("QUIT")
    net.let_time_pass(60)
    bob.send("PRIVMSG #room :missed", "NOTICE Alice :me too")
    back = begin(net, staying, "server-time")
    lines = back.ask("NICK Alice", "USER u 0 * :x")
    assert lines[-2:] == [f"@time=T :{BOB} PRIVMSG #room :missed", f"@time=T :{BOB} NOTICE Alice :me too"]
    assert not any("seen" in line for line in lines)
    back.send("QUIT")
    again = begin(net, staying, "server-time")
    assert not any("missed" in line for line in again.ask("NICK Alice", "USER u 0 * :x"))


@pytest.mark.parametrize("capability", ["batch draft/chathistory", "znc.in/playback"])
def test_who_can_ask_for_history_is_given_nothing_unasked(net, staying, bob, capability):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    alice.send("QUIT")
    bob.send("PRIVMSG #room :missed")
    back = begin(net, staying, capability)
    assert not any("missed" in line for line in back.ask("NICK Alice", "USER u 0 * :x"))


# Over a restart.


@pytest.mark.smoke
@pytest.mark.parametrize("crash", [False, True])
def test_who_stays_is_back_after_a_restart_as_it_was(net, staying, bob, crash):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    net.gather("#other", bob, alice)
    bob.send("MODE #other +v Alice")
    alice.send("SETNAME :Alice Liddell", "MODE Alice +w", "NICK Alicia")
    restart(net, crash=crash)
    user = net.ircd.users["alicia"]
    assert {name: channel.members[user].modes for name, channel in user.channels.items()} == {
        "#room": "o",
        "#other": "v",
    }
    assert (user.real, user.modes, user.away, user.key) == ("Alice Liddell", "w", "Not connected", staying.key)
    net.check()
    carol = net.register("carol")
    assert carol.ask("PRIVMSG Alicia :hi") == [":chat.test 301 carol Alicia :Not connected"]
    back = log_in(net, staying)
    assert back.session.user is user
    assert user.away is None


def test_a_restart_takes_nobody_back_who_may_not_stay_any_more(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    as_before = net.ircd.config
    restart(net, config_with(net, always_on="off"))
    assert net.ircd.users == net.ircd.channels == {}
    restart(net, as_before)
    assert net.ircd.users == {}


def test_a_change_of_the_configuration_takes_them_off_while_the_server_runs(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    alice.send("QUIT")
    net.ircd.config = config_with(net, always_on="off")
    net.move_clock(1)
    assert bob.received() == [f":{ALICE} QUIT :No longer always on"]


def test_who_is_logged_out_while_away_does_not_stay(net, staying, bob):
    alice, phone = log_in(net, staying), log_in(net, staying, nick="phone")
    net.gather("#room", alice, bob)
    alice.send("QUIT")
    for nick in ("alice", "phone"):
        apply(net.ircd, LoggedOut(net.ircd.cause(net.ircd.users[nick], net.now)))
    net.settle()
    assert bob.received() == [f":{ALICE} QUIT :Logged out"]
    assert phone.session.user.account is None


def test_what_was_said_before_a_restart_is_still_missed_after_it(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    alice.send("QUIT")
    bob.send("PRIVMSG #room :missed")
    restart(net)
    back = begin(net, staying, "server-time")
    assert back.ask("NICK Alice", "USER u 0 * :x")[-1] == f"@time=T :{BOB} PRIVMSG #room :missed"


def test_a_room_that_nobody_owns_keeps_its_modes_topic_and_lists_while_somebody_stays(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    alice.send("MODE #room +ikl sesame 9", "MODE #room +b *!*@evil", "TOPIC #room :ours", "QUIT")
    bob.send("PRIVMSG #room :missed")
    restart(net)
    channel = net.ircd.channels["#room"]
    assert (channel.flags, channel.key, channel.limit, channel.topic.text) == ("int", "sesame", 9, "ours")
    assert list(channel.lists["b"]) == ["*!*@evil"]
    back = begin(net, staying, "server-time")
    assert back.ask("NICK Alice", "USER u 0 * :x")[-1] == f"@time=T :{BOB} PRIVMSG #room :missed"
    net.check()


def test_the_last_of_a_closed_room_takes_its_settings_and_its_history_along(net, staying, bob):
    alice = log_in(net, staying)
    net.gather("#room", alice, bob)
    alice.send("MODE #room +k sesame", "PRIVMSG #room :secret", "QUIT")
    bob.send("PART #room")
    net.ircd.kill(net.ircd.users["alice"], None, "spam", net.now)
    net.settle()
    restart(net)
    assert net.ircd.channels == {}
    carol = net.register("carol", "batch draft/chathistory")
    carol.send("JOIN #room")
    assert not any("secret" in line for line in carol.ask("CHATHISTORY LATEST #room * 10"))


def test_who_looks_like_somebody_who_stays_is_refused_after_a_restart_too(net):
    boris = log_in(net, open_account(net, "Борис", always_on=True))
    boris.send("NICK БорисГ")
    restart(net)
    assert net.connect().ask("NICK борисг", "USER u 0 * :x")[0].split(" ")[1] == "433"
