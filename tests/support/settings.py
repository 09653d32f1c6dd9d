from collections.abc import Mapping

MODEL = "scripted"
FALLBACK = "second-best"


def asks(url: str) -> Mapping[str, str]:
    """The environment of a server that asks a scripted upstream, and loses patience soon."""
    return {
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-secret",
        "OPENAI_MODEL": MODEL,
        "MEMORYCHAT_MODEL_CALL__ATTEMPTS": "1",
        "MEMORYCHAT_MODEL_CALL__FIRST_TOKEN_TIMEOUT_S": "2",
        "MEMORYCHAT_MODEL_CALL__IDLE_TIMEOUT_S": "1",
        "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
    }
