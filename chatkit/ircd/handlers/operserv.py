"""OperServ: IRC operators run the server by the commands that ``chatkit admin`` has, as far as their class may."""

from __future__ import annotations

from chatkit.ircd import audit
from chatkit.ircd.context import Context
from chatkit.ircd.requests import RunCommand
from chatkit.ircd.services import Service

FAILED = "That failed. The server's log says why."


class OperServ(Service):
    """It takes whole command lines, which are read outside: the table of commands is no business of the rules."""

    def answer(self, ctx: Context, text: str) -> None:
        """Do what the operator says in ``text``, as ``ban bob --for 1h``. Refuses who is none, with a NOTICE."""
        if text.startswith("\1"):
            return  # CTCP, which is for people's clients
        oper = ctx.user.oper
        if oper is None:
            raise self.refusal("I serve IRC operators only. See /HELP OPER.")
        request = RunCommand(text, audit.name_of(ctx.user), oper.privileges)
        ctx.ask(request, lambda lines: self.say(ctx, *lines), self.refusal(FAILED))


service = OperServ("OperServ", "OperServ runs the server for IRC operators.", "OPERSERV", "OS")
