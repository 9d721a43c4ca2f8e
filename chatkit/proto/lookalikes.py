"""Names that look alike.

Two names may not be in use, or registered, side by side when their skeletons are equal.

- **ASCII** names look alike only if they are equal but for case: ``bob0`` and ``bobo``, ``Alice`` and ``A1ice`` are
  different names, as on every IRC network. People choose such names honestly, and can tell them apart.
- **Another script's** letter stands for the ASCII letter that it looks like by Unicode's table of confusables: the
  Cyrillic ``а`` in ``pаypal`` for ``a``. Case never tells two names apart: CASEMAPPING=ascii leaves ``Борис`` and
  ``борис`` two nicks for clients, but their skeletons are equal. So both cases of a letter stand for the same one:
  the ASCII letter that the capital looks like (``В`` and ``в`` for b), else the one that the small letter does. What
  that misses: the few letters of which capital and small letter look like different ASCII letters. Greek ``ν`` and
  ``υ`` stand for n and y, as ``Ν`` and ``Υ`` do, not for v and u.
- **Accents** are seen: ``Zoë`` and ``Zoe`` are different. Of letters that look like two others, as ``ы``, nothing is
  said.

A skeleton is for comparing skeletons, never for showing.

Spec: https://www.unicode.org/reports/tr39/#Confusable_Detection
"""

from __future__ import annotations

import pkgutil
import unicodedata
from functools import lru_cache

import msgspec

from chatkit.proto.casemapping import casefold

# Where the table is of another opinion than the fonts that people have: Cyrillic palochka.
_OWN_ROWS = {"ӏ": "l"}
_STROKE = "l"  # what the table says of every capital I, so it tells nothing of a capital
_DOTTED_TWICE = "i\u0307"  # is drawn with one dot
_LEFT_TO_RIGHT_MARK = "\u200e"  # stands around right-to-left characters in the table


class _Row(msgspec.Struct):
    c: str  # what the character is confused with


def skeleton(name: str) -> str:
    """What ``name`` looks like: two names look alike if their skeletons are equal.

    Of an ASCII name it is the casefolded name, and costs nothing more. ``name`` is a prepared nick, account or room.
    """
    if name.isascii():
        return casefold(name)
    return "".join(map(_stand_in, _decompose(_decompose(name).casefold()))).replace(_DOTTED_TWICE, "i")


def load() -> None:
    """Load the table, which takes some 40 ms and otherwise happens at the first name beyond ASCII."""
    _table()


def _decompose(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


@lru_cache(maxsize=4096)
def _stand_in(small: str) -> str:
    """What a casefolded character stands for."""
    if small.isascii():
        return small
    table = _table()
    as_capital = table.get(small.upper(), "")
    if as_capital.isascii() and as_capital not in ("", _STROKE):
        return as_capital.lower()
    return table.get(small, small).casefold()


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    """Each character beyond ASCII that looks like another one, with that one."""
    data = pkgutil.get_data("confusable_homoglyphs", "confusables.json")  # its modules would load a good deal more
    assert data is not None
    rows = msgspec.json.decode(data, type=dict[str, list[_Row]])
    looks = {_bare(char): [_bare(row.c) for row in found] for char, found in rows.items()}
    found = {char: to for char, (to, *more) in looks.items() if not more and _points(char, to, looks)}
    return found | _OWN_ROWS


def _bare(text: str) -> str:
    return text.strip(_LEFT_TO_RIGHT_MARK) or text


def _points(char: str, to: str, looks: dict[str, list[str]]) -> bool:
    # The library's rows go both ways: a character points to the one that Unicode's table has for it, and that one to
    # all that point to it. Of two that point to each other alone, the one with the lower number is pointed to.
    if len(char) != 1 or len(to) != 1 or char.isascii():
        return False
    return len(looks[to]) > 1 or to < char
