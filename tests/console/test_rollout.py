"""A rollout on the service page: each step from what is known at the moment, and who began it."""

from dataclasses import replace

import httpx
import pytest

from services.gateway.console.pages.rollout import Step, cause_of, last_by_person, steps_of
from shared.queries import audit, services, telemetry
from tests.console.scene import PATH, event
from tests.surfaces.stubs import DEPLOYMENT, MOMENT, SERVICE, Gateway

NEW = "ab" * 12
GOING = replace(
    DEPLOYMENT, id=NEW, number=2, status="in_progress", trigger="revised", finished_at=None
)


def replica(state: str, *, of: str = NEW, reason: str = "") -> services.ReplicaDocument:
    return services.ReplicaDocument(
        id="cd" * 12,
        service_id=SERVICE.id,
        deployment_id=of,
        ordinal=0,
        generation=1,
        address="127.0.0.1:1",
        runtime="process",
        isolated=True,
        state=state,  # type: ignore[arg-type]  # a word of the table below
        reason=reason,
        started_at=MOMENT,
        ready_at=None,
    )


def told(
    deployment: services.DeploymentDocument,
    new: tuple[services.ReplicaDocument, ...] = (),
    old: tuple[services.ReplicaDocument, ...] = (),
) -> tuple[Step, ...]:
    return steps_of(deployment, SERVICE, new, old, None)


OLD = replica("ready", of=DEPLOYMENT.id)


@pytest.mark.parametrize(
    ("deployment", "new", "old", "states"),
    [
        (replace(GOING, commit=None), (), (OLD,), "going waiting waiting waiting waiting"),
        (GOING, (), (OLD,), "done going waiting waiting waiting"),
        (GOING, (replica("starting"),), (OLD,), "done done going waiting waiting"),
        (GOING, (replica("ready"),) * 2, (OLD,), "done done done going waiting"),
        (GOING, (replica("ready"),) * 2, (), "done done done done going"),
        (replace(GOING, status="succeeded"), (replica("ready"),) * 2, (), "done " * 5),
        (
            replace(GOING, status="failed", message="It crashed."),
            (replica("stopped", reason="exit 1"),),
            (OLD,),
            "done done failed waiting failed",
        ),
        (
            replace(GOING, status="failed", commit=None),
            (),
            (),
            "failed waiting waiting waiting failed",
        ),
    ],
)
def test_the_first_step_that_is_not_done_is_the_one_that_goes_on(
    deployment: services.DeploymentDocument,
    new: tuple[services.ReplicaDocument, ...],
    old: tuple[services.ReplicaDocument, ...],
    states: str,
) -> None:
    words = {"succeeded": "done", "in_progress": "going"}
    assert [words.get(s.state, s.state) for s in told(deployment, new, old)] == states.split()


def test_steps_say_what_they_wait_for() -> None:
    source, _prepare, new, old, verdict = told(
        replace(GOING, status="failed", message="It crashed."),
        (replica("ready"), replica("stopped", reason="exit 1")),
        (OLD, replica("draining", of=DEPLOYMENT.id)),
    )
    assert source.words == f"commit {'f' * 12} of acme/app"
    assert new.words == "1 of 2 ready, 1 ended; the last: exit 1"
    assert old.words == "1 still serves, 1 finishing its requests"
    assert verdict.words == "It crashed."
    full = replace(SERVICE, unplaced="3 nodes lack memory")
    assert "3 nodes lack memory" in steps_of(GOING, full, (), (), None)[1].words


def test_the_cause_is_who_began_it_and_what_the_same_command_changed() -> None:
    revised = event(7, reason="black friday", command_id="c")
    began = event(8, "service.rollout_started", command_id="c", data={"deployment_id": NEW})
    cause = cause_of((event(6), revised, began), NEW, 8)
    assert cause is not None
    assert (cause.event, cause.also, cause.reason) == (began, (revised,), "black friday")
    assert cause_of((revised, began), NEW, 7) is None


def test_the_last_change_by_a_person_is_not_hidden_by_machines() -> None:
    machine = event(9, "replica.started", actor="process:scheduler")
    assert last_by_person((event(6), event(7), machine), 9) == event(7)
    assert last_by_person((event(6), event(7), machine), 6) == event(6)
    assert last_by_person((machine,), 9) is None
    also = event(8, "service.rollout_started", command_id="command-7")
    assert last_by_person((event(6), event(7), also, machine), 9) == event(7)


async def test_a_rollout_that_goes_on_is_first_on_the_page_with_what_its_build_says(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    answers = gateway.dispatch.answers
    answers[services.ListDeployments] = services.DeploymentPage(items=(GOING, DEPLOYMENT), total=2)
    answers[services.ListReplicas] = services.ReplicaList(items=(replica("starting"), OLD))
    began = event(
        7, "service.rollout_started", words="A rollout began.", data={"deployment_id": NEW}
    )
    answers[audit.ListHistory] = audit.AuditPage(items=(began,), next_after=None)
    lines = tuple(
        telemetry.LogLine(at=MOMENT, replica_id=id_, stream="system", message=message)
        for id_, message in ((NEW, "Step 3/7: RUN pip"), ("ef" * 12, "another's line"))
    )
    answers[telemetry.GetServiceLogs] = telemetry.LogLines(items=lines)
    page = (await visitor.get(PATH)).text
    assert "data-going" in page
    assert "step 3 of 5" in page
    assert "because the workload changed, by <strong>ann</strong>" in page
    assert "Step 3/7: RUN pip" in page
    assert "another's line" not in page
    then = (await visitor.get(f"{PATH}?as_of=39")).text
    assert "step 3 of 5" in then
    assert "data-going" not in then


async def test_a_rollout_that_failed_says_why_on_the_first_screen(
    visitor: httpx.AsyncClient,
) -> None:
    page = (await visitor.get(PATH)).text
    card = page[page.index('aria-label="Rollout d-1"') :]
    assert "✕" in card
    assert "<dt>Last probe</dt>" in card[: card.index("</section>")]
    assert "data-going" not in page


async def test_one_that_succeeded_is_a_line_of_the_list(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    done = services.DeploymentPage(items=(DEPLOYMENT,), total=1)
    gateway.dispatch.answers[services.ListDeployments] = done
    page = (await visitor.get(PATH)).text
    assert "rollout-card" not in page
    assert "<strong>d-1</strong>" in page
