"""Simon Willison's `llm`, by its command line: its words are what its user sees."""

import inspect
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from llm.cli import cli

from tests.clients.drivers.functions import weather
from tests.clients.drivers.stage import Order, perform

MODELS = Path(os.environ["LLM_USER_PATH"]) / "extra-openai-models.yaml"


def said(order: Order, *options: str) -> Mapping[str, Any]:
    """What the command prints, and how it ends."""
    model = {
        "model_id": "memory",
        "model_name": order.model,
        "api_base": order.base_url,
        "api_key_name": "memory",
        "headers": order.headers,
        "supports_tools": True,
        "responses": order.responds,
    }
    MODELS.write_text(json.dumps([model]))  # which is YAML as well
    arguments = ["prompt", "-m", "memory", "--key", order.key, *options, order.text]
    result = CliRunner().invoke(cli, arguments)
    if result.exit_code:
        words, raised = result.stderr.strip(), f"exit {result.exit_code}"
        return {"raised": raised, "kinds": [], "words": words, "pieces": [result.stdout]}
    return {"text": result.stdout.strip(), "pieces": [result.stdout]}


def chat(order: Order) -> Mapping[str, Any]:
    return said(order, "--no-stream")


def stream(order: Order) -> Mapping[str, Any]:
    return said(order)


def tools(order: Order) -> Mapping[str, Any]:
    return said(order, "--functions", inspect.getsource(weather), "--no-stream")


perform(chat=chat, stream=stream, tools=tools)
