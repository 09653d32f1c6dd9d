"""Tools and other wishes of Anthropic's protocol, as chat completions name them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_SAME: Final = ("temperature", "top_p", "top_k")
_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}


def completion_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked of the model beside the conversation and its length.

    Raises:
        ValueError: a tool that only its maker's own endpoint has, or a choice that is not known.
    """
    options = {name: given[name] for name in _SAME if given.get(name) is not None}
    if stop := given.get("stop_sequences"):
        options["stop"] = stop
    if tools := given.get("tools"):
        options["tools"] = list(_tools(tools))
    if choice := given.get("tool_choice"):
        options |= _choice(choice)
    if (schema := _schema(given.get("output_config"))) is not None:
        answer = {"name": "answer", "schema": schema, "strict": True}
        options["response_format"] = {"type": "json_schema", "json_schema": answer}
    return options


def _tools(tools: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for position, tool in enumerate(tools):
        if not isinstance(tool.get("input_schema"), Mapping):
            raise ValueError(  # noqa: TRY004 - what validators raise
                f"tools[{position}]: has no input_schema; tools that run elsewhere are not there"
            )
        function = {
            "name": tool.get("name"),
            "description": tool.get("description"),
            "parameters": tool["input_schema"],
            "strict": tool.get("strict"),
        }
        told = {name: value for name, value in function.items() if value is not None}
        yield {"type": "function", "function": told}


def _choice(choice: Mapping[str, Any]) -> dict[str, Any]:
    match choice:
        case {"type": "tool", "name": str(name)}:
            chosen: Any = {"type": "function", "function": {"name": name}}
        case {"type": str(kind)} if kind in _CHOICES:
            chosen = _CHOICES[kind]
        case _:
            raise ValueError("tool_choice: is not known")
    alone = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    return {"tool_choice": chosen, **alone}


def _schema(config: Mapping[str, Any] | None) -> object:
    """Of the JSON that is wanted; None when it is free."""
    wanted = (config or {}).get("format")
    return wanted.get("schema") if isinstance(wanted, Mapping) else None
