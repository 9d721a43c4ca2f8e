"""BATCH: what a client sends in pieces.

Spec: https://ircv3.net/specs/extensions/client-batch
"""

from __future__ import annotations

import re

from chatkit.ircd import batches
from chatkit.ircd.commands import command
from chatkit.ircd.context import Context
from chatkit.ircd.errors import Fail
from chatkit.proto.message import Message

_REFERENCE = re.compile(r"[A-Za-z0-9-]+\Z")


@command("BATCH", min_params=1)
def batch(ctx: Context, msg: Message) -> None:
    """BATCH +<reference> <type> [<parameter>]..., BATCH -<reference>

    Refuses: FAIL with INVALID_REFTAG, UNKNOWN_TYPE, or a code of the type's own
    """
    sign, reference = msg.params[0][:1], msg.params[0][1:]
    if sign == "-":
        batches.close(ctx, reference)
    elif sign == "+" and _REFERENCE.match(reference):
        batches.open_(ctx, reference, msg)
    else:
        raise _malformed(ctx, reference if sign == "+" else msg.params[0])


def _malformed(ctx: Context, reference: str) -> Fail:
    """ "All past and future messages in this batch will be ignored." """
    fail = Fail("BATCH", "INVALID_REFTAG", reference or "*", text="A reference is letters, digits and hyphens")
    open_batch = ctx.session.batch
    if open_batch is not None and open_batch.content is not None:
        return batches.refused(ctx, open_batch, fail)
    ctx.session.batch = batches.ClientBatch(reference, ctx.now)
    return fail
