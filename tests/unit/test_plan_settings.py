import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.models.plan import Quota


def test_without_plans_everybody_is_on_one_that_limits_nothing() -> None:
    book = Settings(_env_file=None).plan_book

    free = book.named("free")
    assert book.names == ("free",)
    assert (free.turns_rate, dict(free.quotas)) == (None, {})
    assert not book.any_rate
    assert not book.any_of(*Quota)


def test_a_plan_says_what_it_says_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "MEMORYCHAT_PLANS", '{"pro": {"turns": "20/minute", "tokens_per_month": 0, "documents": 5}}'
    )

    book = Settings(_env_file=None).plan_book

    pro = book.named("pro")
    assert book.names == ("free", "pro")
    assert pro.turns_rate == "20/minute"
    assert dict(pro.quotas) == {Quota.TOKENS: 0, Quota.DOCUMENTS: 5}
    assert pro.limit(Quota.TURNS) is None
    assert book.named("of another process").name == "free"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("[]", "no object of plans in JSON"),
        ("{", "no object of plans in JSON"),
        ('{"pro": 5}', "no object of plans in JSON"),
        ('{"pro": {"turnips": 5}}', "plan pro, turnips: is not known"),
        ('{"pro": {"turns_per_month": -1}}', "plan pro, turns_per_month: "),
        ('{"pro": {"turns_per_month": "5"}}', "plan pro, turns_per_month: "),
        ('{"pro": {"turns": "many"}}', "plan pro, turns: "),
        ('{"Pro Max": {}}', "plan Pro Max, name: "),
    ],
)
def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch, written: str, reason: str) -> None:
    monkeypatch.setenv("MEMORYCHAT_PLANS", written)

    with pytest.raises(ValidationError, match=reason):
        Settings(_env_file=None)
