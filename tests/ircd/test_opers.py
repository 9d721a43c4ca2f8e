"""IRC operators: OPER, and what only they may do: KILL, REHASH, WALLOPS, CONNECT, SQUIT.

Spec: https://modern.ircdocs.horse/#oper-message and https://modern.ircdocs.horse/#operator-messages
"""

import re
from pathlib import Path

import pytest

import chatkit
from chatkit.ircd.apply import apply
from chatkit.ircd.clock import msgid_of
from chatkit.ircd.events import Cause, ChannelRegistered, OperRefused, Rehashed
from chatkit.proto.privileges import PRIVILEGES
from chatkit.store.records import AuditQuery, HistoryQuery
from tests.ircd.opers import an_oper
from tests.ircd.people import log_in, open_account

NO_OPER = ":chat.test 481 bob :Permission Denied- You're not an IRC operator"


@pytest.fixture
def net(make_net):
    return make_net(
        opers=[an_oper(), an_oper("ben", "other", **{"class": "helper"})], oper_classes={"helper": ["wallops"]}
    )


@pytest.fixture
def ada(net):
    client = net.register("ada")
    client.send("OPER ada secret")
    client.raw()
    return client


# OPER


@pytest.mark.smoke
def test_name_and_password_make_an_operator(net, bob):
    """RPL_YOUREOPER is sent, and a MODE message indicating the new user modes."""
    assert bob.ask("OPER ada secret", "MODE bob") == [
        ":bob!~bob@127.0.0.1 MODE bob +o",
        ":chat.test 381 bob :You are now an IRC operator",
        ":chat.test 221 bob +o",
    ]


def test_a_password_may_be_a_phrase(make_net):
    bob = make_net(opers=[an_oper("ada", "two words")]).register("bob")
    for line in ("OPER ada two words", "OPER ada :two words"):
        assert bob.ask(line)[-1] == ":chat.test 381 bob :You are now an IRC operator"


@pytest.mark.parametrize("line", ["OPER ada wrong", "OPER nobody secret", "OPER Ada secret", "OPER ada :secret "])
def test_a_wrong_name_or_password_does_not(bob, line):
    assert bob.ask(line, "MODE bob") == [":chat.test 464 bob :Password incorrect", ":chat.test 221 bob +"]


@pytest.mark.parametrize("line", ["OPER", "OPER ada", "OPER nobody", "OPER ada :"])
def test_both_parameters_are_required(bob, line):
    assert bob.ask(line) == [":chat.test 461 bob OPER :Not enough parameters"]


def test_who_guesses_passwords_has_to_wait_longer_and_longer(net, bob):
    wrong = ":chat.test 464 bob :Password incorrect"
    early = ":chat.test 464 bob :Too many wrong passwords: try again in {}"
    assert bob.ask(*["OPER ada wrong"] * 5, "OPER ada secret") == [*[wrong] * 5, early.format("1 second")]
    net.let_time_pass(1)
    assert bob.ask("OPER nobody wrong", "OPER ada secret") == [wrong, early.format("2 seconds")]
    net.let_time_pass(2)
    assert bob.ask("OPER ada secret")[-1] == ":chat.test 381 bob :You are now an IRC operator"


def test_nobody_waits_while_a_password_is_checked(net, alice, bob):
    net.slow = True
    bob.send("OPER ada secret", "PING later")
    assert alice.ask("PING now") == [":chat.test PONG chat.test :now"]
    assert bob.received() == []
    net.answer()
    assert [line.split(" ")[1] for line in bob.received()] == ["MODE", "381", "PONG"]


def test_an_answer_to_a_label_comes_when_the_password_is_checked(net):
    bob = net.register("bob", "labeled-response batch")
    lines = bob.ask("@label=x OPER ada secret")
    assert lines[0].startswith("@label=x :chat.test BATCH +")
    assert lines[2].endswith(" 381 bob :You are now an IRC operator")


@pytest.mark.parametrize(
    ("hosts", "address", "may"),
    [
        (["127.0.0.1"], "127.0.0.1", True),
        (["10.0.0.0/8"], "10.1.2.3", True),
        (["10.0.0.0/8"], "127.0.0.1", False),
        (["10.0.0.0/8", "127.*"], "127.0.0.1", True),
        (["*@127.0.0.?"], "127.0.0.1", True),
        (["bob!*@*"], "192.0.2.1", True),
        (["ada!*@*"], "127.0.0.1", False),
        (["2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "127.0.0.1", False),
    ],
)
def test_an_operator_comes_from_where_the_settings_say(make_net, hosts, address, may):
    net = make_net(opers=[an_oper(hosts=hosts)])
    bob = net.connect(address)
    bob.send("NICK bob", "USER bob 0 * :B")
    bob.raw()
    assert bob.ask("OPER ada secret")[-1] == (
        ":chat.test 381 bob :You are now an IRC operator" if may else ":chat.test 491 bob :No O-lines for your host"
    )


def test_a_certificate_may_be_needed_or_enough(make_net):
    fingerprint = "AB:" * 31 + "AB"
    both, alone = an_oper("both", certfp=fingerprint), an_oper("alone", "", certfp=fingerprint.lower())
    net = make_net(opers=[both, alone])
    bob, carol = net.register("bob"), net.register("carol")
    net.ircd.secured(carol.session, "ab" * 32)
    refused = ":chat.test 491 bob :That is not your certificate"
    assert bob.ask("OPER both secret", "OPER alone", "OPER alone x") == [refused] * 3
    assert carol.ask("OPER both wrong") == [":chat.test 464 carol :Password incorrect"]
    assert carol.ask("OPER alone")[-1] == ":chat.test 381 carol :You are now an IRC operator"
    assert carol.ask("MODE carol -o", "OPER both secret")[-1] == ":chat.test 381 carol :You are now an IRC operator"


def test_an_operator_may_have_a_host_of_his_own(make_net):
    net = make_net(opers=[an_oper(vhost="staff.example.org")])
    alice, bob = net.register("alice", "chghost"), net.register("bob")
    net.gather("#room", alice, bob)
    assert bob.ask("OPER ada secret")[-1] == ":chat.test 396 bob staff.example.org :is now your displayed host"
    assert alice.received() == [":bob!~bob@127.0.0.1 CHGHOST ~bob staff.example.org"]
    assert bob.ask("MODE bob -o") == [
        ":bob!~bob@staff.example.org MODE bob -o",
        ":chat.test 396 bob 127.0.0.1 :is now your displayed host",
    ]
    assert alice.received() == [":bob!~bob@staff.example.org CHGHOST ~bob 127.0.0.1"]


def test_all_devices_of_a_user_are_an_operators_until_the_last_is_gone(net):
    account = open_account(net, "Carol", always_on=True)
    phone, laptop = log_in(net, account), log_in(net, account)
    phone.send("OPER ada secret")
    assert laptop.received() == [":Carol!~u@127.0.0.1 MODE Carol +o"]
    net.disconnect(phone)
    assert laptop.ask("MODE Carol") == [":chat.test 221 Carol +o"]
    net.disconnect(laptop)
    assert log_in(net, account).ask("MODE Carol") == [":chat.test 221 Carol +"]


def test_the_host_of_an_operator_goes_with_his_last_device(make_net):
    net = make_net(opers=[an_oper(vhost="staff.example.org")])
    alice = net.register("alice", "chghost")
    carol = log_in(net, open_account(net, "Carol", always_on=True))
    net.gather("#room", alice, carol)
    carol.send("OPER ada secret")
    alice.raw()
    net.disconnect(carol)
    assert alice.received() == [":Carol!~u@staff.example.org CHGHOST ~u 127.0.0.1"]
    assert alice.ask("WHOIS Carol")[0] == ":chat.test 311 alice Carol ~u 127.0.0.1 * :Somebody"


def test_what_operators_say_has_their_tag(net, ada):
    alice = net.register("alice", "message-tags draft/oper-tag")
    ada.send("PRIVMSG alice :hi")
    assert alice.received() == ["@msgid=M;draft/oper :ada!~ada@127.0.0.1 PRIVMSG alice :hi"]


def test_every_privilege_is_asked_for_and_documented():
    files = Path(chatkit.__file__).parent.rglob("*.py")
    sources = [file.read_text() for file in files if file.name != "privileges.py"]
    asked = {name for text in sources for name in re.findall(r'may\("([a-z-]+)"\)', text)}
    assert asked <= PRIVILEGES.keys()
    assert [name for name in PRIVILEGES if not any(f'"{name}"' in text for text in sources)] == []
    text = (Path(__file__).parents[2] / "docs" / "administering.md").read_text()
    shown = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?) \|$", text.partition("## Operators")[2], re.MULTILINE))
    assert PRIVILEGES.items() <= shown.items()


# KILL


@pytest.mark.smoke
def test_kill_removes_somebody_and_says_why(net, ada, alice, bob):
    net.gather("#room", alice, bob)
    ada.send("KILL ALICE :spam, again")
    assert alice.received() == [
        ":ada!~ada@127.0.0.1 KILL alice :spam, again",
        ":alice!~alice@127.0.0.1 QUIT :Killed (ada (spam, again))",
        "ERROR :Closing link: 127.0.0.1 (Killed (ada (spam, again)))",
    ]
    assert alice.link.closed
    assert bob.received() == [":alice!~alice@127.0.0.1 QUIT :Killed (ada (spam, again))"]
    assert ada.received() == []


def test_kill_has_the_tags_of_the_operator_and_quit_those_of_the_user(net, ada):
    """ "The tag MUST be added by the ircd to all commands sent by a user" """
    dave = net.register("dave", "draft/oper-tag message-tags server-time")
    ada.send("KILL dave :spam")
    assert dave.received() == [
        "@time=T;msgid=M;draft/oper :ada!~ada@127.0.0.1 KILL dave :spam",
        "@time=T;msgid=M :dave!~dave@127.0.0.1 QUIT :Killed (ada (spam))",
        "ERROR :Closing link: 127.0.0.1 (Killed (ada (spam)))",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("KILL alice", "461 ada KILL :Not enough parameters"),
        ("KILL alice :", "461 ada KILL :Not enough parameters"),
        ("KILL nobody :x", "401 ada nobody :No such nick/channel"),
        ("KILL chat.test :x", "483 ada :You cant kill a server!"),
    ],
)
def test_kill_refuses(ada, alice, line, answer):
    assert ada.ask(line) == [f":chat.test {answer}"]


def test_kill_is_for_operators_with_its_privilege(bob, alice):
    assert bob.ask("KILL alice :x") == [NO_OPER]
    bob.send("OPER ben other")
    assert bob.ask("KILL alice :x") == [":chat.test 723 bob kill :Insufficient oper privileges."]
    assert not alice.link.closed


def test_kill_ends_every_device_and_who_is_always_on(net, ada):
    account = open_account(net, "Carol", always_on=True)
    phone, laptop = log_in(net, account), log_in(net, account)
    ada.send("KILL Carol :x")
    assert phone.link.closed
    assert laptop.link.closed
    assert ada.ask("ISON Carol") == [":chat.test 303 ada :"]


def test_an_operator_may_kill_himself_with_a_label(net):
    ada = net.register("ada", "labeled-response batch")
    ada.send("OPER ada secret")
    ada.raw()
    assert ada.ask("@label=x KILL ada :enough", "PING x") == [
        ":ada!~ada@127.0.0.1 KILL ada :enough",
        ":ada!~ada@127.0.0.1 QUIT :Killed (ada (enough))",
        "ERROR :Closing link: 127.0.0.1 (Killed (ada (enough)))",
    ]


# WALLOPS


def test_wallops_reaches_everyone_with_mode_w(net, ada, alice, bob):
    alice.send("MODE alice +w")
    alice.raw()
    assert ada.ask("WALLOPS :all quiet") == []
    assert alice.received() == [":ada!~ada@127.0.0.1 WALLOPS :all quiet"]
    assert bob.received() == []


def test_wallops_refuses(net, ada, bob):
    assert bob.ask("WALLOPS :x", "WALLOPS") == [NO_OPER, ":chat.test 461 bob WALLOPS :Not enough parameters"]
    assert ada.ask("WALLOPS :") == [":chat.test 461 ada WALLOPS :Not enough parameters"]
    ben = net.register("ben")
    ben.send("OPER ben other")
    assert ben.ask("WALLOPS :x", "REHASH")[0] == ":chat.test 723 ben rehash :Insufficient oper privileges."


# What is written down.


def events_of(net, kind):
    net.settle()
    return [event for event in net.events if isinstance(event, kind)]


def audited(net):
    return [(entry.who, entry.what, entry.reason, entry.hits) for entry in reversed(net.store.answer(AuditQuery()))]


def test_the_log_hears_of_who_tried_in_vain_to_become_an_operator(net):
    bob = net.register("bob")
    bob.send("OPER ada wrong", "OPER nobody wrong")
    assert [event.name for event in events_of(net, OperRefused)] == ["ada", "nobody"]
    assert "wrong" not in str(net.events)


def test_what_operators_do_is_in_the_audit_log(net, ada, bob):
    ada.send("KILL bob :spam", "REHASH")
    assert audited(net) == [
        ("oper ada", "oper", "", ()),
        ("oper ada", "kill", "spam", ("bob",)),
        ("oper ada", "reload", "", ()),
    ]
    assert not any(b"secret" in entry.params for entry in net.store.answer(AuditQuery()))


def test_so_is_what_they_do_to_what_is_not_their_own(net, ada, bob):
    carol = open_account(net, "Carol")
    apply(net.ircd, ChannelRegistered(Cause(net.ircd.sequence.next(net.now.wall), "chat.test"), "#own", carol.key))
    net.gather("#room", bob)
    bob.send("PRIVMSG #room :spam")
    ada.send("CAP REQ :draft/message-redaction", "JOIN #room", "WALLOPS :hi")
    msgid = msgid_of(net.store.answer(HistoryQuery("#room", 1))[0].seq)
    ada.send(f"REDACT #room {msgid} :ads", "METADATA bob SET avatar :x", "METADATA ada SET avatar :x")
    ada.send("CS SET #own guard off", "CS SET #own nonsense", "CS ACCESS LIST #own", "CS SET #none guard off")
    assert audited(net)[1:] == [
        ("oper ada", "wallops", "", ()),
        ("oper ada", "history.redact", "ads", ("#room",)),
        ("oper ada", "metadata", "", ("bob",)),
        ("oper ada", "chanserv", "", ("#own",)),
    ]


def test_the_log_hears_of_settings_that_were_read_again(net, ada):
    net.rewritten = {**net.rewritten, "limits": {"rooms_per_user": 1}}
    ada.send("REHASH")
    net.rewritten = {**net.rewritten, "port": "seven"}
    ada.send("REHASH")
    good, bad = events_of(net, Rehashed)
    assert (good.changed, good.error) == (("limits.rooms_per_user",), "")
    assert "$.port" in bad.error


# REHASH


def test_rehash_names_the_file_that_it_reads(net, ada):
    net.ircd.settings_file = "/etc/chatkit.toml"
    assert ada.ask("REHASH")[0] == ":chat.test 382 ada /etc/chatkit.toml :Rehashing"


def test_rehash_takes_up_new_settings_and_says_which(net, ada, bob):
    carol = net.register("carol", "standard-replies")
    carol.send("OPER ada secret")
    carol.raw()
    net.rewritten = {**net.rewritten, "network": {"name": "Chess"}, "port": 7000, "limits": {"rooms_per_user": 1}}
    assert [line for line in ada.ask("REHASH") if " 005 " not in line] == [
        ":chat.test 382 ada chatkit.toml :Rehashing",
        ":chat.test NOTICE ada :Read again; changed: limits.rooms_per_user, network.name",
        ":chat.test NOTICE ada :These wait for a restart: port",
    ]
    assert bob.received() == [":chat.test 005 bob CHANLIMIT=#:1 NETWORK=Chess :are supported by this server"]
    assert bob.ask("JOIN #a,#b")[-1].split(" ")[1] == "405"
    assert carol.ask("REHASH")[1:] == [
        ":chat.test NOTE REHASH RELOADED :Read again; changed: no settings",
        ":chat.test WARN REHASH NEEDS_RESTART :These wait for a restart: port",
    ]


def test_rehash_of_settings_that_are_not_good_changes_nothing(net, ada):
    carol = net.register("carol", "standard-replies")
    carol.send("OPER ada secret")
    carol.raw()
    before = net.ircd.config
    net.rewritten = {**net.rewritten, "network": {"name": "Chess"}, "port": "seven"}
    error = "Nothing has changed: Expected `int`, got `str` - at `$.port`"
    assert carol.ask("REHASH")[1:] == [f":chat.test FAIL REHASH CONFIG_BAD :{error}"]
    assert ada.ask("REHASH")[1:] == [f":chat.test 400 ada REHASH :{error}"]
    assert net.ircd.config is before


def test_rehash_takes_tokens_and_capabilities_back(net, ada):
    net.rewritten = {
        **net.rewritten,
        "network": {"icon": "https://example.org/i.svg"},
        "accounts": {"always_on": "off"},
    }
    plain = net.register("plain")
    new, batched = (
        net.register("new", "cap-notify draft/persistence"),
        net.register("batched", "batch draft/extended-isupport"),
    )
    ada.send("REHASH")
    assert plain.received() == [
        ":chat.test 005 plain draft/ICON=https://example.org/i.svg :are supported by this server"
    ]
    assert new.received()[0] == ":chat.test CAP new DEL :draft/persistence"
    assert ":chat.test CAP new LIST :cap-notify" in new.ask("CAP LIST")
    assert [line.split(" ")[1] for line in batched.received()] == ["BATCH", ":chat.test", "BATCH"]
    net.rewritten = {**net.rewritten, "network": {}, "accounts": {}}
    ada.send("REHASH")
    assert plain.received() == [":chat.test 005 plain -draft/ICON :are supported by this server"]
    assert new.received()[0] == ":chat.test CAP new NEW :draft/persistence"


def test_operators_have_the_privileges_that_their_class_has_now(net, ada, alice):
    ben = net.register("ben")
    ben.send("OPER ben other")
    net.rewritten = {**net.rewritten, "oper_classes": {"helper": ["kill"]}}
    ada.send("REHASH")
    assert ben.ask("WALLOPS :x") == [":chat.test 723 ben wallops :Insufficient oper privileges."]
    ben.send("KILL alice :x")
    assert alice.link.closed


def test_rehash_is_for_operators(bob):
    assert bob.ask("REHASH") == [NO_OPER]


def test_a_store_or_a_worker_that_fails_is_told(net, ada):
    net.broken = True
    assert ada.ask("REHASH")[-1] == ":chat.test 400 ada REHASH :The settings could not be read; the log says why"


# CONNECT, SQUIT


def test_there_is_no_other_server_to_connect_to(net, ada, bob):
    assert bob.ask("CONNECT irc.example.org", "SQUIT irc.example.org :x") == [NO_OPER] * 2
    assert ada.ask("CONNECT irc.example.org 6667", "SQUIT irc.example.org :x", "SQUIT chat.test :x") == [
        *[":chat.test 402 ada irc.example.org :No such server"] * 2,
        ":chat.test 723 ada squit :Insufficient oper privileges.",
    ]
    assert ada.ask("CONNECT", "SQUIT irc.example.org") == [
        ":chat.test 461 ada CONNECT :Not enough parameters",
        ":chat.test 461 ada SQUIT :Not enough parameters",
    ]
