"""The one door to the mem0 package: its extraction prompt, and nothing that runs.

Importing `mem0.configs.prompts` executes `mem0/__init__`, which loads the whole library (1.3 s,
99 MiB measured), writes a `config.json` with a random id and prepares telemetry. The prompt file
itself imports only the standard library, so it is executed alone (0.015 s, 3 MiB): nothing is
written, no environment variable matters, and `mem0` does not appear in `sys.modules`.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True, slots=True)
class ExtractionPrompts:
    """mem0's additive extraction prompt in its two halves."""

    system: str
    """About 8,400 tokens, the same for every call, so that an endpoint can cache it."""
    build_user_part: Callable[..., str]
    """`generate_additive_extraction_prompt`; untyped there."""


def load_extraction_prompts() -> ExtractionPrompts:
    """The prompts of the installed mem0.

    Raises:
        ImportError: mem0 is not installed, or its prompts have moved.
    """
    module = _execute_alone(_package_folder() / "configs" / "prompts.py")
    try:
        return ExtractionPrompts(
            system=module.ADDITIVE_EXTRACTION_PROMPT,
            build_user_part=module.generate_additive_extraction_prompt,
        )
    except AttributeError as error:
        raise ImportError("mem0's extraction prompt has moved; pin mem0ai 2.2") from error


def _package_folder() -> Path:
    """Where mem0 is installed; a top-level lookup executes nothing."""
    spec = importlib.util.find_spec("mem0")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("mem0ai is not installed")
    return Path(spec.submodule_search_locations[0])


def _execute_alone(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("mem0_extraction_prompts", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ImportError("mem0's prompts are not where mem0ai 2.2 has them")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
