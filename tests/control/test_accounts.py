"""Accounts, run from outside."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chatkit.control.rpc import RpcError
from chatkit.ircd.accounts import MAX_FINGERPRINTS
from chatkit.ircd.requests import Credentials
from tests.ircd.people import log_in, open_account

ONE, TWO = "ab" * 32, "cd" * 32
SECRET = f"$argon2id$v=19$m=8,t=1,p=1$secret{'s' * 16}${'d' * 43}"
CREDENTIALS = {"password": SECRET, "scram": None}


@pytest.fixture
def carol(net):
    return open_account(net, "Carol", email="carol@example.org")


@pytest.fixture
def dave(net):
    return open_account(net, "Dave", fingerprints=[TWO])


def refusal(host, command, **params) -> str:
    with pytest.raises(RpcError) as found:
        host.run(command, params)
    return str(found.value)


def undo(host, done, **more):
    return host.run("undo", {"id": done.id, **more})


def test_accounts_are_listed_by_name(net, host, dave, carol):
    log_in(net, carol, nick="caro")
    host.run("room.owner", {"name": "#garden", "account": "carol"})
    first, second = host.run("accounts")
    assert (first.name, first.email, first.rooms, first.here) == ("Carol", "carol@example.org", ["#garden"], ["caro"])
    assert (second.name, second.certificates, second.suspended) == ("Dave", [TWO], None)
    assert host.run("account.list") == [first, second]
    assert host.run("account.show", {"name": "CAROL"}) == first


def test_one_is_made_and_can_be_taken_back(net, host):
    done = host.run("account.create", {"name": "Ann", "credentials": CREDENTIALS, "email": "a@example.org"})
    assert (done.said, done.result.email) == ("Made the account Ann", "a@example.org")
    (entry,) = host.run("audit")
    assert entry.said == "Made the account Ann"
    with pytest.raises(RpcError, match="say --yes"):
        undo(host, done)
    undo(host, done, confirmed=True)
    assert net.ircd.accounts.by_key == {}
    assert dict(net.store.documents("credentials")) == {}


def test_nothing_secret_is_written_down(net, host, carol):
    host.run("account.create", {"name": "Ann", "credentials": CREDENTIALS})
    host.run("account.password", {"name": "carol", "credentials": CREDENTIALS})
    rows = net.store._reader().execute("SELECT params FROM audit").fetchall()
    assert len(rows) == 2
    assert all("secret" not in str(row) and "argon2" not in str(row) for row in rows)
    assert "secret" not in repr(Credentials(SECRET, None))


def keys(iterations: int = 4096, key: int = 32) -> dict[str, Any]:
    values = {"salt": bytes(16), "iterations": iterations, "stored_key": bytes(key), "server_key": bytes(32)}
    return {"password": SECRET, "scram": msgspec.to_builtins(values)}


@pytest.mark.parametrize(
    "credentials",
    [
        {"password": "$argon2id$x", "scram": None},
        {"password": SECRET.replace("m=8", "m=999999"), "scram": None},
        {"password": SECRET.replace("t=1", "t=99"), "scram": None},
        {"password": SECRET.replace("p=1", "p=0"), "scram": None},
        {"password": SECRET + "d" * 60_000, "scram": None},
        keys(iterations=2**31),
        keys(iterations=1),
        keys(key=1000),
    ],
    ids=lambda value: str(value)[:60],
)
def test_nobody_brings_credentials_that_would_cost_the_server_more_than_its_own(net, host, carol, credentials):
    for command, name in (("account.create", "Ann"), ("account.password", "carol")):
        with pytest.raises(RpcError, match="no credentials that this server would make"):
            host.run(command, {"name": name, "credentials": credentials})
    assert len(net.ircd.accounts.by_key) == 1
    assert host.run("audit") == []


def test_those_of_scram_go_along(host):
    assert host.run("account.create", {"name": "Ann", "credentials": keys()}).id == 1


def test_a_password_is_changed(net, host, carol):
    done = host.run("account.password", {"name": "carol", "credentials": CREDENTIALS})
    assert (done.said, done.hits, done.undoable) == ("Changed the password of Carol", ("Carol",), False)
    assert SECRET.encode() in dict(net.store.documents("credentials"))[carol.key]


def test_deleting_is_asked_about_however_few_it_hits(net, host, carol):
    assert refusal(host, "account.delete", name="carol") == (
        "this hits 1 (Carol) for good; undo cannot take it back: say --yes to go on"
    )
    done = host.run("account.delete", {"name": "carol", "confirmed": True})
    assert (done.said, done.undoable) == ("Deleted the account Carol", False)
    assert net.ircd.accounts.by_key == {}


def test_what_it_said_goes_with_it(net, host, carol, bob):
    client = log_in(net, carol)
    net.gather("#room", client, bob)
    client.send("PRIVMSG #room :hello")
    bob.send("PRIVMSG #room :hi")
    host.run("account.delete", {"name": "carol", "with_history": True, "confirmed": True})
    while net.store.look_after(net.now.wall):
        pass
    assert [row.text for row in host.run("history.search", {"words": "hi"})] == ["hi"]


# Certificates


def test_a_certificate_is_put_on_and_taken_off(net, host, carol):
    done = host.run("account.cert", {"name": "carol", "add": ":".join(["AB"] * 32)})
    assert carol.fingerprints == [ONE]
    undo(host, done)
    assert carol.fingerprints == []
    undo(host, host.run("undo", {"id": done.id + 1}))
    assert carol.fingerprints == []


def test_one_is_taken_from_another_account_and_given_back(net, host, carol, dave):
    done = host.run("account.cert", {"name": "carol", "add": TWO})
    assert (done.said, done.hits) == (
        f"The certificate {TWO} logs in to Carol, and no more to Dave",
        ("Carol", "Dave"),
    )
    assert (carol.fingerprints, dave.fingerprints) == ([TWO], [])
    undo(host, done)
    assert (carol.fingerprints, dave.fingerprints) == ([], [TWO])


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"name": "carol"}, "say which certificate to --add or to --remove, one of the two"),
        ({"name": "carol", "add": ONE, "remove": TWO}, "say which certificate to --add or to --remove, one of the two"),
        ({"name": "carol", "add": "nonsense"}, "'nonsense' is no SHA-256 in hexadecimal"),
        ({"name": "carol", "remove": TWO}, "the certificate does not log in to Carol"),
        ({"name": "dave", "add": TWO}, "the certificate logs in to Dave already"),
        ({"name": "dav", "add": TWO}, "there is no account 'dav' (there is Dave)"),
    ],
)
def test_certificates_that_cannot_be(host, carol, dave, params, sentence):
    assert refusal(host, "account.cert", **params) == sentence


def test_an_account_has_so_many_certificates(net, host, carol):
    for number in range(MAX_FINGERPRINTS):
        host.run("account.cert", {"name": "carol", "add": f"{number:064x}"})
    assert refusal(host, "account.cert", name="carol", add=ONE) == "an account has up to 10 certificates"


# Suspending


def test_an_account_is_suspended_and_restored(net, host, carol):
    client = log_in(net, carol)
    done = host.run("account.suspend", {"name": "carol", "reason": "Cool down", "lasts": 3600})
    assert (done.said, done.hits) == ("Suspended the account Carol for 1h", ("Carol",))
    assert client.link.closed
    assert (carol.suspended, carol.suspended_until) == ("Cool down", net.now.wall // 1_000_000 + 3600)
    back = undo(host, done)
    assert carol.suspended is None
    undo(host, back)
    assert (carol.suspended, carol.suspended_until) == ("Cool down", net.now.wall // 1_000_000 + 3600)


def test_suspending_anew_is_undone_to_what_was(net, host, carol):
    host.run("account.suspend", {"name": "carol", "reason": "first"})
    undo(host, host.run("account.suspend", {"name": "carol", "reason": "second", "lasts": 60}))
    assert (carol.suspended, carol.suspended_until) == ("first", 0)


def test_what_is_not_suspended_cannot_be_restored(host, carol):
    assert refusal(host, "account.restore", name="carol") == "the account Carol is not suspended"


def test_what_is_tried_changes_nothing(net, host, carol):
    for name, params in (
        ("account.create", {"name": "Ann", "credentials": CREDENTIALS}),
        ("account.password", {"name": "carol", "credentials": CREDENTIALS}),
        ("account.delete", {"name": "carol"}),
        ("account.cert", {"name": "carol", "add": ONE}),
        ("account.suspend", {"name": "carol"}),
    ):
        assert host.run(name, {**params, "dry_run": True}).id == 0
    assert list(net.ircd.accounts.by_name) == ["carol"]
    assert (carol.fingerprints, carol.suspended) == ([], None)
    assert dict(net.store.documents("credentials")) == {}
    assert net.ircd.accounts.being_made == set()
