import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

import orjson

from tests.support.person import Person


def sent(ada: Person, path: str, body: Mapping[str, object]) -> socket.socket:
    """The connection on which a POST below `/api/v1` has been sent; to close it is to hang up."""
    return sent_to(ada, f"/api/v1{path}", body)


def sent_to(
    ada: Person,
    path: str,
    body: Mapping[str, object],
    *,
    headers: Mapping[str, str] | None = None,
) -> socket.socket:
    """The connection on which a POST has been sent anywhere."""
    further = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    url = urlsplit(str(ada.http.base_url))
    content = orjson.dumps(body)
    connection = socket.create_connection((str(url.hostname), url.port or 80))
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: {url.hostname}\r\n"
        f"Authorization: {ada.http.headers['Authorization']}\r\n"
        f"{further}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        + content
    )
    return connection
