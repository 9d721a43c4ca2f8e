"""The server's certificate: read from files, or made by ourselves on the first start."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import socket
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL

from chatkit.config import Config, ConfigError
from chatkit.net.transport.tls import ServerTls, make_context, reason_of
from chatkit.proto.addresses import parse_address

if TYPE_CHECKING:
    from OpenSSL.crypto import _PrivateKey

log = logging.getLogger("chatkit.net")

CERTIFICATE_NAME, KEY_NAME = "certificate.pem", "certificate.key"
YEARS = 10  # that a certificate of our own is good for: clients pin it, and nobody renews it


class Identity:
    """The certificate that clients are shown. ``reload`` may be called from any thread, at any time."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self.reload()

    def reload(self) -> None:
        """Read the files again: who connects from now on gets the new certificate. Raises ConfigError, and changes
        nothing, if they are not good."""
        certificate, its_key = self._files
        chain, key = _read_certificates(certificate), _read_key(its_key)
        if key.public_key() != chain[0].public_key():
            raise ConfigError(f"tls.key: {its_key} is not the key of {certificate}")
        try:
            self._context = make_context(chain, key)
        except (SSL.Error, TypeError) as error:  # TypeError: a kind of key that TLS has no use for
            raise ConfigError(f"tls.certificate: {certificate} is none for TLS: {_why(error)}") from error
        self.expires = chain[0].not_valid_after_utc
        if self.expires < datetime.datetime.now(datetime.UTC):
            log.warning("tls.certificate: %s has expired, on %s; clients will refuse it", certificate, self.expires)
        self.fingerprint = sha256(chain[0].public_bytes(Encoding.DER)).hexdigest()

    def accept(self) -> ServerTls:
        """The TLS of a new client."""
        return ServerTls(self._context)


def load_identity(config: Config) -> Identity | None:
    """What ``config`` says of TLS, or None where it is off. Makes a certificate if need be. Raises ConfigError."""
    tls = config.tls
    if tls.mode == "off":
        return None
    if tls.certificate:
        return Identity(Path(tls.certificate), Path(tls.key or tls.certificate))
    certificate, key = config.data_dir / CERTIFICATE_NAME, config.data_dir / KEY_NAME
    if not (certificate.exists() and key.exists()):
        _make(config, certificate, key)
    return Identity(certificate, key)


def _why(error: Exception) -> str:
    return reason_of(error) if isinstance(error, SSL.Error) else str(error)


def _read(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{key}: cannot read {path}: {error.strerror}") from error


def _read_certificates(path: Path) -> list[x509.Certificate]:
    data = _read(path, "tls.certificate")
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise ConfigError(f"tls.certificate: {path} holds no certificate in PEM format") from error


def _read_key(path: Path) -> _PrivateKey:
    data = _read(path, "tls.key")
    try:
        return load_pem_private_key(data, None)  # type: ignore[return-value]  # of the kinds that no TLS knows: see reload
    except TypeError as error:
        raise ConfigError(f"tls.key: {path} is locked with a passphrase; store it without one, mode 0600") from error
    except ValueError as error:
        raise ConfigError(f"tls.key: {path} holds no private key in PEM format") from error


# A certificate of our own.


def _make(config: Config, certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    signed = _sign(config, private)
    _write(key, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _write(certificate, signed.public_bytes(Encoding.PEM))


def _sign(config: Config, private: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, config.name)])
    now = datetime.datetime.now(datetime.UTC)
    public = private.public_key()
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # for clients whose clocks are late
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName(_names(config)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)  # so it can be its own authority
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(private, hashes.SHA256())
    )


def _names(config: Config) -> list[x509.GeneralName]:
    """All that clients may call this machine by."""
    found = [config.name, "localhost", "127.0.0.1", "::1", config.host, socket.gethostname(), *_own_addresses()]
    return [_general_name(text) for text in dict.fromkeys(found) if _is_usable(text)]


def _own_addresses() -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None)]
    except OSError:
        return []


def _is_usable(text: str) -> bool:
    address = parse_address(text)
    return bool(text) and text.isascii() and (address is None or not address.is_unspecified)


def _general_name(text: str) -> x509.GeneralName:
    address = parse_address(text)
    return x509.DNSName(text) if address is None else x509.IPAddress(ipaddress.ip_address(str(address)))


def _write(path: Path, data: bytes) -> None:
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise ConfigError(f"cannot write the certificate {path}: {error.strerror}; is the disk full?") from error
