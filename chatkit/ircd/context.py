"""What a handler works with: who speaks, what may be refused, and the ways to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from chatkit.ircd import apply
from chatkit.ircd.clock import Moment
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.events import Cause, Event
from chatkit.ircd.quoting import middle, quoting
from chatkit.ircd.requests import Job, Request
from chatkit.ircd.staging import Frame, cut, fill, goodbye, written
from chatkit.ircd.state import Channel, Session, User
from chatkit.proto import capabilities as cap
from chatkit.proto import numerics as n
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import MAX_LINE
from chatkit.proto.tags import escape

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

_LABELS = cap.LABELED_RESPONSE | cap.BATCH  # one is of no use without the other
MAX_LABEL = 64  # bytes


class Captured:
    """One line of the answer to a labelled command, before it has its label."""

    __slots__ = ("body", "durable", "tags")

    def __init__(self, body: bytes, tags: list[str], durable: bool) -> None:
        self.body = body
        self.tags = tags
        self.durable = durable


class Context:
    """One session's commands in one tick: its handlers' only door to the ircd."""

    __slots__ = ("_batch", "_captured", "_waiting", "ircd", "label", "now", "session")

    def __init__(self, ircd: Ircd, session: Session, now: Moment) -> None:
        self.ircd = ircd
        self.session = session
        self.now = now
        self.label: str | None = None
        self._captured: list[Captured] = []
        self._waiting: list[Job] = []  # what else this command asked
        self._batch: str | None = None  # the batch that every line belongs to until it is closed

    @property
    def user(self) -> User:
        """The registered user. Only for commands that are not for the unregistered."""
        user = self.session.user
        assert user is not None, "the command table lets only registered users this far"
        return user

    # Finding, or refusing.

    def channel(self, name: str) -> Channel:
        """The room ``name``, as far as this user may know of it. Refuses: ERR_NOSUCHCHANNEL."""
        channel = self.ircd.channels.get(casefold(name))
        if channel is None or not channel.is_visible_to(self.user):
            raise NumericError(n.ERR_NOSUCHCHANNEL, name)
        return channel

    def find_user(self, nick: str) -> User:
        """The user called ``nick``. Refuses: ERR_NOSUCHNICK."""
        user = self.ircd.users.get(casefold(nick))
        if user is None:
            raise NumericError(n.ERR_NOSUCHNICK, nick)
        return user

    def require(self, condition: object, numeric: str, *params: str, text: str | None = None) -> None:
        """Refuse with ``numeric`` unless ``condition`` holds."""
        if not condition:
            raise NumericError(numeric, *params, text=text)

    # Changing.

    def change(self, event: Event) -> None:
        """Carry ``event`` out: change the state, tell those whom it concerns, note it for log and history."""
        apply.apply(self.ircd, event, self)

    def charge(self, looked_at: int) -> None:
        """This command goes through so many users or rooms: see ``Ircd.charge``."""
        self.ircd.charge(self.session, looked_at)

    def cause(self) -> Cause:
        """This user, now: what the next event comes from."""
        return self.ircd.cause(self.user, self.now)

    # Answering.

    def reply(self, numeric: str, *params: str, text: str | None = None) -> None:
        """Send a numeric. ``text``, or the numeric's usual words, comes last; with neither the last param does."""
        if text is None:
            text = n.TEXTS.get(numeric)
        self._say(self._numeric(numeric, ()), params, text)

    def reply_words(self, numeric: str, *params: str, words: Iterable[str]) -> None:
        """Send ``words`` as the last parameter of as many numerics as it takes, so that none of them is cut."""
        room = MAX_LINE - 2 - len(f":{self.ircd.name} {self._numeric(numeric, params)} :".encode())
        for line in fill(words, room):
            self.reply(numeric, *params, text=line)

    def _numeric(self, numeric: str, params: tuple[str, ...]) -> str:
        nick = self.session.user.nick if self.session.user is not None else self.session.nick or "*"
        return " ".join([numeric, nick, *map(middle, params)])

    def _say(self, head: str, params: Iterable[str], text: str | None) -> None:
        self._emit(quoting(f":{self.ircd.name} {head}", params, text), [])

    def send(self, line: str) -> None:
        """Send ``line`` from the server to this session; it has neither tags nor source."""
        self._emit(cut(f":{self.ircd.name} {line}".encode()), [])

    def fail(self, fail: Fail) -> None:
        """Send a FAIL standard reply."""
        self._say(f"FAIL {fail.command} {fail.code}", fail.context, fail.text)

    def remark(self, kind: str, command: str, code: str, text: str) -> None:
        """Say what no numeric is for: a standard reply of ``kind``, NOTE or WARN or FAIL, or a notice.

        Spec: https://ircv3.net/specs/extensions/standard-replies#capabilities
        """
        if self.session.has(cap.STANDARD_REPLIES):
            self.send(f"{kind} {command} {code} :{text}")
        else:
            nick = self.session.user.nick if self.session.user is not None else "*"
            self.send(f"NOTICE {nick} :{text}")

    def numeric_error(self, error: NumericError) -> None:
        """Send the numeric that refuses."""
        self.reply(error.numeric, *error.params, text=error.text)
        if error.closes:
            self.close(error.closes)

    def send_frame(self, frame: Frame) -> None:
        """Send this session its copy of an event."""
        for tags, body in frame.lines(self.session.caps & cap.PROFILE):
            self._emit(body, tags, frame.durable)

    def notice(self, source: str, text: str) -> None:
        """Have ``source``, nick!user@host, say ``text`` to this session's user."""
        by = Cause(self.ircd.sequence.next(self.now.wall), source, bot=True)
        self.send_frame(Frame(f":{source} NOTICE {self.user.nick} :{text}", by))

    def open_batch(self, kind: str, *params: str) -> None:
        """Begin a batch, if the session knows what that is: all that is sent until ``close_batch`` belongs to it."""
        if self.session.has(cap.BATCH):
            reference = self.ircd.next_batch()
            self.send(" ".join([f"BATCH +{reference}", kind, *params]))
            self._batch = reference

    def close_batch(self) -> None:
        """End the batch."""
        if self._batch is not None:
            reference, self._batch = self._batch, None
            self.send(f"BATCH -{reference}")

    def close(self, reason: str) -> None:
        """End the session. The ERROR that says why is the last line of this command's answer."""
        self._emit(goodbye(self.session.address, reason), [])
        self.finish()
        self.ircd.end(self.session, reason, self.now)

    def ask(
        self,
        request: Request,
        then: Callable[[Any], None],
        refusal: Exception,
        settled: Callable[[Any], None] | None = None,
    ) -> None:
        """Have a worker see to ``request``. ``then`` takes the answer, later; the session's next commands wait for it.

        Where the request fails, the session gets ``refusal``, a Fail or a NumericError. ``then`` may ask again. What a
        command asks besides is seen to one after the other. For ``settled`` see ``Job``.
        """
        self._waiting.append(Job(self.session, request, then, refusal, settled))
        self.ask_next()

    def ask_next(self) -> None:
        """Hand on what this command asked next, unless it still waits for an answer."""
        if self._waiting and self.session.busy is None and not self.session.gone:
            self.session.busy = self
            self.ircd.submit(self._waiting.pop(0))

    def _emit(self, body: bytes, tags: list[str], durable: bool = False) -> None:
        if self._batch is not None and not _is_in_batch(tags):
            tags = [f"batch={self._batch}", *tags]
        if self.label is not None:
            self._captured.append(Captured(body, tags, durable))
        else:
            self._write(body, tags, durable)

    def _write(self, body: bytes, tags: list[str], durable: bool) -> None:
        self.ircd.turn.send(self.session.link, written(tags, body), durable)

    # Labels. Spec: https://ircv3.net/specs/extensions/labeled-response

    def begin(self, tags: dict[str, str]) -> None:
        """A command begins; its answer is kept back if it has a label, to be sent as one."""
        label = tags.get("label")
        if label and self.session.has_all(_LABELS) and len(label.encode()) <= MAX_LABEL:
            self.label = label

    def defer(self) -> str | None:
        """Leave the answer to a later command, which calls ``take_up`` with the label that this returns."""
        label, self.label = self.label, None
        return label

    def take_up(self, label: str | None) -> None:
        """Answer an earlier command, if it had a label. To this one, if it has one too, there is no more to say."""
        if label is not None:
            self.finish()
            self.label = label

    def finish(self) -> None:
        """The command is done: send the answer that was kept back, as one line, a batch, or ACK where there is none."""
        if self.label is None:
            return
        captured, self._captured = self._captured, []
        if not captured:
            captured = [Captured(f":{self.ircd.name} ACK".encode(), [], self._says_something())]
        label, self.label = self.label, None
        tag = f"label={escape(label)}"
        if len(captured) == 1 or _is_one_batch(captured):
            captured[0].tags.insert(0, tag)
        else:
            self._wrap(captured, tag)
        if not captured[0].durable:
            self.ircd.turn.answered.add((self.session.link, label))
        for line in captured:
            self._write(line.body, line.tags, line.durable)

    def _says_something(self) -> bool:
        # Then its ACK means "stored", and has to wait for that.
        records = self.ircd.turn.records
        return bool(records) and records[-1][1] is self.session.link and records[-1][2] is self.label

    def _wrap(self, captured: list[Captured], label: str) -> None:
        reference = self.ircd.next_batch()
        for line in captured:
            if not _is_in_batch(line.tags):
                line.tags.insert(0, f"batch={reference}")
        opening = f":{self.ircd.name} BATCH +{reference} labeled-response".encode()
        closing = f":{self.ircd.name} BATCH -{reference}".encode()
        durable = all(line.durable for line in captured)
        captured.insert(0, Captured(opening, [label], durable))
        captured.append(Captured(closing, [], durable))


def _is_in_batch(tags: list[str]) -> bool:
    return any(tag.startswith("batch=") for tag in tags)


def _is_one_batch(captured: list[Captured]) -> bool:
    opening, closing = captured[0].body.split(b" "), captured[-1].body.split(b" ")
    return opening[1] == closing[1] == b"BATCH" and opening[2][1:] == closing[2][1:] and closing[2][:1] == b"-"
