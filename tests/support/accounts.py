from app.adapters.no_identity import NoIssuers
from app.core.security import AccessTokens, Passwords
from app.models.clock import Clock
from app.ports.database import Database
from app.services.accounts import Accounts
from app.services.api_keys import ApiKeys
from app.services.identities import Identities
from app.services.open_streams import OpenStreams

ACCESS_S = 900


def accounts_over(
    database: Database, *, clock: Clock, streams: OpenStreams | None = None
) -> Accounts:
    """Accounts as a process has them over a database, which watches no streams unless it is given some."""
    streams = streams or OpenStreams(database, recheck_s=5, clock=clock)
    return Accounts(
        database,
        passwords=Passwords(cost=4),
        tokens=AccessTokens(secret="s" * 40, lifetime_s=ACCESS_S, clock=clock),
        identities=Identities(database, identity=NoIssuers(), clock=clock),
        api_keys=ApiKeys(database, streams=streams, clock=clock),
        streams=streams,
        refresh_lifetime_s=86_400,
        clock=clock,
    )
