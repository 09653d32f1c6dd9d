import ipaddress
from urllib.parse import urlsplit


def is_near(host: str) -> bool:
    """Whether it is this machine, or a private network as far as its name tells."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost", ".lan"))


def is_safe_url(url: str) -> bool:
    """Whether it is a full address whose answers nobody on the way can forge."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.query or parts.fragment or parts.username:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_near(host))


def is_as_safe(url: str, *, as_url: str) -> bool:
    """Whether the way to one address is no less safe than the way to another."""
    return urlsplit(url).scheme in {"https", urlsplit(as_url).scheme}
