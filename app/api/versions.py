"""`ETag` of what is told, `If-Match` of what is changed, `If-None-Match` of what is known already."""

import re
from collections.abc import Collection
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Response

from app.api.errors import NotModified
from app.services.versions import ANY_VERSION, Expected, Versioned, tag_of

_STRONG: Final = re.compile(r'(?:^|,)\s*"([^"]*)"')
_ANY_STRENGTH: Final = re.compile(r'(?:W/)?"([^"]*)"')
TAGGED: Final[dict[str, Any]] = {
    "ETag": {
        "description": "The version, for `If-Match` and `If-None-Match`. Another one after every change.",
        "schema": {"type": "string"},
    }
}
UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "`If-None-Match` names the present version.", "headers": TAGGED}
}


class Telling:
    """The answer tells a thing, and its version."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def tell(self, thing: Versioned) -> None:
        """The answer has the thing's `ETag`."""
        self._response.headers["ETag"] = f'"{tag_of(thing)}"'


class Reading:
    """The answer tells a thing, unless the client has this version of it."""

    def __init__(
        self,
        response: Response,
        if_none_match: Annotated[
            str | None,
            Header(description="Versions that the client has: 304 when one is the present one."),
        ] = None,
    ) -> None:
        self._response = response
        self._known = if_none_match

    def tell(self, thing: Versioned) -> None:
        """The answer has the thing's `ETag`.

        Raises:
            NotModified: the client knows this version.
        """
        tag = tag_of(thing)
        known = self._known or ""
        if known.strip() == "*" or tag in _ANY_STRENGTH.findall(known):
            raise NotModified(tag)
        self._response.headers["ETag"] = f'"{tag}"'


def _expected(
    if_match: Annotated[
        str | None,
        Header(
            description="Versions that may be changed, as `ETag` told them: 412 (`precondition-failed`) "
            "when none is the present one."
        ),
    ] = None,
) -> Expected:
    if if_match is None or if_match.strip() == "*":
        return ANY_VERSION
    tags: Collection[str] = _STRONG.findall(if_match)
    return Expected(tags)


ToldVersion = Annotated[Telling, Depends()]
ReadVersion = Annotated[Reading, Depends()]
IfMatch = Annotated[Expected, Depends(_expected)]
