from typing import Protocol

from app.models.identity import Grant, Proof


class Identity(Protocol):
    """Knows people by tokens that others issued."""

    def knows(self, token: str) -> bool:
        """Whether the token claims to be of an issuer that is configured; nothing is verified."""
        ...

    async def prove(self, token: str) -> Proof:
        """Whom the token proves.

        Raises:
            Unauthenticated: forged, expired, meant for others, or of an unknown issuer.
            IdentityUnavailable: its issuer's keys are not known, and cannot be fetched.
        """
        ...

    async def check(self) -> None:
        """Returns when the keys of all issuers are at hand.

        Raises:
            IdentityUnavailable: those of some are not.
        """
        ...

    async def close(self) -> None:
        """Connections are let go."""
        ...


class AuthService(Protocol):
    """Keeps and checks passwords, for accounts whose tokens `Identity` knows.

    Every call can raise IdentityUnavailable (it does not answer) and TooManyRequests.
    """

    async def sign_up(self, email: str, password: str) -> Grant:
        """A new account there, signed in.

        Raises:
            EmailTaken: there is one of this address.
            EmailUnconfirmed: its owner has to follow a link in a message first.
            InvalidInput: the address or the password is not good enough for the service.
        """
        ...

    async def log_in(self, email: str, password: str) -> Grant:
        """The account, signed in once more.

        Raises:
            Unauthenticated: no such address, or not its password.
            EmailUnconfirmed: its owner has to follow a link in a message first.
        """
        ...

    async def refresh(self, refresh_token: str) -> Grant:
        """New tokens for an old refresh token.

        Raises:
            Unauthenticated: it does not hold.
        """
        ...

    async def log_out(self, access_token: str) -> None:
        """The session of the token has ended there; so it has when it had before."""
        ...

    def erases(self, issuer: str) -> bool:
        """Whether `erase` can be asked for accounts of this issuer."""
        ...

    async def erase(self, subject: str) -> None:
        """There is no such account there any more."""
        ...
