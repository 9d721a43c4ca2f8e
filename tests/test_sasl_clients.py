"""Foreign clients that log in: WeeChat with each mechanism, and a bot that knows PASS alone."""

from __future__ import annotations

import hashlib
import ssl
import subprocess

import pytest

from tests.foreign import PASSPHRASE, account_of, make_account, running
from tests.sockets import RawClient


@pytest.fixture
def server(tmp_path):
    with running(tmp_path) as server:
        make_account(server, "alice")
        yield server


@pytest.fixture
def certificate(tmp_path, server, needs):
    """A file with a certificate, which is on alice's list, and its key."""
    file = tmp_path / "client.pem"
    command = [needs("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=alice", "-days", "2"]
    subprocess.run([*command, "-keyout", file, "-out", tmp_path / "crt"], check=True, capture_output=True)
    pem = (tmp_path / "crt").read_text()
    file.write_text(file.read_text() + pem)
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    server.act(lambda ircd, now: _trust(ircd, fingerprint))
    return file


def _trust(ircd, fingerprint: str) -> None:
    account = ircd.accounts.find("alice")
    account.fingerprints.append(fingerprint)
    ircd.accounts.by_fingerprint[fingerprint] = account


@pytest.mark.timeout(90)
@pytest.mark.parametrize("mechanism", ["plain", "scram-sha-256", "external"])
def test_weechat_logs_in(server, certificate, needs, tmp_path, mechanism):
    by_certificate = mechanism == "external"
    commands = [
        f"/server add test 127.0.0.1/{server.port}" + (" -ssl" if by_certificate else ""),
        "/set irc.server.test.ssl_verify off",
        f"/set irc.server.test.ssl_cert {certificate if by_certificate else ''}",
        "/set irc.server.test.nicks alice",
        f"/set irc.server.test.sasl_mechanism {mechanism}",
        "/set irc.server.test.sasl_username alice",
        f"/set irc.server.test.sasl_password {PASSPHRASE}",
        "/connect test",
    ]
    words = [word for command in commands for word in ("-r", command)]
    process = subprocess.Popen(
        [needs("weechat-headless"), "-d", tmp_path / "weechat", *words], stdout=subprocess.DEVNULL
    )
    try:
        assert account_of(server, "alice") == "alice"
    finally:
        process.terminate()
        process.wait()


def test_a_client_that_knows_no_sasl_logs_in_with_pass(server):
    with RawClient(server.port) as client:
        client.send(f"PASS alice:{PASSPHRASE}", "NICK alice", "USER alice 0 * :Alice")
        assert account_of(server, "alice") == "alice"
