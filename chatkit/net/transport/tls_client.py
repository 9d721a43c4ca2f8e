"""The client's side of TLS, from bytes to bytes."""

from __future__ import annotations

import contextlib
import ssl
from hashlib import sha256

PIECE = 1 << 14  # bytes


class OwnCertificateError(Exception):
    """The user's own certificate can't be used. The text is a sentence without its capital and full stop."""


class ClientTls:
    """A connection to ``host``, whose certificate the system must trust, or ``verify`` is False.

    ``certificate`` is a file with one's own certificate and its key, to be known by. ``untrusted`` says what is wrong
    with the server's, where that ended the handshake.
    Spec: https://www.rfc-editor.org/rfc/rfc8446
    """

    def __init__(self, host: str, *, verify: bool, certificate: str = "") -> None:
        """Raises OwnCertificateError where ``certificate`` can't be used."""
        self.ready = False
        self.ended: str | None = None
        self.untrusted: str | None = None
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = _context(verify, certificate).wrap_bio(self._in, self._out, server_hostname=host)
        self._go_on()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the server's certificate, in hexadecimal; once it is ready."""
        return sha256(self._ssl.getpeercert(binary_form=True) or b"").hexdigest()

    def receive(self, data: bytes) -> bytes:
        self._in.write(data)
        self._go_on()
        return self._read() if self.ready and self.ended is None else b""

    def _go_on(self) -> None:
        if self.ready or self.ended is not None:
            return
        try:
            self._ssl.do_handshake()
            self.ready = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            self.ended = self.untrusted = error.verify_message
        except ssl.SSLError as error:
            self.ended = _reason(error)

    def _read(self) -> bytes:
        found = []
        try:
            while data := self._ssl.read(PIECE):
                found.append(data)
            self.ended = "Connection closed"
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = "Connection closed"
        except ssl.SSLError as error:
            self.ended = _reason(error)
        return b"".join(found)

    def send(self, data: bytes) -> bytes:
        if data and self.ready:
            self._ssl.write(data)
        return self._out.read()

    def finish(self) -> bytes:
        if self.ready:
            with contextlib.suppress(ssl.SSLError):  # it would like to wait for the other side's good-bye
                self._ssl.unwrap()
        return self._out.read()


def _context(verify: bool, certificate: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        _show(context, certificate)
    return context


def _show(context: ssl.SSLContext, certificate: str) -> None:
    def no_password() -> str:
        raise OwnCertificateError(f"the key in {certificate} is locked with a password: use one that isn't")

    try:
        context.load_cert_chain(certificate, password=no_password)
    except ssl.SSLError as error:
        raise OwnCertificateError(f"{certificate} is no certificate with its key, in PEM") from error
    except OSError as error:
        raise OwnCertificateError(f"{certificate} can't be read: {error.strerror}") from error


def _reason(error: ssl.SSLError) -> str:
    return f"TLS error: {(error.reason or 'broken').lower().replace('_', ' ')}"
