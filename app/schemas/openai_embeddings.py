"""Texts to be embedded, and their vectors, as OpenAI's clients have them."""

from base64 import b64encode
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.schemas.fields import Answer, Words

Token = Annotated[int, Field(ge=0, lt=1 << 31)]


def _not_empty(given: Any) -> Any:
    if not given:
        raise ValueError("must not be empty")
    return given


class EmbeddingRequest(BaseModel):
    """Texts to be embedded. What is not known is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: Annotated[
        str,
        Field(
            min_length=1,
            max_length=300,
            description="`memorychat`, or the embedding model by its own name.",
            examples=["memorychat"],
        ),
    ]
    input: Annotated[
        Words | list[Words] | list[Token] | list[list[Token]],
        AfterValidator(_not_empty),
        Field(description="A text, or its tokens in o200k_base; or a list of either."),
    ]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[
        int | None, Field(ge=1, description="The model's own length of vectors, or nothing.")
    ] = None


class EmbeddedText(Answer):
    """The vector of one text."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str = Field(
        description="L2-normalised; with `base64`, little-endian 32-bit floats."
    )

    @classmethod
    def of(cls, vector: NDArray[np.float32], *, index: int, as_base64: bool) -> "EmbeddedText":
        """A row of vectors."""
        if as_base64:
            return cls(index=index, embedding=b64encode(vector.astype("<f4").tobytes()).decode())
        return cls(index=index, embedding=vector.tolist())


class EmbeddingUsage(Answer):
    """Tokens of all texts together, as o200k_base counts them."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Answer):
    """The vectors, in the order of their texts."""

    object: Literal["list"] = "list"
    data: list[EmbeddedText]
    model: str = Field(description="Which model they are of: compare them with no other's.")
    usage: EmbeddingUsage
