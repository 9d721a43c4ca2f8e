"""A stream is cut into the same lines however it arrives, and never fills the memory."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatkit.net.framing import LineFramer

LIMIT = 8
STREAM = st.lists(st.sampled_from([b"a", b"bb", b"\r", b"\n", b"\r\n", b"\0", b"x" * 7, b"y" * 9, b"z" * 30])).map(
    b"".join
)


def lines_of(stream: bytes) -> list[bytes]:
    """What has to come out, said plainly: lines, empty ones left out, long ones cut to LIMIT + 1."""
    *ended, tail = stream.split(b"\n")
    lines = [line.removesuffix(b"\r") for line in ended]
    if len(tail) > LIMIT + 1:  # already too long, whatever follows
        lines.append(tail)
    return [line[: LIMIT + 1] for line in lines if line]


def feed(stream: bytes, sizes: list[int]) -> list[bytes]:
    framer, lines = LineFramer(LIMIT), []
    while stream:
        size = sizes.pop() if sizes else len(stream)
        lines += framer.feed(stream[:size])
        stream = stream[size:]
        assert len(framer._rest) <= LIMIT + 1
    return lines


@pytest.mark.smoke
@given(stream=STREAM, sizes=st.lists(st.integers(1, 12)))
@example(stream=b"x" * LIMIT + b"\r\n", sizes=[1, LIMIT + 1])
@example(stream=b"x" * (LIMIT + 1) + b"\r\n", sizes=[1, LIMIT + 2])
def test_any_split_of_the_stream_gives_the_same_lines(stream, sizes):
    assert feed(stream, sizes) == lines_of(stream)


@given(stream=STREAM)
def test_one_byte_at_a_time_too(stream):
    assert feed(stream, [1] * len(stream)) == lines_of(stream)


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"one\r\ntwo\n", [b"one", b"two"]),
        (b"\r\n\n\r\n", []),
        (b"a\rb\r\n", [b"a\rb"]),
        (b"unfinished", []),
        (b"12345678\r\n", [b"12345678"]),
        (b"123456789\n", [b"123456789"]),
        (b"1234567890123\nok\n", [b"123456789", b"ok"]),
    ],
)
def test_lines_end_at_lf_with_or_without_cr(stream, lines):
    assert LineFramer(10 if b"unf" in stream else LIMIT).feed(stream) == lines


def test_an_endless_line_takes_no_memory_and_is_reported_once():
    framer, lines = LineFramer(512), []
    for _ in range(1000):
        lines += framer.feed(b"x" * 65536)
        assert len(framer._rest) <= 513
    assert lines == [b"x" * 513]
    assert framer.feed(b"still it\nnext\n") == [b"next"]
