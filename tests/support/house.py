"""Every service over a real SQLite file and an exact index in memory, with people to use it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import uuid4

from app.adapters.documents.reader import BoundedReader
from app.adapters.folder_storage import FolderStorage
from app.adapters.memory_index import NumpyIndex
from app.adapters.process_bus import ProcessHub
from app.adapters.prompt_files import load_prompt_texts
from app.adapters.rule_extractor import RuleExtractor
from app.adapters.sql.engines import open_engines
from app.adapters.sql.store import SqlStore
from app.core import memory_wiring, wiring
from app.core.config import Settings
from app.core.learning_settings import LearningSettings
from app.core.privacy import PrivacyMode
from app.core.process_state import process_state
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.ids import ProfileId, SessionId, UserId, new_id
from app.models.memory import Memory
from app.models.message import Message
from app.models.plan import DEFAULT_PLAN
from app.models.process import Process
from app.models.profile import Learning, Profile
from app.models.user import Caller, User, UserRole
from app.ports.chat_model import ChatModel
from app.ports.database import Database, Transaction
from app.ports.document_reader import DocumentFiles
from app.ports.extractor import Extractor
from app.services.chat_service import ChatService
from app.services.incognito import IncognitoTranscripts
from app.services.llm_service import LLMService, RetryPolicy
from app.services.mem0_service import Mem0Service
from app.services.originals import Originals
from app.services.profiles import Profiles
from app.services.run_views import RunViews
from app.services.runs import Run, Runs
from app.services.sessions import Sessions
from app.services.summaries import Summaries
from app.services.transfers import Departures
from tests.support.database import at_head
from tests.support.scripted_model import ScriptedModel
from tests.support.talk import ASSETS, TOKENS
from tests.support.word_embedder import WordEmbedder

AT_ONCE: Final = LearningSettings(idle_s=0, max_wait_s=0, backoff_s=0, attempts=3)
ONE_TRY: Final = RetryPolicy(attempts=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The services, and Ada, who lives there with one profile."""

    database: Database
    index: NumpyIndex
    originals: Originals
    mem0: Mem0Service
    chat: ChatService
    sessions: Sessions
    summaries: Summaries
    incognito: IncognitoTranscripts
    runs: Runs
    departures: Departures
    run_views: RunViews
    profiles: Profiles
    ada: Caller
    family: Profile

    async def session(
        self,
        mode: PrivacyMode = PrivacyMode.NORMAL,
        *,
        profile: Profile | None = None,
        reads: Sequence[Profile] = (),
    ) -> SessionId:
        """A new session of Ada's."""
        view = await self.sessions.create(
            self.ada,
            profile_id=(profile or self.family).id,
            mode=mode,
            title=None,
            reads=[one.id for one in reads],
        )
        return view.session.id

    async def say(self, session: SessionId, text: str, *, mode: PrivacyMode | None = None) -> Run:
        """The run that answered, at its end."""
        run = await self.chat.start_run(self.ada, session, text, mode=mode)
        await run.wait()
        return run

    async def messages(self, session: SessionId) -> Sequence[Message]:
        """What is listed of a session."""
        page = await self.sessions.messages(self.ada, session, before=None, limit=100)
        return [view.message for view in page.items]

    async def memories(self, profile: Profile | None = None) -> Sequence[Memory]:
        """Every memory of a profile, newest first, of any status."""
        page = await self.mem0.book.page(
            self.ada, (profile or self.family).id, kind=None, status=None, after=None, limit=100
        )
        return page.items

    async def profile(self, name: str, learning: Learning = Learning.AUTO) -> Profile:
        """A further profile of Ada's."""
        return await self.profiles.create(
            self.ada,
            name=name,
            description=None,
            persona=None,
            learning=learning,
            is_default=False,
        )

    async def settle(self) -> None:
        """Everything that was said is learnt, as far as it can be, and indexed."""
        while await self.mem0.learner.work_off_one():
            pass
        await self.mem0.indexer.catch_up()

    async def recalled(self, text: str, profile: Profile | None = None) -> list[str]:
        """What a turn would be given to remember by."""
        current = await self.profiles.get(self.ada, (profile or self.family).id)
        found = await self.mem0.recaller.recall(current, text, by=self.ada, shown=None)
        return [one.content for one in found.memories]

    async def pending(self) -> int:
        """How many changes the index has still to follow."""
        return await self.database.read(
            lambda tx: tx.index_changes.count(self.family.id), by=SYSTEM
        )


@asynccontextmanager
async def a_house(
    folder: Path,
    *models: ChatModel,
    extractor: Extractor | None = None,
    learning: LearningSettings = AT_ONCE,
    index: NumpyIndex | None = None,
    hub: ProcessHub | None = None,
) -> AsyncIterator[House]:
    """A house whose models say what they are told to; one that says "Noted." without any."""
    database, ada, family = await _home(folder)
    settings = Settings(data_dir=folder, learning=learning)
    llm = LLMService(
        models or [ScriptedModel("scripted", ["Noted."])], tokens=TOKENS, retry=ONE_TRY
    )
    index, process = index or NumpyIndex(), Process()
    bus = (hub or ProcessHub()).join(process.id)
    state = process_state(settings, database, process=process, bus=bus)
    storage = FolderStorage(folder / "documents")
    mem0 = memory_wiring.mem0(
        settings,
        database,
        index=index,
        embedder=WordEmbedder(),
        extractor=extractor or _rules(),
        files=DocumentFiles(
            reader=BoundedReader(within_s=10, memory_bytes=500_000_000),
            storage=storage,
        ),
        state=state,
    )
    parts = wiring.substitutions(settings, state=state, memory=mem0.recaller)
    prompts = wiring.prompts(settings, tokens=TOKENS, texts=load_prompt_texts(ASSETS / "prompts"))
    yield House(
        database=database,
        index=index,
        originals=Originals(database, storage=storage),
        mem0=mem0,
        chat=wiring.chat(
            settings,
            database,
            secret="of this house",
            parts=parts,
            mem0=mem0,
            llm=llm,
            prompts=prompts,
            state=state,
        ),
        sessions=wiring.sessions(database, parts=parts, mem0=mem0, state=state),
        summaries=Summaries(database, parts=parts, llm=llm, prompts=prompts),
        incognito=state.incognito,
        runs=state.runs,
        departures=state.departures,
        run_views=RunViews(database, runs=state.runs, elsewhere=state.elsewhere),
        profiles=Profiles(database, clock=utc_now),
        ada=ada,
        family=family,
    )
    await state.runs.drain(timeout_s=0)
    await database.close()


async def eventually(look: Callable[[], Awaitable[object]], *, deadline_s: float = 5.0) -> None:
    """Returns once `look` sees something; fails when the deadline has passed."""
    async with asyncio.timeout(deadline_s):
        while not await look():  # noqa: ASYNC110 - what it looks at is on disk
            await asyncio.sleep(0.01)


@cache
def _rules() -> RuleExtractor:
    """It keeps nothing from one call to the next; to compile its three hundred patterns takes 0.1 s."""
    return RuleExtractor()


async def _home(folder: Path) -> tuple[Database, Caller, Profile]:
    database = SqlStore(open_engines(f"sqlite:///{at_head(folder, 'house.db')}"))

    def move_in(tx: Transaction) -> tuple[Caller, Profile]:
        now = utc_now()
        user = User(
            id=UserId(new_id()),
            tenant_id=tx.users.default_tenant(),
            email="ada@example.com",
            display_name=None,
            role=UserRole.USER,
            plan=DEFAULT_PLAN,
            created_at=now,
            updated_at=now,
        )
        tx.users.add(user, password_hash="none")
        caller = Caller(user_id=user.id, tenant_id=user.tenant_id, login_id=uuid4())
        return caller, _family(tx, user)

    ada, family = await database.write(move_in, by=SYSTEM)
    return database, ada, family


def _family(tx: Transaction, user: User) -> Profile:
    family = Profile(
        id=ProfileId(new_id()),
        user_id=user.id,
        name="Family",
        description=None,
        is_default=True,
        persona=None,
        learning=Learning.AUTO,
        speakers=(),
        created_at=user.created_at,
        updated_at=user.created_at,
    )
    tx.profiles.add(family, tenant_id=user.tenant_id)
    return family
