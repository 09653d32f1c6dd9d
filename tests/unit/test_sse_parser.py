from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.sse_parser import MAX_EVENT_BYTES, EventTooLongError, SseParser

LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")), min_size=1)


def parsed(chunks: list[bytes]) -> list[bytes]:
    parser = SseParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events + parser.flush()


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(st.lists(LINES, max_size=5), LINE_ENDS, st.lists(st.integers(min_value=0), max_size=20))
def test_events_are_the_same_wherever_their_bytes_are_cut(
    events: list[list[str]], line_end: bytes, places: list[int]
) -> None:
    stream = b": alive" + line_end * 2
    for lines in events:
        stream += b"".join(b"data: " + line.encode() + line_end for line in lines) + line_end

    assert parsed(cut(stream, places)) == ["\n".join(lines).encode() for lines in events]


@given(st.binary(max_size=200), st.lists(st.integers(min_value=0), max_size=20))
def test_any_bytes_give_the_same_events_whole_and_in_pieces(
    stream: bytes, places: list[int]
) -> None:
    assert parsed(cut(stream, places)) == parsed([stream])


def test_each_byte_may_come_alone() -> None:
    stream = 'data: {"text": "Größe 🎈"}\r\n\r\ndata:[DONE]\r\n\r\n'.encode()

    assert parsed([bytes([byte]) for byte in stream]) == [
        '{"text": "Größe 🎈"}'.encode(),
        b"[DONE]",
    ]


def test_data_lines_of_one_event_are_joined_and_other_fields_are_skipped() -> None:
    stream = b"event: x\nid: 7\nretry: 10\ndata: one\ndata: two\ndatabase: no\n\n"

    assert parsed([stream]) == [b"one\ntwo"]


def test_an_event_without_its_blank_line_comes_out_at_the_end() -> None:
    assert parsed([b"data: first\n\ndata: last"]) == [b"first", b"last"]


@pytest.mark.parametrize("line_end", [b"", b"\ndata: "])
def test_an_event_that_does_not_end_is_refused(line_end: bytes) -> None:
    parser = SseParser()
    portion = b"data: " + b"x" * (MAX_EVENT_BYTES // 4) + line_end
    for _ in range(3):
        assert parser.feed(portion) == []

    with pytest.raises(EventTooLongError):
        parser.feed(portion * 2)


def test_many_large_events_are_no_large_event() -> None:
    event = b"data: " + b"x" * (MAX_EVENT_BYTES // 2) + b"\n\n"

    assert len(parsed([event] * 6)) == 6
