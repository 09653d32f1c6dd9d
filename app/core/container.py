"""The composition root: Settings in, services out. The only module that names adapters."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from app.adapters.bundled_tokens import BundledTokens
from app.adapters.data_folder import DataFolder
from app.adapters.documents.reader import BoundedReader
from app.adapters.minilm import MiniLmEmbedder
from app.adapters.offline_chat import OfflineChatModel
from app.adapters.prompt_files import load_prompt_texts
from app.adapters.rule_extractor import RuleExtractor
from app.core import memory_wiring, wiring
from app.core.company import open_bus, open_limits, require_company, this_process
from app.core.config import (
    EndpointSettings,
    OfflineModelSettings,
    OpenAIModelSettings,
    Settings,
)
from app.core.file_formats import file_formats
from app.core.indexes import open_index
from app.core.issuers import auth_service_of, issuers_of
from app.core.process_state import ProcessState, process_state
from app.core.security import Passwords
from app.core.storage import open_database, storage_of
from app.models.clock import uptime_s, utc_now
from app.models.process import ProcessRole
from app.ports.chat_model import ChatModel, Prompt
from app.ports.database import Database
from app.ports.document_reader import DocumentFiles
from app.ports.embedder import Embedder
from app.ports.extractor import Extractor
from app.ports.rate_limiter import RateLimiter
from app.ports.storage import Storage
from app.ports.token_counter import TokenCounter
from app.ports.vector_index import VectorIndex
from app.services.chat_service import ChatService
from app.services.elsewhere import Elsewhere
from app.services.llm_service import LLMService, RetryPolicy
from app.services.mem0_service import Mem0Service
from app.services.portability import Portability
from app.services.previews import Previews
from app.services.prompts import PromptBuilder
from app.services.readiness import Readiness
from app.services.run_views import RunViews
from app.services.sessions import Sessions
from app.services.summaries import Summaries
from app.services.supabase_service import SupabaseService
from app.services.upkeep import Upkeep

ASSETS: Final = Path(__file__).parents[1] / "assets"


@dataclass(frozen=True, slots=True)
class Stores:
    """What an installation stands on: the parts that hold files, and so are opened first."""

    folder: DataFolder
    secret: str
    database: Database
    index: VectorIndex
    embedder: Embedder
    tokens: TokenCounter
    storage: Storage


@dataclass(frozen=True, slots=True)
class Container:
    """Every service, built once; closed in the order of `close`."""

    settings: Settings
    stores: Stores
    state: ProcessState
    limits: RateLimiter
    supabase: SupabaseService
    mem0: Mem0Service
    llm: LLMService
    chat: ChatService
    sessions: Sessions
    summaries: Summaries
    previews: Previews
    run_views: RunViews
    upkeep: Upkeep
    readiness: Readiness
    portability: Portability
    passwords: Passwords

    @property
    def keepalive_s(self) -> float:
        """Seconds of silence after which a stream gets a comment."""
        return self.settings.runs.keepalive_s

    async def drain(self) -> None:
        """No run goes on, none starts, and whoever listened has heard the end."""
        await self.state.drain(timeout_s=self.settings.runs.drain_s)
        await self.portability.importing.close(timeout_s=self.settings.runs.drain_s)

    async def close(self) -> None:
        """Everything is flushed, and files, threads and connections are let go."""
        await self.limits.close()
        await self.llm.close()
        await self.supabase.identity.close()
        await self.stores.storage.close()
        await self.stores.embedder.close()
        await self.stores.index.close()
        await self.supabase.database.close()
        self.passwords.close()
        self.stores.folder.close()


def build(settings: Settings, *, role: ProcessRole = ProcessRole.SERVER) -> Container:
    """The services of an installation, its schema at head.

    Raises:
        StartRefused: another process has its folder open, it cannot be written, or the database is
            damaged.
    """
    return wire(settings, open_stores(settings), role=role)


def open_stores(settings: Settings) -> Stores:
    """The stores of an embedded installation, its schema at head.

    Raises:
        StartRefused: another process has its folder open, it cannot be written, or the database
            is damaged, or encrypted otherwise than the settings say.
    """
    folder = DataFolder(settings.data_dir)
    database = open_database(settings, folder)
    embedder = MiniLmEmbedder(ASSETS / "minilm-l6")
    return Stores(
        folder=folder,
        secret=settings.jwt_secret.get_secret_value() if settings.jwt_secret else folder.secret(),
        database=database,
        index=open_index(settings, folder, embedder),
        embedder=embedder,
        tokens=BundledTokens(ASSETS / "o200k_base.tiktoken"),
        storage=storage_of(settings, folder, database),
    )


def wire(
    settings: Settings, stores: Stores, *, role: ProcessRole = ProcessRole.SERVER
) -> Container:
    """The services over stores that are open.

    Raises:
        StartRefused: what several processes need is not configured.
    """
    database = stores.database
    state = _state(settings, stores, role)
    passwords = Passwords(cost=settings.bcrypt_cost)
    supabase = _supabase(settings, stores, passwords, state)
    llm = _llm(settings, stores.tokens)
    mem0 = _mem0(settings, stores, llm=llm, state=state, elsewhere=supabase.elsewhere)
    parts = wiring.substitutions(settings, state=state, memory=mem0.recaller)
    prompts = _prompts(settings, stores.tokens)
    return Container(
        settings=settings,
        stores=stores,
        state=state,
        limits=open_limits(settings, secret=stores.secret),
        supabase=supabase,
        mem0=mem0,
        llm=llm,
        chat=wiring.chat(
            settings,
            database,
            secret=stores.secret,
            parts=parts,
            mem0=mem0,
            llm=llm,
            prompts=prompts,
            state=state,
        ),
        sessions=wiring.sessions(database, parts=parts, mem0=mem0, state=state),
        previews=wiring.previews(
            settings, database, parts=parts, prompts=prompts, tokens=stores.tokens
        ),
        summaries=Summaries(database, parts=parts, llm=llm, prompts=prompts),
        run_views=RunViews(database, runs=state.runs, elsewhere=state.elsewhere),
        upkeep=wiring.upkeep(settings, database, storage=stores.storage, state=state),
        readiness=_readiness(stores, supabase=supabase, llm=llm, state=state),
        portability=wiring.portability(
            settings, database, files=file_formats(settings, stores.folder), mem0=mem0, state=state
        ),
        passwords=passwords,
    )


def _prompts(settings: Settings, tokens: TokenCounter) -> PromptBuilder:
    return wiring.prompts(settings, tokens=tokens, texts=load_prompt_texts(ASSETS / "prompts"))


def _state(settings: Settings, stores: Stores, role: ProcessRole) -> ProcessState:
    require_company(settings, shared=not stores.database.exclusive)
    process = this_process(settings, role=role)
    bus = open_bus(settings, process, secret=stores.secret)
    return process_state(settings, stores.database, process=process, bus=bus)


def _mem0(
    settings: Settings,
    stores: Stores,
    *,
    llm: LLMService,
    state: ProcessState,
    elsewhere: Elsewhere,
) -> Mem0Service:
    bounds = settings.documents
    reader = BoundedReader(within_s=bounds.read_s, memory_bytes=bounds.read_memory_bytes)
    return memory_wiring.mem0(
        settings,
        stores.database,
        index=stores.index,
        embedder=stores.embedder,
        extractor=_extractor(settings, llm),
        files=DocumentFiles(reader=reader, storage=stores.storage),
        state=state,
        elsewhere=elsewhere,
    )


def _supabase(
    settings: Settings, stores: Stores, passwords: Passwords, state: ProcessState
) -> SupabaseService:
    return wiring.supabase(
        settings,
        stores.database,
        secret=stores.secret,
        passwords=passwords,
        identity=issuers_of(settings),
        service=auth_service_of(settings),
        streams=state.streams,
    )


def _readiness(
    stores: Stores, *, supabase: SupabaseService, llm: LLMService, state: ProcessState
) -> Readiness:
    near = {
        "database": stores.database.check,
        "writing": stores.database.check_writing,
        "index": stores.index.check,
        "identity": supabase.identity.check,
        "peers": state.peers.check,
    }
    far = {"originals": stores.storage.check, "model": llm.check}
    return Readiness(near, far=far, uptime_s=uptime_s)


def _llm(settings: Settings, tokens: TokenCounter) -> LLMService:
    retry = RetryPolicy(
        attempts=settings.model_call.attempts, total_s=settings.model_call.retry_total_s
    )
    return LLMService(_chat_models(settings, tokens), tokens=tokens, retry=retry)


def _chat_models(settings: Settings, tokens: TokenCounter) -> Sequence[ChatModel]:
    match settings.chat_model:
        case OfflineModelSettings():
            return [OfflineChatModel(tokens)]
        case OpenAIModelSettings(primary=primary, fallback=fallback):
            endpoints = [primary, fallback] if fallback else [primary]
            return [_endpoint(settings, endpoint) for endpoint in endpoints]
        case never:
            assert_never(never)


def _endpoint(settings: Settings, endpoint: EndpointSettings) -> ChatModel:
    from app.adapters.openai_chat import OpenAIChatModel  # noqa: PLC0415 - 0.9 s that offline saves

    call = settings.model_call
    return OpenAIChatModel(
        name=endpoint.model,
        api_key=endpoint.api_key.get_secret_value(),
        base_url=endpoint.base_url,
        connect_timeout_s=call.connect_timeout_s,
        first_token_timeout_s=call.first_token_timeout_s,
        idle_timeout_s=call.idle_timeout_s,
    )


def _extractor(settings: Settings, llm: LLMService) -> Extractor:
    match settings.chat_model:
        case OfflineModelSettings():
            return RuleExtractor()
        case OpenAIModelSettings():
            from app.adapters.mem0_extractor import Mem0Extractor  # noqa: PLC0415 - as above

            async def complete(prompt: Prompt) -> str:
                return (await llm.complete(prompt)).text

            return Mem0Extractor(complete, clock=utc_now)
        case never:
            assert_never(never)
