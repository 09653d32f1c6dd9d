from typing import Self

from pydantic import Field

from app.models.plan import Quota
from app.models.usage import Amount, UsageReport, end_of, start_of
from app.schemas.fields import Answer, Timestamp


class PeriodAnswer(Answer):
    """A calendar month (UTC)."""

    start: Timestamp
    end: Timestamp = Field(description="When the next one begins.")


class AmountAnswer(Answer):
    """How much of something is used."""

    used: int
    reserved: int = Field(description="Held by answers under way, until they say what they used.")
    limit: int | None = Field(description="Null for as much as one likes.")

    @classmethod
    def of(cls, amount: Amount) -> Self:
        """The amount as clients see it."""
        return cls(used=amount.used, reserved=amount.reserved, limit=amount.limit)


class MonthAnswer(Answer):
    """What was used in a calendar month (UTC)."""

    start: Timestamp
    turns: int
    input_tokens: int
    output_tokens: int


class PlanUsageAnswer(Answer):
    """Where an account stands against its plan."""

    plan: str
    period: PeriodAnswer
    turns: AmountAnswer
    tokens: AmountAnswer = Field(description="That went to the model, and came from it.")
    memories: AmountAnswer = Field(description="That are kept now, of any status.")
    documents: AmountAnswer = Field(description="That are kept now.")
    document_bytes: AmountAnswer
    months: list[MonthAnswer] = Field(description="Every month with a turn, the newest first.")

    @classmethod
    def of(cls, report: UsageReport) -> Self:
        """The report as clients see it."""
        amounts = {quota: AmountAnswer.of(one) for quota, one in report.amounts.items()}
        return cls(
            plan=report.plan,
            period=PeriodAnswer(start=start_of(report.month), end=end_of(report.month)),
            turns=amounts[Quota.TURNS],
            tokens=amounts[Quota.TOKENS],
            memories=amounts[Quota.MEMORIES],
            documents=amounts[Quota.DOCUMENTS],
            document_bytes=amounts[Quota.DOCUMENT_BYTES],
            months=[
                MonthAnswer(
                    start=start_of(one.month),
                    turns=one.turns,
                    input_tokens=one.input_tokens,
                    output_tokens=one.output_tokens,
                )
                for one in report.months
            ],
        )
