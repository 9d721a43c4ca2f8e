"""Invite codes: an account is whoever's has one to give for it."""

from __future__ import annotations

import msgspec
import pytest

from chatkit.ircd import invitations
from chatkit.ircd.ban_index import ServerBan
from chatkit.ircd.invitations import Invitation
from chatkit.store.records import Document
from tests.ircd.people import begin, log_in, open_account, restart

PASSWORD = "correct horse"
WRONG = "This is not the code that was sent, or it came too late"


@pytest.fixture
def net(make_net):
    return make_net(accounts={"registration": "invite"}, limits={"commands_per_second": 0})


def invite(net, uses: int = 1, lasts: int = 0, room: str = "") -> str:
    """A code that somebody gives out."""
    code, now_s = invitations.new_code(), net.now.wall // 1_000_000
    until = now_s + lasts if lasts else 0
    id_ = invitations.new_id(net.ircd)
    invitations.make(net.ircd, Invitation(id_, invitations.digest_of(code), uses, until, "root", now_s, room))
    net.settle()
    return code


def ask_for_account(client, name: str = "*") -> list[str]:
    return client.ask(f"REGISTER {name} * :{PASSWORD}")


def test_an_account_waits_for_a_code_and_is_there_with_it(net, alice):
    how = "Account created; to make it yours, give an invite code, which those who run this server give out"
    assert ask_for_account(alice) == [f":chat.test REGISTER VERIFICATION_REQUIRED alice :{how}"]
    assert alice.ask(f"VERIFY alice {invite(net)}") == [
        ":chat.test VERIFY SUCCESS alice :Account verified",
        ":chat.test 900 alice alice!~alice@127.0.0.1 alice :You are now logged in as alice",
    ]
    assert net.ircd.accounts.find("alice").verified
    restart(net, crash=True)
    assert net.ircd.accounts.find("alice").verified
    assert net.ircd.invitations == {}


def test_a_code_is_good_for_so_many_accounts(net, alice, bob):
    code, carol = invite(net, uses=2), net.register("carol")
    for client, nick in ((alice, "alice"), (bob, "bob")):
        ask_for_account(client)
        assert client.ask(f"VERIFY {nick} {code}")[0].startswith(":chat.test VERIFY SUCCESS")
        left = [it.uses for it in net.ircd.invitations.values()]
        assert left == ([1] if nick == "alice" else [])
    ask_for_account(carol)
    assert carol.ask(f"VERIFY carol {code}") == [f":chat.test FAIL VERIFY INVALID_CODE carol :{WRONG}"]


def test_two_at_once_do_not_share_the_last_use(net, alice, bob):
    code = invite(net)
    for client in (alice, bob):
        ask_for_account(client)
    net.slow = True
    alice.send(f"VERIFY alice {code}")
    bob.send(f"VERIFY bob {code}")
    net.answer()
    assert alice.commands() == ["VERIFY", "900"]
    assert bob.received() == [f":chat.test FAIL VERIFY INVALID_CODE bob :{WRONG}"]


@pytest.mark.parametrize("uses", [1, 2])
def test_a_code_is_good_again_where_the_account_could_not_be_stored(net, alice, uses):
    code = invite(net, uses)
    ask_for_account(alice)
    net.broken = True
    assert " TEMPORARILY_UNAVAILABLE " in alice.ask(f"VERIFY alice {code}")[0]
    net.broken = False
    assert [it.uses for it in net.ircd.invitations.values()] == [uses]
    assert alice.ask(f"VERIFY alice {code}")[0].startswith(":chat.test VERIFY SUCCESS")


def test_a_code_ends_by_itself(net, alice):
    code = invite(net, lasts=60)
    ask_for_account(alice)
    net.let_time_pass(60)
    assert " INVALID_CODE " in alice.ask(f"VERIFY alice {code}")[0]
    net.move_clock(1)
    assert net.ircd.invitations == {}


def test_a_code_that_was_revoked_is_no_good(net, alice):
    code = invite(net)
    ask_for_account(alice)
    invitations.revoke(net.ircd, next(iter(net.ircd.invitations)))
    assert " INVALID_CODE " in alice.ask(f"VERIFY alice {code}")[0]


def test_codes_cannot_be_guessed_for_long(net, alice):
    ask_for_account(alice)
    answers = [alice.ask(f"VERIFY alice {number}")[0] for number in range(9)]
    assert "Too many failed attempts" in answers[-1]


def test_codes_outlive_a_restart_and_the_file_does_not_have_them(net, alice, tmp_path):
    code = invite(net)
    restart(net, crash=True)
    alice = net.register("alice")
    ask_for_account(alice)
    assert all(code.encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert alice.ask(f"VERIFY alice {code}")[0].startswith(":chat.test VERIFY SUCCESS")


def test_how_a_code_is_written_does_not_matter(net, alice):
    code = invite(net)
    ask_for_account(alice)
    spelled = "-".join(code.upper()[start : start + 4] for start in range(0, 16, 4))
    assert alice.ask(f"VERIFY alice {spelled}")[0].startswith(":chat.test VERIFY SUCCESS")


def test_elsewhere_an_invite_code_is_good_for_nothing(make_net):
    net = make_net()
    alice, code = net.register("alice"), invite(net)
    open_account(net, "ann", email="ann@example.org", verified=False)
    assert " INVALID_CODE " in alice.ask(f"VERIFY ann {code}")[0]
    assert [it.uses for it in net.ircd.invitations.values()] == [1]


def test_nickserv_says_that_a_code_is_needed_before_one_registers(net, alice):
    words = "This server needs an invite code, which those who run it give out. Give it with VERIFY after this."
    assert alice.ask("NS HELP REGISTER")[-1] == f":NickServ!NickServ@chat.test NOTICE alice :{words}"


def test_older_clients_are_told_by_nickserv(net, alice):
    code = invite(net)
    answer = alice.ask(f"NS REGISTER {PASSWORD.replace(' ', '-')}")
    assert answer[-1].endswith("To make the account yours, give an invite code: VERIFY alice <code>")
    assert alice.ask(f"NS VERIFY alice {code}")[-1].endswith("The account alice is yours, and you are logged in to it.")


# A code that leads into a room.

JOINED = ":alice!~alice@127.0.0.1 JOIN #team"


@pytest.fixture
def team(net):
    """A room by invitation only, with a key; the one who runs it hears of who is invited."""
    bob = net.register("bob", "invite-notify")
    net.gather("#team", bob)
    bob.ask("MODE #team +ik secret")
    return bob


def test_whoever_makes_an_account_with_it_enters_the_room_that_others_must_be_let_into(net, alice, team):
    assert alice.ask("JOIN #team")[0].startswith(":chat.test 475 alice #team :")
    ask_for_account(alice)
    answer = alice.ask(f"VERIFY alice {invite(net, room='#team')}")
    assert [line.split()[1] for line in answer[:2]] == ["VERIFY", "900"]
    assert answer[2:4] == [":chat.test INVITE alice #team", JOINED]
    assert team.received() == [":chat.test INVITE alice #team", JOINED]


def test_it_opens_the_room_once(net, alice, team):
    ask_for_account(alice)
    alice.send(f"VERIFY alice {invite(net, room='#team')}", "PART #team")
    assert alice.ask("JOIN #team")[0].startswith(":chat.test 475 alice #team :")


def test_who_takes_it_before_he_is_registered_enters_when_he_is(net, team):
    alice, code = net.connect(), invite(net, room="#team")
    alice.send("CAP LS 302", "NICK alice", f"REGISTER * * :{PASSWORD}", f"VERIFY alice {code}")
    alice.raw()
    assert alice.ask("USER alice 0 * :Alice", "CAP END").count(JOINED) == 1


def test_who_leaves_before_that_enters_when_he_comes_back(net, team):
    first, code = net.connect(), invite(net, room="#team")
    first.send("CAP LS 302", "NICK alice", f"REGISTER * * :{PASSWORD}", f"VERIFY alice {code}", "QUIT")
    restart(net, crash=True)
    account = net.ircd.accounts.find("alice")
    log_in(net, account).send("PART #team")
    assert net.ircd.accounts.find("alice").bidden == ""
    alice = begin(net, account)
    assert JOINED not in alice.ask("NICK alice", "USER u 0 * :x")


def test_a_registered_room_is_opened_though_nobody_is_in_it(net, alice):
    bob = log_in(net, open_account(net, "bob"))
    bob.send("JOIN #team", "CS REGISTER #team", "MODE #team +i", "PART #team")
    ask_for_account(alice)
    assert JOINED in alice.ask(f"VERIFY alice {invite(net, room='#team')}")


def test_a_room_that_those_who_run_the_server_closed_stays_closed(net, alice, team):
    code = invite(net, room="#team")
    net.ircd.bans.enter(ServerBan("1", "room", "ban", "#team"))
    ask_for_account(alice)
    assert alice.ask(f"VERIFY alice {code}")[-1] == ":chat.test 474 alice #team :This room was closed"


def test_it_goes_on_leading_into_a_room_that_is_renamed(net, alice, team):
    code = invite(net, room="#team")
    team.send("RENAME #team #crew")
    ask_for_account(alice)
    assert ":alice!~alice@127.0.0.1 JOIN #crew" in alice.ask(f"VERIFY alice {code}")


def test_codes_that_were_kept_before_there_were_rooms_are_good(net):
    kept = {"id": "3f9a1c", "digest": "ab", "uses": 2, "until": 0, "who": "root", "made": 1}
    net.store.append([Document("invitation", "3f9a1c", msgspec.json.encode(kept))])
    restart(net, crash=True)
    assert net.ircd.invitations["3f9a1c"] == Invitation("3f9a1c", "ab", 2, 0, "root", 1, room="")
