"""What hypothesis draws for the wire: text that fits in a line, and the parts of one."""

from __future__ import annotations

import string

from hypothesis import strategies as st

ANY_TEXT = st.text()
LINE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))
WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0 "), min_size=1)
MIDDLE = WORD.filter(lambda word: word[0] != ":")

COMMANDS = st.text(string.ascii_uppercase, min_size=1) | st.from_regex(r"[0-9]{3}", fullmatch=True)
PARAMS = st.builds(
    lambda middle, last: [*middle, *last], st.lists(MIDDLE, max_size=14), st.lists(LINE_TEXT, max_size=1)
)

TAG_KEYS = st.from_regex(r"\+?([a-z0-9.-]{1,8}/)?[a-zA-Z0-9-]{1,8}", fullmatch=True)
TAG_VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
TAGS = st.dictionaries(TAG_KEYS, TAG_VALUES, max_size=5)
