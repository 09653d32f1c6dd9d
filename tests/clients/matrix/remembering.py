"""What holds for clients whose models use the tools of the memory by themselves."""

from tests.clients.matrix.driven import User
from tests.clients.matrix.scenarios import a_call
from tests.support.keys import a_key
from tests.support.mcp import TOOLS
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


def test_a_model_remembers_by_the_tools_of_the_memory(zoe: User, upstream: RunningUpstream) -> None:
    upstream.script(
        a_call("add_memory", content="Likes figs."),
        Reply(text="Noted."),
        a_call("search_memories", query="figs"),
        Reply(text="Figs."),
    )
    key = a_key(zoe.person, "chat", "memories:read", "memories:write")["key"]
    paused = {"model": "memorychat:pause_memories", "key": key}

    assert zoe.does("memories", "I like figs.", **paused)["text"] == "Noted."
    second = zoe.does("memories", "What do I like?", **paused)
    assert second.get("text") == "Figs.", second

    [memory] = zoe.person.memories(zoe.person.default_profile())
    assert memory["content"] == "Likes figs."
    offered = upstream.requests[0].body["tools"]
    assert sorted(one["function"]["name"] for one in offered) == sorted(TOOLS)
    assert memory["id"] in str(upstream.requests[-1].body["messages"][-1])


def test_what_the_memory_refuses_is_told_to_the_model(zoe: User, upstream: RunningUpstream) -> None:
    upstream.script(a_call("search_memories", query=""), Reply(text="It went wrong."))
    key = a_key(zoe.person, "chat", "memories:read")["key"]

    assert zoe.does("memories", "What do I like?", key=key)["text"] == "It went wrong."

    assert "/query" in str(upstream.requests[-1].body["messages"][-1])
