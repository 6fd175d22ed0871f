"""What language models may take, in tokens and money: for one question, and in one day.

A request's most is set aside before it is sent, and what it really took is booked when the reply
comes, so that many at once cannot go beyond the day's budget together. Money is counted in
millionths of the currency that the prices are in: a price is of a million tokens, so that one
token costs as many millionths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from rag.errors import LlmBudgetSpent

CHARS_A_TOKEN = 3
"""Low for English (about 4), so that an estimate errs on the side of the budget."""
MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was, or may be, taken."""

    tokens: int = 0
    cost: int = 0
    """Millionths of the currency."""

    def __add__(self, other: Use) -> Use:
        return Use(tokens=self.tokens + other.tokens, cost=self.cost + other.cost)

    def __sub__(self, other: Use) -> Use:
        return Use(tokens=self.tokens - other.tokens, cost=self.cost - other.cost)

    def within(self, most: Use) -> bool:
        """Whether it is no more than ``most``, where 0 is no limit."""
        return (not most.tokens or self.tokens <= most.tokens) and (
            not most.cost or self.cost <= most.cost
        )


NOTHING = Use()


class Ledger(Protocol):
    """Counts the use of a day, for all processes on the collection."""

    def spent(self) -> Use:
        """What was taken today (UTC), with what is set aside."""
        ...

    def reserve(self, use: Use, most: Use) -> bool:
        """Set ``use`` aside, unless the day would go beyond ``most``; returns whether it did."""
        ...

    def settle(self, difference: Use) -> None:
        """Correct what was set aside by what it took more, or less."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of a million tokens, in any one currency; 0: nothing is charged."""

    prompt: float = 0.0
    reply: float = 0.0

    def of(self, prompt: int, reply: int) -> Use:
        """Return what so many tokens sent and received amount to; fractions are rounded up."""
        cost = math.ceil(prompt * self.prompt + reply * self.reply)
        return Use(tokens=prompt + reply, cost=cost)


class Spending:
    """What one question has taken so far; its requests come one after the other."""

    def __init__(self) -> None:
        self.so_far = NOTHING


@dataclass(slots=True)
class Reserved:
    """What was set aside for a request."""

    use: Use
    question: Spending
    sent: bool = False
    """Whether the request was sent, so that it may be charged for."""


class Budget:
    """Says what may be asked, before it is; safe for several threads."""

    def __init__(
        self,
        ledger: Ledger,
        prices: Prices,
        *,
        request_tokens: int,
        question: Use = NOTHING,
        daily: Use = NOTHING,
    ) -> None:
        self.ledger = ledger
        self.prices = prices
        self.request_tokens = request_tokens
        self.question = question
        self.daily = daily

    def reserve(self, chars: int, reply_tokens: int, question: Spending) -> Reserved:
        """Set aside what a request of so many code points takes at most.

        Raises LlmBudgetSpent, naming the budget that it would go beyond.
        """
        needed = self.prices.of(chars // CHARS_A_TOKEN, reply_tokens)
        if needed.tokens > self.request_tokens:
            raise LlmBudgetSpent(
                f"The request would take about {needed.tokens:,} tokens; the most for one is "
                f"{self.request_tokens:,}.",
                remedy="Raise DATELINE_LLM_REQUEST_TOKENS.",
            )
        if not (question.so_far + needed).within(self.question):
            raise _spent("one question", self.question, "QUESTION", "Or ask a simpler one.")
        if not self.ledger.reserve(needed, self.daily):
            raise _spent("today", self.daily, "DAILY", "Or wait for tomorrow (UTC).")
        question.so_far += needed
        return Reserved(needed, question)

    def left(self, reply_tokens: int) -> bool:
        """Whether today's budget still has room for a reply."""
        return (self.ledger.spent() + self.prices.of(0, reply_tokens)).within(self.daily)

    def book(self, reserved: Reserved, prompt: int, reply: int) -> None:
        """Book what a reply took; where the endpoint does not say, what was set aside."""
        if prompt + reply:
            self._settle(reserved, self.prices.of(prompt, reply) - reserved.use)

    def release(self, reserved: Reserved) -> None:
        """Give back what was set aside for a request that was refused, and so not charged."""
        self._settle(reserved, NOTHING - reserved.use)

    def _settle(self, reserved: Reserved, difference: Use) -> None:
        reserved.question.so_far += difference
        self.ledger.settle(difference)


def shown(cost: int) -> float:
    """Return millionths as the currency."""
    return cost / MILLION


def _spent(of: str, most: Use, name: str, otherwise: str) -> LlmBudgetSpent:
    parts = [f"{most.tokens:,} tokens"] if most.tokens else []
    parts += [f"{shown(most.cost):g} in money"] if most.cost else []
    return LlmBudgetSpent(
        f"The budget of {of} for the language model is spent: {' or '.join(parts)}.",
        remedy=f"Raise DATELINE_LLM_{name}_TOKENS or DATELINE_LLM_{name}_COST. {otherwise}",
    )
