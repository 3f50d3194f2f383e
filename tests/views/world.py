"""A query side over a real store, without a bus: events in, questions asked, answers out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from services.query.access import AccessFollower
from services.query.apply import Park, apply
from services.query.checkpoints import Version, live_versions
from services.query.endpoint import Endpoint
from services.query.measures import Measures
from services.query.progress import Progress
from services.query.registry import PROJECTED, VIEWS
from services.query.run_projection import connected
from services.query.statements import Statements
from services.query.views.telemetry.answer import TELEMETRY
from services.query.views.telemetry.ingest import Ingest
from services.query.views.telemetry.partitions import Partitions
from shared.domain.api_key.events import ApiKeyIssued
from shared.domain.catalog import EVENTS
from shared.domain.grant.events import GrantGiven
from shared.domain.principal.events import OrganizationCreated, UserCreated
from shared.domain.project.events import ProjectCreated
from shared.domain.service.events import RolloutStarted, ServiceRegistered
from shared.domain.service.workload import Workload
from shared.envelope.codec import encode, name_of
from shared.envelope.messages import Answer, Answered, QuestionEnvelope, Rejected
from shared.eventstore import Appended, Commit, EventStore, NewEvent
from shared.eventstore.relayed import envelope_of
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows
from shared.kernel.actor import Actor, process_actor
from shared.kernel.ids import compose
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_command_id
from shared.runtime.metrics import new_registry
from shared.runtime.telemetry import NoTelemetry
from tests.support.postgres import Database

KEK = bytes(32)
WORKLOAD = Workload(repo="acme/api", branch="main")
_ID_FIELDS = {
    "principal": "principal_id",
    "project": "project_id",
    "api_key": "key_id",
    "grant": "grant_id",
    "git_credential": "git_credential_id",
    "service": "service_id",
    "replica": "replica_id",
    "scaling": "service_id",
    "quota": "project_id",
    "watch": "service_id",
    "custom_domain": "service_id",
    "webhook": "webhook_id",
    "vault": "owner_id",
    "record": "record_id",
    "unit_test": "unit_test_id",
    "subscription": "subscription_id",
    "hardware_tier": "tier_id",
    "node": "name",
    "environment": "environment_id",
    "execution": "execution_id",
}


def an_id(number: int) -> str:
    return compose(seconds=1_700_000_000 + number, chance=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user with a home project and a live key."""

    id: str
    home: str
    handle: str
    key: str

    @property
    def actor(self) -> Actor:
        return Actor(kind="user", id=self.id, credential_id=self.key)


@dataclass(slots=True, kw_only=True)
class World:
    database: Database
    store: EventStore
    reading: EventStore
    connection: AsyncConnection
    access: AccessFollower
    progress: Progress
    endpoint: Endpoint
    ingest: Ingest
    partitions: Partitions
    vault: Vault
    reader: Vault  # The same, as the query process has it.
    versions: list[Version] = field(default_factory=list)
    _count: int = 0

    def new_id(self) -> str:
        self._count += 1
        return an_id(self._count)

    async def happened(
        self, *events: Any, account: str = "", secrets: Any = (), actor: str = "process:command"
    ) -> int:
        """Appends each to the stream it names; answers the position of the last."""
        position = 0
        for event in events:
            name = name_of(event)
            stream_type = name.partition(".")[0]
            stream = f"{stream_type}-{getattr(event, _ID_FIELDS[stream_type])}"
            position = await self.appended(
                stream, name, EVENTS[name][1], encode(event).decode(), account, secrets, actor
            )
        return position

    async def appended(
        self,
        stream: str,
        type_: str,
        schema: int,
        data: str,
        account: str = "",
        secrets: Any = (),
        actor: str = "process:command",
    ) -> int:
        past = await self.store.read(stream)
        verdict = await self.store.append(
            Commit(
                account_id=past.account_id or account or an_id(0),
                stream=stream,
                stream_type=stream.partition("-")[0],
                expected=past.version,
                command_id=new_command_id(),
                fingerprint=None,
                correlation_id=new_command_id(),
                causation_id=None,
                actor=actor,
                credential_id=None,
                surface="test",
                reason=None,
                epoch=None,
                events=(NewEvent(type=type_, schema_version=schema, data=data),),
                claims=(),
                secrets=tuple(secrets),
                result=None,
                previous_leaf=past.leaf,
            )
        )
        assert isinstance(verdict, Appended), verdict
        return verdict.position

    async def project(self, batch: int = 500) -> list[Park]:
        """Brings the live views up to the log, as the runner does."""
        versions = self.versions or await live_versions(self.connection, PROJECTED)
        self.versions = versions
        parks: list[Park] = []
        while True:
            going = [version for version in versions if not version.is_halted]
            position = going[0].position
            recorded = await self.reading.read_log(position, batch)
            if not recorded:
                break
            events = [envelope_of(each) for each in recorded]
            parks += await apply(self.connection, going, events, self.reader)
            await self.access.fold(events)
        self.progress.move(
            {version.view.name: version.position for version in versions},
            halted=[version.view.name for version in versions if version.is_halted],
        )
        return parks

    async def fresh(self) -> None:
        """Knows the views as they stand now, after somebody else has moved or swapped them."""
        self.versions = await live_versions(self.connection, PROJECTED)
        await self.access.catch_up()
        self.progress.move({v.view.name: v.position for v in self.versions}, halted=[])

    async def ask(
        self,
        question: Any,
        asker: Person | Actor,
        *,
        after: int = 0,
        as_of: int | datetime | None = None,
        publisher: str = "gateway",
    ) -> Answer:
        actor = asker if isinstance(asker, Actor) else asker.actor
        envelope = QuestionEnvelope(
            asker=actor,
            correlation_id=new_command_id(),
            after=after,
            as_of_time=as_of if isinstance(as_of, datetime) else None,
            as_of_position=as_of if isinstance(as_of, int) else None,
            question=question,
        )
        return await self.endpoint.answer(envelope, publisher)

    async def shown(self, question: Any, asker: Person | Actor, **options: Any) -> Any:
        answer = await self.ask(question, asker, **options)
        assert isinstance(answer, Answered), answer
        return answer.document

    async def refused(self, question: Any, asker: Person | Actor, **options: Any) -> Any:
        answer = await self.ask(question, asker, **options)
        assert isinstance(answer, Rejected), answer
        return answer.rejection

    async def told(self, question: Any, process: str) -> Any:
        """Asked by one of our own processes."""
        actor = process_actor(process)  # type: ignore[arg-type]  # a name of a process
        return await self.shown(question, actor, publisher=process)

    # -- what most tests begin with

    async def person(self, handle: str, *, admin: bool = False) -> Person:
        person = Person(id=self.new_id(), home=self.new_id(), handle=handle, key=self.new_id())
        events: list[Any] = [
            UserCreated(
                principal_id=person.id,
                home_project_id=person.home,
                handle=handle,
                name=handle.title(),
                email=None,
                password=None,
            ),
            _home(person.home, person.id, handle),
            ApiKeyIssued(
                key_id=person.key,
                principal_id=person.id,
                name="laptop",
                digest=f"digest-of-{handle}",
                expires_at=None,
            ),
        ]
        if admin:
            events.append(
                GrantGiven(grant_id=self.new_id(), principal_id=person.id, action="*", resource="*")
            )
        await self.happened(*events, account=person.id)
        return person

    async def organization(self, handle: str, owner: Person) -> tuple[str, str]:
        """Answers the ids of the organization and of its home project."""
        id_, home = self.new_id(), self.new_id()
        created = OrganizationCreated(
            principal_id=id_,
            home_project_id=home,
            handle=handle,
            name=handle.title(),
            owner_id=owner.id,
        )
        await self.happened(created, _home(home, id_, handle), account=id_)
        return id_, home

    async def service(
        self, project_id: str, name: str, workload: Workload | None = WORKLOAD
    ) -> tuple[str, str]:
        """Registered and deploying; answers its id and its deployment's."""
        id_, deployment = self.new_id(), self.new_id()
        events: list[Any] = [registered(id_, project_id, name, workload)]
        if workload is not None:
            events.append(rollout(id_, deployment))
        await self.happened(*events, account=project_id)
        return id_, deployment


def registered(
    service_id: str, project_id: str, name: str, workload: Workload | None = WORKLOAD
) -> ServiceRegistered:
    return ServiceRegistered(
        service_id=service_id,
        project_id=project_id,
        name=name,
        slug=name.lower().replace("_", "-"),
        description="",
        labels=(("team", "core"),),
        workload=workload,
    )


def rollout(service_id: str, deployment_id: str, **changes: Any) -> RolloutStarted:
    fields: dict[str, Any] = {"revision": 1, "trigger": "created", "commit": None, **changes}
    return RolloutStarted(service_id=service_id, deployment_id=deployment_id, **fields)


def _home(project_id: str, account_id: str, handle: str) -> ProjectCreated:
    return ProjectCreated(
        project_id=project_id,
        account_id=account_id,
        handle=handle,
        name=handle.title(),
        description="",
        is_home=True,
    )


@asynccontextmanager
async def world_over(database: Database) -> AsyncIterator[World]:
    store = await EventStore.open(database.command, pool_max=2)
    reading = await EventStore.open(database.query, pool_max=3, read_only=True)
    connection = await connected(database.query)
    clock = SystemClock()
    measures = Measures(new_registry("query"))
    statements = Statements.of(TELEMETRY.sql)
    partitions = Partitions(
        reading.reader,
        statements,
        clock,
        {"log_line": 14, "frame": 31, "sample": 31, "cold_start": 31},
    )
    access, progress = AccessFollower(reading), Progress()
    reader = Vault(KEK, PostgresVaultRows(reading.reader))
    try:
        yield World(
            database=database,
            store=store,
            reading=reading,
            connection=connection,
            access=access,
            progress=progress,
            endpoint=Endpoint(
                views=VIEWS,
                access=access,
                progress=progress,
                database=reading.reader,
                secrets=reader,
                clock=clock,
                measures=measures,
                telemetry=NoTelemetry(),
                wait_seconds=0.2,
            ),
            ingest=Ingest(reading.reader, statements, partitions, measures),
            partitions=partitions,
            vault=Vault(KEK, PostgresVaultRows(store.reader)),
            reader=reader,
        )
    finally:
        await connection.close()
        await reading.close()
        await store.close()
