import asyncio
from pathlib import Path

from app.core.privacy import PrivacyMode
from app.services.summaries import Summary
from tests.support.house import House, a_house
from tests.support.scripted_model import ScriptedModel, Step


async def stored(house: House, session: object) -> Summary:
    view = await house.sessions.get(house.ada, session)  # type: ignore[arg-type]
    return Summary(view.session.summary, view.session.summary_seq)


async def test_an_empty_session_has_no_summary_and_costs_no_call(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."])
    async with a_house(tmp_path, model) as house:
        assert await house.summaries.of(house.ada, await house.session()) == Summary(None, 0)
        assert model.calls == 0


async def test_a_summary_goes_on_from_the_last_one(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."], ["About figs."], ["Noted."], ["Figs, plums."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        assert await house.summaries.of(house.ada, session) == Summary("About figs.", 2, 2)

        await house.say(session, "And plums.")
        assert await house.summaries.of(house.ada, session) == Summary("Figs, plums.", 4, 4)
        assert await stored(house, session) == Summary("Figs, plums.", 4)

        asked = str(model.prompts[-1].messages)
        assert "About figs." in asked
        assert "And plums." in asked
        assert "I like figs." not in asked


async def test_a_summary_of_nothing_new_costs_no_call(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."], ["About figs."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        await house.summaries.of(house.ada, session)

        assert await house.summaries.of(house.ada, session) == Summary("About figs.", 2, 2)
        assert model.calls == 2


async def test_an_incognito_summary_is_made_anew_and_not_kept(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."], ["About figs."])
    async with a_house(tmp_path, model) as house:
        session = await house.session(PrivacyMode.INCOGNITO)
        await house.say(session, "My secret is figs.")
        for _ in range(2):
            assert await house.summaries.of(house.ada, session) == Summary("About figs.", 2, 2)

        assert model.calls == 3
        assert await stored(house, session) == Summary(None, 0)


async def test_an_incognito_summary_knows_nothing_of_what_was_kept_before(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."], ["About figs."], ["Noted."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        await house.summaries.of(house.ada, session)
        await house.sessions.update(
            house.ada, session, changes={"privacy_mode": PrivacyMode.INCOGNITO}
        )

        assert await house.summaries.of(house.ada, session) == Summary(None, 0)
        await house.say(session, "Hello.")
        await house.summaries.of(house.ada, session)

        assert "figs" not in str(model.prompts[-1])


async def test_a_summary_dies_with_a_message_that_it_covers(tmp_path: Path) -> None:
    model = ScriptedModel("scripted", ["Noted."], ["About figs."])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        await house.summaries.of(house.ada, session)
        [question, _] = await house.messages(session)

        await house.mem0.forgetting.message(house.ada, session, question.id)

        assert await stored(house, session) == Summary(None, 0)


async def test_a_summary_of_a_message_that_is_deleted_meanwhile_is_not_kept(
    tmp_path: Path,
) -> None:
    until = asyncio.Event()
    model = ScriptedModel("scripted", ["Noted."], ["About figs.", until])
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        [question, _] = await house.messages(session)
        summarising = asyncio.create_task(house.summaries.of(house.ada, session))
        await model.waiting.wait()

        await house.mem0.forgetting.message(house.ada, session, question.id)
        until.set()
        await summarising

        assert await stored(house, session) == Summary(None, 0)


async def test_a_summary_of_a_summary_that_is_forgotten_meanwhile_is_not_kept(
    tmp_path: Path,
) -> None:
    until = asyncio.Event()
    last: list[Step] = ["Figs, plums.", until]
    model = ScriptedModel("scripted", ["Noted."], ["About figs."], ["Noted."], last)
    async with a_house(tmp_path, model) as house:
        session = await house.session()
        await house.say(session, "I like figs.")
        await house.summaries.of(house.ada, session)
        [question, _] = await house.messages(session)
        await house.say(session, "And plums.")
        summarising = asyncio.create_task(house.summaries.of(house.ada, session))
        await model.waiting.wait()

        await house.mem0.forgetting.message(house.ada, session, question.id)
        until.set()
        await summarising

        assert await stored(house, session) == Summary(None, 0)
