"""Where vectors are kept."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class EdgeIndexSettings(BaseModel):
    """In the data folder, by Qdrant's engine in this process."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["edge"] = "edge"


class PgvectorIndexSettings(BaseModel):
    """In the Postgres that holds everything else, by pgvector."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["pgvector"] = "pgvector"
    url: SecretStr


class QdrantIndexSettings(BaseModel):
    """On a Qdrant server or cluster, in a collection for each way of making vectors."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["qdrant"] = "qdrant"
    url: str
    api_key: SecretStr | None
    collection: str


IndexSettings = Annotated[
    EdgeIndexSettings | PgvectorIndexSettings | QdrantIndexSettings, Field(discriminator="kind")
]
