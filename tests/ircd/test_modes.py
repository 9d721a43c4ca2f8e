"""MODE. Spec: https://modern.ircdocs.horse/#mode-message"""

import pytest

from chatkit.proto import modes, names
from tests.ircd.people import log_in, open_account

ALICE = "alice!~alice@127.0.0.1"
NO_KEY = f"A key is one word of up to {names.KEY_LEN} characters, without commas"
MASKS = dict.fromkeys("beI", "*!*@spam.example")
PARAMS = (
    MASKS | dict.fromkeys("qaohv", "bob") | {"f": "#other", "k": "key", "l": "10", "W": "5"}
)  # a good argument for each letter


@pytest.fixture
def room(net, alice, bob):
    """A room with an operator, alice, and bob, who is none."""
    net.gather("#room", alice, bob)
    alice.send("MODE #room -nt")
    for client in (alice, bob):
        client.raw()
    return net.ircd.channels["#room"]


def make_founder(client, room):
    """What ChanServ does for the account that owns a room."""
    room.members[client.session.user].modes = "q"


# Channel modes


@pytest.mark.smoke
@pytest.mark.parametrize("letter", modes.CHANNEL_MODES)
def test_every_mode_is_set_and_unset_once_and_everyone_sees_it(net, alice, bob, room, letter):
    net.gather("#other", alice)
    make_founder(alice, room)
    arg = f" {PARAMS[letter]}" if letter in PARAMS else ""
    unset = "" if letter in "Wlf" else arg
    assert alice.ask(f"MODE #ROOM +{letter}{arg}") == [f":{ALICE} MODE #room +{letter}{arg}"]
    assert alice.ask(f"MODE #room +{letter}{arg}") == []
    assert alice.ask(f"MODE #room -{letter}{unset}") == [f":{ALICE} MODE #room -{letter}{unset}"]
    assert alice.ask(f"MODE #room -{letter}{unset}") == []
    assert bob.received() == [f":{ALICE} MODE #room +{letter}{arg}", f":{ALICE} MODE #room -{letter}{unset}"]


@pytest.mark.parametrize("letter", modes.CHANNEL_MODES)
def test_every_mode_is_for_operators_alone(alice, bob, room, letter):
    arg = f" {PARAMS[letter]}" if letter in PARAMS else ""
    assert bob.ask(f"MODE #room +{letter}{arg}") == [":chat.test 482 bob #room :You're not channel operator"]
    assert alice.received() == []
    assert room.flags == ""


def test_what_is_set_can_be_read_back(net, alice, bob, room):
    """Servers SHOULD also return RPL_CREATIONTIME."""
    alice.send("MODE #room +ntkl key 10")
    assert bob.ask("MODE #room") == [
        ":chat.test 324 bob #room +ntkl key 10",
        ":chat.test 329 bob #room 1800000000",
    ]
    carol = net.register("carol")
    assert carol.ask("MODE #room")[0] == ":chat.test 324 carol #room +ntkl * 10"


def test_new_rooms_begin_with_n_and_t(net, alice):
    net.gather("#new", alice)
    assert alice.ask("MODE #new")[0] == ":chat.test 324 alice #new +nt"


def test_many_changes_make_one_line(alice, bob, room):
    assert alice.ask("MODE #room +im-b+kv *!*@x key bob") == [f":{ALICE} MODE #room +imkv key bob"]
    assert alice.ask("MODE #room -i+l-mk+s 5 key") == [f":{ALICE} MODE #room -i+l-mk+s 5 key"]


def test_of_changes_that_undo_each_other_the_last_counts(alice, room):
    assert alice.ask("MODE #room +i-i+m") == [f":{ALICE} MODE #room +m"]
    assert alice.ask("MODE #room +l-l 5", "MODE #room +b-b x x!*@*", "MODE #room -o+o alice ALICE") == []
    assert alice.ask("MODE #room -i+i") == [f":{ALICE} MODE #room +i"]


def test_no_more_changes_with_an_argument_than_modes_says(net, alice, room):
    limit = modes.MAX_MODES
    masks = [f"*!*@{number}" for number in range(limit + 2)]
    assert alice.ask(f"MODE #room +{'b' * (limit + 2)}m " + " ".join(masks)) == [
        f":{ALICE} MODE #room +{'b' * limit}m " + " ".join(masks[:limit]),
    ]


def test_what_wants_an_argument_and_has_none_is_ignored(alice, room):
    """If a type B or C mode does not have a parameter when being set, the server MUST ignore that mode."""
    assert alice.ask("MODE #room +k", "MODE #room +l", "MODE #room +o", "MODE #room -v") == []


def test_a_key_is_taken_off_with_any_key_or_none(alice, bob, room):
    for unset in ("MODE #room -k key", "MODE #room -k wrong", "MODE #room -k"):
        alice.send("MODE #room +k key")
        assert alice.ask(unset) == [f":{ALICE} MODE #room -k key"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MODE", "461 alice MODE :Not enough parameters"),
        ("MODE #nowhere +i", "403 alice #nowhere :No such channel"),
        ("MODE # +i", "403 alice # :No such channel"),
        ("MODE #room +z", "472 alice z :is unknown mode char to me"),
        ("MODE #room +o nobody", "401 alice nobody :No such nick/channel"),
        ("MODE #room +v carol", "441 alice carol #room :They aren't on that channel"),
        ("MODE #room +k a,b", f"696 alice #room k a,b :{NO_KEY}"),
        ("MODE #room +k :two words", f"696 alice #room k * :{NO_KEY}"),
        ("MODE #room +k :", f"696 alice #room k * :{NO_KEY}"),
        ("MODE #room +k " + "k" * 33, f"696 alice #room k {'k' * 33} :{NO_KEY}"),
        ("MODE #room +l 0", "696 alice #room l 0 :A limit is a number above 0"),
        ("MODE #room +l -5", "696 alice #room l -5 :A limit is a number above 0"),
        ("MODE #room +l :", "696 alice #room l * :A limit is a number above 0"),
        ("MODE #room +l ten", "696 alice #room l ten :A limit is a number above 0"),
        ("MODE #room +l 99999999999", "696 alice #room l 99999999999 :A limit is a number above 0"),
        ("MODE #room +l ²", "696 alice #room l ² :A limit is a number above 0"),
        ("MODE #room +b :two words", "696 alice #room b * :That is no mask"),
        ("MODE #room +b ~a:", "696 alice #room b ~a: :That is no mask"),
        ("MODE #room +e ~x:bob", "696 alice #room e ~x:bob :That is no mask"),
        ("MODE #room +I m:bob", "696 alice #room I m:bob :That is no mask"),
        ("MODE #room +f nowhere", "403 alice nowhere :No such channel"),
        ("MODE #room +f #room", "696 alice #room f #room :That is this very channel"),
        ("MODE #room +q alice", "482 alice #room :Only a founder (~) of the channel changes mode q"),
        ("MODE #room +a alice", "482 alice #room :Only a founder (~) of the channel changes mode a"),
        ("MODE #room +b a\x02b", "696 alice #room b * :That is no mask"),
        ("MODE #room +b " + "м" * 101, "696 alice #room b * :That is no mask"),
    ],
)
def test_what_cannot_be_changed(net, alice, room, line, answer):
    net.register("carol")
    assert alice.ask(line) == [f":chat.test {answer}"]


def test_what_is_unknown_does_not_spoil_the_rest(alice, room):
    assert alice.ask("MODE #room +izm+k-y key") == [
        ":chat.test 472 alice z :is unknown mode char to me",
        ":chat.test 472 alice y :is unknown mode char to me",
        f":{ALICE} MODE #room +imk key",
    ]


def test_strangers_change_nothing_and_see_nothing_secret(net, alice, room):
    carol = net.register("carol")
    assert carol.ask("MODE #room +i") == [":chat.test 482 carol #room :You're not channel operator"]
    alice.send("MODE #room +s")
    answer = ":chat.test 403 carol #room :No such channel"
    assert carol.ask("MODE #room", "MODE #room +i", "MODE #room b") == [answer] * 3


def test_a_line_of_changes_is_never_cut(net, alice, room):
    """Six masks of the longest kind do not fit into one line with the source: they come in several."""
    masks = [f"{'n' * 76}{number}!*@*" for number in range(modes.MAX_MODES)]
    lines = alice.ask(f"MODE #room +{'b' * len(masks)} " + " ".join(mask.removesuffix("!*@*") for mask in masks))
    assert len(lines) == 2
    assert [word for line in lines for word in line.split(" ")[4:]] == masks
    assert all(line.split(" ")[3] == "+" + "b" * (len(line.split(" ")) - 4) for line in lines)


# Ranks


@pytest.fixture
def ladder(net):
    """A room with a founder, a protected member, an operator, a half operator, one with a voice, and one without."""
    nicks = ["quinn", "anna", "otto", "hal", "vera", "nina"]
    clients = [net.register(nick) for nick in nicks]
    net.gather("#room", *clients)
    for client, letters in zip(clients, ["q", "a", "o", "h", "v", ""], strict=True):
        net.ircd.channels["#room"].members[client.session.user].modes = letters
    return dict(zip("qaohv", clients[:5], strict=True)) | {"": clients[5]}


@pytest.mark.parametrize(
    ("rank", "gives"), [("q", "qaohv"), ("a", "ohv"), ("o", "ohv"), ("h", "v"), ("v", ""), ("", "")]
)
def test_each_rank_gives_the_prefixes_that_are_its_to_give(ladder, rank, gives):
    given = [letter for letter in "qaohv" if " MODE " in ladder[rank].ask(f"MODE #room +{letter} nina")[0:1][0]]
    assert "".join(given) == gives


@pytest.mark.parametrize(
    ("rank", "takes"), [("q", "qaohv"), ("a", "ohv"), ("o", "ohv"), ("h", "v"), ("v", ""), ("", "")]
)
def test_nobody_takes_a_prefix_from_a_higher_one(net, ladder, rank, takes):
    """Users with this mode cannot be kicked and cannot have this mode removed by other protected users."""
    taken = []
    for letter in "qaohv":
        other = net.register(f"other{letter}")
        net.gather("#room", other)
        net.ircd.channels["#room"].members[other.session.user].modes = letter
        answer = ladder[rank].ask(f"MODE #room -{letter} other{letter}")
        taken += [letter] if " MODE " in answer[0] else []
    assert "".join(taken) == takes


def test_a_lower_prefix_of_a_higher_member_stays_too(net, ladder):
    net.ircd.channels["#room"].members[ladder["q"].session.user].modes = "qv"
    assert ladder["o"].ask("MODE #room -v quinn") == [
        ":chat.test 482 otto #room :You may not take the rank of quinn",
    ]


@pytest.mark.parametrize("rank", "qaohv")
def test_everybody_may_lay_down_a_prefix(ladder, rank):
    client = ladder[rank]
    nick = client.session.user.nick
    assert client.ask(f"MODE #room -{rank} {nick.upper()}") == [f":{nick}!~{nick}@127.0.0.1 MODE #room -{rank} {nick}"]
    assert client.ask(f"MODE #room -{rank} {nick}") == []


def test_half_operators_keep_order_by_the_modes_of_rfc_1459(net, ladder):
    hal = ladder["h"]
    net.gather("#other", hal)
    for letter, kind in modes.CHANNEL_MODES.items():
        arg = f" {PARAMS[letter].replace('bob', 'nina')}" if letter in PARAMS else ""
        if kind != modes.MEMBER:
            may = letter in "beIiklmnstW"
            answer = hal.ask(f"MODE #room +{letter}{arg}", f"MODE #room -{letter}{arg}")
            assert (" MODE " in "".join(answer), " 482 " in "".join(answer)) == (may, not may), letter


def test_what_one_may_not_is_said_once_and_the_rest_is_done(ladder):
    assert ladder["h"].ask("MODE #room +iuCo nina") == [
        ":chat.test 482 hal #room :You're not channel operator",
        ":hal!~hal@127.0.0.1 MODE #room +i",
    ]


def test_prefixes_are_shown_in_order_of_rank(net, ladder):
    """These prefixes MUST be in order of 'rank', from highest to lowest."""
    net.ircd.channels["#room"].members[ladder["q"].session.user].modes = "ahoqv"
    eve = net.register("eve", "multi-prefix")
    names = ":~&@%+quinn &anna @otto %hal +vera nina"
    assert eve.ask("NAMES #room")[0] == f":chat.test 353 eve = #room {names}"
    assert net.register("dan").ask("NAMES #room")[0].endswith(" :~quinn &anna @otto %hal +vera nina")


def test_the_tokens_say_what_there_is(net):
    client = net.connect()
    client.send("NICK zoe", "USER zoe 0 * :Zoe")
    told = {word for line in client.raw() if " 005 " in line for word in line.split(" ")}
    assert told >= {
        "PREFIX=(qaohv)~&@%+",
        "STATUSMSG=~&@%+",
        "CHANMODES=Ibe,k,Wfl,CMRUcimnstu",
        "MAXLIST=beI:100",
        "EXCEPTS=e",
        "INVEX=I",
        "EXTBAN=~,am",
        "ACCOUNTEXTBAN=a,account",
        "KNOCK",
    }


# What the modes do


def test_moderated_rooms_are_for_those_with_a_voice(alice, bob, room):
    alice.send("MODE #room +m")
    assert bob.ask("PRIVMSG #room :hi") == [
        ":chat.test 404 bob #room :Cannot send to channel: it is moderated (+m)",
    ]
    alice.send("MODE #room +v bob")
    assert bob.ask("PRIVMSG #room :hi") == []
    assert alice.ask("PRIVMSG #room :hi") == []


def test_without_n_strangers_may_speak_and_hear_their_echo(net, alice, room):
    carol = net.register("carol", "echo-message")
    line = ":carol!~carol@127.0.0.1 PRIVMSG #room :hello in there"
    assert carol.ask("PRIVMSG #room :hello in there") == [line]
    assert alice.received() == [line]


def test_the_banned_are_silent_unless_they_have_a_voice(alice, bob, room):
    alice.send("MODE #room +b bob")
    assert bob.ask("PRIVMSG #room :hi") == [
        ":chat.test 404 bob #room :Cannot send to channel: you are banned or muted (+b)",
    ]
    alice.send("MODE #room +v bob")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == []


def test_an_operator_that_was_made_one_is_one_and_then_no_more(alice, bob, room):
    alice.send("MODE #room +o bob")
    assert bob.ask("MODE #room -o alice") == [":bob!~bob@127.0.0.1 MODE #room -o alice"]
    assert alice.ask("MODE #room +o alice") == [":chat.test 482 alice #room :You're not channel operator"]


def test_a_forward_is_for_those_who_run_both_rooms(net, alice, bob, room):
    net.gather("#other", bob, alice)
    assert alice.ask("MODE #room +f #other") == [":chat.test 482 alice #other :You're not channel operator"]
    bob.send("MODE #other +o alice")
    alice.raw()
    assert alice.ask("MODE #room +f #OTHER") == [f":{ALICE} MODE #room +f #other"]
    assert alice.ask("MODE #room")[0] == ":chat.test 324 alice #room +f #other"
    assert alice.ask("MODE #room +f #other", "MODE #room -f") == [f":{ALICE} MODE #room -f"]


@pytest.mark.parametrize("text", ["\x0304red", "a \x04ff0000b"])
def test_a_room_without_colours_refuses_them_and_nothing_else(alice, bob, room, text):
    alice.send("MODE #room +c")
    refusal = ":chat.test 404 {} #room :Cannot send to channel: no colours here (+c)"
    for client, nick in ((alice, "alice"), (bob, "bob")):
        assert client.ask(f"PRIVMSG #room :{text}", "PRIVMSG #room :\x02bold\x02") == [refusal.format(nick)]
    assert bob.ask(f"NOTICE #room :{text}") == []


def test_a_room_without_ctcp_refuses_all_but_action(alice, bob, room):
    alice.send("MODE #room +C")
    bob.raw()
    assert bob.ask("PRIVMSG #room :\x01VERSION\x01", "PRIVMSG #room :\x01ACTION waves\x01") == [
        ":chat.test 404 bob #room :Cannot send to channel: no CTCP here (+C)",
    ]
    assert alice.received()[-1] == ":bob!~bob@127.0.0.1 PRIVMSG #room :\x01ACTION waves\x01"


def test_an_op_moderated_room_shows_what_the_others_say_to_those_who_keep_order(net, alice, bob, room):
    carol, hal = net.register("carol"), net.register("hal")
    net.gather("#room", carol, hal)
    alice.send("MODE #room +Uh hal")
    for client in (alice, bob, carol, hal):
        client.raw()
    assert bob.ask("PRIVMSG #room :may I") == []
    line = ":bob!~bob@127.0.0.1 PRIVMSG #room :may I"
    assert (alice.received(), hal.received(), carol.received()) == ([line], [line], [])
    alice.send("MODE #room +v bob", "PRIVMSG #room :yes")
    carol.raw()
    bob.send("PRIVMSG #room :thanks")
    assert carol.received() == [":bob!~bob@127.0.0.1 PRIVMSG #room :thanks"]


def test_what_only_those_who_keep_order_heard_is_not_in_the_history(net, alice, bob, room):
    carol = net.register("carol", "draft/chathistory batch")
    net.gather("#room", carol)
    alice.send("MODE #room +U", "PRIVMSG #room :hello")
    bob.send("PRIVMSG #room :secret")
    texts = [line.partition(" PRIVMSG ")[2] for line in carol.ask("CHATHISTORY LATEST #room * 10")]
    assert [text for text in texts if text] == ["#room :hello"]


def test_those_without_an_account_are_silent_where_it_takes_one(net, alice, bob, room):
    carol = log_in(net, open_account(net, "carol"))
    net.gather("#room", carol)
    alice.send("MODE #room +M")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == [
        ":chat.test 404 bob #room :Cannot send to channel: you need to be logged into an account (+M)",
    ]
    carol.raw()
    assert carol.ask("PRIVMSG #room :hi") == []
    alice.send("MODE #room +v bob")
    bob.raw()
    assert bob.ask("PRIVMSG #room :hi") == []


# Lists


def test_a_ban_is_completed_listed_and_lifted(net, alice, bob, room):
    alice.send("MODE #room +bb bob *@10.0.0.*")
    net.move_clock(60)
    alice.send("MODE #room +b a!b@c")
    for line in ("MODE #room b", "MODE #room +b", "MODE #room -b", "MODE #room bbb"):
        assert bob.ask(line) == [
            f":chat.test 367 bob #room bob!*@* {ALICE} 1800000000",
            f":chat.test 367 bob #room *!*@10.0.0.* {ALICE} 1800000000",
            f":chat.test 367 bob #room a!b@c {ALICE} 1800000060",
            ":chat.test 368 bob #room :End of channel ban list",
        ]
    assert alice.ask("MODE #room -b BOB") == [f":{ALICE} MODE #room -b bob!*@*"]
    assert "bob!*@*" not in room.lists["b"]


def test_a_full_list_takes_no_more(make_net):
    net = make_net(limits={"commands_per_second": 0})
    alice = net.register("alice")
    net.gather("#room", alice)
    for number in range(net.ircd.config.limits.list_entries):
        alice.send(f"MODE #room +b *!*@{number}")
    assert alice.ask("MODE #room +b one_more") == [":chat.test 478 alice #room b :Channel list is full"]
    assert alice.ask("MODE #room -b *!*@0", "MODE #room +b one_more")[1] == f":{ALICE} MODE #room +b one_more!*@*"


# User modes


@pytest.mark.smoke
@pytest.mark.parametrize("letter", "iw")
def test_user_modes_are_set_unset_and_read(bob, letter):
    assert bob.ask(f"MODE BOB +{letter}") == [f":bob!~bob@127.0.0.1 MODE bob +{letter}"]
    assert bob.ask(f"MODE bob +{letter}") == []
    assert bob.ask("MODE bob") == [f":chat.test 221 bob +{letter}"]
    assert bob.ask(f"MODE bob -{letter}") == [f":bob!~bob@127.0.0.1 MODE bob -{letter}"]
    assert bob.ask("MODE bob") == [":chat.test 221 bob +"]


def test_unknown_user_modes_are_reported_after_the_known_ones_are_set(bob):
    """The server MUST apply the modes that are implemented, and then send ERR_UMODEUNKNOWNFLAG."""
    assert bob.ask("MODE bob +izwz") == [
        ":bob!~bob@127.0.0.1 MODE bob +iw",
        ":chat.test 501 bob :Unknown MODE flag",
    ]


def test_nobody_makes_himself_an_irc_operator(net, bob):
    assert bob.ask("MODE bob +o", "MODE bob") == [":chat.test 221 bob +"]


def test_modes_of_others_are_theirs(net, alice, bob):
    assert bob.ask("MODE alice", "MODE alice +i", "MODE nobody +i", "MODE :") == [
        ":chat.test 502 bob :Cannot change mode for other users",
        ":chat.test 502 bob :Cannot change mode for other users",
        ":chat.test 401 bob nobody :No such nick/channel",
        ":chat.test 401 bob * :No such nick/channel",
    ]
