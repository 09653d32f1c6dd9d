import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from pydantic import BaseModel

from app.core.config import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"^#?\s?([A-Z][A-Z0-9_]*)=(.*)$")
OF_UVICORN = "FORWARDED_ALLOW_IPS"
"""What the server under the program reads from the environment by itself."""
UNITS = ("_S", "_MS", "_BYTES", "_TOKENS")
IS_A_COUNT_OR_A_WORD = re.compile(
    r"_(ATTEMPTS|STREAMS|CONNECTIONS|MESSAGES|TOP_K|CANDIDATES|MAX_ACTIVE|MAX_SESSIONS|MAX_CHUNKS|MAX_USER_SESSIONS|COST)$|^PORT$"
    r"|_RECALL__(THRESHOLD|LEAST_MATCH|IMPORTANCE|RECENCY|WEIGHTS__\w+|LAYERS__\w+|HALF_LIFE_DAYS__\w+)$"
)


def documented() -> dict[str, str]:
    matches = map(LINE.match, EXAMPLE.read_text(encoding="utf-8").splitlines())
    return {match[1]: match[2] for match in matches if match}


def settings() -> Iterator[tuple[str, Any]]:
    """The variable and the default of each setting."""
    prefix = Settings.model_config.get("env_prefix", "")
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"{prefix}{name}".upper())
        yield from parts(variable, field.default)


def parts(variable: str, default: object) -> Iterator[tuple[str, Any]]:
    """The setting itself, or those that it is made of."""
    if not isinstance(default, BaseModel):
        yield variable, default
        return
    for part, inner in type(default).model_fields.items():
        yield from parts(f"{variable}__{part}".upper(), inner.default)


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    assert documented().keys() == {*dict(settings()), OF_UVICORN}


def test_the_example_gives_the_default_of_uvicorns_own_variable() -> None:
    assert OF_UVICORN not in os.environ
    assert documented()[OF_UVICORN] == uvicorn.Config("app").forwarded_allow_ips


@pytest.mark.parametrize(("variable", "default"), list(settings()))
def test_the_example_gives_the_default(variable: str, default: object) -> None:
    written = documented()[variable]
    if default is None or default == ():
        assert written == ""
    elif isinstance(default, bool):
        assert written == str(default).lower()
    elif isinstance(default, int | float):
        assert float(written) == default
    else:
        assert written == str(default)


@pytest.mark.parametrize(
    "variable", [name for name, default in settings() if isinstance(default, int | float)]
)
def test_numbers_name_their_unit(variable: str) -> None:
    if isinstance(dict(settings())[variable], bool):
        return
    assert variable.endswith(UNITS) or IS_A_COUNT_OR_A_WORD.search(variable)


def test_the_example_as_it_stands_changes_nothing() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)
