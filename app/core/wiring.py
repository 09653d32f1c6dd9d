"""Groups of services from ports and settings. Adapters are named in `container.py` only."""

from typing import Final
from zoneinfo import ZoneInfo

from app.core.config import Settings
from app.core.process_state import ProcessState
from app.core.quota_wiring import quotas_of, usage_book
from app.core.security import AccessTokens, Passwords
from app.models.clock import utc_now
from app.models.prompt_texts import PromptTexts
from app.ports.database import Database
from app.ports.identity import AuthService, Identity
from app.ports.portable import FileFormats
from app.ports.storage import Storage
from app.ports.token_counter import TokenCounter
from app.services.accounts import Accounts
from app.services.answering import Answerer
from app.services.api_keys import ApiKeys
from app.services.bounding import TokenBounds
from app.services.chat_service import ChatService
from app.services.continuing import Continuing
from app.services.elsewhere import Elsewhere
from app.services.exporting import Exporting
from app.services.holding import HeldTranscript
from app.services.identities import Identities
from app.services.imports.importing import Importing
from app.services.imports.reading import Reading
from app.services.intents import Intents
from app.services.items import Items
from app.services.llm_service import LLMService
from app.services.mem0_service import Mem0Service
from app.services.open_streams import OpenStreams
from app.services.originals import Originals
from app.services.portability import Portability
from app.services.previews import Previews
from app.services.profiles import Profiles
from app.services.prompts import Budget, PromptBuilder
from app.services.service_tokens import ServiceTokens
from app.services.service_users import ServiceUsers
from app.services.sessions import Sessions
from app.services.sign_in import RemoteSignIn
from app.services.sql_transcript import LearningPace, SqlTranscript
from app.services.supabase_service import SupabaseService
from app.services.supplied_turns import SuppliedDesk
from app.services.transfers import Transfers
from app.services.turn_memory import BlankMemory, TurnMemory
from app.services.turn_parts import Substitutions
from app.services.turns import TurnDesk
from app.services.upkeep import Upkeep

TRANSFERS_AT_ONCE: Final = 2
"""Each takes one of the database's threads, and most of a processor."""


def supabase(
    settings: Settings,
    database: Database,
    *,
    secret: str,
    passwords: Passwords,
    identity: Identity,
    service: AuthService | None,
    streams: OpenStreams,
) -> SupabaseService:
    """Accounts and profiles over a database."""
    tokens = AccessTokens(secret=secret, lifetime_s=settings.access_token_s, clock=utc_now)
    identities = Identities(database, identity=identity, clock=utc_now)
    api_keys = ApiKeys(database, streams=streams, clock=utc_now)
    profiles = Profiles(database, clock=utc_now)
    accounts = Accounts(
        database,
        passwords=passwords,
        tokens=tokens,
        identities=identities,
        api_keys=api_keys,
        streams=streams,
        refresh_lifetime_s=settings.refresh_token_s,
        clock=utc_now,
    )
    return SupabaseService(
        database=database,
        identity=identity,
        accounts=accounts,
        api_keys=api_keys,
        sign_in=accounts
        if service is None
        else RemoteSignIn(database, service=service, identities=identities, local=accounts),
        elsewhere=Elsewhere(database, service=service, clock=utc_now),
        service_tokens=ServiceTokens(database, secret=secret, clock=utc_now),
        service_users=ServiceUsers(database, accounts=accounts, profiles=profiles, clock=utc_now),
        profiles=profiles,
        intents=Intents(database, secret=secret, clock=utc_now),
        usage=usage_book(settings, database),
    )


def portability(
    settings: Settings,
    database: Database,
    *,
    files: FileFormats,
    mem0: Mem0Service,
    state: ProcessState,
) -> Portability:
    """Files out and in."""
    transfers = Transfers(at_once=TRANSFERS_AT_ONCE)
    reading = Reading(
        database, importers=files.importers, quotas=quotas_of(settings), clock=utc_now
    )
    return Portability(
        reading=reading,
        exporting=Exporting(
            database,
            exporter=files.exporter,
            scratch=files.scratch,
            transfers=transfers,
            departures=state.departures,
            clock=utc_now,
        ),
        importing=Importing(
            database,
            reading=reading,
            scratch=files.scratch,
            transfers=transfers,
            indexer=mem0.indexer,
            learner=mem0.learner,
            feed=state.feed,
            clock=utc_now,
            carrier=state.carrier,
        ),
    )


def substitutions(settings: Settings, *, state: ProcessState, memory: TurnMemory) -> Substitutions:
    """What turns are made of: the parts that keep and remember, and those that do not."""
    pace = settings.learning_pace
    kept = SqlTranscript(
        pace=LearningPace(turns=pace.turns, idle_s=pace.idle_s, max_wait_s=pace.max_wait_s),
        clock=utc_now,
    )
    unkept = HeldTranscript(state.incognito, state.holdings)
    return Substitutions(kept=kept, unkept=unkept, remembering=memory, blank=BlankMemory())


def prompts(settings: Settings, *, tokens: TokenCounter, texts: PromptTexts) -> PromptBuilder:
    """Prompts that fit the model's window."""
    context = settings.context
    budget = Budget(
        window_tokens=context.window_tokens,
        answer_tokens=context.answer_tokens,
        memory_tokens=context.memory_tokens,
    )
    return PromptBuilder(texts=texts, tokens=tokens, budget=budget)


def chat(
    settings: Settings,
    database: Database,
    *,
    secret: str,
    parts: Substitutions,
    mem0: Mem0Service,
    llm: LLMService,
    prompts: PromptBuilder,
    state: ProcessState,
) -> ChatService:
    """The turn."""
    quotas, bounds = quotas_of(settings), TokenBounds(prompts, count=llm.count_tokens)
    desk = TurnDesk(
        parts,
        prompts=prompts,
        quotas=quotas,
        bounds=bounds,
        history_messages=settings.context.history_messages,
        lease_s=settings.runs.lease_s,
        zone=ZoneInfo(settings.time_zone),
        clock=utc_now,
    )
    answerer = Answerer(
        database, desk=desk, llm=llm, prompts=prompts, metrics=state.metrics, clock=utc_now
    )
    return ChatService(
        database,
        desk=desk,
        supplied=SuppliedDesk(
            parts,
            quotas=quotas,
            bounds=bounds,
            secret=secret,
            zone=ZoneInfo(settings.time_zone),
            clock=utc_now,
        ),
        answerer=answerer,
        runs=state.runs,
        memory=state.memory,
        indexer=mem0.indexer,
        learner=mem0.learner,
        feed=state.feed,
        continuing=Continuing(database, parts=parts, runs=state.runs),
        clock=utc_now,
    )


def sessions(
    database: Database,
    *,
    parts: Substitutions,
    mem0: Mem0Service,
    state: ProcessState,
) -> Sessions:
    """Sessions and their messages."""
    return Sessions(
        database,
        parts=parts,
        incognito=state.incognito,
        holdings=state.holdings,
        forgetting=mem0.forgetting,
        indexer=mem0.indexer,
        feed=state.feed,
        items=Items(database, parts=parts, holdings=state.holdings),
        clock=utc_now,
    )


def upkeep(
    settings: Settings, database: Database, *, storage: Storage, state: ProcessState
) -> Upkeep:
    """What has to happen again and again."""
    return Upkeep(
        database,
        runs=state.runs,
        incognito=state.incognito,
        originals=Originals(database, storage=storage),
        quotas=quotas_of(settings),
        membership=state.company.membership if state.company else None,
        lease_s=settings.runs.lease_s,
        clock=utc_now,
    )


def previews(
    settings: Settings,
    database: Database,
    *,
    parts: Substitutions,
    prompts: PromptBuilder,
    tokens: TokenCounter,
) -> Previews:
    """Prompts as turns would send them, out of as much history."""
    return Previews(
        database,
        parts=parts,
        prompts=prompts,
        tokens=tokens,
        history_messages=settings.context.history_messages,
        zone=ZoneInfo(settings.time_zone),
        clock=utc_now,
    )
