"""Every subject of the bus: who publishes it, who listens. NATS users are made from this table
(deploy/nats), and a test holds what each process really uses against it.

`commands.<publisher>.<aggregate>` and `questions.<publisher>.<view>` carry their publisher, so that
a process can speak only as itself (THREATS row 47). Events are JetStream's; the stream's sequence
equals the log position."""

from dataclasses import dataclass

EVENT_STREAM = "EVENTS"
EVENT_PREFIX = "events"
ROUTES_BUCKET = "routes"
COMMAND_QUEUE = "command"
QUESTION_QUEUE = "query"

# Tenants' subscribers live in an account of their own: they see what is exported to it, no more.
TENANTS_ACCOUNT = "TENANTS"
AUTHORIZATION = "$SYS.REQ.USER.AUTH"
LIST_CONNECTIONS = f"$SYS.REQ.ACCOUNT.{TENANTS_ACCOUNT}.CONNZ"
CONSUMER_NAMES = f"$JS.API.CONSUMER.NAMES.{EVENT_STREAM}"

PROCESSES = (
    "gateway",
    "command",
    "query",
    "scheduler",
    "prober",
    "edge",
    "sealer",
    "callout",
    "webhooks",
)
COMMANDING = ("gateway", "scheduler", "prober")
ASKING = ("gateway", "scheduler", "prober", "edge", "callout", "webhooks")


def command_subject(publisher: str, aggregate: str) -> str:
    return f"commands.{publisher}.{aggregate}"


def question_subject(publisher: str, view: str) -> str:
    return f"questions.{publisher}.{view}"


def event_subject(account_id: str, stream_type: str, stream_id: str, event_type: str) -> str:
    """`stream_id` is the bare id; `event_type` the event's name without its aggregate's prefix."""
    return f"{EVENT_PREFIX}.{account_id}.{stream_type}.{stream_id}.{event_type}"


def events_of(stream_type: str) -> str:
    """All events of one type of stream, of every account."""
    return f"{EVENT_PREFIX}.*.{stream_type}.>"


def events_named(stream_type: str, event_type: str) -> str:
    """One kind of event of one type of stream, named as in `event_subject`."""
    return f"{EVENT_PREFIX}.*.{stream_type}.*.{event_type}"


ALL_EVENTS = f"{EVENT_PREFIX}.>"


def events_of_account(account_id: str) -> str:
    """All that a tenant's subscriber gets."""
    return f"{EVENT_PREFIX}.{account_id}.>"


def ack_subject(edge_id: str) -> str:
    return f"acks.{edge_id}"


def part_subject(publisher: str, import_id: str, number: str) -> str:
    """`number` counts the parts of an import from 0; `finish` and `abandon` end it."""
    return f"parts.{publisher}.{import_id}.{number}"


def frame_subject(edge_id: str) -> str:
    return f"frames.{edge_id}"


def poke_subject(edge_id: str) -> str:
    return f"pokes.{edge_id}"


def opinion_subject(prober_id: str) -> str:
    return f"opinions.{prober_id}"


def health_subject(process: str) -> str:
    return f"health.{process}"


APPENDED_HINT = "hints.appended"
PUSHED_HINT = "hints.pushed"
RELAYED = "hints.relayed"
SAMPLES = "samples.scheduler"
LOG_LINES = "lines.scheduler"
CHECKPOINTS = "checkpoints"
PROBER_BEATS = "beats.prober"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    subject: str
    publishers: tuple[str, ...]
    listeners: tuple[str, ...]
    meaning: str


SUBJECTS: tuple[Row, ...] = (
    Row(
        subject="commands.gateway.*",
        publishers=("gateway",),
        listeners=("command",),
        meaning="a person's command, through a surface; request and reply",
    ),
    Row(
        subject="commands.scheduler.*",
        publishers=("scheduler",),
        listeners=("command",),
        meaning="what the scheduler decided or saw; request and reply",
    ),
    Row(
        subject="commands.prober.*",
        publishers=("prober",),
        listeners=("command",),
        meaning="a transition that it saw; request and reply",
    ),
    Row(
        subject="parts.gateway.>",
        publishers=("gateway",),
        listeners=("command",),
        meaning="a part of an export that is imported (bytes), or its end; request and reply",
    ),
    Row(
        subject="questions.gateway.*",
        publishers=("gateway",),
        listeners=("query",),
        meaning="a read, as somebody; request and reply",
    ),
    Row(
        subject="questions.scheduler.*",
        publishers=("scheduler",),
        listeners=("query",),
        meaning="wanted state for the reconcile loop; request and reply",
    ),
    Row(
        subject="questions.prober.*",
        publishers=("prober",),
        listeners=("query",),
        meaning="what to probe: replicas, watched URLs, domains; request and reply",
    ),
    Row(
        subject="questions.edge.*",
        publishers=("edge",),
        listeners=("query",),
        meaning="certificates, their keys encrypted to the asker; request and reply",
    ),
    Row(
        subject="questions.callout.*",
        publishers=("callout",),
        listeners=("query",),
        meaning="may this subscriber connect, may it stay; request and reply",
    ),
    Row(
        subject="questions.webhooks.*",
        publishers=("webhooks",),
        listeners=("query",),
        meaning="where to deliver, and the log to deliver from; request and reply",
    ),
    Row(
        subject="events.>",
        publishers=("command",),
        listeners=("query", "scheduler", "prober", "gateway", "callout"),
        meaning="the log, in order, as CloudEvents; JetStream stream EVENTS",
    ),
    Row(
        subject=APPENDED_HINT,
        publishers=("command",),
        listeners=("command",),
        meaning="a command process that does not relay has appended: the one that does may look",
    ),
    Row(
        subject=PUSHED_HINT,
        publishers=("gateway",),
        listeners=("scheduler",),
        meaning="a git server's webhook: look at this repository's branches now (body: its name)",
    ),
    Row(
        subject=RELAYED,
        publishers=("command",),
        listeners=("webhooks",),
        meaning="the relayed position, after every batch: for who only wants to know of news",
    ),
    Row(
        subject="acks.*",
        publishers=("edge",),
        listeners=("scheduler", "gateway"),
        meaning="an edge has applied a service's routes of this generation",
    ),
    Row(
        subject="frames.*",
        publishers=("edge",),
        listeners=("query", "scheduler"),
        meaning="a second's traffic of each service with any; every second, also when none has",
    ),
    Row(
        subject="pokes.*",
        publishers=("edge",),
        listeners=("scheduler",),
        meaning="a request waits and no replica is ready: the service's id, at once",
    ),
    Row(
        subject=SAMPLES,
        publishers=("scheduler",),
        listeners=("query",),
        meaning="CPU and memory of replicas, every few seconds",
    ),
    Row(
        subject=LOG_LINES,
        publishers=("scheduler",),
        listeners=("query",),
        meaning="log lines of replicas, request and reply: kept before the cursor moves",
    ),
    Row(
        subject=CHECKPOINTS,
        publishers=("sealer",),
        listeners=("gateway",),
        meaning="the newest checkpoint, a signed note, for whoever watches; the witness has it too",
    ),
    Row(
        subject=PROBER_BEATS,
        publishers=("prober",),
        listeners=("prober",),
        meaning="a prober lives and looks, has come, or leaves: so they share their targets",
    ),
    Row(
        subject="opinions.*",
        publishers=("prober",),
        listeners=("prober",),
        meaning="what do you get from this target just now; request and reply between probers",
    ),
    Row(
        subject="health.*",
        publishers=("gateway",),
        listeners=PROCESSES,
        meaning="is this process ready; request and reply",
    ),
)

# JetStream's and the KV bucket's own API subjects that each process needs, exact. nats-py 2.16
# creates a consumer without a name on the subject that ends with the stream.
JETSTREAM_GRANTS: dict[str, tuple[str, ...]] = {
    "command": (
        f"$JS.API.STREAM.INFO.{EVENT_STREAM}",
        f"$JS.API.STREAM.CREATE.{EVENT_STREAM}",
        f"$JS.API.STREAM.UPDATE.{EVENT_STREAM}",
        f"$JS.API.STREAM.PURGE.{EVENT_STREAM}",
        f"$JS.API.STREAM.DELETE.{EVENT_STREAM}",
        f"$JS.API.STREAM.MSG.GET.{EVENT_STREAM}",
        "$JS.API.INFO",
    ),
    "query": (
        f"$JS.API.STREAM.INFO.{EVENT_STREAM}",
        f"$JS.API.CONSUMER.CREATE.{EVENT_STREAM}",
        f"$JS.API.CONSUMER.CREATE.{EVENT_STREAM}.>",
        f"$JS.API.CONSUMER.DELETE.{EVENT_STREAM}.>",
        f"$JS.API.CONSUMER.INFO.{EVENT_STREAM}.>",
        "$JS.FC.>",
        "$JS.API.INFO",
    ),
    "scheduler": (
        f"$JS.API.STREAM.INFO.KV_{ROUTES_BUCKET}",
        f"$JS.API.STREAM.CREATE.KV_{ROUTES_BUCKET}",
        f"$JS.API.STREAM.MSG.GET.KV_{ROUTES_BUCKET}",
        f"$JS.API.DIRECT.GET.KV_{ROUTES_BUCKET}.>",
        f"$JS.API.CONSUMER.CREATE.KV_{ROUTES_BUCKET}",
        f"$JS.API.CONSUMER.CREATE.KV_{ROUTES_BUCKET}.>",
        f"$JS.API.CONSUMER.DELETE.KV_{ROUTES_BUCKET}.>",
        f"$KV.{ROUTES_BUCKET}.>",
        "$JS.API.INFO",
    ),
    "edge": (
        f"$JS.API.STREAM.INFO.KV_{ROUTES_BUCKET}",
        f"$JS.API.STREAM.MSG.GET.KV_{ROUTES_BUCKET}",
        f"$JS.API.DIRECT.GET.KV_{ROUTES_BUCKET}.>",
        f"$JS.API.CONSUMER.CREATE.KV_{ROUTES_BUCKET}",
        f"$JS.API.CONSUMER.CREATE.KV_{ROUTES_BUCKET}.>",
        f"$JS.API.CONSUMER.DELETE.KV_{ROUTES_BUCKET}.>",
        f"$JS.API.CONSUMER.INFO.KV_{ROUTES_BUCKET}.>",
        "$JS.FC.>",
        "$JS.API.INFO",
    ),
    # Consumers of subscribers: with a filter on events always, and by their whole names.
    "callout": (
        f"$JS.API.CONSUMER.CREATE.{EVENT_STREAM}.*.{EVENT_PREFIX}.>",
        f"$JS.API.CONSUMER.DELETE.{EVENT_STREAM}.*",
        CONSUMER_NAMES,
        f"$JS.API.STREAM.INFO.{EVENT_STREAM}",
    ),
    "gateway": (),
    "prober": (),
    "sealer": (),
    "webhooks": (),
}


def next_of(consumer: str) -> str:
    """Where a subscriber asks its consumer for events."""
    return f"$JS.API.CONSUMER.MSG.NEXT.{EVENT_STREAM}.{consumer}"


def acks_of(consumer: str) -> str:
    """What its acknowledgements begin with."""
    return f"$JS.ACK.{EVENT_STREAM}.{consumer}"


def kick_of(server_id: str) -> str:
    return f"$SYS.REQ.SERVER.{server_id}.KICK"


# What of the server itself a process may ask for, and be asked: imported from the system's account.
SERVER_GRANTS: dict[str, tuple[str, ...]] = {"callout": (LIST_CONNECTIONS, kick_of("*"))}
SERVER_ASKS: dict[str, tuple[str, ...]] = {"callout": (AUTHORIZATION,)}


def inbox_prefix(process: str) -> str:
    """A private inbox each: `_INBOX.>` would read everybody's replies (THREATS row 46)."""
    return f"_INBOX_{process}"


def publishable(process: str) -> tuple[str, ...]:
    own = tuple(row.subject for row in SUBJECTS if process in row.publishers)
    return own + JETSTREAM_GRANTS[process] + SERVER_GRANTS.get(process, ())


def listenable(process: str) -> tuple[str, ...]:
    own = tuple(row.subject for row in SUBJECTS if process in row.listeners)
    return (*own, *SERVER_ASKS.get(process, ()), f"{inbox_prefix(process)}.>")
