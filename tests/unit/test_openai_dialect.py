from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.openai_answer import OpenAIAnswer
from app.adapters.openai_calls import ToolCalls
from app.adapters.openai_dialect import (
    error_code,
    failure,
    refused_option,
    request_options,
    retry_after_s,
)
from app.core.errors import ModelInterrupted, ModelRefused, ModelUnavailable
from app.ports.chat_model import TextDelta, ToolCallDelta
from tests.support.talk import a_prompt

SENT = {"store", "stream_options", "max_tokens", "temperature", "response_format"}
CANARY = "my sister's name is Zyrafa"

KEYS = (
    *("choices", "delta", "content", "refusal", "usage", "finish_reason", "error", "code"),
    *("tool_calls", "function", "index", "id", "name", "arguments"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


CALL = st.fixed_dictionaries(
    {},
    optional={
        "index": st.none() | st.integers(0, 2),
        "id": st.none() | st.sampled_from(["", "a", "b"]),
        "function": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "name": st.none() | st.sampled_from(["", "weather", "time"]),
                "arguments": JSON,
            },
        ),
    },
)


@pytest.mark.parametrize(
    ("status", "body", "option"),
    [
        (400, {"message": "Unrecognized request argument supplied: store"}, "store"),
        (400, {"message": "No.", "param": "stream_options.include_usage"}, "stream_options"),
        (400, {"message": "property 'store' is unsupported"}, "store"),
        (400, {"message": 'Invalid JSON payload received. Unknown name "store"'}, "store"),
        (422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "store"]}]}, "store"),
        (400, {"message": "Use 'max_completion_tokens', not 'max_tokens'"}, "max_tokens"),
        (400, {"message": "'temperature' does not support 0.2"}, "temperature"),
        (400, {"message": "about the store that I went to"}, None),
        (400, {"message": "'store' appears here", "param": "messages"}, None),
        (401, {"message": "'store' appears here"}, None),
        (400, "a page of HTML", None),
        (400, None, None),
    ],
)
def test_an_option_is_left_out_only_when_the_endpoint_names_it(
    status: int, body: object, option: str | None
) -> None:
    assert refused_option(status, body, sent=SENT) == option


def test_an_option_that_was_not_sent_is_not_left_out_again() -> None:
    body = {"message": "'store' is unsupported"}

    assert refused_option(400, body, sent=SENT - {"store"}) is None


def test_the_answers_limit_changes_its_name_before_it_is_given_up() -> None:
    prompt = a_prompt(max_output_tokens=7)

    assert request_options(prompt, without=frozenset())["max_tokens"] == 7
    renamed = request_options(prompt, without={"max_tokens"})
    assert renamed["max_completion_tokens"] == 7
    assert "max_tokens" not in renamed
    neither = request_options(prompt, without={"max_tokens", "max_completion_tokens"})
    assert neither.keys() == {"stream", "store", "stream_options"}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 302])
def test_a_status_that_will_not_change_is_a_refusal(status: int) -> None:
    assert isinstance(failure(status, None, {}), ModelRefused)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
def test_a_status_that_may_change_is_unavailability(status: int) -> None:
    error = failure(status, None, {"retry-after": "7"})

    assert isinstance(error, ModelUnavailable)
    assert error.retry_after_s == 7


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"code": "model_not_found", "message": CANARY}, "404 (model_not_found)"),
        ({"code": None, "type": "invalid_request_error", "message": CANARY}, "404 (invalid_re"),
        ({"code": CANARY, "message": CANARY}, "answered 404"),
        (CANARY, "answered 404"),
    ],
)
def test_a_failure_names_status_and_code_and_never_the_sentence(body: object, detail: str) -> None:
    error = failure(404, body, {})

    assert detail in error.detail
    assert CANARY not in error.detail


@pytest.mark.parametrize("value", ["soon", "", "nan", "inf", "Wed, 99 Nov 2026"])
def test_an_unreadable_retry_after_is_none(value: str) -> None:
    assert retry_after_s({"retry-after": value}) is None


def test_retry_after_may_be_a_date() -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)

    seconds = retry_after_s({"retry-after": format_datetime(at, usegmt=True)})

    assert seconds is not None
    assert 85 < seconds <= 90


def test_a_retry_after_in_the_past_is_now() -> None:
    assert retry_after_s({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


@given(st.lists(JSON, max_size=4))
def test_any_json_gives_pieces_or_one_of_the_three_errors(frames: list[Any]) -> None:
    answer = OpenAIAnswer()
    stream = b"".join(b"data: " + orjson.dumps(frame) + b"\n\n" for frame in frames)
    try:
        pieces = [*answer.feed(stream), *answer.feed(b"")]
    except (ModelUnavailable, ModelRefused) as error:
        assert isinstance(error, ModelInterrupted) == answer.started  # noqa: PT017 - either may come
    else:
        assert all(piece.text for piece in pieces if isinstance(piece, TextDelta))
        assert answer.complete


@given(st.lists(st.lists(CALL, max_size=3), max_size=6))
def test_calls_of_any_dialect_are_numbered_in_order_and_have_one_id_each(
    chunks: list[list[Any]],
) -> None:
    calls = ToolCalls()

    deltas = [delta for pieces in chunks for delta in calls.read(pieces)]

    first: dict[int, ToolCallDelta] = {}
    for delta in deltas:
        first.setdefault(delta.index, delta)
    assert list(first) == list(range(len(calls)))
    assert [delta for delta in deltas if delta.id] == list(first.values())
    named = [delta.index for delta in deltas if delta.name]
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "context_length_exceeded", "message": CANARY}, "context_length_exceeded"),
        ({"code": 400, "type": "exceed_context_size_error"}, "context_length_exceeded"),
        (
            {
                "code": 400,
                "type": "BadRequestError",
                "message": "This model's maximum context length is 4096 tokens.",
            },
            "context_length_exceeded",
        ),
        ({"code": 400, "type": "BadRequestError", "message": CANARY}, "BadRequestError"),
        ({"code": 400, "message": CANARY}, None),
        ({"code": CANARY, "type": CANARY}, None),
        ("maximum context length", None),
    ],
)
def test_a_code_is_a_slug_and_a_prompt_that_is_too_long_has_the_same_one_everywhere(
    body: object, code: str | None
) -> None:
    assert error_code(body) == code


def test_a_parameter_that_is_a_sentence_is_not_told() -> None:
    error = failure(400, {"code": "invalid_value", "param": CANARY}, {})

    assert error.upstream_param is None
    assert CANARY not in error.detail


def test_a_malformed_frame_leaves_no_trace_of_itself_in_the_error() -> None:
    with pytest.raises(ModelUnavailable) as raised:
        list(OpenAIAnswer().feed(f'data: {{"choices": "{CANARY}\n\n'.encode()))

    assert raised.value.__context__ is None
    assert CANARY not in str(raised.value)
