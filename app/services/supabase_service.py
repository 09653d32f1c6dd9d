from dataclasses import dataclass

from app.ports.database import Database
from app.services.accounts import Accounts
from app.services.profiles import Profiles


@dataclass(frozen=True, slots=True)
class SupabaseService:
    """Accounts, profiles and the database behind them, behind one door."""

    database: Database
    accounts: Accounts
    profiles: Profiles
