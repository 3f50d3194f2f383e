"""Custom domains: whether the DNS proves that they are their owner's, asked for as other targets
are probed: soon while it is new, ever slower while it is not proven, hourly once it is.

What is in the DNS is somebody else's text: it is compared, shown cut, and never dialled."""

from dataclasses import dataclass
from typing import Any, Protocol

from services.prober.follow import Ask, Follower, Page
from services.prober.judge import Answer, Verdict
from services.prober.plan import Pace
from services.prober.probe import ProbeImpossible
from services.prober.reports import Reporter
from services.prober.rounds import Rounds
from shared.domain.custom_domain.commands import Method, ReportDomainCheck
from shared.domain.custom_domain.proof import ExpectedRecords, expected_records
from shared.queries.watches import DomainTarget, DomainTargetList, ListDomainTargets
from shared.runtime.clock import Clock

CHAIN_MAX = 5
REASON_MAX = 300
# The first failure is told after half a minute, so that a record written just now is not missed.
DOMAIN_PACE = Pace(
    interval=3600.0,
    timeout=15.0,
    startup_first=2.0,
    startup_eager_for=0.0,
    startup_deadline=60.0,
    backoff_max=300.0,
)


class LookupFailed(Exception):
    """The DNS did not answer: that says nothing about the domain."""


class Lookup(Protocol):
    """The DNS. Names come back in lower case and without their last dot; none is an empty tuple."""

    async def cname(self, name: str) -> tuple[str, ...]: ...

    async def txt(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomDomain:
    service_id: str
    project_id: str
    domain: str
    expected: ExpectedRecords
    is_verified: bool

    @property
    def key(self) -> str:
        return self.service_id


class DomainProver:
    """Remembers by which record each domain was proven last, for the report."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._methods: dict[str, Method] = {}

    async def probe(self, target: CustomDomain, timeout: float) -> Answer:
        """The lookup has a time-out of its own, shorter than `timeout`."""
        try:
            method, reason = await self._found(target.expected)
        except LookupFailed as failed:
            if target.is_verified:
                # A name server that is down takes no domain out of service.
                raise ProbeImpossible(str(failed)) from failed
            return Answer(is_healthy=False, reason=f"the DNS did not answer: {failed}"[:REASON_MAX])
        if method is None:
            return Answer(is_healthy=False, reason=reason[:REASON_MAX], is_told=True)
        self._methods[target.domain] = method
        return Answer(is_healthy=True, is_told=True)

    def command_of(self, target: CustomDomain, verdict: Verdict, age: float) -> ReportDomainCheck:
        return ReportDomainCheck(
            service_id=target.service_id,
            project_id=target.project_id,
            domain=target.domain,
            method=self._methods.get(target.domain, "txt") if verdict.ready else None,
            reason=verdict.reason,
        )

    async def _found(self, expected: ExpectedRecords) -> tuple[Method | None, str]:
        texts = await self._lookup.txt(expected.txt_name)
        if expected.txt_value in (text.strip() for text in texts):
            return "txt", ""
        ends: list[str] = []
        name = expected.cname_name
        while len(ends) < CHAIN_MAX and (names := await self._lookup.cname(name)):
            name = names[0]
            if name == expected.cname_value:
                return "cname", ""
            ends.append(name)
        found = f"it is a CNAME of {ends[-1]}" if ends else "it has no CNAME"
        says = "another text" if texts else "no text"
        return None, f"{found}, and {expected.txt_name} has {says}"


class DomainFollower(Follower[CustomDomain, DomainTarget]):
    def __init__(
        self,
        *,
        rounds: Rounds[CustomDomain],
        reporter: Reporter[CustomDomain],
        ask: Ask,
        clock: Clock,
        suffix: str,
    ) -> None:
        super().__init__(rounds=rounds, reporter=reporter, ask=ask, clock=clock)
        self._suffix = suffix

    def heard(self, stream_type: str, stream_id: str, event: str, body: bytes) -> None:
        match stream_type, event:
            case "service", "removed":
                self._rounds.remove(stream_id)
            case "service", "registered" | "workload_revised":
                self.look_there(body, lambda _: stream_id)
            case "custom_domain", "verified" | "check_failed":
                self._rounds.heard(stream_id, is_ready=event == "verified")
            case _:
                pass  # Rollouts and the like: they change no domain.

    def question(self, after_id: str, service_id: str | None) -> ListDomainTargets:
        return ListDomainTargets(after_id=after_id, service_id=service_id)

    def page_of(self, document: Any) -> Page[DomainTarget] | None:
        if not isinstance(document, DomainTargetList):
            return None
        is_full = len(document.items) == ListDomainTargets().limit
        return Page(items=document.items, after=document.items[-1].service_id if is_full else None)

    def key_of(self, item: DomainTarget) -> str:
        return item.service_id

    def take(self, item: DomainTarget, position: int) -> None:
        host = f"{item.service_host}.{self._suffix}"
        target = CustomDomain(
            service_id=item.service_id,
            project_id=item.project_id,
            domain=item.domain,
            expected=expected_records(item.domain, item.project_id, host),
            is_verified=item.is_verified is True,
        )
        watched = self._rounds.find(target.key)
        if watched is None or watched.target.expected != target.expected:
            self._rounds.add(target, is_ready=target.is_verified, age=0.0, seen_at=position)
            return
        watched.target = target
        self.keep(watched, is_ready=item.is_verified, position=position)

    def settle(self, service_id: str, items: tuple[DomainTarget, ...], position: int) -> None:
        watched = self._rounds.find(service_id)
        if not items and watched is not None and watched.seen_at <= position:
            self._rounds.remove(service_id)
