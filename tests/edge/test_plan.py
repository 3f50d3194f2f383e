"""The plan, played on a paper HAProxy: whatever was there before, it ends as wanted."""

from dataclasses import replace
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as some

from services.edge.actual import DOWN, Actual, Host, Load, Server, Slot, server_name
from services.edge.routes import (
    Action,
    AddServer,
    Bounds,
    CutSessions,
    DeleteServer,
    DropHost,
    DropSlot,
    SetHost,
    SetSlot,
    SetState,
    plan,
)
from shared.bus.routes import Backend, Hold, RouteTable

SLOTS = ("svc0001", "svc0002", "svc0003")
HOSTS = ("a.x.localhost", "b.x.localhost", "c.x.localhost")
NOBODY: frozenset[str] = frozenset()

State = Literal["live", "down", "gone"]

backends = some.builds(
    Backend,
    replica_id=some.sampled_from(["r1", "r2", "r3"]),
    address=some.sampled_from(["127.0.0.1:1001", "unix@/run/r.sock"]),
    state=some.sampled_from(["ready", "draining"]),
)
tables = some.builds(
    RouteTable,
    service_id=some.sampled_from(["s1", "s2", "s3", "s4"]),
    generation=some.integers(0, 9),
    state=some.sampled_from(["live", "down", "gone"]),
    hosts=some.lists(some.sampled_from(HOSTS), unique=True).map(tuple),
    backends=some.lists(backends, max_size=3, unique_by=lambda b: b.replica_id).map(tuple),
    hold=some.just(Hold()),
    name=some.just("n"),
    namespace=some.just("x"),
    account_id=some.just("a"),
)
wishes = some.lists(tables, max_size=4, unique_by=lambda t: t.service_id).map(
    lambda found: {table.service_id: table for table in found}
)


def play(actual: Actual, action: Action) -> Actual:
    """What HAProxy does with it. Fails where HAProxy would refuse."""
    hosts, slots = dict(actual.hosts), dict(actual.slots)
    servers = {slot: dict(its) for slot, its in actual.servers.items()}
    match action:
        case SetHost():
            assert action.is_new is (action.host not in hosts)
            assert action.to.slot in (None, DOWN) or action.to.slot in slots
            hosts[action.host] = action.to
        case DropHost():
            del hosts[action.host]
        case SetSlot():
            assert action.is_new is (action.slot not in slots)
            slots[action.slot] = action.to
        case DropSlot():
            assert not servers.get(action.slot), "a slot is given up with its servers in it"
            del slots[action.slot]
        case AddServer():
            its = servers.setdefault(action.slot, {})
            assert action.name not in its
            its[action.name] = Server(state="maint")
        case SetState():
            its = servers[action.slot]
            its[action.name] = replace(its[action.name], state=action.state)
        case CutSessions():
            its = servers[action.slot]
            its[action.name] = replace(its[action.name], sessions=0)
        case DeleteServer():
            server = servers[action.slot].pop(action.name)
            assert (server.state, server.sessions) == ("maint", 0)
            if not servers[action.slot]:
                del servers[action.slot]
    load = {slot: Load(sessions=_sessions(servers.get(slot, {}))) for slot in slots}
    return Actual(hosts=hosts, slots=slots, servers=servers, load=load)


def _sessions(servers: dict[str, Server]) -> int:
    return sum(server.sessions for server in servers.values())


def settle(
    wanted: dict[str, RouteTable], actual: Actual, forgotten: frozenset[str] = NOBODY
) -> Actual:
    for _ in range(10):
        planned = plan(wanted, forgotten, actual, Bounds(slots=SLOTS))
        if not planned.actions:
            return actual
        for action in planned.actions:
            actual = play(actual, action)
    raise AssertionError("it never comes to rest")


@given(some.lists(wishes, min_size=1, max_size=4))
@settings(max_examples=200)
def test_it_comes_to_rest_with_exactly_the_wanted_routes(past: list[dict[str, RouteTable]]) -> None:
    actual = Actual()
    seen: set[str] = set()
    for wanted in past:
        seen |= wanted.keys()
        actual = settle(wanted, actual, frozenset(seen - wanted.keys()))
    live = {i: t for i, t in past[-1].items() if t.state == "live"}
    owners = {owner.service_id: slot for slot, owner in actual.slots.items()}
    assert owners.keys() <= live.keys()
    assert len(owners) == min(len(live), len(SLOTS))
    for service_id, slot in owners.items():
        ready = {n for n, s in actual.servers.get(slot, {}).items() if s.state == "ready"}
        assert ready == {
            server_name(b.replica_id, b.address)
            for b in live[service_id].backends
            if b.state == "ready"
        }
    for host, to in actual.hosts.items():
        assert host in past[-1][to.service_id].hosts
        is_down = past[-1][to.service_id].state == "down"
        assert to.slot == (DOWN if is_down else owners.get(to.service_id))


@given(wishes, wishes)
@settings(max_examples=200)
def test_what_is_interrupted_anywhere_is_finished_by_the_next_plan(
    before: dict[str, RouteTable], after: dict[str, RouteTable]
) -> None:
    start = settle(before, Actual())
    forgotten = frozenset(before.keys() - after.keys())
    actions = plan(after, forgotten, start, Bounds(slots=SLOTS)).actions
    whole = settle(after, start, forgotten)
    for stop in range(len(actions)):
        half = start
        for action in actions[:stop]:
            half = play(half, action)
        assert _routes(settle(after, half, forgotten)) == _routes(whole)


def _routes(actual: Actual) -> set[tuple[str, str, bool]]:
    return {(host, to.service_id, to.slot is None) for host, to in actual.hosts.items()}


@given(wishes)
def test_a_lost_bucket_changes_nothing(wanted: dict[str, RouteTable]) -> None:
    actual = settle(wanted, Actual())
    assert plan({}, NOBODY, actual, Bounds(slots=SLOTS)).actions == ()


def _table(*backends_: Backend, service_id: str = "s1", state: State = "live") -> RouteTable:
    return RouteTable(
        service_id=service_id,
        generation=1,
        state=state,
        hosts=HOSTS[:1],
        backends=backends_,
        name="n",
        namespace="x",
        account_id="a",
    )


READY = Backend(replica_id="r1", address="127.0.0.1:1001", state="ready")
NEXT = Backend(replica_id="r2", address="127.0.0.1:1002", state="ready")


def test_a_new_replica_is_there_before_the_old_one_leaves() -> None:
    actual = settle({"s1": _table(READY)}, Actual())
    names = [
        (type(action), getattr(action, "state", None))
        for action in plan({"s1": _table(NEXT)}, NOBODY, actual, Bounds(slots=SLOTS)).actions
    ]
    assert names == [(AddServer, None), (SetState, "ready"), (SetState, "drain")]


def test_a_host_leads_to_a_slot_only_after_its_replicas_are_in() -> None:
    actions = plan({"s1": _table(READY)}, NOBODY, Actual(), Bounds(slots=SLOTS)).actions
    assert [type(action) for action in actions] == [SetSlot, AddServer, SetState, SetHost]


def test_a_server_with_sessions_stays_until_they_end_or_its_time_is_over() -> None:
    name = server_name("r1", READY.address)
    actual = settle({"s1": _table(READY)}, Actual())
    busy = replace(actual, servers={"svc0001": {name: Server(state="drain", sessions=2)}})
    wanted = {"s1": _table()}
    assert plan(wanted, NOBODY, busy, Bounds(slots=SLOTS)).actions == ()
    overdue = Bounds(slots=SLOTS, overdue=frozenset({("svc0001", name)}))
    assert [type(action) for action in plan(wanted, NOBODY, busy, overdue).actions] == [
        CutSessions, SetState, DeleteServer,
    ]  # fmt: skip


def test_a_slot_is_not_reused_while_anything_is_in_flight_in_it() -> None:
    closing = Actual(
        slots={"svc0001": Slot(service_id="s1", generation=1, closing=True)},
        load={"svc0001": Load(held=1)},
    )
    wanted = {"s1": _table(state="gone"), "s2": _table(service_id="s2")}
    planned = plan(wanted, NOBODY, closing, Bounds(slots=("svc0001",)))
    assert planned.problems == {"s2": "slots_exhausted"}
    assert not any(isinstance(action, DropSlot) for action in planned.actions)


def test_of_two_that_claim_a_host_the_holder_keeps_it_and_the_other_is_told() -> None:
    actual = settle({"s2": _table(service_id="s2")}, Actual())
    wanted = {"s1": _table(), "s2": _table(service_id="s2")}
    planned = plan(wanted, NOBODY, actual, Bounds(slots=SLOTS))
    assert planned.problems == {"s1": f"host_taken: {HOSTS[0]}"}
    assert settle(wanted, actual).hosts == {HOSTS[0]: Host(service_id="s2", slot="svc0001")}


def test_a_service_that_is_down_gives_its_slot_back_and_keeps_its_host() -> None:
    actual = settle({"s1": _table(READY)}, Actual())
    actual = settle({"s1": _table(state="down")}, actual)
    assert actual.hosts == {HOSTS[0]: Host(service_id="s1", slot=DOWN)}
    assert (actual.slots, actual.servers) == ({}, {})
