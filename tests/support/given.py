"""Given events, when a command, then events or a rejection: how the domain is tested.

The aggregate is the one whose commands include the one given; facts are kind unless a test says
otherwise (the project and the principal that a command names exist)."""

from dataclasses import dataclass
from functools import reduce
from typing import Any

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate
from shared.domain.facts import Facts, ProjectFacts
from shared.registry import AGGREGATES

ACCOUNT_ID = "0a" * 12
PROJECT_ID = "0b" * 12
KIND_FACTS = Facts(
    project=ProjectFacts(project_id=PROJECT_ID, account_id=ACCOUNT_ID, handle="acme"),
    principal_is_live=True,
    host_suffix="apps.example",
    own_hosts=("control.example.net",),
)


def aggregate_of(command: Any) -> Aggregate:
    return next(aggregate for aggregate in AGGREGATES if type(command) in aggregate.commands)


def given(*events: Any) -> "Past":
    return Past(events)


@dataclass(frozen=True, slots=True)
class Past:
    events: tuple[Any, ...]

    def when(self, command: Any, facts: Facts = KIND_FACTS) -> "Decided":
        aggregate = aggregate_of(command)
        state = reduce(aggregate.evolve, self.events, aggregate.initial)
        return Decided(aggregate, state, command, facts, aggregate.decide(command, state, facts))


@dataclass(frozen=True, slots=True)
class Decided:
    aggregate: Aggregate
    state: Any
    command: Any
    facts: Facts
    answer: Any

    def then(self, *events: Any) -> "Decided":
        assert self.answer == events
        return self

    def then_nothing_happened(self) -> None:
        assert self.answer == ()

    def then_rejected(self, kind: type, /, **fields: Any) -> None:
        """`fields` are those of the rejection that the test is about."""
        assert isinstance(self.answer, kind), self.answer
        assert {name: getattr(self.answer, name) for name in fields} == fields

    def then_claimed(self, *claims: Claim) -> None:
        """All claims of all events, in order."""
        assert isinstance(self.answer, tuple), self.answer
        state = self.state
        made: list[Claim] = []
        for event in self.answer:
            made += self.aggregate.claims(state, event)
            state = self.aggregate.evolve(state, event)
        assert tuple(made) == claims

    def then_again_nothing_happens(self) -> None:
        """The property of most commands: to decide twice is to decide once."""
        if not isinstance(self.answer, tuple):
            return
        state = reduce(self.aggregate.evolve, self.answer, self.state)
        assert self.aggregate.decide(self.command, state, self.facts) == ()
