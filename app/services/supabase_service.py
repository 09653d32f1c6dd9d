from dataclasses import dataclass

from app.ports.database import Database
from app.ports.identity import Identity
from app.services.accounts import Accounts
from app.services.api_keys import ApiKeys
from app.services.elsewhere import Elsewhere
from app.services.intents import Intents
from app.services.profiles import Profiles
from app.services.service_tokens import ServiceTokens
from app.services.service_users import ServiceUsers
from app.services.sign_in import SignIn
from app.services.usage import UsageBook


@dataclass(frozen=True, slots=True)
class SupabaseService:
    """Accounts, profiles and the database behind them, behind one door."""

    database: Database
    identity: Identity
    accounts: Accounts
    api_keys: ApiKeys
    sign_in: SignIn
    elsewhere: Elsewhere
    service_tokens: ServiceTokens
    service_users: ServiceUsers
    profiles: Profiles
    intents: Intents
    usage: UsageBook
