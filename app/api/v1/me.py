from fastapi import APIRouter

from app.api.deps import LoggedIn, Services, WholeAccount
from app.api.problems import problems
from app.schemas.accounts import AccountUpdate, UserAnswer
from app.schemas.receipts import ForgettingAnswer, PendingWipeAnswer, ReceiptAnswer
from app.schemas.usage import PlanUsageAnswer

router = APIRouter(prefix="/me", tags=["account"], responses=problems(401, 404, 429))


@router.get("")
async def read_account(caller: WholeAccount, services: Services) -> UserAnswer:
    """Read the account."""
    return UserAnswer.of(await services.supabase.accounts.me(caller))


@router.patch("")
async def update_account(
    body: AccountUpdate, caller: WholeAccount, services: Services
) -> UserAnswer:
    """Change the display name, or where the user is."""
    return UserAnswer.of(await services.supabase.accounts.update(caller, changes=body.changes()))


@router.delete("")
async def delete_account(caller: LoggedIn, services: Services) -> ReceiptAnswer:
    """Erase the account and everything it owns."""
    return ReceiptAnswer.of(await services.mem0.forgetting.account(caller))


@router.get("/usage")
async def read_usage(caller: WholeAccount, services: Services) -> PlanUsageAnswer:
    """See what the account's plan allows, and how much of it is used.

    Turns and tokens count by the calendar month (UTC), whatever became of the conversation: deleting
    one gives nothing back. Those of incognito turns count as well, as numbers. Memories and documents are those that are
    kept now.
    """
    return PlanUsageAnswer.of(await services.supabase.usage.report(caller))


@router.get("/forgetting")
async def read_forgetting(caller: WholeAccount, services: Services) -> ForgettingAnswer:
    """See what is still being wiped of what was deleted.

    What was deleted is found by nobody from its receipt on. Its bytes leave the files a little later,
    since one wipe serves all deletions before it: until then its store stands here. Memories that
    were edited, and answers that were written anew, count as well.
    """
    pending = await services.mem0.wiping.pending(caller)
    return ForgettingAnswer(data=[PendingWipeAnswer.of(one) for one in pending])
