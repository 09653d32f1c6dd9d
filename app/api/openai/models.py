from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Header

from app.api.deps import ChatUser, Services
from app.api.problems import compatible_problems
from app.api.selection import MODEL, TASK_MODEL, explained, named_model
from app.core.errors import ProfileNotFound
from app.core.privacy import PrivacyMode
from app.models.profile import Profile
from app.schemas.anthropic_answers import ListedModels, ModelInfo, ModelInfoList, OneModel
from app.schemas.openai_answers import ModelAnswer, ModelList

router = APIRouter(prefix="/v1/models", tags=["openai"], responses=compatible_problems(401, 429))

Version = Annotated[
    str | None, Header(description="Sent by Anthropic's clients: the answer is in their form.")
]

MOST: Final = 1_000
"""Profiles that are listed."""


@router.get("")
async def list_models(
    caller: ChatUser, services: Services, anthropic_version: Version = None
) -> ListedModels:
    """List the caller's profiles as models: each in normal mode, and with the mode after its name."""
    page = await services.supabase.profiles.page(caller, after=None, limit=MOST)
    default = next((one for one in page.items if one.is_default), page.items[0])
    names = [(MODEL, default), *((f"{MODEL}/{one.name}", one) for one in page.items)]
    data = [answer for name, profile in names for answer in _in_every_mode(name, profile)]
    models = ModelList(data=[*data, _answer(TASK_MODEL, default)])
    return ListedModels(ModelInfoList.of(models) if anthropic_version else models)


@router.get("/{model_id:path}", responses=compatible_problems(404))
async def read_model(
    model_id: str, caller: ChatUser, services: Services, anthropic_version: Version = None
) -> OneModel:
    """Read one of them."""
    model = named_model(model_id, answering=services.llm.name)
    try:
        profile = await services.supabase.profiles.called(caller, model.profile)
    except ProfileNotFound as error:
        raise explained(error, model) from None
    answer = _answer(model_id, profile)
    return OneModel(ModelInfo.of(answer) if anthropic_version else answer)


def _in_every_mode(name: str, profile: Profile) -> Iterator[ModelAnswer]:
    for mode in PrivacyMode:
        yield _answer(name if mode is PrivacyMode.NORMAL else f"{name}:{mode}", profile)


def _answer(name: str, profile: Profile) -> ModelAnswer:
    return ModelAnswer(id=name, created=int(profile.created_at.timestamp()))
