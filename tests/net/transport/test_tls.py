"""TLS from bytes to bytes: the server's side against the standard library's client, and ours."""

from __future__ import annotations

import contextlib
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.net.transport.tls_client import ClientTls
from tests.net.transport.conftest import TlsPeer, shake_hands


@pytest.mark.smoke
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_one_side_says_the_other_understands(identity, tls_peer, version):
    server, peer = identity.accept(), tls_peer(version=version)
    shake_hands(peer, server)
    assert server.ready
    assert server.certfp is None
    assert server.receive(peer.says(b"NICK a\r\n")) == b"NICK a\r\n"
    big = b"x" * 100_000
    assert server.receive(peer.says(big)) == big
    assert peer.hears(server.send(big)) == big


@pytest.mark.smoke
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_clients_certificate_is_taken_from_whoever_made_it_and_told_by_its_fingerprint(
    identity, tls_peer, client_directory, client_identity, version
):
    server, peer = identity.accept(), tls_peer(client_directory, version)
    shake_hands(peer, server)
    assert server.ready
    assert server.certfp == client_identity.fingerprint


def test_nothing_older_than_1_2_is_spoken(identity, own_directory):
    context = ssl.create_default_context(cafile=own_directory / "certificate.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    server, peer = identity.accept(), TlsPeer(context)
    with pytest.raises(ssl.SSLError, match="protocol version"):
        shake_hands(peer, server)
    assert server.ended == "TLS error: unsupported protocol"


@given(sizes=st.lists(st.integers(1, 500)))
def test_it_may_come_in_any_pieces(identity, own_directory, sizes):
    context = ssl.create_default_context(cafile=own_directory / "certificate.pem")
    server, peer, understood = identity.accept(), TlsPeer(context), b""
    peer.hears(b"")
    sent = False
    while True:
        data = peer.says() if sent or not peer.ready else peer.says(b"NICK a\r\n")
        sent = sent or peer.ready
        if not data:
            break
        while data:
            size = sizes.pop() if sizes else len(data)
            understood += server.receive(data[:size])
            data = data[size:]
        peer.hears(server.send(b""))
    assert understood == b"NICK a\r\n"


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03" + b"\xff" * 100, b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\x40\x01"]
)
def test_garbage_ends_it_with_an_alert(identity, garbage):
    server = identity.accept()
    assert server.receive(garbage) == b""
    assert server.ended is not None
    assert server.ended.startswith("TLS error")
    assert server.send(b"")[:2] == b"\x15\x03"
    assert server.receive(b"more") == b""


def test_a_record_that_was_tampered_with_ends_it(identity, tls_peer):
    server, peer = identity.accept(), tls_peer()
    shake_hands(peer, server)
    record = bytearray(peer.says(b"NICK a\r\n"))
    record[-1] ^= 1
    assert server.receive(bytes(record)) == b""
    assert server.ended is not None


def test_the_end_of_the_stream_is_told_and_heard(identity, tls_peer):
    server, peer = identity.accept(), tls_peer()
    shake_hands(peer, server)
    last = server.send(b"ERROR :bye\r\n") + server.finish()
    assert peer.hears(last) == b"ERROR :bye\r\n"
    assert peer.ssl.read(1) == b""
    with contextlib.suppress(ssl.SSLError):
        peer.ssl.unwrap()
    assert server.receive(peer.says()) == b""
    assert server.ended == "Connection closed"


# Our client


def meet(client: ClientTls, server) -> None:
    while said := client.send(b""):
        server.receive(said)
        client.receive(server.send(b""))


def test_our_client_refuses_a_certificate_that_nobody_vouches_for(identity):
    client, server = ClientTls("localhost", verify=True), identity.accept()
    meet(client, server)
    assert not client.ready
    assert client.untrusted == "self-signed certificate"


@pytest.mark.parametrize(
    ("name", "trusted"), [("localhost", True), ("127.0.0.1", True), ("chat.test", True), ("x.test", False)]
)
def test_our_client_trusts_what_the_system_trusts_for_that_name(identity, own_directory, monkeypatch, name, trusted):
    monkeypatch.setenv("SSL_CERT_FILE", str(own_directory / "certificate.pem"))
    client, server = ClientTls(name, verify=True), identity.accept()
    meet(client, server)
    assert client.ready is trusted
    assert (client.untrusted is None) is trusted


def test_our_client_knows_the_fingerprint(identity):
    client, server = ClientTls("x.test", verify=False), identity.accept()
    meet(client, server)
    assert client.fingerprint == identity.fingerprint
    assert server.receive(client.send(b"NICK a\r\n")) == b"NICK a\r\n"
    assert client.receive(server.send(b"PING x\r\n") + server.finish()) == b"PING x\r\n"
    assert client.ended == "Connection closed"
    assert client.finish() != b""


def test_our_client_ends_over_garbage(identity):
    client = ClientTls("localhost", verify=False)
    assert client.receive(b"HTTP/1.1 400 Bad Request\r\n\r\n") == b""
    assert client.ended == "TLS error: wrong version number"
