"""What a decision is told of the world around its stream, gathered anew for each try."""

from dataclasses import dataclass, replace
from typing import Any

from services.command.access import AccessFollower
from services.command.record_facts import record_facts
from services.command.start_facts import start_facts
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.facts import Facts, ProjectFacts
from shared.domain.quotas import UNLIMITED
from shared.eventstore import Store
from shared.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSource:
    store: Store
    access: AccessFollower
    host_suffix: str
    own_hosts: tuple[str, ...]
    registry_is_open: bool = True

    def known(self, subject: Subject) -> Facts:
        """Without a read: what the access index and the settings say."""
        index = self.access.index
        project = index.live_project(subject.project_id) if subject.project_id else None
        return Facts(
            project=ProjectFacts(
                project_id=project.id,
                account_id=project.account_id,
                handle=project.handle,
                is_archived=project.is_archived,
                is_blocked=project.is_blocked,
                is_restricted=project.is_restricted,
            )
            if project
            else None,
            principal_is_live=subject.principal_id is not None
            and index.principal_is_live(subject.principal_id),
            live_principals=frozenset(filter(index.principal_is_live, subject.principal_ids)),
            host_suffix=self.host_suffix,
            own_hosts=self.own_hosts,
            registry_is_open=self.registry_is_open,
            quota=index.quota_of(project.id) if project else UNLIMITED,
        )

    async def read(
        self,
        facts: Facts,
        aggregate: Aggregate,
        subject: Subject,
        command: Any,
        state: Any,
        actor: Actor,
    ) -> Facts:
        """With what other streams say, where this command asks for it."""
        if wanted := aggregate.records(command, state):
            facts = replace(facts, records=await record_facts(self.store, wanted))
        if needs := aggregate.start_needs(command):
            start = await start_facts(self.store, needs, actor, self.access.index)
            facts = replace(facts, start=start)
        return await self._counted(aggregate, subject, facts)

    def account_of(self, subject: Subject, facts: Facts) -> str:
        """The tenant of a stream that is about to begin."""
        if subject.account_id is not None:
            return subject.account_id
        if subject.of_installation:
            return self.access.index.keeper() or subject.id
        if subject.holder_id is not None:
            holder = self.access.index.principals.get(subject.holder_id)
            return holder.account_id if holder else subject.holder_id
        if facts.project is not None:
            return facts.project.account_id
        return subject.project_id or subject.id

    async def _counted(self, aggregate: Aggregate, subject: Subject, facts: Facts) -> Facts:
        """With the number of services the project has, where that is limited: each live one claims
        its slug there."""
        limit = facts.quota.services
        if aggregate.stream_type != "service" or limit is None:
            return facts
        count = await self.store.count_claims("slug", f"{subject.project_id}:", limit + 1)
        return replace(facts, services=count)
