"""Puts very many events into a log at once, with the chains and streams they would have had:
through the owner's role, past es.append, for measurements and never for what is tested."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from shared.domain.api_key.events import ApiKeyIssued
from shared.domain.catalog import EVENTS
from shared.domain.grant.events import GrantGiven
from shared.domain.principal.events import UserCreated
from shared.domain.project.events import ProjectCreated
from shared.envelope.codec import encode, name_of
from shared.eventstore import Commit, NewEvent, SecretRow
from shared.eventstore.chain import leaves_of
from shared.kernel.actor import Actor
from tests.benchmarks.lives import Ids, Told, life

TOLD_AT_ONCE = 2000  # Lives that go on beside each other.
PROJECTS = 1000
ACCOUNTS = 200
SPAN = timedelta(days=30)

_EVENTS = """
copy es.event (position, recorded_at, account_id, stream_id, stream_type, version, event_id, type,
  schema_version, command_id, correlation_id, actor, surface, reason, data, leaf) from stdin"""
_STREAMS = """
copy es.stream (stream_id, stream_type, account_id, version, first_position, last_position, leaf)
  from stdin"""
_SECRETS = """
copy vault.secret (id, account_id, owner_id, key_version, nonce, ciphertext) from stdin"""


@dataclass(slots=True)
class _Stream:
    account_id: str
    version: int
    first: int
    last: int
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who there is. `sizes`: how many services the log registers in each project."""

    admin: Actor
    projects: tuple[tuple[str, str, str], ...]  # id, handle, account's id
    sizes: dict[str, int]
    services: tuple[tuple[str, str, int], ...]  # id, project's id, position of the registration
    events: int

    @property
    def organizations(self) -> tuple[str, ...]:
        """Handles of the accounts: a project that is no home has a number more."""
        return tuple(handle for _, handle, _ in self.projects if handle.count("-") == 1)


@dataclass(slots=True)
class _Writer:
    """Makes rows of es.event, one commit each, and remembers the heads of the streams."""

    began: datetime
    step: timedelta
    chance: random.Random
    streams: dict[str, _Stream] = field(default_factory=dict)
    position: int = 0

    def row(self, event: Any, account_id: str, actor: str) -> tuple[Any, ...]:
        name = name_of(event)
        stream_type = name.partition(".")[0]
        stream = f"{stream_type}-{_id_of(event, stream_type)}"
        head = self.streams.get(stream)
        command_id = str(UUID(int=self.chance.getrandbits(128), version=4))
        commit = Commit(
            account_id=account_id,
            stream=stream,
            stream_type=stream_type,
            expected=0 if head is None else head.version,
            command_id=command_id,
            fingerprint=None,
            correlation_id=command_id,
            causation_id=None,
            actor=actor,
            credential_id=None,
            surface="outpost",
            reason=None,
            epoch=None,
            events=(
                NewEvent(type=name, schema_version=EVENTS[name][1], data=encode(event).decode()),
            ),
            claims=(),
            secrets=(),
            result=None,
            previous_leaf=None if head is None else head.leaf,
        )
        ((event_id, leaf),) = leaves_of(commit)
        self.position += 1
        if head is None:
            head = _Stream(account_id, 0, self.position, 0, b"")
            self.streams[stream] = head
        head.version, head.last, head.leaf = head.version + 1, self.position, leaf
        written = commit.events[0]
        return (
            self.position, self.began + self.position * self.step, account_id, stream, stream_type,
            head.version, event_id, name, written.schema_version, command_id, command_id, actor,
            "outpost", None, written.data, leaf,
        )  # fmt: skip


def _id_of(event: Any, stream_type: str) -> str:
    field_name = {"principal": "principal_id", "api_key": "key_id", "scaling": "service_id"}.get(
        stream_type, f"{stream_type}_id"
    )
    return str(getattr(event, field_name))


async def fill(dsn: str, vault: Any, *, events: int, services: int, seed: int = 1) -> Population:
    """`vault` seals the names of the accounts' owners."""
    chance = random.Random(seed)
    ids = Ids()
    writer = _Writer(
        began=datetime.now(UTC) - SPAN - timedelta(hours=1), step=SPAN / events, chance=chance
    )
    setting = _Setting(ids=ids)
    secrets = await setting.people(vault)
    projects = tuple(setting.projects)
    sizes: dict[str, int] = {}
    born: list[tuple[str, str, int]] = []
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # Keys of the vault come later.
        with cursor.copy(_SECRETS) as copy:
            for s in secrets:
                copy.write_row(
                    (s.id, s.account_id, s.owner_id, s.key_version, s.nonce, s.ciphertext)
                )
        with cursor.copy(_EVENTS) as copy:
            for account_id, event in setting.events:
                copy.write_row(writer.row(event, account_id, "process:command"))
            left = events - writer.position
            for told, (project_id, _, account_id) in _told(projects, ids, chance, services, left):
                actor = "process:scheduler" if told.by_process else f"user:{account_id}"
                copy.write_row(writer.row(told.event, account_id, actor))
                if name_of(told.event) == "service.registered":
                    sizes[project_id] = sizes.get(project_id, 0) + 1
                    born.append((told.event.service_id, project_id, writer.position))
        with cursor.copy(_STREAMS) as copy:
            for stream, head in writer.streams.items():
                kind = stream.partition("-")[0]
                copy.write_row(
                    (stream, kind, head.account_id, head.version, head.first, head.last, head.leaf)
                )
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze es.event, es.stream, vault.secret")
    return Population(
        admin=setting.admin,
        projects=projects,
        sizes=sizes,
        services=tuple(born),
        events=writer.position,
    )


def _told(
    projects: tuple[tuple[str, str, str], ...],
    ids: Ids,
    chance: random.Random,
    services: int,
    events: int,
) -> Iterator[tuple[Told, tuple[str, str, str]]]:
    """Events of lives that go on at the same time, until there are enough."""
    going: list[tuple[Iterator[Told], tuple[str, str, str]]] = []
    begun = 0
    while events > 0:
        if len(going) < TOLD_AT_ONCE and (begun < services or not going):
            begun += 1
            place = projects[begun % len(projects)]
            going.append((life(begun, place[0], ids, chance), place))
        number = chance.randrange(len(going))
        told = next(going[number][0], None)
        if told is None:
            going[number] = going[-1]
            going.pop()
            continue
        events -= 1
        yield told, going[number][1]


@dataclass(slots=True)
class _Setting:
    """Accounts with their projects, and an admin who may see all."""

    ids: Ids
    projects: list[tuple[str, str, str]] = field(default_factory=list)
    events: list[tuple[str, Any]] = field(default_factory=list)
    admin: Actor = field(init=False)

    async def people(self, vault: Any) -> list[SecretRow]:
        secrets: list[SecretRow] = []
        for number in range(ACCOUNTS):
            id_, handle = self.ids.new(), f"account-{number}"
            texts = {"name": f"Person {number}", "email": f"person-{number}@example.com"}
            refs, rows = await vault.seal_all(id_, id_, texts)
            secrets += rows
            created = UserCreated(
                principal_id=id_,
                home_project_id=self.ids.new(),
                handle=handle,
                name=refs["name"],
                email=refs["email"],
                password=None,
            )
            self.events.append((id_, created))
            self._project(created.home_project_id, handle, id_, is_home=True)
            for other in range(PROJECTS // ACCOUNTS - 1):
                self._project(self.ids.new(), f"{handle}-{other}", id_, is_home=False)
        self.admin = self._admin(self.projects[0][2])
        return secrets

    def _project(self, id_: str, handle: str, account_id: str, *, is_home: bool) -> None:
        self.projects.append((id_, handle, account_id))
        created = ProjectCreated(
            project_id=id_,
            account_id=account_id,
            handle=handle,
            name=handle,
            description="",
            is_home=is_home,
        )
        self.events.append((account_id, created))

    def _admin(self, id_: str) -> Actor:
        key, grant = self.ids.new(), self.ids.new()
        issued = ApiKeyIssued(
            key_id=key, principal_id=id_, name="k", digest="d" * 64, expires_at=None
        )
        given = GrantGiven(grant_id=grant, principal_id=id_, action="*", resource="*")
        self.events += [(id_, issued), (id_, given)]
        return Actor(kind="user", id=id_, credential_id=key)
