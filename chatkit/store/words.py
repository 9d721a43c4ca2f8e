"""What of a text can be searched for, and what a person typed as a query of SQLite's FTS5.

SQLite's tokenizer makes words of letters and digits and forgets case and diacritics. Two things are done for it here:
scripts that write without blanks are split into characters, so that every part of a sentence is found; and pictures
are words of their own.
"""

from __future__ import annotations

import re
import unicodedata

from chatkit.proto import formatting
from chatkit.store.records import CONTINUED

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
MAX_WORDS = 64  # of a query

_ALONE = re.compile(
    "(["
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Chinese characters
    "\u2600-\u27bf\U0001f000-\U0001faff"  # pictures
    "])"
)
_PIECE = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD_KINDS = ("L", "N")
_WORD_CATEGORIES = ("Co", "So")
_CTCP = "\x01"
_NO_WORDS = str.maketrans(dict.fromkeys(_CTCP + CONTINUED))


def searchable(text: str) -> str:
    """``text`` as the index takes it."""
    if text.startswith(_CTCP):
        text = text.removeprefix(f"{_CTCP}ACTION ")
    text = formatting.strip(text.translate(_NO_WORDS))
    return text if text.isascii() else _ALONE.sub(r" \1 ", text)


def expression(typed: str) -> str | None:
    """``typed`` as FTS5 understands it; None where there is nothing in it that could be found.

    Words must all occur, "phrases" as they stand; the last word may be the beginning of one.
    """
    typed = typed.encode(errors="replace").decode()  # what the system could not decode, in an argument
    pieces = [(searchable(match[1] or match[2] or ""), match[2] is not None) for match in _PIECE.finditer(typed)]
    pieces = [piece for piece in pieces if _has_word(piece[0])][:MAX_WORDS]
    if not pieces:
        return None
    last, is_word = pieces[-1]
    phrases = [f'"{text}"' for text, _ in pieces]
    return " AND ".join(phrases) + ("*" if is_word and _may_be_begun(last) else "")


def _has_word(text: str) -> bool:
    kinds = map(unicodedata.category, text)
    return any(kind[0] in _WORD_KINDS or kind in _WORD_CATEGORIES for kind in kinds)


def _may_be_begun(word: str) -> bool:
    # Half of all words begin with one of a few letters: nobody looks for all of them.
    return len(word) > 1 or not word.isascii()
