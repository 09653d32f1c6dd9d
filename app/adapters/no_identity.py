from app.core.errors import Unauthenticated
from app.models.identity import Proof


class NoIssuers:
    """Nobody but this server issues tokens."""

    def knows(self, token: str) -> bool:
        """False."""
        return False

    async def prove(self, token: str) -> Proof:
        """Nobody.

        Raises:
            Unauthenticated: always.
        """
        raise Unauthenticated

    async def check(self) -> None:
        """Returns: there is nobody to be asked."""

    async def close(self) -> None:
        """Nothing is to be let go."""
