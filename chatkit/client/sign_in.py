"""Logging in to an account, and making one.

Specs: https://ircv3.net/specs/extensions/sasl-3.2 and https://ircv3.net/specs/extensions/account-registration
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatkit.client import events, words
from chatkit.client.forms import Field, Form
from chatkit.client.incoming.registration import end_negotiation
from chatkit.client.model import Room
from chatkit.client.talk import sender
from chatkit.proto import numerics as n
from chatkit.proto import sasl
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message
from chatkit.proto.scram import ScramClient

if TYPE_CHECKING:
    from chatkit.client.core import Core

TIMEOUT = 20.0  # seconds for the whole exchange
PARTING = 5.0  # seconds within which a service answers that somebody is logged out
MAX_ITERATIONS = 300_000  # of SCRAM: 0.15 seconds, in which nothing else is done
SERVICE = "NickServ"  # whom to tell on networks without the capabilities
MY_NICK = NO_EMAIL = "*"  # as parameters of REGISTER
CHECKING = 2  # answers of SCRAM before the server's signature comes
REFUSED_PROOF = "ZT"  # base64 of "e=…": SCRAM's own word for a wrong password
_ITERATIONS = re.compile(rb"(?:^|,)i=([0-9]{1,12})")


class SignIn:
    """Owned by a core, and used by its thread. What it does until it is done holds registration up."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.account = core.options.account
        self.secret: str | None = core.options.secret  # the account's password
        self._is_typed = False  # whether the user has given it since the program began
        self._mechanisms: list[str] = []  # to try: the first is under way
        self._there: list[str] = []  # the server's; empty where it does not say
        self._step = 0  # answers that were given
        self._scram: ScramClient | None = None
        self._pieces = sasl.Assembler()
        self._deadline: float | None = None  # None: nothing is under way
        self._is_in = False  # whether this connection is a log-in's
        self._is_guest = False  # whether the user has logged out, and wants to be nobody on the next connection too
        self._logged_out_by: float | None = None  # when the service has had time enough to log the user out
        self.told: set[str] = set()  # what the service was told that has not come back
        self._refusal: str | None = None
        self._registering: tuple[str, str] | None = None  # the account and the password that are to be made

    # Logging in.

    def found(self, kept: str | None) -> None:
        """A connection begins, for which the password ``kept`` was found. One that the user has given goes before."""
        if kept is not None and not self._is_typed:
            self.secret = kept

    def begin(self, *, again: bool = False) -> bool:
        """The capabilities are agreed on: log in, where there is something to log in with. Returns whether that is
        under way, so that registration has to wait for it. ``again``: even where the user is logged in already."""
        if self._deadline is not None:
            return True
        if self._core.chat.account and not again:
            return False
        wanted = self._wanted()
        if not wanted:
            return self._core.session.negotiating and self.shuns_being_a_guest()
        if "sasl" not in self._core.session.enabled:
            return self._do_without(words.NO_LOG_IN_THERE)
        offered = self._core.session.values.get("sasl", "")
        self._there = offered.split(",") if offered else []
        self._mechanisms = [name for name in wanted if not offered or name in self._there]
        return self._try_next()

    def _wanted(self) -> list[str]:
        """The mechanisms that could be used, the best first."""
        options, is_safe = self._core.options, self._core.chat.security != ""
        if self._is_guest or not (self.account or options.certificate):
            return []
        if options.mechanism:
            chosen = options.mechanism.upper()
            can = chosen == sasl.EXTERNAL or (self.secret is not None and (is_safe or chosen != sasl.PLAIN))
            return [chosen] if can else []
        if self.secret is None:
            return [sasl.EXTERNAL] if options.certificate else []
        return [sasl.SCRAM_SHA_256, sasl.PLAIN] if is_safe else [sasl.SCRAM_SHA_256]

    def _try_next(self) -> bool:
        """Begin with the first mechanism that is left. Returns whether there is one, or whether all ends here."""
        while self._mechanisms:
            try:
                self._scram = self._make_scram()
            except sasl.SaslError:  # the password has characters that SCRAM knows no way for
                del self._mechanisms[0]
            else:
                self._pieces, self._step = sasl.Assembler(), 0
                self._deadline = self._core.now + TIMEOUT
                self._core.send("AUTHENTICATE", self._mechanisms[0])
                return True
        return self._do_without(words.NO_SAFE_LOG_IN)

    def _make_scram(self) -> ScramClient | None:
        return ScramClient(self.account, self.secret or "") if self._mechanisms[0] == sasl.SCRAM_SHA_256 else None

    def _do_without(self, why: str) -> bool:
        """There is no logging in. Returns whether that is the end of the connection."""
        self._deadline = None
        if self._core.options.sasl_required:
            self._core.stay_away(words.sentence(f"{why}, and {words.NO_GUEST}"))
            return True
        self._core.note(self._core.chat.server, "info", words.sentence(f"{why}, so {words.SO_A_GUEST}"))
        return False

    def shuns_being_a_guest(self) -> bool:
        """Whether nobody is logged in where the user is to be no guest: then that is the end of the connection."""
        if self._is_in or not self._core.options.sasl_required:
            return False
        unsafe = f"{words.NO_SAFE_LOG_IN}, and {words.NO_GUEST}"
        self._fail(words.nothing_to_log_in_with(self.account) if self.secret is None else unsafe)
        return True

    def authenticate(self, param: str) -> None:
        """AUTHENTICATE <param> came: a piece of what the mechanism says."""
        if self._deadline is None:
            return
        try:
            data = self._pieces.add(param)
            if data is None:
                return
            answer = self._respond(data)
        except sasl.SaslError:
            self._core.send("AUTHENTICATE", sasl.ABORT)
            if self._step == CHECKING and not param.startswith(REFUSED_PROOF):
                self._refuse_server()
            else:
                self._fail(words.LOG_IN_GARBLED)
            return
        self._step += 1
        for piece in sasl.chunks(answer):
            self._core.send("AUTHENTICATE", piece)

    def _respond(self, data: bytes) -> bytes:
        if self._scram is not None:
            iterations = _ITERATIONS.search(data)
            if iterations is not None and int(iterations[1]) > MAX_ITERATIONS:
                raise sasl.SaslError(f"the server asks for more than {MAX_ITERATIONS} iterations")
            return self._scram.respond(data)
        if self._mechanisms[0] == sasl.EXTERNAL:
            return sasl.format_external()
        return sasl.format_plain(self.account, self.secret or "")

    def answered(self, msg: Message) -> None:
        """900 to 908: how it goes."""
        if msg.command in (n.RPL_LOGGEDIN, n.RPL_LOGGEDOUT):
            self._is_in = msg.command == n.RPL_LOGGEDIN
            self._core.set_account(plain(msg.param(2)) if self._is_in else "")
            if self._core.session.welcomed:
                self._core.tell(words.fill(words.ANSWERS[msg.command], msg))
        elif msg.command == n.RPL_SASLMECHS:
            self._there = msg.param(1).split(",")
        elif self._deadline is not None:
            self._finish(msg)

    def _finish(self, msg: Message) -> None:
        if msg.command in (n.RPL_SASLSUCCESS, n.ERR_SASLALREADY):
            self._succeed()
        elif msg.command == n.ERR_SASLFAIL and self._there and self._mechanisms[0] not in self._there:
            self._mechanisms = [name for name in self._mechanisms if name in self._there]
            if not self._try_next():
                end_negotiation(self._core)
        else:
            self._fail(words.log_in_refused(self.account, msg))

    def _succeed(self) -> None:
        if self._scram is not None and not self._scram.done:
            self._refuse_server()
            return
        self._deadline, self._is_in = None, True
        self._core.set_account(self._core.chat.account or self.account)
        end_negotiation(self._core)

    def _refuse_server(self) -> None:
        """It says that the password is right, and does not know it: it is somebody else."""
        self._deadline = None
        self._core.stay_away(words.sentence(words.SERVER_NOT_PROVEN))

    def _fail(self, why: str) -> None:
        self._deadline = None
        self._refusal = words.sentence(why)
        if self._core.options.sasl_required:
            self._core.stay_away(self._refusal)
            return
        where = self._core.chat.focus if self._core.session.welcomed else self._core.chat.server
        self._core.note(where, "error", self._refusal)
        end_negotiation(self._core)

    def take_refusal(self) -> str | None:
        """Why the log-in failed, as a sentence, if it did since this was asked last."""
        refusal, self._refusal = self._refusal, None
        return refusal

    def log_in(self, account: str, password: str) -> None:
        """Log in now, as the user asks, and whenever there is a new connection."""
        self.account, self.secret, self._is_guest, self._is_typed = account, password, False, True
        session = self._core.session
        if not session.registered:
            self._core.reconnect()
        elif "sasl" in session.enabled:
            self.begin(again=True)
        elif self._is_private():
            self._tell_service(f"IDENTIFY {account} {password}")

    # Logging out.

    def log_out(self) -> None:
        """Be a guest, now and on new connections. IRC has no command for it: the service is told."""
        core = self._core
        self.account, self.secret, self._is_guest = "", None, True
        if not core.session.registered:
            core.tell(words.GUEST_FROM_NOW_ON)
        elif not core.chat.account:
            core.tell(words.NOT_LOGGED_IN)
        else:
            self._tell_service("LOGOUT")
            self._logged_out_by = core.now + PARTING

    def no_service(self, nick: str) -> bool:
        """There is nobody called ``nick``. Returns whether that was to log the user out."""
        if self._logged_out_by is None or nick.lower() != SERVICE.lower():
            return False
        self._stay_logged_in()
        return True

    def _stay_logged_in(self) -> None:
        """The service has had its time."""
        self._logged_out_by = None
        if self._core.chat.account:
            self._core.tell(words.CANT_LOG_OUT, "error")

    # Making an account.

    def register(self, account: str, email: str, password: str) -> None:
        """Make an account; an empty ``account`` is the user's nick."""
        core = self._core
        if not core.session.registered:
            core.tell(words.NOT_CONNECTED, "error")
        elif " " in account + email:
            core.tell(words.sentence(words.BAD_ACCOUNT), "error")
        elif self._is_private():
            self._registering = (account or core.chat.nick, password)
            if "draft/account-registration" in core.session.enabled:
                core.send("REGISTER", account or MY_NICK, email or NO_EMAIL, password)
            else:
                self._tell_service(f"REGISTER {password} {email}".rstrip())

    def _is_private(self) -> bool:
        """Whether a password may go over this connection; if not, it is said."""
        if self._core.chat.security == "":
            self._core.tell(words.sentence(words.NO_SAFE_LOG_IN), "error")
        return self._core.chat.security != ""

    def verify(self, account: str, code: str) -> None:
        """Give the code that came by mail."""
        if self._core.session.registered and code and " " not in account + code:
            self._core.send("VERIFY", account or self._core.chat.nick, code)

    def registered(self, outcome: str, account: str, said: str) -> None:
        """REGISTER and VERIFY: it went well."""
        self._core.tell(words.sentence(said))
        if outcome == "VERIFICATION_REQUIRED":
            self._ask_code(account)
            return
        if self._registering is not None:
            self.account, self.secret, self._is_typed = account, self._registering[1], True
            self._registering = None
        self._core.set_account(account)

    def not_registered(self, code: str, said: str) -> None:
        """FAIL REGISTER and FAIL VERIFY."""
        self._core.tell(words.sentence(words.ACCOUNT_REFUSALS.get(code, said)), "error")

    def _ask_code(self, account: str) -> None:
        def submit(values: dict[str, str]) -> Form | None:
            self.verify(account, values["code"].strip())
            return None

        title, text = words.VERIFY_TITLE, words.verify_text(account)
        self._core.emit(events.FormWanted(Form(title, text, "Confirm", submit, (Field("code", "Code"),))))

    def _tell_service(self, text: str) -> None:
        self._core.send("PRIVMSG", SERVICE, text)
        if self._core.session.has_echo:
            self.told.add(text)

    def came_back(self, msg: Message) -> bool:
        """Whether that is the echo of what the service was told, which is no talk that the user has begun."""
        is_own = msg.param(0).lower() == SERVICE.lower() and self._core.is_me(sender(msg))
        if not is_own or msg.param(1) not in self.told:
            return False
        self.told.remove(msg.param(1))
        return True

    # As a part of the core.

    def forget(self, room: Room) -> None:
        """Nothing of it is about rooms."""

    def connection_lost(self) -> None:
        """Nothing is under way any more, and nobody is logged in."""
        self._deadline, self._logged_out_by, self._is_in = None, None, False
        self.told.clear()
        self._core.set_account("")

    def advance(self, now: float) -> None:
        """What is not answered is not waited for any longer."""
        if self._logged_out_by is not None and now >= self._logged_out_by:
            self._stay_logged_in()
        if self._deadline is not None and now >= self._deadline:
            self._fail(words.LOG_IN_UNANSWERED)

    def deadline(self) -> float | None:
        """When ``advance`` has something to do."""
        return min(filter(None, (self._deadline, self._logged_out_by)), default=None)
