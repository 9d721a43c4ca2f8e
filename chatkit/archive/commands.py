"""What the commands of ``chatkit history`` do. All return the exit status."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import msgspec

from chatkit.archive.history import ArchiveError, History, Place
from chatkit.archive.page import write_page
from chatkit.archive.person import NoSuchPerson, describe, find_person
from chatkit.archive.said import Said, as_json, as_text, understand
from chatkit.proto.casemapping import casefold
from chatkit.proto.formatting import plain
from chatkit.store.records import FIRST, LAST, SearchQuery

DONE, REFUSED, MISTAKE, INTERRUPTED = 0, 1, 2, 130
MAX_NAMED = 8  # rooms that an error lists

Section = tuple[Place, Iterable[Said]]


class Span(msgspec.Struct, frozen=True):
    """From when to when, in milliseconds since 1970; None: no bound."""

    since_ms: int | None = None
    until_ms: int | None = None

    @property
    def after(self) -> int:
        """The seq that all of it come after."""
        return FIRST if self.since_ms is None else self.since_ms * 1000 - 1

    @property
    def before(self) -> int:
        """The seq that all of it come before."""
        return LAST if self.until_ms is None else self.until_ms * 1000


class NoSuchPlace(Exception):
    """There is no such room or person: one sentence that says what there is."""


def search(
    directory: Path,
    text: str,
    *,
    target: str | None = None,
    nick: str = "",
    span: Span = Span(),  # noqa: B008  # it never changes
    limit: int = 100,
    direct: bool = False,
    as_json_lines: bool = False,
) -> int:
    """Print the newest ``limit`` messages that fit, the oldest first."""

    def work(history: History) -> None:
        places = {place.target: place for place in _choose(history, target, direct)}
        for turn, _ in enumerate(history.catch_up()):
            if turn == 0:
                _say("reading what the search index does not know yet; this takes a while")
        query = SearchQuery(
            tuple(places), "", text, casefold(nick), after=span.after, before=span.before, limit=limit
        )  # fmt: skip
        found = [understand(record) for record in history.search(query)]
        for said in found:
            name = places[said.record.target].name
            print(as_json(said) if as_json_lines else as_text(said, name))  # noqa: T201
        if not found:
            _say("nothing found")

    return _run(directory, work)


def export(
    directory: Path,
    target: str | None,
    form: str,
    output: Path | None,
    *,
    span: Span = Span(),  # noqa: B008  # as above
    direct: bool = False,
) -> int:
    """Write the history of ``target``, or where it is None of everything, to a file or the standard output."""

    def work(history: History) -> None:
        places = _choose(history, target, direct)
        sections = [_section(history, place, span) for place in places]
        with _opened(output) as file:
            for piece in FORMATS[form](sections):
                file.write(piece)

    return _run(directory, work)


def person(directory: Path, name: str, output: Path | None) -> int:
    """Write all that is known about a person, as one JSON document, to a file or the standard output."""

    def work(history: History) -> None:
        found = find_person(history, name)
        with _opened(output) as file:
            for piece in describe(history, found, datetime.now(UTC)):
                file.write(piece)

    return _run(directory, work)


def _section(history: History, place: Place, span: Span) -> Section:
    return place, map(understand, history.records(place, span.after, span.before))


def _run(directory: Path, work: Callable[[History], None]) -> int:
    try:
        with contextlib.closing(History(directory)) as history:
            work(history)
    except (ArchiveError, NoSuchPlace, NoSuchPerson, OSError, sqlite3.Error) as error:
        if isinstance(error, BrokenPipeError):
            raise  # nobody reads any more
        _say(plain(str(error)))
        return REFUSED if isinstance(error, NoSuchPlace | NoSuchPerson) else MISTAKE
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


def _say(sentence: str) -> None:
    print(f"chatkit: {sentence}", file=sys.stderr)  # noqa: T201


def _choose(history: History, target: str | None, direct: bool) -> list[Place]:
    """The places called ``target``, former ones of that name too, or all. Raises NoSuchPlace."""
    places = history.places(direct=direct)
    if target is None:
        if not places:
            raise NoSuchPlace(f"nothing was said yet in any room of {history.path}")
        return sorted(places, key=lambda place: (place.is_direct, casefold(place.name), place.latest))
    wanted = casefold(target)
    chosen = [place for place in places if wanted in place.calls]
    if not chosen:
        raise NoSuchPlace(_nothing_there(target, direct, places))
    return chosen


def _nothing_there(target: str, direct: bool, places: list[Place]) -> str:
    if not target.startswith("#") and not direct:
        return (
            f"{target} is no room: what people said to each other alone takes --direct, a room is written '#{target}'"
        )
    names = list(dict.fromkeys(place.name for place in reversed(places) if place.is_direct == (target[:1] != "#")))
    if not names:
        return f"there is nothing of {target}, nor of anything else"
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return f"there is nothing of {target}; there is something of {', '.join(names[:MAX_NAMED])}{more}"


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """The standard output, or a file for its owner alone, which is there under its name when all of it is written."""
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(path.name + ".part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _json_lines(sections: list[Section]) -> Iterator[str]:
    for _, messages in sections:
        for said in messages:
            yield as_json(said) + "\n"


def _text(sections: list[Section]) -> Iterator[str]:
    for place, messages in sections:
        name = place.name if len(sections) > 1 else ""
        for said in messages:
            yield as_text(said, name) + "\n"


def _html(sections: list[Section]) -> Iterator[str]:
    return write_page(sections, datetime.now().astimezone())


FORMATS: dict[str, Callable[[list[Section]], Iterator[str]]] = {
    "jsonl": _json_lines,
    "text": _text,
    "html": _html,
}
