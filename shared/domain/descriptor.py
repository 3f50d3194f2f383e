"""What the shell needs to know of an aggregate: one value each, listed in shared/registry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.domain.claim import Claim
from shared.domain.facts import Facts
from shared.domain.rejections import Invalid
from shared.kernel.secrets import PlainText, SecretRef

Secrets = tuple[tuple[str, str, PlainText], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Where a command lands: its stream's id, the project or principals whose facts it needs.

    A stream that a command begins is the tenant's of `account_id`, else that of the principal
    `holder_id`, else that of the project, else its own; one `of_installation` is its keeper's."""

    id: str
    account_id: str | None = None
    holder_id: str | None = None
    project_id: str | None = None
    principal_id: str | None = None
    principal_ids: tuple[str, ...] = ()
    of_installation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartNeeds:
    """Whose state decides whether something may start there."""

    project_id: str
    tier_id: str | None = None
    environment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """`decide` answers a tuple of events or a rejection; `evolve` never fails on what was decided.

    `creating` commands begin a stream with a fresh id: the shell tries them without a read first.
    `records` names the records (agents, state machines) whose facts a decision needs, `start_needs`
    the project, tier and environment that something is to start in.
    `secrets` lists (owner id, name, plain text) of a command, given the state it lands on;
    `unsealable` says what is wrong with these texts, which a decision never sees; `sealed` puts
    references there, by name."""

    stream_type: str
    commands: tuple[type, ...]
    creating: tuple[type, ...]
    events: tuple[type, ...]
    initial: Any
    evolve: Callable[[Any, Any], Any]
    decide: Callable[[Any, Any, Facts], Any]
    subject: Callable[[Any], Subject]
    claims: Callable[[Any, Any], tuple[Claim, ...]]  # (state before, event)
    records: Callable[[Any, Any], tuple[str, ...]] = lambda command, state: ()
    start_needs: Callable[[Any], StartNeeds | None] = lambda command: None
    secrets: Callable[[Any, Any], Secrets] = lambda command, state: ()
    unsealable: Callable[[Any], Invalid | None] = lambda command: None
    sealed: Callable[[Any, dict[str, SecretRef]], Any] = lambda command, refs: command
