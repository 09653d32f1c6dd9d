import asyncio
from collections.abc import AsyncGenerator, Sequence

from app.core.errors import AppError
from app.models.message import FinishReason
from app.ports.chat_model import Finished, Piece, Prompt, TextDelta, ToolCallDelta

Step = str | ToolCallDelta | AppError | asyncio.Event | None
"""What a model says; what it calls; how it fails; what it waits for; None waits for ever."""


class ScriptedModel:
    """Says one script per call, the last one again and again; keeps what it was asked."""

    def __init__(self, name: str, *scripts: Sequence[Step], only_quotes: bool = False) -> None:
        self.name = name
        self.only_quotes = only_quotes
        self.prompts: list[Prompt] = []
        self.closed = 0
        self.waiting = asyncio.Event()
        self._scripts = scripts

    @property
    def calls(self) -> int:
        return len(self.prompts)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        script = self._scripts[min(self.calls, len(self._scripts) - 1)]
        self.prompts.append(prompt)
        try:
            for step in script:
                if isinstance(step, AppError):
                    raise step
                if isinstance(step, str):
                    yield TextDelta(step)
                elif isinstance(step, ToolCallDelta):
                    yield step
                else:
                    self.waiting.set()
                    await (step or asyncio.Event()).wait()
            calls = any(isinstance(step, ToolCallDelta) for step in script)
            yield Finished(FinishReason.TOOL_CALLS if calls else FinishReason.STOP, None)
        finally:
            self.closed += 1

    async def check(self) -> None:
        for step in self._scripts[0]:
            if isinstance(step, AppError):
                raise step

    async def close(self) -> None:
        pass
