"""The server's certificate: its own, or one from files; what is wrong with them is one line that names key and file."""

from __future__ import annotations

import datetime
import stat
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from chatkit.config import Config, ConfigError
from chatkit.net.transport.identity import load_identity


def config(directory: Path, **tls: str) -> Config:
    return msgspec.convert({"data": str(directory), "name": "chat.test", "host": "192.0.2.7", "tls": tls}, Config)


def own(directory: Path) -> tuple[str, str]:
    """Certificate and key of another identity."""
    directory.mkdir()
    load_identity(config(directory))
    return str(directory / "certificate.pem"), str(directory / "certificate.key")


@pytest.mark.smoke
def test_the_first_start_makes_a_certificate_that_later_ones_keep(tmp_path):
    first = load_identity(config(tmp_path))
    assert stat.S_IMODE((tmp_path / "certificate.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "certificate.pem").stat().st_mode) == 0o600
    assert load_identity(config(tmp_path)).fingerprint == first.fingerprint
    assert (first.expires.year - x509.load_pem_x509_certificate(
        (tmp_path / "certificate.pem").read_bytes()).not_valid_before_utc.year) in (9, 10)  # fmt: skip


def test_it_stands_for_every_name_of_this_machine(tmp_path):
    load_identity(config(tmp_path))
    certificate = x509.load_pem_x509_certificate((tmp_path / "certificate.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"chat.test", "localhost"} <= set(names.get_values_for_type(x509.DNSName))
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert {"127.0.0.1", "::1", "192.0.2.7"} <= addresses
    assert isinstance(certificate.public_key().curve, ec.SECP256R1)


def test_off_means_none(tmp_path):
    assert load_identity(config(tmp_path, mode="off")) is None
    assert list(tmp_path.iterdir()) == []


def test_key_and_certificate_may_share_a_file(tmp_path):
    certificate, key = own(tmp_path / "a")
    both = tmp_path / "both.pem"
    both.write_bytes(Path(key).read_bytes() + Path(certificate).read_bytes())
    assert load_identity(config(tmp_path, certificate=str(both))).fingerprint


@pytest.mark.smoke
def test_reloading_shows_the_new_one_and_a_bad_one_changes_nothing(tmp_path, tls_peer):
    certificate, key = own(tmp_path / "a")
    new_certificate, new_key = own(tmp_path / "b")
    identity = load_identity(config(tmp_path, certificate=certificate, key=key))
    before = identity.fingerprint
    Path(certificate).write_bytes(Path(new_certificate).read_bytes())
    with pytest.raises(ConfigError):
        identity.reload()
    assert identity.fingerprint == before
    Path(key).write_bytes(Path(new_key).read_bytes())
    identity.reload()
    assert identity.fingerprint != before


def certificate_of(directory: Path, private, public=None, days: int = 1) -> tuple[str, str]:
    """Certificate and key files for any kind of key."""
    directory.mkdir()
    name = x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        .public_key(public or private.public_key())
        .not_valid_before(now - datetime.timedelta(days=9)).not_valid_after(now + datetime.timedelta(days=days))
        .sign(ec.generate_private_key(ec.SECP256R1()) if public else private, hashes.SHA256())
    )  # fmt: skip
    certificate, key = directory / "cert", directory / "key"
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    key.write_bytes((private).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(certificate), str(key)


def test_one_that_has_expired_is_shown_all_the_same_and_warned_of(tmp_path, caplog):
    certificate, key = certificate_of(tmp_path / "old", ec.generate_private_key(ec.SECP256R1()), days=-1)
    assert load_identity(config(tmp_path, certificate=certificate, key=key))
    assert f"tls.certificate: {certificate} has expired" in caplog.text


def test_a_key_that_is_none_for_tls_is_named(tmp_path):
    private = x25519.X25519PrivateKey.generate()
    certificate, key = certificate_of(tmp_path / "odd", private, private.public_key())
    with pytest.raises(ConfigError, match=f"tls.certificate: {certificate} is none for TLS: "):
        load_identity(config(tmp_path, certificate=certificate, key=key))


def test_what_is_wrong_is_named(tmp_path):
    certificate, key = own(tmp_path / "a")
    _, other_key = own(tmp_path / "b")
    text = tmp_path / "text"
    text.write_text("hello")
    locked = tmp_path / "locked"
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
        )
    )
    wrong = {
        (str(tmp_path / "nowhere"), key): f"tls.certificate: cannot read {tmp_path}/nowhere: No such file or directory",
        (certificate, str(tmp_path)): f"tls.key: cannot read {tmp_path}: Is a directory",
        (str(text), key): f"tls.certificate: {text} holds no certificate in PEM format",
        (certificate, str(text)): f"tls.key: {text} holds no private key in PEM format",
        (certificate, ""): f"tls.key: {certificate} holds no private key in PEM format",
        (certificate, str(locked)): f"tls.key: {locked} is locked with a passphrase; store it without one, mode 0600",
        (certificate, other_key): f"tls.key: {other_key} is not the key of {certificate}",
    }
    for (its_certificate, its_key), words in wrong.items():
        with pytest.raises(ConfigError) as caught:
            load_identity(config(tmp_path, certificate=its_certificate, key=its_key))
        assert str(caught.value) == words
