"""What responses ask of a model, as chat completions name it."""

from collections.abc import Mapping
from typing import Any, Final

_NAMED_ALIKE: Final = ("temperature", "top_p", "parallel_tool_calls")
_OF_FUNCTIONS: Final = ("name", "description", "parameters", "strict")
_OF_SCHEMAS: Final = ("name", "description", "schema", "strict")
_OF_THEIRS: Final = "only functions, which the client calls itself, can be given here"


def options_of(body: Mapping[str, Any]) -> dict[str, object]:
    """The options of a request, but for those that it leaves to the model.

    Raises:
        ValueError: one cannot be had here.
    """
    wished: dict[str, object] = {name: body.get(name) for name in _NAMED_ALIKE}
    text, reasoning = _object(body, "text"), _object(body, "reasoning")
    wished["tools"] = [_function(one, at) for at, one in enumerate(body.get("tools") or ())]
    wished["tool_choice"] = _choice(body.get("tool_choice"))
    wished["response_format"] = _format(_object(text, "format"))
    wished["verbosity"] = text.get("verbosity")
    wished["reasoning_effort"] = reasoning.get("effort")
    return {name: value for name, value in wished.items() if value not in (None, [])}


def _function(tool: object, at: int) -> Mapping[str, Any]:
    if not isinstance(tool, Mapping) or tool.get("type") != "function":
        raise ValueError(f"tools[{at}]: {_OF_THEIRS}")
    return {"type": "function", "function": _those(tool, _OF_FUNCTIONS)}


def _choice(choice: object) -> object:
    """Which function is to be called, if one is.

    Raises:
        ValueError: a tool of OpenAI's own is.
    """
    if choice is None or isinstance(choice, str):
        return choice
    if isinstance(choice, Mapping) and choice.get("type") == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}
    if isinstance(choice, Mapping) and choice.get("type") == "allowed_tools":
        tools = choice.get("tools")
        named = [_choice(one) for one in tools] if isinstance(tools, list) else []
        return {
            "type": "allowed_tools",
            "allowed_tools": {"mode": choice.get("mode"), "tools": named},
        }
    raise ValueError(f"tool_choice: {_OF_THEIRS}")


def _format(wanted: Mapping[str, Any]) -> object:
    match wanted.get("type"):
        case "json_schema":
            return {"type": "json_schema", "json_schema": _those(wanted, _OF_SCHEMAS)}
        case "json_object":
            return {"type": "json_object"}
        case None | "text":
            return None
    raise ValueError("text.format: the type is not known")


def _those(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name) is not None}


def _object(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is no object")  # noqa: TRY004 - what a schema's validators raise
    return value
