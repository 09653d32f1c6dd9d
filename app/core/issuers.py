"""Who else is believed: part of the composition root, beside `container.py`."""

from app.adapters.no_identity import NoIssuers
from app.core.config import Settings
from app.models.clock import utc_now
from app.ports.identity import AuthService, Identity


def issuers_of(settings: Settings) -> Identity:
    """Whom tokens of other issuers prove; the keys of those are fetched when one comes."""
    if not settings.issuers:
        return NoIssuers()
    from app.adapters.oidc import IssuerTerms, OidcIssuers  # noqa: PLC0415 - most have none

    supabase = settings.supabase
    return OidcIssuers(
        [
            IssuerTerms(
                issuer=one.issuer,
                audiences=one.audience,
                jwks_url=one.jwks_url,
                trusts_email=one.trust_email,
                tenant=one.tenant,
                shared_secret=supabase.jwt_secret
                if supabase and supabase.issuer == one.issuer
                else None,
            )
            for one in settings.issuers
        ],
        clock=utc_now,
    )


def auth_service_of(settings: Settings) -> AuthService | None:
    """Who keeps passwords, if it is not this server."""
    if (project := settings.supabase) is None or project.anon_key is None:
        return None
    from app.adapters.supabase_auth import SupabaseAuth  # noqa: PLC0415 - 0.4 s that others save

    return SupabaseAuth(project.url, key=project.anon_key, service_key=project.service_role_key)
