"""The way out of a replica, removal, and the routes. Pure."""

from dataclasses import replace
from typing import Literal

import pytest

from services.scheduler.decide import decide
from services.scheduler.model import (
    Leave,
    Leaving,
    Memory,
    PublishTable,
    RecordDraining,
    Situation,
    Stay,
    Stop,
)
from services.scheduler.remember import done
from services.scheduler.routing import HOLD_NONE
from shared.bus.routes import Backend, Hold
from shared.queries.watches import DomainDocument
from tests.scheduler.making import (
    LIMITS,
    R1,
    SERVING,
    START,
    actions,
    deployment,
    exited,
    replica,
    seen,
    service,
    situation,
    table,
    wanted,
    workload,
)


def leaving(**changes: object) -> Situation:
    """r1 was in the routes and leaves since second 10; r2 serves."""
    memory = Memory(leaving={"r1": Leaving(reason="rollout", since=10.0)})
    of = situation(
        wanted(service(SERVING, SERVING), replica("r1", "d1"), replica("r2", "d1", ordinal=1)),
        memory=memory,
        age=11.0,
    )
    of.memory.table = replace(table(of), generation=1)
    backends = (
        Backend(replica_id="r1", address="unix@/run/r1", state="draining"),
        Backend(replica_id="r2", address="unix@/run/r2", state="ready"),
    )
    of.memory.table = replace(of.memory.table, backends=backends)
    return replace(of, **changes)  # type: ignore[arg-type]  # fields of a situation


def test_a_replica_that_leaves_waits_for_the_edges_but_not_for_ever() -> None:
    waiting = leaving(acked=False)
    assert decide(waiting).actions == ()
    assert decide(waiting).again_in == LIMITS.ack_seconds - 1.0
    late = leaving(acked=False, now=20.0)
    assert decide(late).actions == (RecordDraining(replica_id="r1", reason="rollout"),)


def test_it_is_stopped_only_after_it_is_recorded_as_draining() -> None:
    assert decide(leaving()).actions == (RecordDraining(replica_id="r1", reason="rollout"),)
    draining = leaving()
    docs = (replica("r1", "d1", "draining"), replica("r2", "d1", ordinal=1))
    draining = replace(draining, wanted=wanted(service(SERVING, SERVING), *docs))
    assert decide(draining).actions == (Stop(replica_id="r1", grace_seconds=5.0, force=False),)


def test_requests_in_flight_get_the_time_to_drain_and_no_more() -> None:
    docs = (replica("r1", "d1", "draining"), replica("r2", "d1", ordinal=1))
    busy = leaving(busy=frozenset({"r1"}), wanted=wanted(service(SERVING, SERVING), *docs))
    assert decide(busy).actions == ()
    assert decide(busy).again_in == LIMITS.drain_seconds - 1.0
    (stop,) = decide(replace(busy, now=30.0)).actions
    assert isinstance(stop, Stop)


def test_a_replica_that_was_never_routed_waits_for_no_edge() -> None:
    memory = Memory(leaving={"r1": Leaving(reason="rollout", since=10.0)})
    doc = replica("r1", "d1", "starting")
    of = situation(wanted(service(SERVING, SERVING), doc), memory=memory, acked=False)
    assert RecordDraining(replica_id="r1", reason="rollout") in actions(of)


def test_a_drain_that_a_former_leader_began_goes_on() -> None:
    doc = replica("r1", "d0", "draining", reason="scale_down")
    of = situation(wanted(service(SERVING, SERVING), doc))
    assert actions(of) == (Leave(doc=doc, reason="scale_down"),)


def removed(*, force: bool) -> Situation:
    of = situation(wanted(service(SERVING, SERVING), R1))
    published = replace(table(of), generation=3)
    return situation(wanted(None, R1, force=force), memory=Memory(table=published))


def test_a_removed_service_is_gone_from_the_routes_before_anything_else() -> None:
    of = removed(force=False)
    first = decide(of).actions[0]
    assert isinstance(first, PublishTable)
    assert (first.table.state, first.table.backends) == ("gone", ())
    assert first.table.hosts == ("api.acme.localhost",)
    assert actions(of) == (Leave(doc=R1, reason="removed"),)


@pytest.mark.parametrize("force", [False, True])
def test_force_skips_the_drain(force: bool) -> None:
    of = removed(force=force)
    (leave,) = actions(of)
    done(of.memory, leave, now=10.0)
    chosen = actions(replace(of, acked=False, busy=frozenset({"r1"})))
    stop = (Stop(replica_id="r1", grace_seconds=0.0, force=True),)
    assert chosen == (stop if force else ())


def test_only_ready_replicas_are_routed() -> None:
    docs = [
        replica("a", "d1", ordinal=0),
        replica("b", "d1", "starting", ordinal=1),
        replica("c", "d1", "unready", ordinal=2, ready_at=START),
    ]
    backends = table(situation(wanted(service(SERVING, SERVING, replicas=3), *docs))).backends
    assert backends == (Backend(replica_id="a", address="unix@/run/a", state="ready"),)


def test_one_that_ended_is_out_of_the_routes_at_once() -> None:
    of = situation(wanted(service(SERVING, SERVING), R1), (seen(R1, exited()),))
    assert table(of).backends == ()


def test_hosts_are_the_services_own_and_its_domain() -> None:
    domain = workload(custom_domain="shop.example")
    of = situation(wanted(service(SERVING, SERVING, workload=domain)))
    assert table(of).hosts == ("api.acme.localhost", "shop.example")


@pytest.mark.parametrize(
    ("state", "is_routed"), [("pending", False), ("failed", False), ("verified", True)]
)
def test_where_the_dns_is_asked_a_domain_is_routed_once_it_is_proven(
    state: Literal["pending", "failed", "verified"], is_routed: bool
) -> None:
    domain = workload(custom_domain="shop.example")
    told = DomainDocument(domain="shop.example", state=state, reason="", since=None)
    of = situation(wanted(service(SERVING, SERVING, workload=domain, domain=told)))
    of = replace(of, limits=replace(of.limits, proven_domains=True))
    assert ("shop.example" in table(of).hosts) is is_routed


def test_requests_are_held_while_it_deploys_and_not_after_it_failed() -> None:
    rollout = deployment("d1", "in_progress")
    assert table(situation(wanted(service(rollout)))).hold == Hold()
    assert table(situation(wanted(service(replace(rollout, status="failed"))))).hold == HOLD_NONE
    assert table(situation(wanted(service(SERVING, SERVING)))).hold == Hold()


def test_a_table_is_published_only_when_it_says_something_else() -> None:
    of = situation(wanted(service(SERVING, SERVING), R1))
    of.memory.table = replace(table(of), generation=9)
    assert decide(of).actions == ()


def too_many(**changes: object) -> Situation:
    """r1 leaves for being too many; r1 alone is there and one is wanted again."""
    reason = str(changes.pop("reason", "scale_down"))
    memory = Memory(leaving={"r1": Leaving(reason=reason, since=10.0)})
    of = situation(wanted(service(SERVING, SERVING), R1), memory=memory, age=11.0)
    of.memory.table = replace(table(of), generation=1)
    return replace(of, **changes)  # type: ignore[arg-type]  # fields of a situation


def test_one_that_is_wanted_again_before_it_drains_stays() -> None:
    again = too_many(acked=False)
    assert Stay(replica_id="r1") in actions(again)
    done(again.memory, Stay(replica_id="r1"), now=11.0)
    back = table(again)
    assert [backend.state for backend in back.backends] == ["ready"]


@pytest.mark.parametrize("reason", ["rollout", "unhealthy"])
def test_one_that_leaves_for_another_reason_does_not_come_back(reason: str) -> None:
    assert Stay(replica_id="r1") not in actions(too_many(reason=reason))


def test_one_that_drains_already_does_not_come_back() -> None:
    draining = replace(R1, state="draining")
    of = too_many(wanted=wanted(service(SERVING, SERVING), draining))
    assert Stay(replica_id="r1") not in actions(of)


def test_how_many_may_wait_is_the_services_own_setting() -> None:
    of = situation(wanted(service(SERVING, SERVING)), hold=Hold(limit=7, seconds=3.0))
    assert table(of).hold == Hold(limit=7, seconds=3.0)
