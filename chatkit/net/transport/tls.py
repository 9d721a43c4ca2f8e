"""The server's side of TLS, from bytes to bytes.

By pyOpenSSL, because a client certificate has to be asked for and taken from whoever issued it: what identifies a
client is the certificate's fingerprint. The standard library's ``ssl`` can only ask for those that an authority signed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from OpenSSL.crypto import _PrivateKey

PIECE = 1 << 14  # bytes: what one record holds
OUTPUT_PIECE = 1 << 16


def make_context(chain: Sequence[Certificate], key: _PrivateKey) -> SSL.Context:
    """A context for the server that shows ``chain``, its own certificate first. Raises SSL.Error if they don't fit."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_RENEGOTIATION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # an idle client is to cost little
    context.set_session_id(b"chatkit")  # needed by whoever resumes a session and shows certificates
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_verify(SSL.VERIFY_PEER, _accept_any)
    context.use_certificate(chain[0])
    for issuer in chain[1:]:
        context.add_extra_chain_cert(issuer)
    context.use_privatekey(key)
    context.check_privatekey()
    return context


def _accept_any(connection: SSL.Connection, certificate: object, error: int, depth: int, ok: int) -> bool:
    return True


class ServerTls:
    """One client's TLS. Spec: https://www.rfc-editor.org/rfc/rfc8446"""

    def __init__(self, context: SSL.Context) -> None:
        self.ready = False
        self.ended: str | None = None
        self.certfp: str | None = None  # known once it is ready
        self._ssl = SSL.Connection(context, None)
        self._ssl.set_accept_state()

    def receive(self, data: bytes) -> bytes:
        if self.ended is not None or not data:
            return b""
        self._ssl.bio_write(data)
        try:
            if not self.ready:
                self._ssl.do_handshake()
                self.ready = True
                self.certfp = self._fingerprint()
            return self._read()
        except SSL.WantReadError:
            return b""
        except SSL.Error as error:
            self.ended = reason_of(error)
            return b""

    def _read(self) -> bytes:
        found = []
        try:
            while True:
                found.append(self._ssl.recv(PIECE))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.ended = "Connection closed"
        except SSL.Error as error:
            self.ended = reason_of(error)
        return b"".join(found)

    def _fingerprint(self) -> str | None:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        return None if certificate is None else sha256(certificate.public_bytes(Encoding.DER)).hexdigest()

    def send(self, data: bytes) -> bytes:
        if data and self.ready:
            try:
                self._ssl.sendall(data)
            except SSL.Error as error:
                self.ended = self.ended or reason_of(error)
        return self._output()

    def _output(self) -> bytes:
        found = []
        with contextlib.suppress(SSL.WantReadError):
            while True:
                found.append(self._ssl.bio_read(OUTPUT_PIECE))
        return b"".join(found)

    def finish(self) -> bytes:
        if self.ready:
            with contextlib.suppress(SSL.Error):
                self._ssl.shutdown()
        return self._output()


def reason_of(error: SSL.Error) -> str:
    """What OpenSSL says, in a few words."""
    # Its arguments are a list of (library, function, reason).
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return f"TLS error: {reasons[0][-1]}" if reasons and reasons[0][-1] else "TLS error"
