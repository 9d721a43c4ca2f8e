"""Sending mail through an SMTP server.

Spec: https://www.rfc-editor.org/rfc/rfc5321 and, for the way in, https://www.rfc-editor.org/rfc/rfc8314
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatkit.config import Mail
from chatkit.premises import read_password
from chatkit.proto.names import is_mail_address

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

USUAL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class MailError(Exception):
    """A message was not sent: one line that says why, without its text or a password."""


class Mailer:
    """Sends mail as the configuration says. From any number of threads; each message has a connection of its own."""

    def __init__(self, config: Mail, tls: ssl.SSLContext | None = None) -> None:
        """``tls`` says which certificates are believed, by default those of the system. Raises ConfigError."""
        self._config = config
        self._tls = tls
        self._port = config.port or USUAL_PORTS[config.security]
        self._password = read_password(config.password_file, "mail.password_file") or ""

    def send(self, to: str, subject: str, text: str) -> None:
        """Hand one message to the mail server. Blocks. Raises MailError."""
        if not self._config.host:
            raise MailError("no mail server is configured: set mail.host")
        if not is_mail_address(to):
            raise MailError(f"{to!r} is no mail address")
        with self._session() as server:
            server.send_message(self._compose(to, subject, text), self._config.sender, [to])

    def knock(self) -> None:
        """See whether the mail server lets us in. Blocks. Raises MailError."""
        with self._session():
            pass

    @contextlib.contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        import smtplib  # late, for a quick start

        try:
            with self._connect() as server:
                yield server
        except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a line break in a header
            raise MailError(f"the mail server {self._config.host} port {self._port}: {_reason(error)}") from error

    def _connect(self) -> smtplib.SMTP:
        import smtplib

        config, tls = self._config, self._tls
        if config.security != "none" and tls is None:
            tls = ssl.create_default_context()
        if config.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                config.host, self._port, timeout=config.timeout_seconds, context=tls
            )
        else:
            server = smtplib.SMTP(config.host, self._port, timeout=config.timeout_seconds)
        try:
            if config.security == "starttls":
                server.starttls(context=tls)
            if config.username:
                server.login(config.username, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _compose(self, to: str, subject: str, text: str) -> EmailMessage:
        from email.message import EmailMessage
        from email.utils import localtime, make_msgid

        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._config.sender, to, subject
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid(domain=self._config.sender.partition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # so that nobody's vacation notice comes back
        message.set_content(text)
        return message


def _reason(error: Exception) -> str:
    import smtplib

    match error:
        case smtplib.SMTPRecipientsRefused():
            ((code, words),) = error.recipients.values()
            return f"refuses the address: {code} {_one_line(words)}"
        case smtplib.SMTPResponseException():
            return f"refuses: {error.smtp_code} {_one_line(error.smtp_error)}"
        case UnicodeError():  # its own words would quote the password
            return "the log-in there may have ASCII characters only"
        case OSError():
            return _one_line(error.strerror or str(error))
        case _:
            return _one_line(str(error))


def _one_line(words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join(text.split())
