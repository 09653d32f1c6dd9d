"""Where clients learn how to sign in: the metadata of a protected resource (RFC 9728)."""

from typing import Any

from fastapi import APIRouter, Request

from app.api.deps import Services
from app.api.mcp.exchange import METADATA_PATH, base_of, resource_path

router = APIRouter(include_in_schema=False)


@router.get(METADATA_PATH)
async def read_resource_metadata(request: Request, services: Services) -> dict[str, Any]:
    """Whose tokens this server takes."""
    return _metadata(request, services, path="")


@router.get(f"{METADATA_PATH}/mcp")
async def read_mcp_metadata(request: Request, services: Services) -> dict[str, Any]:
    """Whose tokens are taken where the Model Context Protocol is spoken."""
    return _metadata(request, services, path=resource_path(None))


@router.get(f"{METADATA_PATH}/mcp/profiles/{{profile:path}}")
async def read_mcp_metadata_of_profile(
    profile: str, request: Request, services: Services
) -> dict[str, Any]:
    """The same for one profile, whether there is one of this name or not."""
    return _metadata(request, services, path=resource_path(profile))


def _metadata(request: Request, services: Services, *, path: str) -> dict[str, Any]:
    """No scopes are told: those of API keys are this server's own, and its issuers know none of them."""
    base = base_of(request, services.settings.reach)
    told: dict[str, Any] = {
        "resource": f"{base}{path}",
        "resource_name": "MemoryChat",
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{base}/docs",
    }
    if issuers := [one.issuer for one in services.settings.issuers]:
        told["authorization_servers"] = issuers
    return told
