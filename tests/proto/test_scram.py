"""SCRAM-SHA-256, our client against our server and both against what is wrong."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto import scram
from chatkit.proto.sasl import SaslError
from chatkit.proto.scram import ScramClient, ScramKeys, ScramServer

# The example of RFC 7677, section 3.
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO"
CLIENT_FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def keys_of(password: str) -> ScramKeys:
    keys = scram.make_keys(password, 4096, SALT)
    assert keys is not None
    return keys


KEYS = keys_of("pencil")


def challenged(first: bytes = CLIENT_FIRST, keys: ScramKeys = KEYS) -> ScramServer:
    """A server that has sent its challenge."""
    server = ScramServer(SERVER_NONCE)
    server.begin(first)
    server.challenge(keys)
    return server


def log_in(client: ScramClient, server: ScramServer, keys: ScramKeys = KEYS) -> str:
    """Let the two talk. Returns the account."""
    account = server.begin(client.respond(b""))
    final = client.respond(server.challenge(keys))
    assert client.respond(server.finish(final)) == b""
    assert client.done
    return account


@pytest.mark.smoke
def test_the_server_says_what_rfc_7677_says():
    server = ScramServer(SERVER_NONCE)
    assert server.begin(CLIENT_FIRST) == "user"
    assert server.challenge(KEYS) == SERVER_FIRST
    assert server.finish(CLIENT_FINAL) == SERVER_FINAL


@pytest.mark.smoke
def test_the_client_says_what_rfc_7677_says():
    client = ScramClient("user", "pencil", CLIENT_NONCE)
    assert client.respond(b"") == CLIENT_FIRST
    assert client.respond(SERVER_FIRST) == CLIENT_FINAL
    assert not client.done
    assert client.respond(SERVER_FINAL) == b""
    assert client.done


@pytest.mark.parametrize("account", ["bob", "Zoë", "a,b=c", "=2C"])
def test_an_account_arrives_as_it_was_sent(account):
    assert log_in(ScramClient(account, "pencil"), ScramServer()) == account


def test_every_exchange_has_a_nonce_of_its_own():
    assert ScramClient("u", "p").respond(b"") != ScramClient("u", "p").respond(b"")
    one, other = ScramServer(), ScramServer()
    one.begin(CLIENT_FIRST)
    other.begin(CLIENT_FIRST)
    assert one.challenge(KEYS) != other.challenge(KEYS)


def test_a_wrong_password_is_refused():
    client, server = ScramClient("user", "pen"), ScramServer()
    server.begin(client.respond(b""))
    final = client.respond(server.challenge(KEYS))
    with pytest.raises(SaslError, match="invalid-proof"):
        server.finish(final)


def test_a_proof_for_another_exchange_is_refused():
    server = ScramServer()
    server.begin(CLIENT_FIRST)
    server.challenge(KEYS)
    with pytest.raises(SaslError, match="nonce"):
        server.finish(CLIENT_FINAL)


def test_a_proof_counts_once():
    server = challenged()
    server.finish(CLIENT_FINAL)
    with pytest.raises(SaslError):
        server.finish(CLIENT_FINAL)


def test_after_a_refusal_the_exchange_is_over():
    server = challenged()
    with pytest.raises(SaslError):
        server.finish(b"c=biws,r=nonsense,p=AAAA")
    with pytest.raises(SaslError):
        server.finish(CLIENT_FINAL)


@pytest.mark.parametrize(
    "final",
    [
        b"",
        b"c=biws",
        b"c=biws,r=x",
        b"\xff",
        CLIENT_FINAL + b",p=AAAA",
        CLIENT_FINAL.replace(b"c=biws", b"c=eSws"),  # says y,, though the first message said n,,
        CLIENT_FINAL.replace(b"c=biws", b"c=biwsAAAA"),
        CLIENT_FINAL.replace(b"p=dH", b"p=dI"),
        CLIENT_FINAL[: CLIENT_FINAL.index(b"p=")] + b"p=AAAA",
        CLIENT_FINAL[: CLIENT_FINAL.index(b"p=")] + b"p=?",
    ],
)
def test_a_wrong_final_message_is_refused(final):
    with pytest.raises(SaslError):
        challenged().finish(final)


def test_a_proof_before_the_challenge_is_refused():
    with pytest.raises(SaslError):
        ScramServer().finish(CLIENT_FINAL)


@pytest.mark.parametrize(
    "first",
    [b"", b"n", b"n,,", b"n,,r=abc", b"n,,n=,r=abc", b"n,,n=u", b"n,,n=u,r=", b"n,,n=u=20,r=abc", b"x,,n=u,r=abc",
     b"n,,m=ext,n=u,r=abc", b"n,,n=\xff,r=abc", b"n,a=other,n=u,r=abc", b"n,other,n=u,r=abc"],
)  # fmt: skip
def test_a_malformed_first_message_is_refused(first):
    with pytest.raises(SaslError):
        challenged(first)


def test_a_client_that_could_bind_to_the_channel_is_let_in_and_one_that_must_is_refused():
    challenged(b"y,,n=user,r=abc")
    for first in (b"p=tls-unique,,n=user,r=abc", b"p=tls-exporter,,n=user,r=abc", b"p=,,n=user,r=abc"):
        with pytest.raises(SaslError):
            challenged(first)


@pytest.mark.parametrize("acting_as", [b"a=user", b"a=USER"])
def test_an_authzid_may_name_the_same_account(acting_as):
    """As in the example of IRCv3's specification, which begins n,a=jilles,n=jilles"""
    header = b"n," + acting_as + b","
    client, server = ScramClient("user", "pencil"), ScramServer()
    assert server.begin(client.respond(b"").replace(b"n,,", header)) == "user"
    client._scram.gs2_header = scram._Header("n", acting_as.decode())  # our own client never sends one
    final = client.respond(server.challenge(KEYS))
    assert base64.b64encode(header) in final
    client.respond(server.finish(final))
    assert client.done


def test_a_header_that_changes_on_the_way_is_refused():
    server = challenged(CLIENT_FIRST.replace(b"n,,", b"n,a=user,"))
    with pytest.raises(SaslError, match="channel-bindings-dont-match"):
        server.finish(CLIENT_FINAL)


@pytest.mark.parametrize(
    "final", [b"v=AAAA", b"v=", b"e=invalid-proof", b"e=nonsense", b"", b"\xff", SERVER_FINAL.replace(b"v=6", b"v=7")]
)
def test_a_server_that_does_not_know_the_password_is_not_believed(final):
    client = ScramClient("user", "pencil", CLIENT_NONCE)
    client.respond(b"")
    client.respond(SERVER_FIRST)
    with pytest.raises(SaslError):
        client.respond(final)
    assert not client.done


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"\xff",
        b"r=elsewhere,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        SERVER_FIRST.replace(b"i=4096", b"i=1"),
        SERVER_FIRST.replace(b"i=4096", b"i=%d" % (scram.MAX_ITERATIONS + 1)),
        SERVER_FIRST.replace(b"i=4096", b"i=many"),
        b"e=other-error",
    ],
)
def test_a_challenge_that_is_wrong_or_costs_too_much_is_refused(challenge):
    client = ScramClient("user", "pencil", CLIENT_NONCE)
    client.respond(b"")
    with pytest.raises(SaslError):
        client.respond(challenge)


def test_a_client_answers_a_server_only_in_turn():
    client = ScramClient("user", "pencil", CLIENT_NONCE)
    with pytest.raises(SaslError):
        client.respond(SERVER_FIRST)
    log_in(client, ScramServer())
    with pytest.raises(SaslError):
        client.respond(b"")


def test_a_password_that_saslprep_forbids_has_no_keys():
    assert scram.make_keys("correct 🔑", 4096) is None
    with pytest.raises(SaslError):
        ScramClient("user", "correct 🔑")


def test_made_up_keys_are_the_same_whenever_asked_and_look_like_real_ones():
    made_up = scram.made_up_keys(b"secret", "nobody", 4096)
    assert made_up == scram.made_up_keys(b"secret", "nobody", 4096)
    assert made_up not in (scram.made_up_keys(b"secret", "no", 4096), scram.made_up_keys(b"other", "nobody", 4096))
    real = scram.make_keys("pencil", 4096)
    assert real is not None
    assert [len(part) for part in (made_up.salt, made_up.stored_key, made_up.server_key)] == [
        len(part) for part in (real.salt, real.stored_key, real.server_key)
    ]


def test_nobody_logs_in_with_made_up_keys():
    with pytest.raises(SaslError):
        log_in(ScramClient("nobody", "pencil"), ScramServer(), scram.made_up_keys(b"secret", "nobody", 4096))


def test_keys_do_not_show():
    assert repr(KEYS) == str(KEYS) == "ScramKeys(iterations=4096)"


NEARLY = st.lists(st.sampled_from(["n", "y", "p=x", "a=u", "n=u", "r=abc", "c=biws", "p=AAAA", "x=1", "é", "\0", ""]))


@given(NEARLY.map(lambda parts: ",".join(parts).encode()) | st.binary())
def test_no_message_does_worse_than_a_refusal(data):
    server, client = challenged(), ScramClient("user", "pencil", CLIENT_NONCE)
    client.respond(b"")
    for take in (challenged, server.finish, client.respond):
        with contextlib.suppress(SaslError):
            take(data)
