"""``chatkit admin log``: the newest lines of the server's log, and with ``--follow`` what comes."""

from __future__ import annotations

import json
import sys
from time import localtime, sleep, strftime
from typing import Any

import click

from chatkit.admin.doing import Here, complain
from chatkit.admin.errors import DONE, AdminError, NoServer
from chatkit.proto.formatting import plain

POLL_SECONDS = 0.5
MOST = 5000  # lines that one answer may have
INTERRUPTED = 130


def run(here: Here, params: dict[str, Any], as_json: bool) -> int:
    """Print the lines that are wanted. Returns the exit status; that of following is 130, for it ends with ^C."""
    follow = params.pop("follow", False)
    try:
        after = _page(here, params, as_json)
        if follow:
            _follow(here, params, as_json, after)
    except AdminError as error:
        return complain(error)
    except KeyboardInterrupt:
        if sys.stdout.isatty():
            click.echo()  # what comes next has a line of its own, after ^C
        return INTERRUPTED
    return DONE


def _follow(here: Here, params: dict[str, Any], as_json: bool, after: int) -> None:
    """Go on until ^C, or until the server has gone."""
    while True:
        sleep(POLL_SECONDS)
        try:
            after = _page(here, {**params, "after": after, "limit": MOST}, as_json)
        except NoServer:
            raise NoServer("the server has stopped") from None


def _page(here: Here, params: dict[str, Any], as_json: bool) -> int:
    """Print what there is. Returns where to go on."""
    page = here.call("log", params)
    for line in page["lines"]:
        if as_json:
            click.echo(json.dumps(line))
        else:
            _print(line)
    return int(page["cursor"])


def _print(line: dict[str, Any]) -> None:
    at = strftime("%H:%M:%S", localtime(line["time"] / 1_000_000))
    first, *more = line["text"].split("\n")
    click.secho(f"{at} {plain(first)}", fg="red" if line.get("is_problem") else None)
    for text in more:
        click.echo(f"         {plain(text)}")
