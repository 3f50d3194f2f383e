"""What the scheduler and the edge tell each other: whole route tables, acks, frames of traffic.

A table goes into the KV bucket `routes` under its service's id and always says everything, so that
a lost or repeated message does no harm; the edge answers on `acks.<edge id>` once it does as told.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from shared.kernel import json

LATENCY_BUCKETS = 20
COLD_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """`address` is `unix@/path`, or `host:port` with a numeric host."""

    replica_id: str
    address: str
    state: Literal["ready", "draining"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """How many requests may wait for a first ready replica, and for how long; 0 holds none."""

    limit: int = 100
    seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """Everything the edge must know of one service. `gone` keeps the hosts of a removed one, to
    answer 503 there; so does `down` those of one that has nothing to run: it takes no slot."""

    service_id: str
    generation: int
    state: Literal["live", "down", "gone"]
    hosts: tuple[str, ...]
    backends: tuple[Backend, ...] = ()
    hold: Hold = Hold()
    name: str
    namespace: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAck:
    """This edge sends traffic as `generation` says, but for `error` (then it is held partly).

    `busy` are replicas that get nothing new but still answer requests; the ack is sent again as
    the last of them end, so whoever stops a replica can wait until it is not named any more.
    `gone`: the service's hosts answer 503 here.
    """

    edge_id: str
    service_id: str
    generation: int
    busy: tuple[str, ...] = ()
    error: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One second of one service at one edge (CONTROL 2.1). Not an event: a sample, with retention.

    `area` is the integral of concurrency over the second (held requests included), so it reads as
    the average concurrency. `classes` counts answers 1xx..5xx. `failed` are requests that no
    replica answered in full; `aborted` those that the client left. `latency[i]` counts answers
    that took less than 2**i ms (and at least half of that); the last one has no upper end. `cold`
    are requests that waited for a first replica and got it (50 at most): when they came (ms of the
    wall clock), for how long they waited, and when their answer began, in ms since they came.
    `replicas` are (replica, requests in flight) as last seen in it; none where only one serves.
    """

    edge_id: str
    service_id: str
    second: int
    area: float
    n: int
    classes: tuple[int, int, int, int, int]
    failed: int
    aborted: int
    refused: int
    queued_max: int
    wait_ms: int
    bytes_in: int
    bytes_out: int
    latency: tuple[int, ...]
    latency_ms: int
    cold: tuple[tuple[int, int, int], ...] = ()
    replicas: tuple[tuple[str, int], ...] = ()


def encode(message: RouteTable | RouteAck) -> bytes:
    return json.dumps(asdict(message)).encode()


def encode_frames(frames: tuple[Frame, ...]) -> bytes:
    return json.dumps([asdict(frame) for frame in frames]).encode()


def decode_table(payload: bytes) -> RouteTable:
    """Raises ValueError (with the reason) where the bytes are no table."""
    try:
        fields: dict[str, Any] = dict(json.loads(payload))
        fields["hosts"] = tuple(fields["hosts"])
        fields["backends"] = tuple(Backend(**backend) for backend in fields.get("backends", ()))
        fields["hold"] = Hold(**fields.get("hold", {}))
        return RouteTable(**fields)
    except (TypeError, KeyError, ValueError) as broken:
        raise ValueError(f"not a route table: {broken!r}") from broken


def decode_ack(payload: bytes) -> RouteAck:
    fields: dict[str, Any] = dict(json.loads(payload))
    return RouteAck(**{**fields, "busy": tuple(fields["busy"])})


def decode_frames(payload: bytes) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            **{
                **fields,
                "classes": tuple(fields["classes"]),
                "latency": tuple(fields["latency"]),
                "cold": tuple((at, held, first) for at, held, first in fields.get("cold", ())),
                "replicas": tuple((name, count) for name, count in fields.get("replicas", ())),
            }
        )
        for fields in json.loads(payload)
    )
