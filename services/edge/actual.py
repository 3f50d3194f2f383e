"""What HAProxy holds at this moment, and how it is spelled there.

The maps are the edge's memory: which slot is whose, up to which generation. So a restarted edge
process knows what is routed without asking anybody, and an empty map means a restarted HAProxy.
"""

import zlib
from dataclasses import dataclass, field
from typing import Literal

from services.edge.haproxy import HOSTS_MAP, SLOTS_MAP
from services.edge.runtime_socket import RuntimeSocket

GONE = "gone"
DOWN = "down"
_MAINTENANCE, _DRAIN = 0x01, 0x08
_ONE_BY_ONE_MAX = 20

ServerState = Literal["ready", "drain", "maint"]
# Requests by replica.
InFlight = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The owner of a slot. `closing`: it was deleted, and what is in flight ends."""

    service_id: str
    generation: int
    hold_limit: int = 0
    hold_ms: int = 0
    closing: bool = False

    def spelled(self) -> str:
        rest = "closing" if self.closing else f"{self.hold_limit}:{self.hold_ms}"
        return f"{self.service_id}:{self.generation}:{rest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where a host name leads; `slot` None is the tombstone of a deleted service, DOWN the word for
    one that has nothing to run."""

    service_id: str
    slot: str | None

    def spelled(self) -> str:
        return f"{self.slot or GONE}:{self.service_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    state: ServerState
    sessions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Of one slot now: requests at replicas, in HAProxy's queue, and held for a first replica."""

    sessions: int = 0
    queued: int = 0
    held: int = 0

    @property
    def all(self) -> int:
        return self.sessions + self.queued + self.held

    def plus(self, other: "Load") -> "Load":
        return Load(
            sessions=self.sessions + other.sessions,
            queued=self.queued + other.queued,
            held=self.held + other.held,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Actual:
    hosts: dict[str, Host] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    servers: dict[str, dict[str, Server]] = field(default_factory=dict)
    load: dict[str, Load] = field(default_factory=dict)


def server_name(replica_id: str, address: str) -> str:
    """A replica that comes back at another address is another server: HAProxy cannot change the
    address of one that listens on a Unix socket."""
    return f"{replica_id}.{zlib.crc32(address.encode()):08x}"


def replica_of(server: str) -> str:
    return server.rpartition(".")[0]


async def read_slots(runtime: RuntimeSocket) -> tuple[str, ...]:
    """The slots that this HAProxy was started with; their number cannot change while it runs."""
    (answer,) = await runtime.ask("show backend")
    return tuple(line for line in answer.splitlines() if line.startswith("svc"))


async def read_life(runtime: RuntimeSocket) -> str:
    """Of the HAProxy that runs now; another one's is different. Cheap, unlike what it holds."""
    (answer,) = await runtime.ask("show info")
    marks = ("Pid:", "Start_time_sec:")
    return " ".join(line for line in answer.splitlines() if line.startswith(marks))


def is_settled(actual: Actual) -> bool:
    """Nothing drains, closes or waits for its deletion: without news it stays as it is."""
    states = {server.state for its in actual.servers.values() for server in its.values()}
    return states <= {"ready"} and not any(owner.closing for owner in actual.slots.values())


async def read_actual(runtime: RuntimeSocket) -> Actual:
    hosts, slots, states = await runtime.ask(
        f"show map {HOSTS_MAP}", f"show map {SLOTS_MAP}", "show servers state"
    )
    owners = {slot: owner for slot, text in _pairs(slots) if (owner := _slot(text)) is not None}
    servers = _servers(states)
    # Only where something drains or closes does anybody ask how much is still in flight.
    ending = sorted(
        {slot for slot, its in servers.items() if any(s.state != "ready" for s in its.values())}
        | {slot for slot, owner in owners.items() if owner.closing}
    )
    load, sessions = await _in_flight(runtime, ending)
    return Actual(
        hosts={host: to for host, text in _pairs(hosts) if (to := _host(text)) is not None},
        slots=owners,
        servers={
            slot: {
                name: Server(state=server.state, sessions=sessions.get((slot, name), 0))
                for name, server in its.items()
            }
            for slot, its in servers.items()
        },
        load=load,
    )


async def is_quiet(runtime: RuntimeSocket) -> bool:
    """No client is connected and nothing is held: then no slot has a load."""
    held, fronts = await runtime.ask("show held", "show stat -1 1 -1")
    return not _words(held) and not any(int(row[4] or 0) for row in _stat_rows(fronts))


async def read_load(runtime: RuntimeSocket, slots: tuple[str, ...]) -> dict[str, Load]:
    """For the samples: of each of these slots."""
    few = len(slots) <= _ONE_BY_ONE_MAX
    questions = [f"show stat {slot} 2 -1" for slot in slots] if few else ["show stat -1 2 -1"]
    held, *stats = await runtime.ask("show held", *questions)
    rows = (row for stat in stats for row in _stat_rows(stat))
    by_slot = {row[0]: row for row in rows}
    waiting = {slot: int(count) for slot, count in _words(held)}
    return {
        slot: Load(
            sessions=int(by_slot[slot][4]),
            queued=int(by_slot[slot][2]),
            held=waiting.get(slot, 0),
        )
        for slot in slots
        if slot in by_slot
    }


async def read_replicas(runtime: RuntimeSocket, slots: tuple[str, ...]) -> dict[str, InFlight]:
    """Of each of these slots: the requests in flight at each of its replicas."""
    stats = await runtime.ask(*(f"show stat {slot} 4 -1" for slot in slots))
    found: dict[str, InFlight] = {slot: {} for slot in slots}
    for row in (row for stat in stats for row in _stat_rows(stat)):
        if row[0] in found:
            found[row[0]][replica_of(row[1])] = int(row[2]) + int(row[4])
    return found


async def _in_flight(
    runtime: RuntimeSocket, slots: list[str]
) -> tuple[dict[str, Load], dict[tuple[str, str], int]]:
    if not slots:
        return {}, {}
    load = await read_load(runtime, tuple(slots))
    stats = await runtime.ask(*(f"show stat {slot} 4 -1" for slot in slots))
    rows = (row for stat in stats for row in _stat_rows(stat))
    return load, {(row[0], row[1]): int(row[2]) + int(row[4]) for row in rows}


def _stat_rows(csv: str) -> list[list[str]]:
    # pxname,svname,qcur,qmax,scur,...: none of the first five can hold a comma.
    return [line.split(",", 5) for line in csv.splitlines() if line and line[0] != "#"]


def _words(text: str) -> list[tuple[str, str]]:
    return [(words[0], words[1]) for line in text.splitlines() if len(words := line.split()) == 2]


def _pairs(show_map: str) -> list[tuple[str, str]]:
    """`<pointer> <key> <value>` a line."""
    lines = (line.split(" ", 2) for line in show_map.splitlines())
    return [(parts[1], parts[2]) for parts in lines if len(parts) == 3]


def _host(text: str) -> Host | None:
    slot, _, service_id = text.partition(":")
    return Host(service_id=service_id, slot=None if slot == GONE else slot) if service_id else None


def _slot(text: str) -> Slot | None:
    match text.split(":"):
        case [service_id, generation, "closing"]:
            return Slot(service_id=service_id, generation=int(generation), closing=True)
        case [service_id, generation, limit, ms]:
            return Slot(
                service_id=service_id,
                generation=int(generation),
                hold_limit=int(limit),
                hold_ms=int(ms),
            )
        case _:
            return None


def _servers(show_servers_state: str) -> dict[str, dict[str, Server]]:
    found: dict[str, dict[str, Server]] = {}
    for line in show_servers_state.splitlines():
        columns = line.split()
        if len(columns) < 7 or columns[0] == "#":
            continue
        admin = int(columns[6])
        state: ServerState = (
            "maint" if admin & _MAINTENANCE else "drain" if admin & _DRAIN else "ready"
        )
        found.setdefault(columns[1], {})[columns[3]] = Server(state=state)
    return found
