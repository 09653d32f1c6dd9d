"""Which Host and Origin headers are believed, against DNS that is rebound."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

ANY_HOST: Final = "*"
_NETLOC: Final = re.compile(
    r"(?:\[(?P<address>[0-9a-f.]*:[0-9a-f:.]+)\]|(?P<name>[a-z0-9_.-]+))(?::(?P<port>[0-9]{0,5}))?",
    re.ASCII | re.IGNORECASE,
)
_MAX_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Reach:
    """By what the server is reached.

    A page that had its name rebound to this machine's address still sends that name as Host, and its
    own as Origin. So addresses in figures are let in, and names only when they are known.
    """

    public_url: str | None
    hosts: frozenset[str]
    """Names without ports, in lower case; ANY_HOST for every name."""
    origins: frozenset[str]

    def knows(self, host: str) -> bool:
        """Whether this Host header, a name with or without a port, is of this server."""
        name = _name(host)
        if name is None:
            return False
        return bool({ANY_HOST, name} & self.hosts) or _is_loopback(name) or _is_address(name)

    def lets_in(self, origin: str, *, host: str) -> bool:
        """Whether pages of an origin may send requests to a host that is known."""
        scheme, _, netloc = origin.lower().partition("://")
        name = _name(netloc)
        if scheme not in {"http", "https"} or name is None:
            return False
        if netloc == host.lower() or origin.lower() in self.origins:
            return True
        return _is_loopback(name) and _is_loopback(_name(host) or "")


def _name(netloc: str) -> str | None:
    found = _NETLOC.fullmatch(netloc)
    if found is None or int(found["port"] or 0) > _MAX_PORT:
        return None
    address: str | None = found["address"]
    if address is not None and not _is_address(address.lower()):
        return None
    return (address or found["name"]).lower()


def _is_loopback(name: str) -> bool:
    return name in {"localhost", "127.0.0.1", "::1"} or name.endswith(".localhost")


def _is_address(name: str) -> bool:
    """Whether it is one, written as browsers would."""
    try:
        return str(ipaddress.ip_address(name)) == name
    except ValueError:
        return False
