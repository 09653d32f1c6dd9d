from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Self

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from app.core.errors import AppError, InvalidInput, ModelRefused, ModelUnavailable
from app.models.message import FinishReason, Role, Usage
from app.ports.chat_model import ChatModel, Finished, Piece, Prompt, PromptMessage, TextDelta
from app.ports.token_counter import TokenCounter
from app.services.prompts import ANSWER_OVERHEAD_TOKENS, MESSAGE_OVERHEAD_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often one model is asked, and how long that may go on, before the next one is."""

    attempts: int = 3
    total_s: float = 20.0
    """No attempt starts later than this after the first."""
    first_wait_s: float = 0.5
    """Doubles with each attempt, plus up to as much again at random."""
    max_wait_s: float = 8.0
    """The most between two attempts, unless the endpoint asks for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A whole answer."""

    text: str
    finish_reason: FinishReason
    usage: Usage
    """The endpoint's count, or an estimate."""
    model: str
    """The name of the model that answered."""


class Answer:
    """An answer under way: iterate it once; leaving its context ends the request.

    The iteration raises ModelRefused or ModelUnavailable before the first piece and
    ModelInterrupted after it. Its last piece is Finished, always with a usage.
    """

    def __init__(
        self,
        prompt: Prompt,
        *,
        models: Sequence[ChatModel],
        tokens: TokenCounter,
        retry: RetryPolicy,
    ) -> None:
        self._prompt = prompt
        self._models = models
        self._tokens = tokens
        self._retry = retry
        self._model = models[0]
        self._texts: list[str] = []
        self._pieces = self._run()

    @property
    def model(self) -> str:
        """The name of the model that answers; certain once the first piece has come."""
        return self._model.name

    @property
    def only_quotes(self) -> bool:
        """Whether that model merely repeats its prompt; certain once the first piece has come."""
        return self._model.only_quotes

    def so_far(self) -> Usage:
        """What was sent, and what has come by now, by our own count."""
        return self._estimate("".join(self._texts))

    def __aiter__(self) -> AsyncIterator[Piece]:
        return self._pieces

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pieces.aclose()

    async def _run(self) -> AsyncGenerator[Piece]:
        stream, piece = await self._open()
        try:
            while not isinstance(piece, Finished):
                if isinstance(piece, TextDelta):
                    self._texts.append(piece.text)
                else:
                    self._texts += [piece.name or "", piece.arguments]
                yield piece
                piece = await anext(stream)
        finally:
            await stream.aclose()
        yield Finished(piece.reason, piece.usage or self.so_far())

    async def _open(self) -> tuple[AsyncGenerator[Piece], Piece]:
        """The stream of the first model that begins to answer, and its first piece."""
        failures: list[AppError] = []
        for model in self._models:
            self._model = model
            try:
                return await self._begin_patiently(model)
            except (ModelRefused, ModelUnavailable) as failure:
                failures.append(failure)
        self._model = self._models[0]
        raise next((failure for failure in failures if failure.retryable), failures[0])

    async def _begin_patiently(self, model: ChatModel) -> tuple[AsyncGenerator[Piece], Piece]:
        retry = self._retry
        back_off = wait_exponential_jitter(
            multiplier=retry.first_wait_s, max=retry.max_wait_s, jitter=retry.first_wait_s
        )

        def wait_s(state: RetryCallState) -> float:
            failure = state.outcome and state.outcome.exception()
            asked_s = failure.retry_after_s if isinstance(failure, AppError) else None
            return (asked_s or 0.0) + back_off(state)

        attempts = AsyncRetrying(
            retry=retry_if_exception_type(ModelUnavailable),
            stop=stop_after_attempt(retry.attempts) | stop_before_delay(retry.total_s),
            wait=wait_s,
            reraise=True,
        )
        return await attempts(self._begin, model)

    async def _begin(self, model: ChatModel) -> tuple[AsyncGenerator[Piece], Piece]:
        stream = model.stream(self._prompt)
        return stream, await anext(stream)

    def _estimate(self, text: str) -> Usage:
        count = self._tokens.count
        sent = sum(
            count(message.content) + MESSAGE_OVERHEAD_TOKENS for message in self._prompt.messages
        )
        return Usage(
            input_tokens=sent + ANSWER_OVERHEAD_TOKENS,
            output_tokens=count(text),
        )


class LLMService:
    """The models, in order of preference: a later one answers when the earlier ones cannot."""

    def __init__(
        self, models: Sequence[ChatModel], *, tokens: TokenCounter, retry: RetryPolicy
    ) -> None:
        self._models = tuple(models)
        self._tokens = tokens
        self._retry = retry

    @property
    def name(self) -> str:
        """The preferred model's name, known before anything is asked."""
        return self._models[0].name

    def stream(self, prompt: Prompt) -> Answer:
        """The answer, piece by piece; nothing is sent before it is iterated."""
        return Answer(prompt, models=self._models, tokens=self._tokens, retry=self._retry)

    async def complete(self, prompt: Prompt) -> Completion:
        """The whole text of an answer. Calls of tools are left out: its callers offer none.

        Raises:
            ModelRefused: every model rejects the prompt.
            ModelUnavailable: no model answers at the moment.
            ModelInterrupted: the answer broke off.
        """
        texts = []
        async with self.stream(prompt) as answer:
            async for piece in answer:
                if isinstance(piece, TextDelta):
                    texts.append(piece.text)
                elif isinstance(piece, Finished) and piece.usage is not None:
                    finished, usage = piece, piece.usage
            return Completion(
                text="".join(texts),
                finish_reason=finished.reason,
                usage=usage,
                model=answer.model,
            )

    def count_tokens(self, text: str) -> int:
        """Tokens of one text, exact for OpenAI's current models and an estimate for others."""
        return self._tokens.count(text)

    @staticmethod
    def validate(messages: Sequence[PromptMessage]) -> None:
        """Returns when a model can be asked with these messages.

        Raises:
            InvalidInput: no message, an empty one, a system message that is not the first, or a last
                message that is not the user's.
        """
        if not messages:
            raise InvalidInput("At least one message is needed")
        if any(not message.content.strip() for message in messages):
            raise InvalidInput("A message is empty")
        if any(message.role is Role.SYSTEM for message in messages[1:]):
            raise InvalidInput("Only the first message can be a system message")
        if messages[-1].role is not Role.USER:
            raise InvalidInput("The last message must be the user's")

    async def check(self) -> None:
        """Returns when at least one model answers.

        Raises:
            ModelRefused: the preferred model does not accept its key, and no other answers.
            ModelUnavailable: the preferred model does not answer, and neither does another.
        """
        failures: list[AppError] = []
        for model in self._models:
            try:
                return await model.check()
            except (ModelRefused, ModelUnavailable) as failure:
                failures.append(failure)
        raise failures[0]

    async def close(self) -> None:
        """Every model's connections are gone."""
        for model in self._models:
            await model.close()
