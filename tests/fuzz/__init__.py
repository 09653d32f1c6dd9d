"""Requests that nobody would think of, made of the OpenAPI document by schemathesis."""

from typing import Final

ADDRESS: Final = "MEMORYCHAT_FUZZED_ADDRESS"
"""The variable that tells the hooks where the server under test answers."""
