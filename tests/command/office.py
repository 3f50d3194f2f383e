"""A command handler over a memory store, with an admin, two tenants and short ways to speak."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from services.command.access import AccessFollower
from services.command.bootstrap import bootstrap
from services.command.fact_source import FactSource
from services.command.handle import Handler
from shared.domain.api_key.commands import IssueApiKey
from shared.domain.principal.commands import CreateOrganization, CreateUser
from shared.domain.service.commands import RegisterService
from shared.domain.service.workload import Workload
from shared.envelope.messages import Accepted, CommandEnvelope, Rejected
from shared.eventstore.memory import MemoryStore
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import MemoryVaultRows
from shared.kernel.actor import Actor
from shared.registry import AGGREGATES
from shared.runtime.clock import SystemClock
from shared.runtime.ids import IdSource, new_command_id
from shared.runtime.secret import Secret

INSTALLATION = b"i" * 32
TOKEN = "an-admin-token-for-tests"


@dataclass(slots=True, kw_only=True)
class Office:
    handler: Handler
    store: MemoryStore
    ids: IdSource
    actors: dict[str, Actor] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)

    async def give(
        self,
        command: Any,
        who: str | Actor = "admin",
        *,
        key: str | None = None,
        body: str = "",
        publisher: str = "gateway",
        epoch: int | None = None,
    ) -> Accepted | Rejected:
        """`key` is a client's idempotency key, `body` what its fingerprint covers."""
        actor = who if isinstance(who, Actor) else self.actors[who]
        command_id = (
            new_command_id()
            if key is None
            else "00000000-0000-8000-8000-" + hashlib.sha256(key.encode()).hexdigest()[:12]
        )
        envelope = CommandEnvelope(
            command_id=command_id,
            actor=actor,
            surface="test",
            correlation_id=command_id,
            fingerprint=hashlib.sha256(body.encode()).hexdigest() if key else None,
            epoch=epoch,
            command=command,
        )
        return await self.handler.handle(envelope, publisher)

    async def accepted(self, command: Any, who: str | Actor = "admin") -> Accepted:
        reply = await self.give(command, who)
        assert isinstance(reply, Accepted), reply
        return reply

    async def user(self, handle: str) -> str:
        """A user with a home project and a key; known by the handle from now on."""
        user_id, project_id, key_id = self.ids.new(), self.ids.new(), self.ids.new()
        await self.accepted(
            CreateUser(principal_id=user_id, home_project_id=project_id, handle=handle, name=handle)
        )
        await self.accepted(
            IssueApiKey(key_id=key_id, principal_id=user_id, name="k", digest=f"digest-{handle}")
        )
        self.actors[handle] = Actor(kind="user", id=user_id, credential_id=key_id)
        self.projects[handle] = project_id
        return user_id

    async def organization(self, handle: str, owner: str | None = None) -> str:
        id_, project_id = self.ids.new(), self.ids.new()
        await self.accepted(
            CreateOrganization(
                principal_id=id_,
                home_project_id=project_id,
                handle=handle,
                name=handle,
                owner_id=self.actors[owner].id if owner else None,
            )
        )
        self.projects[handle] = project_id
        return id_

    def register(self, project: str, name: str = "web", **fields: Any) -> RegisterService:
        return RegisterService(
            service_id=self.ids.new(),
            project_id=self.projects[project],
            deployment_id=self.ids.new(),
            name=name,
            workload=Workload(**{"repo": f"{project}/{name}", **fields}),
        )


async def open_office() -> Office:
    store = MemoryStore()
    clock = SystemClock()
    ids = IdSource(clock)
    access = AccessFollower(store)
    handler = Handler(
        store=store,
        vault=Vault(b"k" * 32, MemoryVaultRows(store)),
        clock=clock,
        aggregates={cls: a for a in AGGREGATES for cls in a.commands},
        facts=FactSource(
            store=store, access=access, host_suffix="localhost", own_hosts=("gateway.example",)
        ),
    )
    await bootstrap(handler, ids, Secret(TOKEN), INSTALLATION)
    office = Office(handler=handler, store=store, ids=ids)
    index = handler.access.index
    key = next(iter(index.keys.values()))
    office.actors["admin"] = Actor(kind="user", id=key.principal_id, credential_id=key.id)
    office.projects |= {p.handle: p.id for p in index.projects.values()}
    return office
