"""The gateway over a stub of the bus: commands are recorded, questions answered from a table."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from litestar.types import ASGIApp

from services.gateway.app import entrance_of, router_of
from services.gateway.authenticate import Authenticator
from services.gateway.dispatch import Dispatch, Sender, Unlisten
from services.gateway.endpoints import Endpoints
from services.gateway.limits import Limits
from services.gateway.moments import NOW, Moment
from services.gateway.parts import Parts
from services.gateway.passwords import PasswordHashers
from services.gateway.refusals import CommandRejected
from services.gateway.registry import SURFACES
from services.gateway.stack import Stack
from services.gateway.tokens import Tokens
from shared.access.digest import digest_of
from shared.domain.rejections import NotFound
from shared.envelope.messages import Accepted, Answered
from shared.queries.identity import (
    Authenticate,
    AuthenticateKey,
    CallerDocument,
    GetProject,
    ProjectDocument,
)
from shared.queries.services import (
    DeploymentDocument,
    GetService,
    GetServiceById,
    ServiceDocument,
    WorkloadDocument,
)
from shared.runtime.ids import DerivedIds, IdSource
from shared.runtime.metrics import new_registry
from shared.runtime.settings import load
from shared.runtime.telemetry import NoTelemetry

SECRET = "s" * 40
WEBHOOK = "webhook-secret"
KEY_ID = "aa" * 12
TOKEN = f"cp_{KEY_ID}_{SECRET}"
PROJECT_ID = "bb" * 12
SERVICE_ID = "cc" * 12
MOMENT = datetime(2026, 3, 18, 12, 0, 0, 5, tzinfo=UTC)
STACK: dict[str, object] = {"ready": True, "waiting_for": [], "processes": {}}

CALLER = CallerDocument(
    principal_id="dd" * 12,
    kind="user",
    handle="ann",
    name="Ann",
    key_id=KEY_ID,
    key_name="laptop",
    key_expires_at=None,
    is_installation_admin=True,
    accounts=("dd" * 12,),
)
PROJECT = ProjectDocument(
    id=PROJECT_ID,
    account_id="dd" * 12,
    handle="acme",
    name="Acme",
    description="",
    is_home=True,
    collaborators=(),
    created_at=MOMENT,
    updated_at=MOMENT,
    may=("project.read", "service.read", "service.remove", "service.write"),
)
WORKLOAD = WorkloadDocument(
    repo="acme/app",
    branch="main",
    image=None,
    command=None,
    gpu="L4",
    gpu_count=2,
    cpu=4,
    memory_gb=16,
    replicas_min=1,
    replicas_max=3,
    target_gpu_utilization=None,
    port=8000,
    health_check_path="/health",
    env=(),
    region="us-east-1",
    custom_domain=None,
)
DEPLOYMENT = DeploymentDocument(
    id="ee" * 12,
    number=1,
    revision=1,
    trigger="created",
    commit="f" * 40,
    status="succeeded",
    reason="",
    message="",
    last_probe="",
    exit_cause="",
    log_tail=("line",),
    created_at=MOMENT,
    finished_at=MOMENT,
)
SERVICE = ServiceDocument(
    id=SERVICE_ID,
    project_id=PROJECT_ID,
    project_handle="acme",
    account_id="dd" * 12,
    name="My_App",
    slug="my-app",
    description="",
    labels=(),
    revision=1,
    workload=WORKLOAD,
    status="running",
    status_reason="",
    status_message="",
    deployment=DEPLOYMENT,
    serving=DEPLOYMENT,
    replicas_wanted=2,
    replicas_current=2,
    replicas_ready=1,
    created_at=MOMENT,
    updated_at=MOMENT,
)


@dataclass(slots=True)
class SetClock:
    moment: datetime = MOMENT
    seconds: float = 1000.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    command: Any
    sender: Sender
    command_id: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    question: Any
    after: int
    moment: Moment


Answer = Callable[[Any], Any]


class StubDispatch(Dispatch):
    """`answers` maps a question's type to a document, a rejection or a function of it."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.asked: list[Asked] = []
        self.hints: list[str] = []
        self.parts: list[tuple[str, bytes]] = []
        self.part_problem: str | None = None
        self.listeners: list[Callable[[int], None]] = []
        self.authentications = 0
        self.replayed: str | None = None
        self.rejection: Any = None
        self.rejections: dict[type, list[Any]] = {}  # by type of command, each once
        self.callers: dict[str, CallerDocument] = {}
        self.answers: dict[type, Any] = {
            GetProject: lambda q: (
                PROJECT if q.key in ("acme", PROJECT_ID) else NotFound(kind="project", key=q.key)
            ),
            GetService: SERVICE,
            GetServiceById: SERVICE,
        }

    async def command(
        self,
        command: Any,
        sender: Sender,
        *,
        command_id: str | None = None,
        fingerprint: str | None = None,
    ) -> Accepted:
        sent = Sent(command=command, sender=sender, command_id=command_id, fingerprint=fingerprint)
        self.sent.append(sent)
        if self.rejection is not None:
            raise CommandRejected(self.rejection)
        if self.rejections.get(type(command)):
            raise CommandRejected(self.rejections[type(command)].pop(0))
        if self.replayed is not None:
            return Accepted(position=7, version=1, subject_id=self.replayed, replayed=True)
        return Accepted(position=42, version=1, subject_id=_subject(command))

    async def query(
        self, question: Any, sender: Sender, *, after: int = 0, moment: Moment = NOW
    ) -> Answered:
        self.asked.append(Asked(question=question, after=after, moment=moment))
        answer = self.answers[type(question)]
        document = answer(question) if callable(answer) else answer
        if type(document).__module__ == "shared.domain.rejections":
            raise CommandRejected(document)
        return Answered(document=document, position=max(after, 40))

    async def who_calls(self, question: Authenticate | AuthenticateKey) -> CallerDocument | None:
        self.authentications += 1
        if isinstance(question, AuthenticateKey):
            known = [c for c in self.callers.values() if c.key_id == question.key_id]
            return known[0] if known else None
        return self.callers.get(question.digest)

    async def listen_for_growth(self, grown: Callable[[int], None]) -> Unlisten | None:
        self.listeners.append(grown)

        async def unlisten() -> None:
            self.listeners.remove(grown)

        return unlisten

    async def part(self, import_id: str, number: str, body: bytes) -> str | None:
        self.parts.append((number, body))
        return self.part_problem

    async def hint_pushed(self, repository: str) -> None:
        self.hints.append(repository)


class StubStack(Stack):
    def __init__(self) -> None:
        self.isolated = True
        self.answer = STACK

    async def document(self) -> dict[str, object]:
        return self.answer

    async def isolates(self) -> bool:
        return self.isolated


# The first that a command has is what it lands on.
_SUBJECTS = (
    "import_id",
    "execution_id",
    "tier_id",
    "environment_id",
    "subscription_id",
    "webhook_id",
    "unit_test_id",
    "record_id",
    "service_id",
    "key_id",
    "grant_id",
    "project_id",
    "principal_id",
    "owner_id",
    "name",
)


def _subject(command: Any) -> str:
    for name in _SUBJECTS:
        if (id_ := getattr(command, name, None)) is not None:
            return str(id_)
    raise AssertionError(f"{command} lands on nothing")


@dataclass(slots=True, kw_only=True)
class Gateway:
    app: ASGIApp
    parts: Parts
    dispatch: StubDispatch
    stack: StubStack
    clock: SetClock
    client: httpx.AsyncClient
    base: str = "http://gateway.test"
    extra: dict[str, str] = field(default_factory=dict)

    def sign_in(self, caller: CallerDocument = CALLER, secret: str = SECRET) -> None:
        self.dispatch.callers[digest_of(secret, self.parts.installation)] = caller

    async def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """As the caller that `sign_in` made known, unless the headers say otherwise."""
        headers = {"Authorization": f"Bearer {TOKEN}", **given.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **given)


@cache
def router() -> ASGIApp:
    """Stateless, and dear to make: one for all tests."""
    return router_of(SURFACES)


def gateway_of(keys_dir: Path, **settings: Any) -> Gateway:
    loaded = load(keys_dir=keys_dir, **settings)
    clock, dispatch, stack = SetClock(), StubDispatch(), StubStack()
    installation = loaded.keys.installation()
    parts = Parts(
        settings=loaded,
        installation=installation,
        webhook=loaded.keys.webhook(),
        clock=clock,
        ids=IdSource(clock),
        derived=DerivedIds(installation),
        dispatch=dispatch,
        authenticator=Authenticator(dispatch, installation, clock),
        tokens=Tokens(installation, clock),
        limits=Limits(clock),
        stack=stack,
        hashers=PasswordHashers(),
        telemetry=NoTelemetry(),
        registry=new_registry("gateway"),
        endpoints=Endpoints(clock=clock),
    )
    app = entrance_of(router(), parts, SURFACES)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # ASGI types differ in name
    client = httpx.AsyncClient(transport=transport, base_url="http://gateway.test")
    gateway = Gateway(
        app=app, parts=parts, dispatch=dispatch, stack=stack, clock=clock, client=client
    )
    gateway.sign_in()
    return gateway


def with_env(*names: str) -> ServiceDocument:
    env = tuple((name, "ff" * 12) for name in names)
    return replace(SERVICE, workload=replace(WORKLOAD, env=env))
