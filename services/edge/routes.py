"""From the wanted routes and what HAProxy holds to the ordered actions that make them equal.

Pure and level-triggered: the same two states give the same plan, and an interrupted plan is
finished by the next one. The order keeps every request answered: servers before the hosts that
lead to them, hosts away before the servers they led to, and nothing is deleted that still works.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from services.edge.actual import (
    DOWN,
    Actual,
    Host,
    Server,
    ServerState,
    Slot,
    replica_of,
    server_name,
)
from services.edge.spelling import refused_backend, refused_host
from shared.bus.routes import RouteTable


@dataclass(frozen=True, slots=True)
class SetHost:
    host: str
    to: Host
    is_new: bool


@dataclass(frozen=True, slots=True)
class DropHost:
    host: str


@dataclass(frozen=True, slots=True)
class SetSlot:
    slot: str
    to: Slot
    is_new: bool


@dataclass(frozen=True, slots=True)
class DropSlot:
    slot: str


@dataclass(frozen=True, slots=True)
class AddServer:
    slot: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class SetState:
    slot: str
    name: str
    state: ServerState


@dataclass(frozen=True, slots=True)
class CutSessions:
    """The drain's deadline has passed: what still runs there is broken off."""

    slot: str
    name: str


@dataclass(frozen=True, slots=True)
class DeleteServer:
    slot: str
    name: str


Action = SetHost | DropHost | SetSlot | DropSlot | AddServer | SetState | CutSessions | DeleteServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`overdue` are (slot, server) that drained for longer than they may."""

    slots: tuple[str, ...]
    own_hosts: frozenset[str] = frozenset()
    overdue: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`pending` are the services that are not routed as told before the actions are done;
    `problems` say per service what the edge will not do."""

    actions: tuple[Action, ...]
    pending: frozenset[str] = frozenset()
    problems: dict[str, str] = field(default_factory=dict)


def plan(
    wanted: Mapping[str, RouteTable], forgotten: frozenset[str], actual: Actual, bounds: Bounds
) -> Plan:
    """`forgotten` are services whose table was taken away. What HAProxy holds of a service that is
    in neither stays as it is: a lost bucket must not take the routes with it."""
    problems: dict[str, str] = {}
    live = {i: wanted[i] for i in sorted(wanted) if wanted[i].state == "live"}
    slots = _allot(live, actual, bounds, problems)
    hosts = _claim(live, wanted, slots, actual, bounds, problems)
    known = wanted.keys() | forgotten
    coming: list[Action] = []
    going: list[Action] = []
    for service_id, slot in slots.items():
        servers = actual.servers.get(slot, {})
        coming += _own(slot, live[service_id], actual.slots.get(slot))
        coming += _bring(slot, live[service_id], servers, problems)
        going += _take_away(slot, live[service_id], servers, bounds)
    for slot, owner in actual.slots.items():
        if owner.service_id in known and slots.get(owner.service_id) != slot:
            going += _close(slot, owner, actual, bounds)
    actions = (*coming, *_lead(hosts, actual, known), *going)
    return Plan(actions=actions, pending=_pending(actions, slots, actual), problems=problems)


def busy_replicas(actual: Actual) -> dict[str, tuple[str, ...]]:
    """Of each service: replicas that get nothing new but still answer."""
    busy: dict[str, set[str]] = {}
    for slot, owner in actual.slots.items():
        for name, server in actual.servers.get(slot, {}).items():
            if server.state != "ready" and server.sessions:
                busy.setdefault(owner.service_id, set()).add(replica_of(name))
    return {service_id: tuple(sorted(names)) for service_id, names in busy.items()}


def draining(actual: Actual) -> frozenset[tuple[str, str]]:
    return frozenset(
        (slot, name)
        for slot, servers in actual.servers.items()
        for name, server in servers.items()
        if server.state == "drain"
    )


def _pending(
    actions: tuple[Action, ...], slots: Mapping[str, str], actual: Actual
) -> frozenset[str]:
    """Whom the actions concern, but for the clearing up after a drain: nobody waits for that."""
    owners = {slot: owner.service_id for slot, owner in actual.slots.items()}
    owners |= {slot: service_id for service_id, slot in slots.items()}
    concerned: set[str] = set()
    for action in actions:
        match action:
            case SetHost() | SetSlot():
                concerned.add(action.to.service_id)
            case DropHost():
                concerned.add(actual.hosts[action.host].service_id)
            case AddServer() | SetState():
                if not (isinstance(action, SetState) and action.state == "maint"):
                    concerned.add(owners[action.slot])
            case DropSlot() | CutSessions() | DeleteServer():
                pass
            case _:
                assert_never(action)
    return frozenset(concerned)


def _allot(
    live: Mapping[str, RouteTable], actual: Actual, bounds: Bounds, problems: dict[str, str]
) -> dict[str, str]:
    """Which slot is whose. A slot that still has an owner or a server is not free."""
    held = {s.service_id: slot for slot, s in actual.slots.items() if not s.closing}
    free = iter(
        [slot for slot in bounds.slots if slot not in actual.slots and not actual.servers.get(slot)]
    )
    slots: dict[str, str] = {}
    for service_id in live:
        slot = held.get(service_id) or next(free, None)
        if slot is None:
            problems[service_id] = "slots_exhausted"
        else:
            slots[service_id] = slot
    return slots


def _claim(
    live: Mapping[str, RouteTable],
    wanted: Mapping[str, RouteTable],
    slots: Mapping[str, str],
    actual: Actual,
    bounds: Bounds,
    problems: dict[str, str],
) -> dict[str, Host]:
    """Where each host shall lead. Who is live wins over who is down or gone; of two live ones
    (which the control plane never allows) the one that has it keeps it."""
    hosts: dict[str, Host] = {}
    for service_id, slot in slots.items():
        for host in live[service_id].hosts:
            if (why := refused_host(host, bounds.own_hosts)) is not None:
                problems[service_id] = why
                continue
            holder = hosts.get(host)
            has_it = actual.hosts.get(host)
            keeps_it = has_it is not None and has_it.service_id == service_id
            if holder is None or keeps_it:
                hosts[host] = Host(service_id=service_id, slot=slot)
            if holder is not None:
                problems[holder.service_id if keeps_it else service_id] = f"host_taken: {host}"
    closed = sorted((t.state, i, t) for i, t in wanted.items() if t.state != "live")
    for state, service_id, table in closed:
        for host in table.hosts:
            if refused_host(host, bounds.own_hosts) is None:
                to = Host(service_id=service_id, slot=DOWN if state == "down" else None)
                hosts.setdefault(host, to)
    return hosts


def _own(slot: str, table: RouteTable, owner: Slot | None) -> list[Action]:
    to = Slot(
        service_id=table.service_id,
        generation=table.generation,
        hold_limit=table.hold.limit,
        hold_ms=int(table.hold.seconds * 1000),
    )
    return [] if owner == to else [SetSlot(slot, to, owner is None)]


def _bring(
    slot: str, table: RouteTable, servers: Mapping[str, Server], problems: dict[str, str]
) -> list[Action]:
    actions: list[Action] = []
    for backend in table.backends:
        if (why := refused_backend(backend)) is not None:
            problems[table.service_id] = why
            continue
        name = server_name(backend.replica_id, backend.address)
        if backend.state != "ready" or (name in servers and servers[name].state == "ready"):
            continue
        if name not in servers:
            actions.append(AddServer(slot, name, backend.address))
        actions.append(SetState(slot, name, "ready"))
    return actions


def _lead(
    hosts: Mapping[str, Host], actual: Actual, known: set[str] | frozenset[str]
) -> list[Action]:
    actions: list[Action] = [
        SetHost(host, to, host not in actual.hosts)
        for host, to in hosts.items()
        if actual.hosts.get(host) != to
    ]
    actions += [
        DropHost(host)
        for host, to in actual.hosts.items()
        if host not in hosts and to.service_id in known
    ]
    return actions


def _take_away(
    slot: str, table: RouteTable, servers: Mapping[str, Server], bounds: Bounds
) -> list[Action]:
    named = {server_name(b.replica_id, b.address): b.state for b in table.backends}
    actions: list[Action] = []
    for name, server in servers.items():
        match named.get(name):
            case "ready":
                pass
            case "draining":
                if server.state == "ready":
                    actions.append(SetState(slot, name, "drain"))
            case None:
                actions += _end(slot, name, server, bounds)
    return actions


def _end(slot: str, name: str, server: Server, bounds: Bounds) -> list[Action]:
    """One step towards its deletion. The count of sessions is only final once it drains."""
    if server.state == "ready":
        return [SetState(slot, name, "drain")]
    if server.sessions and (slot, name) not in bounds.overdue:
        return []
    cut: list[Action] = [CutSessions(slot, name)] if server.sessions else []
    return [*cut, SetState(slot, name, "maint"), DeleteServer(slot, name)]


def _close(slot: str, owner: Slot, actual: Actual, bounds: Bounds) -> list[Action]:
    servers = actual.servers.get(slot, {})
    if not owner.closing:
        closing = Slot(service_id=owner.service_id, generation=owner.generation, closing=True)
        drains = [SetState(slot, n, "drain") for n, s in servers.items() if s.state == "ready"]
        return [SetSlot(slot, closing, False), *drains]
    if servers:
        return [a for name, server in servers.items() for a in _end(slot, name, server, bounds)]
    load = actual.load.get(slot)
    return [DropSlot(slot)] if load is not None and load.all == 0 else []
