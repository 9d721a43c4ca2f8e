"""Invite codes: an account is whoever's has one to give for it."""

from __future__ import annotations

import pytest

from chatkit.ircd import invitations
from chatkit.ircd.invitations import Invitation
from tests.ircd.people import open_account, restart

PASSWORD = "correct horse"
WRONG = "This is not the code that was sent, or it came too late"


@pytest.fixture
def net(make_net):
    return make_net(accounts={"registration": "invite"}, limits={"commands_per_second": 0})


def invite(net, uses: int = 1, lasts: int = 0) -> str:
    """A code that somebody gives out."""
    code, now_s = invitations.new_code(), net.now.wall // 1_000_000
    until = now_s + lasts if lasts else 0
    id_ = invitations.new_id(net.ircd)
    invitations.make(net.ircd, Invitation(id_, invitations.digest_of(code), uses, until, "root", now_s))
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
    assert alice.ask(f"NS VERIFY alice {code}")[-1].endswith("The account alice is yours.")
