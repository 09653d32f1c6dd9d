import json
from typing import Any

from app.ports.chat_model import Prompt


class ScriptedCompletion:
    """Answers that were written down beforehand, one after the other; keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.prompts: list[Prompt] = []

    async def __call__(self, prompt: Prompt) -> str:
        self.prompts.append(prompt)
        return self._answers.pop(0)


def answer(*memories: dict[str, Any]) -> str:
    """An extraction model's answer with these memories."""
    return json.dumps({"memory": [{"id": str(i), **item} for i, item in enumerate(memories)]})
