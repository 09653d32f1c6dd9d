"""A chat backend that remembers people, and forgets on request."""

__version__ = "0.1.0"
