"""AUTHENTICATE. Spec: https://ircv3.net/specs/extensions/sasl-3.1 and https://ircv3.net/specs/extensions/sasl-3.2"""

from __future__ import annotations

import base64

import pytest

from tests.ircd.logging_in import PASSWORD, logged_in, make_account, negotiating, plain, scram

LOGGED_IN = ":chat.test 900 alice alice!~alice@192.0.2.1 alice :You are now logged in as alice"
SUCCESS = ":chat.test 903 alice :SASL authentication successful"
FAILED = ":chat.test 904 alice :SASL authentication failed"
WRONG = f"{FAILED}: Wrong account or password"
ABORTED = ":chat.test 906 alice :SASL authentication aborted"
CERT = "ab" * 32


@pytest.fixture
def net(make_net):
    net = make_net()
    make_account(net, "alice")
    return net


def offered(client) -> dict[str, str]:
    (line,) = client.ask("CAP LS 302")[-1:]
    words = [word.partition("=") for word in line.partition(" :")[2].split()]
    return {name: value for name, _, value in words}


def with_certificate(net, certfp=CERT, nick="alice"):
    client = net.connect("192.0.2.1")
    net.ircd.secured(client.session, certfp)
    client.send("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP REQ :sasl")
    client.raw()
    return client


@pytest.mark.smoke
def test_plain_logs_in_before_registration(net):
    client = negotiating(net)
    assert client.ask("AUTHENTICATE PLAIN") == [":chat.test AUTHENTICATE +"]
    assert client.ask(*plain("alice")[1:]) == [LOGGED_IN, SUCCESS]
    assert " 001 alice " in client.ask("CAP END")[0]
    assert client.session.user.account_name == "alice"


def test_the_value_of_the_capability_lists_the_mechanisms(net):
    assert "PLAIN,SCRAM-SHA-256" in str(net.connect().ask("CAP LS 302"))
    assert "PLAIN,SCRAM-SHA-256,EXTERNAL" in str(with_certificate(net).ask("CAP LS 302"))


def test_a_wrong_password_fails_and_another_mechanism_may_be_tried(net):
    client = negotiating(net)
    assert client.ask(*plain("alice", "wrong"))[1:] == [WRONG]
    assert scram(client, "alice") == [LOGGED_IN, SUCCESS]


@pytest.mark.parametrize("account", ["nobody", "", "not a nick", "älice"])
def test_an_unknown_account_fails_as_a_wrong_password_does(net, account):
    assert negotiating(net).ask(*plain(account))[1].startswith(FAILED)


@pytest.mark.smoke
def test_scram_logs_in_and_wants_an_empty_response_at_its_end(net):
    assert scram(negotiating(net), "alice") == [LOGGED_IN, SUCCESS]


@pytest.mark.parametrize(("account", "password"), [("alice", "wrong"), ("nobody", PASSWORD)])
def test_scram_tells_no_unknown_account_from_a_wrong_password(net, account, password):
    assert scram(negotiating(net), account, password) == [FAILED]


def test_scram_answers_for_an_unknown_account_the_same_every_time(net):
    def salt() -> str:
        client = negotiating(net)
        first = base64.b64encode(b"n,,n=nobody,r=abc").decode()
        answer = client.ask("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {first}")[-1]
        return base64.b64decode(answer.split()[-1]).decode().split(",")[1]

    assert salt() == salt()


@pytest.mark.parametrize("response", ["!!!", "ab=", "AAAA", base64.b64encode(b"\xff\0\xff\0\xff").decode()])
def test_a_malformed_response_ends_the_exchange(net, response):
    client = negotiating(net)
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {response}")[1:] == [FAILED]
    assert client.ask("AUTHENTICATE PLAIN") == [":chat.test AUTHENTICATE +"]


def test_nobody_acts_for_another_account(net):
    response = base64.b64encode(f"bob\0alice\0{PASSWORD}".encode()).decode()
    assert negotiating(net).ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {response}")[1:] == [FAILED]


def test_an_unknown_mechanism_fails_and_the_known_ones_are_told(net):
    mechanisms = ":chat.test 908 alice PLAIN,SCRAM-SHA-256 :are available SASL mechanisms"
    assert negotiating(net).ask("AUTHENTICATE FOO") == [mechanisms, FAILED]


def test_external_is_none_without_a_certificate(net):
    assert negotiating(net).ask("AUTHENTICATE EXTERNAL")[-1] == FAILED


def test_a_mechanism_may_be_named_in_any_case(net):
    assert negotiating(net).ask("AUTHENTICATE plain") == [":chat.test AUTHENTICATE +"]


def test_a_piece_of_more_than_400_characters_is_too_long(net):
    client = negotiating(net)
    too_long = ":chat.test 905 alice :SASL message too long"
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {'A' * 401}")[1:] == [too_long]
    assert client.ask(*plain("alice"))[1:] == [LOGGED_IN, SUCCESS]


def test_a_response_of_several_pieces_is_put_together(make_net):
    net = make_net()
    password = "x" * 294  # with two names of three letters the response has 400 characters
    make_account(net, "bob", password)
    response = base64.b64encode(f"bob\0bob\0{password}".encode()).decode()
    pieces = [response[:400], response[400:] or "+"]
    client = negotiating(net, nick="bob")
    assert " 903 " in client.ask("AUTHENTICATE PLAIN", *(f"AUTHENTICATE {piece}" for piece in pieces))[-1]


def test_an_asterisk_aborts(net):
    client = negotiating(net)
    assert client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE *")[1:] == [ABORTED]
    assert client.ask("AUTHENTICATE *") == [ABORTED]
    assert client.ask(*plain("alice"))[1:] == [LOGGED_IN, SUCCESS]


def test_who_completes_registration_meanwhile_aborts_and_is_let_in_as_a_guest(net):
    client = negotiating(net, nick="carol")
    answer = client.ask("AUTHENTICATE PLAIN", "CAP END")
    assert answer[1] == ":chat.test 906 carol :SASL authentication aborted"
    assert " 001 carol " in answer[2]
    assert client.session.user.account is None


def test_the_capability_must_have_been_requested(net):
    client = net.connect()
    assert client.ask("CAP LS 302", "NICK alice", "AUTHENTICATE PLAIN")[-1].startswith(FAILED)


def test_authenticate_needs_a_parameter(net):
    assert negotiating(net).ask("AUTHENTICATE") == [":chat.test 461 alice AUTHENTICATE :Not enough parameters"]


def test_an_exchange_that_takes_too_long_fails(net):
    client = logged_in(net, "alice")
    client.send("AUTHENTICATE PLAIN")
    net.let_time_pass(61)
    assert client.ask(*plain("alice")[1:])[-1].startswith(FAILED)


def test_who_is_logged_in_may_do_so_again(net):
    client = logged_in(net, "alice")
    assert client.ask(*plain("alice"))[1:] == [LOGGED_IN, SUCCESS]


def test_a_guest_may_log_in_after_registration_and_to_another_account_later(net):
    make_account(net, "bob")
    client = net.register("guest", "sasl account-notify")
    answer = client.ask(*plain("alice"))
    assert answer[1:3] == [
        ":guest!~guest@127.0.0.1 ACCOUNT alice",
        ":chat.test 900 guest guest!~guest@127.0.0.1 alice :You are now logged in as alice",
    ]
    assert " 903 " in client.ask(*plain("bob"))[-1]
    assert client.session.user.account_name == "bob"


def test_who_shares_a_user_with_other_devices_cannot_take_them_to_another_account(net):
    make_account(net, "bob")
    one, two = logged_in(net, "alice"), logged_in(net, "alice")
    assert one.session.user is two.session.user
    assert " 907 alice " in one.ask(*plain("bob"))[-1]
    assert one.session.user.account_name == "alice"


def test_the_answer_of_a_log_in_has_its_label(net):
    client = negotiating(net, "sasl labeled-response batch")
    client.ask("AUTHENTICATE PLAIN")
    answer = client.ask(f"@label=x {plain('alice')[1]}")
    assert answer[0].startswith("@label=x :chat.test BATCH +")
    assert [line.partition(" ")[2] for line in answer[1:3]] == [LOGGED_IN, SUCCESS]


# EXTERNAL.


@pytest.mark.parametrize("account", ["", "alice", "ALICE"])
def test_external_logs_in_with_a_certificate_of_the_account(net, account):
    client = logged_in(net, "alice")
    net.ircd.secured(client.session, CERT)
    assert client.ask("NS CERT ADD") == [
        f":NickServ!NickServ@chat.test NOTICE alice :The certificate {CERT} logs you in."
    ]
    response = base64.b64encode(account.encode()).decode() or "+"
    assert with_certificate(net).ask("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {response}")[1:] == [LOGGED_IN, SUCCESS]


def test_external_fails_for_another_certificate_and_for_another_account(net):
    make_account(net, "bob")
    net.ircd.accounts.find("alice").fingerprints.append(CERT)
    net.ircd.accounts.by_fingerprint[CERT] = net.ircd.accounts.find("alice")
    other = with_certificate(net, "cd" * 32)
    assert other.ask("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")[1:] == [FAILED]
    bob = base64.b64encode(b"bob").decode()
    assert with_certificate(net).ask("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {bob}")[1:] == [FAILED]


# Too many.


def test_after_many_failures_a_network_has_to_wait_and_others_have_not(net):
    clients = [negotiating(net, address="192.0.2.7") for _ in range(10)]
    answers = [client.ask(*plain("alice", "wrong")) for client in clients]
    assert sum(WRONG in answer for answer in answers) == 8
    assert answers[-1][1:] == [f"{FAILED}: Too many failed attempts: wait 1 second"]
    assert SUCCESS in negotiating(net).ask(*plain("alice"))
    net.let_time_pass(2)
    assert " 900 alice alice!~alice@192.0.2.7 alice " in str(clients[0].ask(*plain("alice")))


def test_the_pause_doubles_with_every_further_failure(net):
    client = negotiating(net)
    client.send(*plain("alice", "wrong") * 8)
    for seconds in (1, 2, 4, 8):
        assert f"wait {seconds} second" in client.ask(*plain("alice"))[1]
        assert f"wait {seconds} second" in scram(client, "alice")[0]
        net.let_time_pass(seconds)
        client.send(*plain("alice", "wrong"))


def test_who_gets_into_his_own_account_cannot_guess_on_at_another(net):
    make_account(net, "mallory")
    client = negotiating(net, nick="mallory")
    for _ in range(8):
        client.send(*plain("alice", "wrong"), *plain("mallory"))
    assert client.session.account.name == "mallory"
    assert "wait 1 second" in client.ask(*plain("alice", "wrong"))[-1]


def test_a_network_cannot_try_one_account_after_the_other(net):
    client = negotiating(net)
    for number in range(60):
        net.ircd.limits.logins.forgive("192.0.2.1 ")  # as if each were an account
        assert WRONG in client.ask(*plain(f"nobody{number}"))
        net.let_time_pass(1)
    assert "wait 2 seconds" in client.ask(*plain("alice", "wrong"), *plain("alice"))[-1]


def test_a_few_passwords_are_checked_at_once_and_networks_take_turns(net):
    net.slow = True
    crowd = [negotiating(net, address="198.51.100.1") for _ in range(5)]
    for client in crowd:
        client.send(*plain("alice", "wrong"))
    other = negotiating(net)
    other.send(*plain("alice"))
    assert len(net.jobs) == 2
    net.slow = False
    net.answer()
    assert other.received()[-1] == SUCCESS
    assert all(client.received()[-1] == WRONG.replace("192.0.2.1", "198.51.100.1") for client in crowd)


def test_a_log_in_keeps_only_its_own_session_waiting(net):
    net.slow = True
    client, bystander = negotiating(net), net.register("bob")
    client.send(*plain("alice"), "CAP END")
    assert " 001 " not in "\n".join(client.received())
    assert bystander.ask("PING x") == [":chat.test PONG chat.test :x"]
    net.slow = False
    net.answer()
    assert " 001 alice " in "\n".join(client.received())


def test_who_leaves_during_a_log_in_leaves_no_trace(net):
    net.slow = True
    client = negotiating(net)
    client.send(*plain("alice"))
    net.disconnect(client)
    net.slow = False
    net.answer()
    assert SUCCESS in negotiating(net).ask(*plain("alice"))


def test_a_broken_store_is_a_failure_not_a_wrong_password(net):
    client = negotiating(net)
    net.broken = True
    assert client.ask(*plain("alice"))[-1] == f"{FAILED}: Passwords cannot be checked at the moment"
    net.broken = False
    assert client.ask(*plain("alice"))[-1] == SUCCESS
