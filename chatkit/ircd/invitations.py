"""Invite codes: with ``accounts.registration = "invite"`` an account is whoever's has a code to give for it.

A code is told once, to whoever makes it; kept is its digest alone. It is good for so many accounts, and may lead them
into a room.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from chatkit.ircd import accounts, registrations
from chatkit.ircd.documents import document, restores
from chatkit.ircd.events import Cause, Invited
from chatkit.proto.casemapping import casefold
from chatkit.store.records import Document

if TYPE_CHECKING:
    from chatkit.ircd.clock import Moment
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "invitation"  # the kind of document that keeps one
MAX_INVITATIONS = 1000
SECOND = 1_000_000  # of a seq
_CODE_BYTES = 10  # 16 characters
_ID_BYTES = 3


class Invitation(msgspec.Struct, frozen=True):
    """For how many more accounts a code is good. Times are in seconds since 1970; ``until`` 0 is for good."""

    id: str
    digest: str  # of the code, SHA-256 in hexadecimal
    uses: int
    until: int = 0
    who: str = ""  # whoever made it
    made: int = 0
    room: str = ""  # where whoever makes an account with it is put; empty: nowhere

    def is_over(self, now_s: int) -> bool:
        """Whether it has ended by itself at ``now_s``."""
        return 0 < self.until <= now_s


def new_code() -> str:
    """A code: 16 letters and digits."""
    return base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()


def new_id(ircd: Ircd) -> str:
    """An id that no invitation has."""
    while (found := secrets.token_hex(_ID_BYTES)) in ircd.invitations:
        pass
    return found


def digest_of(code: str) -> str:
    """What is kept of a code, however it is written."""
    return hashlib.sha256("".join(code.split()).replace("-", "").lower().encode()).hexdigest()


def make(ircd: Ircd, invitation: Invitation) -> None:
    """From now on its code is good."""
    ircd.invitations[invitation.id] = invitation
    ircd.note(document(DOCUMENT, invitation.id, invitation))


def revoke(ircd: Ircd, id_: str) -> None:
    """Its code is good no more."""
    if ircd.invitations.pop(id_, None) is not None:
        ircd.note(document(DOCUMENT, id_, None))


def find(ircd: Ircd, code: str, now: Moment) -> Invitation | None:
    """The invitation that ``code`` belongs to, if it is still good."""
    digest, found = digest_of(code).encode(), None
    for invitation in ircd.invitations.values():  # all of them, so that the time tells nothing
        if hmac.compare_digest(invitation.digest.encode(), digest) and not invitation.is_over(now.wall // SECOND):
            found = invitation
    return found


def use(ircd: Ircd, invitation: Invitation) -> Document:
    """Take one of its uses away, at once, so that nobody else has it. Returns what is to be stored with the account."""
    left = replace(invitation, uses=invitation.uses - 1)
    if left.uses:
        ircd.invitations[left.id] = left
        return document(DOCUMENT, left.id, left)
    del ircd.invitations[left.id]
    return document(DOCUMENT, left.id, None)


def give_back(ircd: Ircd, invitation: Invitation) -> None:
    """The use of ``invitation`` has come to nothing: it is there again, unless it was revoked meanwhile."""
    now = ircd.invitations.get(invitation.id)
    if now is not None:
        make(ircd, replace(now, uses=now.uses + 1))
    elif invitation.uses == 1:  # it was the last one, so nobody could revoke it
        make(ircd, invitation)


def lead_in(ctx: Context) -> None:
    """Have the user enter the room that the account's code leads into, whatever keeps others out of it.

    Only what those who run the server have set still does: a room that they closed stays closed.
    """
    ircd, account = ctx.ircd, ctx.session.account
    if ctx.session.user is None or account is None or not account.bidden:
        return
    room, account.bidden = account.bidden, ""
    accounts.save(ircd, account)
    channel = registrations.find_room(ircd, casefold(room))
    if channel is not None and ctx.user not in channel.members:
        by = Cause(ircd.sequence.next(ctx.now.wall), ircd.name)
        ctx.change(Invited(by, room, ctx.user.nick, opens=True))
    ircd.run(ctx, f"JOIN {room}")


def follow(ircd: Ircd, old: str, new: str) -> None:
    """The room with the casefolded name ``old`` is called ``new``: the codes that lead into it go on to do so."""
    for invitation in list(ircd.invitations.values()):
        if casefold(invitation.room) == old:
            make(ircd, replace(invitation, room=new))


def expire(ircd: Ircd, now: Moment) -> None:
    """Forget those whose time is over."""
    for invitation in list(ircd.invitations.values()):
        if invitation.is_over(now.wall // SECOND):
            revoke(ircd, invitation.id)


@restores(DOCUMENT)
def restore(ircd: Ircd, key: str, body: bytes) -> None:
    """Put one back."""
    ircd.invitations[key] = msgspec.json.decode(body, type=Invitation)
