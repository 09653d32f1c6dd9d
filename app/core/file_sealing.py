"""Files under a key of their own: AES-256-GCM, one nonce per file, bound to the file's name.

Wherever a file is kept, in a folder or with a provider, it is unreadable without its key, which
stands in the database: under the key of its owner, if words are encrypted there. So a file needs no
rotation and no `encrypt`, and is gone with its row even where a disk keeps old blocks.
"""

import base64
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = b"\x01"
"""The first byte of every sealed file."""
_NONCE_BYTES: Final = 12
SEAL_BYTES: Final = 29
"""How much longer a sealed file is: format, nonce, and a tag of 16 bytes."""


def new_file_key() -> str:
    """256 random bits, in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def seal_file(content: bytes, *, key: str, name: str) -> bytes:
    """The content under the key, of no use under another name."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(base64.b64decode(key)).encrypt(nonce, content, name.encode())
    return _FORMAT + nonce + sealed


def open_file(sealed: bytes, *, key: str, name: str) -> bytes:
    """The content.

    Raises:
        ValueError: it is not what was sealed under this key and name.
    """
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(base64.b64decode(key)).decrypt(nonce, ciphertext, name.encode())
    except InvalidTag as error:
        raise ValueError("the file is not what was stored") from error
