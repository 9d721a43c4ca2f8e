"""Mail through a real SMTP server on this machine."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import ssl
import subprocess
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from chatkit.config import Mail
from chatkit.workers.mail import Mailer, MailError

SENDER = "chat@example.org"


class Mailbox:
    """What the server took: the envelope's sender and recipients, and the message."""

    def __init__(self) -> None:
        self.envelopes = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's name
        if address.startswith("nobody"):
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def message(self):
        """The only message that came."""
        (envelope,) = self.envelopes
        return email.message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=email.policy.default)


class Server(Controller):
    """On a port that the system chose, on a thread that ``stop`` ends; ``tls``: encrypted from the first byte."""

    def __init__(self, mailbox: Mailbox, tls: ssl.SSLContext | None = None, **options) -> None:
        self._sock = socket.create_server(("127.0.0.1", 0))
        port = self._sock.getsockname()[1]
        super().__init__(mailbox, "127.0.0.1", port, ssl_context=tls, enable_SMTPUTF8=True, **options)

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._sock, ssl=self.ssl_context)


def only_bob(server, session, envelope, mechanism, login) -> AuthResult:
    assert isinstance(login, LoginPassword)
    return AuthResult(success=(login.login, login.password) == (b"bob", b"secret"), handled=False)


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def serve(mailbox) -> Iterator:
    """Start a server; returns the port."""
    with contextlib.ExitStack() as stack:

        def serve(**options) -> int:
            server = Server(mailbox, **options)
            server.start()
            stack.callback(server.stop)
            return server.port

        yield serve


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1: the server's context and one that believes it."""
    directory = tmp_path_factory.mktemp("tls")
    key, chain = str(directory / "key.pem"), str(directory / "chain.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {chain}"
    subprocess.run(command.split(), check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    return server, ssl.create_default_context(cafile=chain)


def mailer(port: int, tls: ssl.SSLContext | None = None, **settings) -> Mailer:
    config = Mail(**{"host": "127.0.0.1", "port": port, "security": "none", "sender": SENDER} | settings)
    return Mailer(config, tls)


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text("secret\n")
    return str(path)


@pytest.mark.smoke
def test_a_message_arrives(serve, mailbox):
    mailer(serve()).send("bob@example.org", "Your code", "It is 123.\n")
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["bob@example.org"])
    message = mailbox.message()
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, "bob@example.org", "Your code")
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime is not None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content() == "It is 123.\n"


def test_text_and_subject_may_be_in_any_script(serve, mailbox):
    mailer(serve()).send("bob@example.org", "Grüße 🎉", "Ваш код: 123\n.\nпока\n")
    assert mailbox.message()["Subject"] == "Grüße 🎉"
    assert mailbox.message().get_content() == "Ваш код: 123\n.\nпока\n"


def test_an_address_may_be_in_any_script(serve, mailbox):
    mailer(serve()).send("борис@example.org", "Code", "123\n")
    assert mailbox.envelopes[0].rcpt_tos == ["борис@example.org"]


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: eve@example.org", "Hi\nBcc: eve@example.org", "Hi\rBcc: eve"])
def test_a_subject_adds_no_header(serve, mailbox, subject):
    with pytest.raises(MailError):
        mailer(serve()).send("bob@example.org", subject, "text")
    assert mailbox.envelopes == []


@pytest.mark.parametrize(
    "to",
    ["bob@example.org\r\nBcc: eve@example.org", "bob@example.org, eve@example.org",
     "bob@example.org>\r\nRCPT TO:<eve@b", "Bob <bob@example.org>", "bob", ""],
)  # fmt: skip
def test_mail_goes_to_one_plain_address(serve, mailbox, to):
    with pytest.raises(MailError, match="is no mail address"):
        mailer(serve()).send(to, "Code", "text")
    assert mailbox.envelopes == []


def test_a_text_adds_no_header_and_ends_no_message(serve, mailbox):
    text = "Bcc: eve@example.org\n\n.\nRCPT TO:<eve@example.org>\n"
    mailer(serve()).send("bob@example.org", "Code", text)
    assert mailbox.message().get_content() == text
    assert mailbox.message()["Bcc"] is None


def test_the_way_is_encrypted_with_starttls(serve, mailbox, certificate, password_file):
    server, client = certificate
    port = serve(tls_context=server, require_starttls=True, auth_required=True, authenticator=only_bob)
    settings = {"security": "starttls", "username": "bob", "password_file": password_file}
    mailer(port, client, **settings).send("bob@example.org", "Code", "123\n")
    assert mailbox.message()["Subject"] == "Code"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it knows STARTTLS only
def test_the_way_is_encrypted_from_the_first_byte(serve, mailbox, certificate, password_file):
    server, client = certificate
    port = serve(tls=server, auth_require_tls=False, auth_required=True, authenticator=only_bob)
    settings = {"security": "tls", "username": "bob", "password_file": password_file}
    mailer(port, client, **settings).send("bob@example.org", "Code", "123\n")
    assert mailbox.message()["Subject"] == "Code"


def test_a_wrong_password_is_told_without_it(serve, certificate, password_file):
    server, client = certificate
    port = serve(tls_context=server, auth_required=True, authenticator=only_bob)
    sender = mailer(port, client, security="starttls", username="eve", password_file=password_file)
    with pytest.raises(MailError, match=rf"127\.0\.0\.1 port {port}: refuses: 535") as caught:
        sender.send("bob@example.org", "Code", "text")
    assert "secret" not in str(caught.value)


def test_a_password_that_smtp_cannot_carry_is_told_without_it(serve, certificate, tmp_path):
    server, client = certificate
    path = tmp_path / "password"
    path.write_text("sécret", "utf-8")
    port = serve(tls_context=server, auth_required=True, authenticator=only_bob)
    sender = mailer(port, client, security="starttls", username="bob", password_file=str(path))
    with pytest.raises(MailError, match="ASCII characters only") as caught:
        sender.send("bob@example.org", "Code", "text")
    assert "é" not in str(caught.value)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(serve, mailbox, certificate, security):
    server, _ = certificate
    port = serve(tls_context=server) if security == "starttls" else serve(tls=server)
    with pytest.raises(MailError, match=r"(?i)certificate verify failed"):
        mailer(port, security=security).send("bob@example.org", "Code", "text")
    assert mailbox.envelopes == []


def test_a_server_without_starttls_gets_nothing(serve, mailbox):
    with pytest.raises(MailError, match="STARTTLS"):
        mailer(serve(), security="starttls").send("bob@example.org", "Code", "text")
    assert mailbox.envelopes == []


def test_an_address_that_the_server_refuses_is_told(serve):
    with pytest.raises(MailError, match=r"refuses the address: 550 5\.1\.1 No such user here"):
        mailer(serve()).send("nobody@example.org", "Code", "text")


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailError, match="timed out"):
        mailer(silent.getsockname()[1], timeout_seconds=0.05).send("bob@example.org", "Code", "text")


def test_a_server_that_is_not_there_is_named():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(MailError, match=rf"^the mail server 127\.0\.0\.1 port {port}: Connection refused$"):
        mailer(port).send("bob@example.org", "Code", "text")


def test_without_a_server_no_mail_is_sent():
    with pytest.raises(MailError, match=r"set mail\.host"):
        Mailer(Mail()).send("bob@example.org", "Code", "text")
