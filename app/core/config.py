"""Every setting, its default and its unit. Nothing else reads the environment."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from app.core.bounds import (
    DocumentSettings,
    ForgettingSettings,
    ImportSettings,
    IncognitoSettings,
    RateLimitSettings,
    RunSettings,
    SocketSettings,
)
from app.core.database_settings import (
    DatabaseSettings,
    EmbeddedDatabaseSettings,
    PostgresSettings,
    StoreSettings,
    require_postgres,
)
from app.core.encryption import EncryptionSettings, keys_in
from app.core.index_settings import (
    EdgeIndexSettings,
    IndexSettings,
    PgvectorIndexSettings,
    QdrantIndexSettings,
)
from app.core.learning_settings import (
    PACE_OF_A_MODEL,
    PACE_OF_RULES,
    LearningPaceSettings,
    LearningSettings,
)
from app.core.plan_settings import PlannedSettings
from app.core.recall_settings import RecallSettings


class OfflineModelSettings(BaseModel):
    """No endpoint is configured: answers quote what is recalled, and say so."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["offline"] = "offline"


class EndpointSettings(BaseModel):
    """One model behind one OpenAI-compatible endpoint."""

    model_config = ConfigDict(frozen=True)
    model: str
    base_url: str
    api_key: SecretStr


class OpenAIModelSettings(BaseModel):
    """An OpenAI-compatible endpoint, and what answers when it does not."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["openai"] = "openai"
    primary: EndpointSettings
    fallback: EndpointSettings | None


ChatModelSettings = Annotated[
    OfflineModelSettings | OpenAIModelSettings, Field(discriminator="kind")
]


class ModelCallSettings(BaseModel):
    """Deadlines and retries of calls to the model endpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    connect_timeout_s: float = Field(default=5.0, gt=0)
    first_token_timeout_s: float = Field(default=60.0, gt=0)
    idle_timeout_s: float = Field(default=60.0, gt=0)
    attempts: int = Field(default=3, ge=1, le=10)
    retry_total_s: float = Field(default=20.0, gt=0)


class ContextSettings(BaseModel):
    """How much of what a prompt may hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    window_tokens: int = Field(default=16_000, ge=1_000)
    answer_tokens: int = Field(default=2_000, ge=100)
    memory_tokens: int = Field(default=1_500, ge=0)
    history_messages: int = Field(default=40, ge=0, le=1_000)

    @model_validator(mode="after")
    def _parts_fit_the_window(self) -> Self:
        if self.answer_tokens + self.memory_tokens >= self.window_tokens:
            raise ValueError(
                "MEMORYCHAT_CONTEXT__ANSWER_TOKENS and __MEMORY_TOKENS together leave nothing of "
                "__WINDOW_TOKENS: raise the window or lower one of them."
            )
        return self


class Settings(PlannedSettings):
    """The whole configuration. Without any variable set it describes the embedded default."""

    model_config = SettingsConfigDict(
        env_prefix="MEMORYCHAT_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    port: int = Field(default=8000, ge=0, le=65_535, validation_alias="PORT")
    data_dir: Path = Path("data")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_body_bytes: int = Field(default=8_000_000, ge=200_000)

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    supabase_db_url: SecretStr | None = Field(default=None, validation_alias="SUPABASE_DB_URL")
    database: DatabaseSettings = DatabaseSettings()
    redis_url: SecretStr | None = Field(default=None, validation_alias="REDIS_URL")
    background: bool = True
    database_key: SecretStr | None = None
    jwt_secret: SecretStr | None = None
    access_token_s: int = Field(default=900, ge=30)
    refresh_token_s: int = Field(default=30 * 86_400, ge=60)
    bcrypt_cost: int = Field(default=12, ge=4, le=16)
    time_zone: str = "UTC"

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    openai_model: str | None = Field(default=None, validation_alias="OPENAI_MODEL")
    openai_fallback_model: str | None = Field(
        default=None, validation_alias="OPENAI_FALLBACK_MODEL"
    )
    openai_fallback_base_url: str | None = Field(
        default=None, validation_alias="OPENAI_FALLBACK_BASE_URL"
    )
    openai_fallback_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_FALLBACK_API_KEY"
    )

    qdrant_url: str | None = Field(default=None, validation_alias="QDRANT_URL")
    qdrant_api_key: SecretStr | None = Field(default=None, validation_alias="QDRANT_API_KEY")
    qdrant_collection: str = Field(
        default="memorychat", validation_alias="QDRANT_COLLECTION", pattern=r"^[A-Za-z0-9_-]{1,60}$"
    )

    model_call: ModelCallSettings = ModelCallSettings()
    context: ContextSettings = ContextSettings()
    recall: RecallSettings = RecallSettings()
    learning: LearningSettings = LearningSettings()
    runs: RunSettings = RunSettings()
    sockets: SocketSettings = SocketSettings()
    incognito: IncognitoSettings = IncognitoSettings()
    forgetting: ForgettingSettings = ForgettingSettings()
    imports: ImportSettings = ImportSettings()
    documents: DocumentSettings = DocumentSettings()
    rate_limits: RateLimitSettings = RateLimitSettings()
    encryption: EncryptionSettings = EncryptionSettings()

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, given: str) -> str:
        try:
            ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                "MEMORYCHAT_TIME_ZONE is no IANA time zone: set one such as Europe/Oslo."
            ) from None
        return given

    @field_validator(
        "openai_api_key",
        "openai_base_url",
        "openai_model",
        "openai_fallback_model",
        "openai_fallback_base_url",
        "openai_fallback_api_key",
        "jwt_secret",
        "database_key",
        "qdrant_url",
        "qdrant_api_key",
        "database_url",
        "redis_url",
        "supabase_db_url",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("database_key")
    @classmethod
    def _is_one_key(cls, given: SecretStr | None) -> SecretStr | None:
        if given and len(keys_in(given.get_secret_value())) > 1:
            raise ValueError("there are several keys: set one")
        return given

    @model_validator(mode="after")
    def _combinations_make_sense(self) -> Self:
        self._refuse_two_databases()
        if self.jwt_secret and len(self.jwt_secret.get_secret_value().encode()) < 32:
            raise ValueError("MEMORYCHAT_JWT_SECRET is shorter than 32 bytes: set a longer one.")
        if self.openai_api_key is None and self.openai_base_url is None:
            self._refuse_without_endpoint()
        elif self.openai_model is None:
            raise ValueError(
                "OPENAI_API_KEY or OPENAI_BASE_URL is set, but no model: set OPENAI_MODEL."
            )
        if self.openai_fallback_model is None and (
            self.openai_fallback_base_url or self.openai_fallback_api_key
        ):
            raise ValueError(
                "A fallback endpoint is set, but no model on it: set OPENAI_FALLBACK_MODEL."
            )
        for name in ("openai_base_url", "openai_fallback_base_url", "qdrant_url"):
            url = getattr(self, name)
            if url and urlsplit(url).scheme not in {"http", "https"}:
                raise ValueError(f"{name.upper()} is not an http(s) address: set a full URL.")
        return self

    def _refuse_two_databases(self) -> None:
        require_postgres("DATABASE_URL", self.database_url)
        require_postgres("SUPABASE_DB_URL", self.supabase_db_url)
        if self.database_url and self.supabase_db_url and self.database_url != self.supabase_db_url:
            raise ValueError("DATABASE_URL and SUPABASE_DB_URL differ: set one of them.")
        if self.database_key and (self.database_url or self.supabase_db_url):
            raise ValueError(
                "MEMORYCHAT_DATABASE_KEY encrypts the embedded database only: unset it, and see to "
                "the encryption of the server's disks."
            )

    def _refuse_without_endpoint(self) -> None:
        if self.openai_model or self.openai_fallback_model:
            raise ValueError(
                "OPENAI_MODEL or OPENAI_FALLBACK_MODEL is set, but no endpoint: set "
                "OPENAI_API_KEY (and OPENAI_BASE_URL unless it is OpenAI's own)."
            )

    @property
    def store(self) -> StoreSettings:
        """Which database holds everything."""
        url = self.database_url or self.supabase_db_url
        if url is None:
            return EmbeddedDatabaseSettings()
        return PostgresSettings(url=url, bounds=self.database)

    @property
    def learning_pace(self) -> LearningPaceSettings:
        """When what was said is learnt from: rules are quick, a model is dear."""
        is_offline = isinstance(self.chat_model, OfflineModelSettings)
        pace = PACE_OF_RULES if is_offline else PACE_OF_A_MODEL
        chosen = self.learning.model_dump(include={"turns", "idle_s", "max_wait_s"})
        return pace.model_copy(
            update={name: value for name, value in chosen.items() if value is not None}
        )

    @property
    def index(self) -> IndexSettings:
        """Where vectors are kept."""
        if self.qdrant_url:
            return QdrantIndexSettings(
                url=self.qdrant_url, api_key=self.qdrant_api_key, collection=self.qdrant_collection
            )
        if isinstance(self.store, PostgresSettings):
            return PgvectorIndexSettings(url=self.store.url)
        return EdgeIndexSettings()

    @property
    def chat_model(self) -> ChatModelSettings:
        """Which model answers."""
        if self.openai_model is None:
            return OfflineModelSettings()
        base_url = self.openai_base_url or "https://api.openai.com/v1"
        api_key = self.openai_api_key or SecretStr("none")
        fallback = None
        if self.openai_fallback_model:
            fallback = EndpointSettings(
                model=self.openai_fallback_model,
                base_url=self.openai_fallback_base_url or base_url,
                api_key=self.openai_fallback_api_key or api_key,
            )
        primary = EndpointSettings(model=self.openai_model, base_url=base_url, api_key=api_key)
        return OpenAIModelSettings(primary=primary, fallback=fallback)
