"""METADATA: what users say of themselves, and operators of their rooms, by key.

Spec: https://ircv3.net/specs/extensions/metadata
"""

import pytest

from chatkit.ircd.apply import apply
from chatkit.ircd.events import LoggedIn, LoggedOut
from chatkit.ircd.handlers.subscriptions import MAX_AT_ONCE
from chatkit.ircd.registrations import Registration
from chatkit.proto.message import parse
from tests.ircd.opers import an_oper
from tests.ircd.people import log_in, open_account, restart

CAPS = "batch draft/metadata-2"


@pytest.fixture
def net(make_net):
    return make_net(limits={"commands_burst": 1000})


@pytest.fixture
def alice(net):
    return net.register("alice", CAPS)


@pytest.fixture
def bob(net):
    return net.register("bob", CAPS)


def batch(lines: list[str], kind: str = "metadata alice") -> list[str]:
    """What is in the one batch that ``lines`` are."""
    reference = lines[0].partition("+")[2].partition(" ")[0]
    assert lines[0] == f":chat.test BATCH +{reference} {kind}"
    assert lines[-1] == f":chat.test BATCH -{reference}"
    prefix = f"@batch={reference} :chat.test "
    assert all(line.startswith(prefix) for line in lines[1:-1])
    return [line.removeprefix(prefix) for line in lines[1:-1]]


def test_the_capability_tells_the_limits(net):
    client = net.connect()
    found = "draft/metadata-2=before-connect,max-subs=100,max-keys=50,max-value-bytes=300"
    assert any(found in line for line in client.ask("CAP LS 302"))


# SET, GET, LIST, CLEAR


@pytest.mark.smoke
def test_a_user_sets_and_shows_what_it_says_of_itself(alice, bob):
    assert alice.ask("METADATA * SET url :http://www.example.com") == [
        ":chat.test 761 alice alice url * :http://www.example.com"
    ]
    assert batch(bob.ask("METADATA ALICE LIST")) == ["761 bob alice url * :http://www.example.com"]
    assert batch(bob.ask("METADATA alice GET im.xmpp url $url$")) == [
        "766 bob alice im.xmpp :key not set",
        "761 bob alice url * :http://www.example.com",
        "FAIL METADATA KEY_INVALID $url$ :A key has small letters, digits and _ . / - only",
    ]


def test_without_a_value_the_key_is_removed(alice):
    alice.send("METADATA * SET url :x")
    assert (
        alice.ask("METADATA alice SET url", "METADATA * SET url")
        == [
            ":chat.test 761 alice alice url * :x",
            ":chat.test 766 alice alice url :key not set",
            ":chat.test FAIL METADATA KEY_NOT_SET alice url :It is not set",
        ][1:]
    )


def test_the_empty_string_is_a_value(alice):
    """The empty string is a valid value."""
    assert alice.ask("METADATA * SET url :") == [":chat.test 761 alice alice url * :"]
    assert batch(alice.ask("METADATA * LIST")) == ["761 alice alice url * :"]


def test_clear_removes_everything(alice):
    alice.send("METADATA * SET a :1", "METADATA * SET b :2")
    assert batch(alice.ask("METADATA * CLEAR")) == ["761 alice alice a * :1", "761 alice alice b * :2"]
    assert batch(alice.ask("METADATA * LIST")) == []
    assert batch(alice.ask("METADATA * CLEAR")) == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("METADATA", "461 alice METADATA :Not enough parameters"),
        ("METADATA *", "461 alice METADATA :Not enough parameters"),
        ("METADATA * GET", "461 alice METADATA :Not enough parameters"),
        ("METADATA * SET", "461 alice METADATA :Not enough parameters"),
        ("METADATA * SUB", "461 alice METADATA :Not enough parameters"),
        ("METADATA * destr0y", "FAIL METADATA SUBCOMMAND_INVALID destr0y :There is no such subcommand"),
        ("METADATA nobody LIST", "FAIL METADATA INVALID_TARGET nobody :There is no such user or room"),
        ("METADATA #none GET a", "FAIL METADATA INVALID_TARGET #none :There is no such user or room"),
        ("METADATA $a:user SET url :x", "FAIL METADATA INVALID_TARGET $a:user :There is no such user or room"),
        ("METADATA bob SUB url", "FAIL METADATA INVALID_TARGET bob :There is no such user or room"),
        ("METADATA bob SUBS", "FAIL METADATA INVALID_TARGET bob :There is no such user or room"),
        ("METADATA bob SET url :x", "FAIL METADATA KEY_NO_PERMISSION bob url :That is not yours to set"),
        ("METADATA bob CLEAR", "FAIL METADATA KEY_NO_PERMISSION bob * :That is not yours to set"),
        ("METADATA * SET URL :x", "FAIL METADATA KEY_INVALID URL :A key has small letters, digits and _ . / - only"),
        ("METADATA * SET : x", "FAIL METADATA KEY_INVALID * :A key has small letters, digits and _ . / - only"),
        (f"METADATA * SET url :{'ü' * 151}", "FAIL METADATA VALUE_INVALID :A value has up to 300 bytes"),
    ],
)
def test_metadata_refuses(alice, bob, line, answer):
    assert alice.ask(line) == [f":chat.test {answer}"]


def test_a_value_must_fit_into_every_line_that_tells_of_it(net, alice):
    room = "#" + "r" * 63
    net.gather(room, alice)
    key = "k" * 64
    assert " VALUE_INVALID " in alice.ask(f"METADATA {room} SET {key} :{'x' * 300}")[0]
    assert " 761 " in alice.ask(f"METADATA {room} SET {key} :{'x' * 200}")[0]


def test_there_are_so_many_keys(net, alice):
    for number in range(net.ircd.config.limits.metadata_keys):
        net.let_time_pass(60)
        alice.send(f"METADATA * SET k{number} :x")
    assert alice.ask("METADATA * SET more :x") == [":chat.test FAIL METADATA LIMIT_REACHED alice :There may be 50 keys"]
    assert " 761 " in alice.ask("METADATA * SET k0 :y")[0]


def test_who_changes_too_much_has_to_wait(net, alice):
    for number in range(net.ircd.config.limits.metadata_changes_per_minute):
        assert " 761 " in alice.ask(f"METADATA * SET url :{number}")[0]
    text = "Too many changes; try again in 2 seconds"
    assert alice.ask("METADATA * SET url :x") == [f":chat.test FAIL METADATA RATE_LIMITED alice url 2 :{text}"]
    net.let_time_pass(2)
    assert " 761 " in alice.ask("METADATA * SET url :x")[0]


def test_operators_of_a_room_say_what_it_is(net, alice, bob):
    net.gather("#room", alice, bob)
    assert alice.ask("METADATA #ROOM SET url :x") == [":chat.test 761 alice #room url * :x"]
    assert bob.ask("METADATA #room SET url :y") == [
        ":chat.test FAIL METADATA KEY_NO_PERMISSION #room url :That is not yours to set"
    ]
    assert batch(bob.ask("METADATA #room LIST"), "metadata #room") == ["761 bob #room url * :x"]


def test_of_a_secret_room_only_its_members_know(net, alice, bob):
    net.gather("#room", alice)
    alice.send("MODE #room +s", "METADATA #room SET url :x")
    assert " INVALID_TARGET #room " in bob.ask("METADATA #room LIST")[0]


def test_irc_operators_with_the_privilege_may_set_everything(make_net):
    net = make_net(opers=[an_oper()])
    alice, ada = net.register("alice"), net.register("ada")
    net.gather("#room", alice)
    ada.send("OPER ada secret")
    ada.raw()
    assert [line.split(" ")[1] for line in ada.ask("METADATA alice SET a :1", "METADATA #room SET a :1")] == ["761"] * 2


# Notifications


def subscribed(client, *keys: str):
    client.send(f"METADATA * SUB {' '.join(keys)}")
    client.raw()
    return client


@pytest.mark.smoke
def test_who_shares_a_room_hears_of_the_keys_that_he_subscribed_to(net, alice, bob):
    carol = net.register("carol", CAPS)
    net.gather("#room", alice, bob, carol)
    subscribed(bob, "url")
    alice.send("METADATA * SET url :x", "METADATA * SET other :y", "METADATA * SET url :x", "METADATA * SET url")
    assert bob.received() == [
        ":alice!~alice@127.0.0.1 METADATA alice url * :x",
        ":alice!~alice@127.0.0.1 METADATA alice url *",
    ]
    assert carol.received() == []
    assert all(parse(line).command in ("761", "766") for line in alice.raw())


def test_members_hear_of_their_room_and_others_do_not(net, alice, bob):
    carol = subscribed(net.register("carol", CAPS), "url")
    net.gather("#room", alice, subscribed(bob, "url"))
    alice.send("METADATA #room SET url :x")
    assert bob.received() == [":alice!~alice@127.0.0.1 METADATA #room url * :x"]
    assert carol.received() == []


def test_without_the_capability_nobody_is_told(net, alice):
    plain = net.register("plain")
    net.gather("#room", alice, subscribed(plain, "url"))
    alice.send("METADATA * SET url :x")
    assert plain.received() == []


def test_who_monitors_somebody_hears_of_it_and_is_told_what_is(net, alice, bob):
    """Clients SHOULD receive the current values when they MONITOR a user, or when one comes online."""
    alice.send("METADATA * SET url :x")
    subscribed(bob, "url")
    assert bob.ask("MONITOR + alice,nobody")[2:] == [":chat.test METADATA alice url * :x"]
    alice.send("METADATA * SET url :y")
    assert bob.received() == [":alice!~alice@127.0.0.1 METADATA alice url * :y"]
    carol = log_in(net, open_account(net, "Carol"))
    carol.send("METADATA * SET url :z", "QUIT")
    bob.ask("MONITOR + Carol")
    log_in(net, net.ircd.accounts.find("Carol"))
    assert ":127.0.0.1 METADATA Carol url * :z" in bob.received()


def test_ones_other_devices_hear_of_it(net):
    account = open_account(net, "Carol")
    phone, laptop = log_in(net, account, CAPS), log_in(net, account, CAPS)
    subscribed(laptop, "url")
    phone.send("METADATA * SET url :x")
    assert laptop.received() == [":Carol!~u@127.0.0.1 METADATA Carol url * :x"]


def test_who_comes_into_a_room_is_told_what_is_there(net, alice, bob):
    carol = net.register("carol")
    net.gather("#room", alice, carol)
    alice.send("METADATA #room SET url :1", "METADATA * SET url :2", "METADATA * SET other :3")
    carol.send("METADATA * SET url :4")
    subscribed(bob, "url")
    lines = bob.ask("JOIN #room")
    end = next(index for index, line in enumerate(lines) if " 366 " in line)
    assert batch(lines[end + 1 :], "metadata #room") == [
        "METADATA #room url * :1",
        "METADATA alice url * :2",
        "METADATA carol url * :4",
    ]


def test_those_in_a_room_are_told_of_who_comes(net, alice, bob):
    alice.send("METADATA * SET url :x")
    net.gather("#room", subscribed(bob, "url"))
    alice.send("JOIN #room")
    assert bob.received()[1:] == [":alice!~alice@127.0.0.1 METADATA alice url * :x"]


def test_in_a_large_room_one_has_to_ask(net, alice, bob):
    net.gather("#room", alice)
    subscribed(bob, "url")
    alice.send("METADATA * SET url :x")
    crowd = [net.register(f"n{number}") for number in range(MAX_AT_ONCE)]
    for client in crowd:
        client.send("JOIN #room")
    assert bob.ask("JOIN #room")[-1] == ":chat.test 774 bob #room 5"
    assert batch(bob.ask("METADATA #room SYNC"), "metadata #room") == ["METADATA alice url * :x"]
    assert bob.ask("METADATA * SUB other")[-1] == ":chat.test 774 bob #room 5"


# SUB, UNSUB, SUBS, SYNC


def test_subscriptions_are_kept_in_order_each_once(alice):
    assert alice.ask("METADATA * SUB website avatar foo", "METADATA * SUB avatar avatar") == [
        ":chat.test 770 alice website avatar foo",
        ":chat.test 770 alice avatar",
    ]
    assert batch(alice.ask("METADATA * SUBS"), "metadata-subs") == ["772 alice website avatar foo"]
    assert alice.ask("METADATA alice UNSUB foo nothing") == [":chat.test 771 alice foo nothing"]
    assert batch(alice.ask("METADATA * SUBS"), "metadata-subs") == ["772 alice website avatar"]


def test_invalid_keys_are_named_and_the_others_counted(alice):
    bad = "A key has small letters, digits and _ . / - only"
    assert alice.ask("METADATA * SUB foo $url bar", "METADATA * UNSUB foo $url") == [
        f":chat.test FAIL METADATA KEY_INVALID $url :{bad}",
        ":chat.test 770 alice foo bar",
        f":chat.test FAIL METADATA KEY_INVALID $url :{bad}",
        ":chat.test 771 alice foo",
    ]


def test_no_key_is_processed_after_the_one_too_many(alice):
    """The <key> parameter MUST be this first key that the client could not subscribe to."""
    keys = [f"k{number}" for number in range(99)]
    for start in range(0, len(keys), 20):
        alice.send(f"METADATA * SUB {' '.join(keys[start : start + 20])}")
    alice.raw()
    assert alice.ask("METADATA * SUB foo k0 more") == [
        ":chat.test FAIL METADATA TOO_MANY_SUBS k0 :You may subscribe to 100 keys",
        ":chat.test 770 alice foo",
    ]
    lines = batch(alice.ask("METADATA * SUBS"), "metadata-subs")
    assert all(len(line.split(" ")) <= 15 for line in lines)
    assert [key for line in lines for key in line.split(" ")[2:]] == [*keys, "foo"]


def test_a_new_subscription_brings_what_is(net, alice, bob):
    """When subscribing to a key, clients SHOULD receive the current value of that key."""
    net.gather("#room", alice, bob)
    alice.send("METADATA * SET url :1", "METADATA #room SET url :2", "METADATA * SET other :3")
    assert bob.ask("METADATA * SUB url", "METADATA * SUB url") == [
        ":chat.test 770 bob url",
        ":chat.test METADATA #room url * :2",
        ":chat.test METADATA alice url * :1",
        ":chat.test 770 bob url",
    ]


def test_sync_tells_what_is_subscribed_to(net, alice, bob):
    net.gather("#room", alice)
    alice.send("METADATA * SET url :1", "METADATA * SET other :2", "METADATA #room SET url :3")
    subscribed(bob, "url")
    assert batch(bob.ask("METADATA alice SYNC")) == ["METADATA alice url * :1"]
    assert batch(bob.ask("METADATA #room SYNC"), "metadata #room") == ["METADATA #room url * :3"]  # not in it
    bob.send("JOIN #room")
    found = ["METADATA #room url * :3", "METADATA alice url * :1"]
    assert batch(bob.ask("METADATA #room SYNC"), "metadata #room") == found


# before-connect


@pytest.mark.smoke
def test_metadata_can_be_set_before_registration(net):
    client = net.connect()
    client.send(f"CAP REQ :{CAPS}")
    client.raw()
    assert client.ask("METADATA * SUB display-name", "METADATA * SET display-name :a b c", "METADATA x SET y :z") == [
        ":chat.test 770 * display-name",
        ":chat.test 761 * * display-name * :a b c",
        ":chat.test FAIL METADATA INVALID_TARGET x :There is no such user or room",
    ]
    assert batch(client.ask("METADATA * LIST"), "metadata *") == ["761 * * display-name * :a b c"]
    lines = client.ask("NICK alice", "USER a 0 * :A", "CAP END")
    start = next(index for index, line in enumerate(lines) if " BATCH +" in line)
    assert batch(lines[start : start + 3]) == ["METADATA alice display-name * :a b c"]
    assert " 422 " in lines[start + 3]
    assert batch(client.ask("METADATA * SUBS"), "metadata-subs") == ["772 alice display-name"]


def test_who_has_none_gets_an_empty_batch(net):
    """If none exists, the server MUST send an empty batch instead."""
    client = net.connect()
    lines = client.ask(f"CAP REQ :{CAPS}", "NICK alice", "USER a 0 * :A", "CAP END")
    start = next(index for index, line in enumerate(lines) if " BATCH +" in line)
    assert batch(lines[start : start + 2]) == []


# Accounts and registered rooms


def test_a_registered_room_keeps_its_metadata(make_net):
    net = make_net(opers=[an_oper()])
    account = open_account(net, "Carol")
    net.ircd.registrations["#home"] = Registration("#Home", 0, founder=account.key)
    carol, ada = log_in(net, account), net.register("ada", CAPS)
    carol.send("JOIN #home", "METADATA #home SET url :x", "PART #home")
    ada.send("OPER ada secret")
    assert ada.ask("METADATA #home SET color :red") == [":chat.test 761 ada #Home color * :red"]
    restart(net)
    bob = net.register("bob", CAPS)
    found = ["761 bob #Home url * :x", "761 bob #Home color * :red"]
    assert batch(bob.ask("METADATA #home LIST"), "metadata #Home") == found


def test_an_account_keeps_its_metadata(net):
    account = open_account(net, "Carol")
    carol = log_in(net, account)
    carol.send("METADATA * SET url :x", "METADATA * SET other :y", "METADATA * SET other")
    restart(net)
    carol = log_in(net, net.ircd.accounts.find("Carol"), CAPS)
    assert batch(carol.ask("METADATA * LIST"), "metadata Carol") == ["761 Carol Carol url * :x"]


def test_what_a_guest_has_set_becomes_its_accounts(net, alice, bob):
    account = open_account(net, "Carol", metadata={"url": "account's"})
    net.gather("#room", alice, subscribed(bob, "url", "color"))
    alice.send("METADATA * SET url :guest's", "METADATA * SET color :red")
    bob.raw()
    apply(net.ircd, LoggedIn(net.ircd.cause(alice.session.user, net.now), "Carol", account.key))
    net.settle()
    assert bob.received() == [":alice!~alice@127.0.0.1 METADATA alice url * :account's"]
    assert account.metadata == {"url": "account's", "color": "red"}
    apply(net.ircd, LoggedOut(net.ircd.cause(alice.session.user, net.now)))
    net.settle()
    assert bob.received() == [
        ":alice!~alice@127.0.0.1 METADATA alice url *",
        ":alice!~alice@127.0.0.1 METADATA alice color *",
    ]


def test_a_guest_takes_its_metadata_with_it(net, alice, bob):
    alice.send("METADATA * SET url :x", "QUIT")
    net.register("alice")
    assert batch(bob.ask("METADATA alice LIST")) == []
