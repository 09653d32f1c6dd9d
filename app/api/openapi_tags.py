"""What the operations of each tag are for."""

from typing import Final

TAGS: Final = {
    "auth": "Signing up, in and out; renewing a login.",
    "API keys": "Credentials for programs, with scopes.",
    "account": "The account itself, and its end.",
    "portability": "Everything as a file, and files of here or elsewhere read in.",
    "memory profiles": "Separate sets of memories, of which a session has one.",
    "memories": "What is remembered: read, searched, written, reviewed, forgotten.",
    "documents": "Files that answers may be given passages of.",
    "sessions": "Conversations, their modes and messages.",
    "chat": "A message in, an answer out: whole, or as it is written.",
    "runs": "Answers under way, or lately ended: read, followed, stopped.",
    "feed": "News of what happens to a user's things.",
    "system": "Whether it lives, what it measures, and where to find what.",
    "openai": "Chat completions and models, as OpenAI's clients know them.",
    "anthropic": "Messages, as Anthropic's clients know them.",
    "ag-ui": "The events that AG-UI's clients follow, such as CopilotKit.",
    "ai sdk": "The stream that the AI SDK's `useChat` follows.",
    "memory service": "A memory service for the users of another application.",
}
