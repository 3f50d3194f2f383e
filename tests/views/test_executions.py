"""Jobs, tiers and environments as they are shown: counted, filtered, sorted, and as they were."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.query.rebuild import rebuild
from services.query.views.environments.answer import ENVIRONMENTS
from services.query.views.executions.answer import EXECUTIONS
from services.query.views.hardware_tiers.answer import HARDWARE_TIERS
from shared.domain.environment.events import (
    EnvironmentArchived,
    EnvironmentCreated,
    RevisionAdded,
    RevisionRestricted,
)
from shared.domain.environment.revision import Revision, Variable
from shared.domain.execution.events import (
    BuildRequested,
    ExecutionAdvanced,
    ExecutionArchived,
    ExecutionConcluded,
    GoalLinked,
    JobRequested,
    StopRequested,
    TagAdded,
    TagRemoved,
)
from shared.domain.hardware_tier.events import (
    HardwareTierArchived,
    HardwareTierCreated,
    HardwareTierRevised,
)
from shared.domain.hardware_tier.tier import Amount, Tier
from shared.domain.project.events import GoalAdded, GoalRemoved, GoalSet
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.secrets import SecretRef
from shared.queries.environments import GetEnvironment, ListEnvironments, RevealRevision
from shared.queries.executions import (
    GetJob,
    GetJobLogs,
    GetWork,
    ListJobGoals,
    ListJobs,
    ListUnfinished,
)
from shared.queries.hardware_tiers import GetHardwareTier, ListHardwareTiers
from tests.views.world import KEK, Person, World

SMALL = Tier(name="Small", cores=1.0, memory=Amount(value=4.0, units="GiB"), max_simultaneous=2)


async def tier(world: World, id_: str = "small", **changes: Any) -> None:
    values: dict[str, Any] = {"name": id_.title(), "cores": 1.0, "memory": SMALL.memory, **changes}
    await world.happened(HardwareTierCreated(tier_id=id_, tier=Tier(**values)))


async def environment(
    world: World, owner: Person, *, visibility: Any = "private", variables: Any = (), **values: Any
) -> tuple[str, str, str]:
    """Answers the ids of environment, revision and build."""
    id_, revision, build = world.new_id(), world.new_id(), world.new_id()
    named: dict[str, Any] = {
        "name": "Python", "description": "", "is_curated": False, "is_default": False,
        "duplicate_of": None, **values,
    }  # fmt: skip
    await world.happened(
        EnvironmentCreated(environment_id=id_, account_id=owner.id, visibility=visibility, **named),
        RevisionAdded(
            environment_id=id_, account_id=owner.id, revision_id=revision, number=1, build_id=build,
            revision=Revision(image="python:3.11", variables=variables),
        ),
        BuildRequested(
            execution_id=build, account_id=owner.id, environment_id=id_, revision_id=revision,
            number=1,
        ),
        account=owner.id,
    )  # fmt: skip
    return id_, revision, build


async def job(world: World, owner: Person, place: tuple[str, str, str], **values: Any) -> str:
    id_ = world.new_id()
    told: dict[str, Any] = {
        "title": "Train", "command": "train.py", "tier_id": "small", "commit": "", "ref": None,
        "started_by": owner.id, "snapshots_datasets": False, "details": {}, **values,
    }  # fmt: skip
    await world.happened(
        JobRequested(
            execution_id=id_, project_id=owner.home, environment_id=place[0], revision_id=place[1],
            **told,
        ),
        account=owner.id, actor=f"user:{owner.id}",
    )  # fmt: skip
    return id_


def advanced(id_: str, project: str | None, stage: Any, commit: str = "") -> ExecutionAdvanced:
    return ExecutionAdvanced(
        execution_id=id_, project_id=project, stage=stage, commit=commit, message=""
    )


def concluded(id_: str, project: str | None, outcome: Any = "succeeded", **values: Any) -> Any:
    told: dict[str, Any] = {
        "reason": "", "message": "", "code": None, "signal": None, "cpu_percent": None,
        "memory_bytes": None, "seconds": None, "output_commit": "", "branch": "", "stats": (),
        "log_tail": (), **values,
    }  # fmt: skip
    return ExecutionConcluded(execution_id=id_, project_id=project, outcome=outcome, **told)


async def test_jobs_of_a_project_are_counted_from_one_whoever_else_has_jobs(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    place = await environment(world, ada, visibility="global")
    mine = [await job(world, ada, place) for _ in range(3)]
    await job(world, bob, place)
    await world.project()
    numbers = [(await world.shown(GetJob(job_id=id_), ada)).number for id_ in mine]
    assert numbers == [1, 2, 3]
    late = await job(world, ada, place)
    await world.project(batch=1)
    assert (await world.shown(GetJob(job_id=late), ada)).number == 4
    assert (await world.shown(ListJobs(project_id=bob.home), bob)).items[0].number == 1


async def test_a_jobs_life_is_shown_stage_by_stage_and_as_it_was(world: World) -> None:
    ada = await world.person("ada")
    await tier(world, max_simultaneous=2)
    place = await environment(world, ada)
    first, id_ = await job(world, ada, place), await job(world, ada, place)
    queued_at = await world.store.head()
    await world.happened(advanced(id_, ada.home, "pulling"), advanced(id_, ada.home, "running"))
    running_at = await world.store.head()
    stats = (("accuracy", "0.9"), ("loss", "1e-2"))
    end = concluded(
        id_, ada.home, "failed", reason="exit_code", message="It ended with code 3.", code=3,
        cpu_percent=50.0, memory_bytes=7, seconds=2.0, output_commit="c" * 40, branch="main",
        stats=stats,
    )  # fmt: skip
    await world.happened(end)
    await world.project()
    now = await world.shown(GetJob(job_id=id_), ada)
    assert (now.outcome, now.code, now.output_commit, now.stats) == ("failed", 3, "c" * 40, stats)
    assert (now.queue, now.cpu_percent) == (None, 50.0)
    assert now.submitted_at <= now.started_at <= now.ended_at
    then = await world.shown(GetJob(job_id=id_), ada, as_of=running_at)
    assert (then.stage, then.outcome, then.ended_at) == ("running", None, None)
    waiting = await world.shown(GetJob(job_id=id_), ada, as_of=queued_at)
    assert (waiting.queue.ahead, waiting.queue.running, waiting.queue.limit) == (1, 0, 2)
    assert waiting.queue.waits_for_build
    assert (await world.shown(GetJob(job_id=first), ada)).queue.seconds == 2.0


async def test_lists_filter_and_sort_in_the_database(world: World) -> None:
    ada = await world.person("ada")
    await tier(world)
    place = await environment(world, ada)
    a = await job(world, ada, place, title="beta", command="c")
    b = await job(world, ada, place, title="Alpha", command="b")
    c = await job(world, ada, place, title="gamma", command="a")
    d = await job(world, ada, place, title="delta", command="d")
    await world.happened(
        advanced(a, ada.home, "running"),
        concluded(a, ada.home, stats=(("r2", "10"),)),
        advanced(b, ada.home, "running"),
        concluded(b, ada.home, stats=(("r2", "9.5"),)),
        advanced(c, ada.home, "running"),
        TagAdded(execution_id=c, project_id=ada.home, tag_id=world.new_id(), name="nightly"),
        ExecutionArchived(execution_id=a, project_id=ada.home, is_archived=True),
    )
    await world.project()

    async def ids(**asked: Any) -> list[str]:
        page = await world.shown(ListJobs(project_id=ada.home, **asked), ada)
        return [item.id for item in page.items]

    assert await ids() == [d, c, b]
    assert await ids(ascending=True) == [b, c, d]
    assert await ids(with_archived=True) == [d, c, b, a]
    assert await ids(status="archived") == [a]
    assert await ids(status="queued") == [d]
    assert await ids(status="running") == [c]
    assert await ids(status="active") == [d, c]
    assert await ids(status="completed", with_archived=True) == [b, a]
    assert await ids(tag="nightly") == [c]
    assert await ids(tag="night") == []
    assert await ids(sort_by="title", ascending=True) == [b, d, c]
    assert await ids(sort_by="command", ascending=True) == [c, b, d]
    stats = {"sort_by": "stat", "stat": "r2", "with_archived": True}
    assert (await ids(**stats))[:2] == [a, b]
    assert (await ids(**stats, ascending=True))[:2] == [b, a]
    for sort_by in ("started", "duration", "status", "user", "comments"):
        assert set(await ids(sort_by=sort_by, with_archived=True)) == {a, b, c, d}
    page = await world.shown(ListJobs(project_id=ada.home, offset=1, limit=1), ada)
    assert (page.total, [item.id for item in page.items]) == (3, [c])
    assert (await world.shown(ListJobs(project_id=ada.home, offset=9), ada)).total == 3


async def test_who_may_not_see_a_project_finds_no_jobs_of_it(world: World) -> None:
    ada, eve = await world.person("ada"), await world.person("eve")
    place = await environment(world, ada)
    id_ = await job(world, ada, place)
    await world.project()
    assert await world.refused(GetJob(job_id=id_), eve) == NotFound(kind="job", key=id_)
    question = GetJobLogs(execution_id=id_)
    assert await world.refused(question, eve) == NotFound(kind="job", key=id_)
    assert isinstance(await world.refused(ListJobs(project_id=ada.home), eve), NotFound)
    assert isinstance(await world.refused(ListJobGoals(job_id=id_), eve), NotFound)
    assert isinstance(await world.refused(GetWork(execution_id=id_), eve), Forbidden)
    build = GetJobLogs(execution_id=place[2])
    assert isinstance(await world.refused(build, eve), NotFound)
    assert (await world.shown(build, ada)).is_complete is False


async def test_the_views_are_built_anew_to_the_same_rows(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    await tier(world)
    place = await environment(world, ada, visibility="global")
    ids = [await job(world, owner, place) for owner in (ada, bob, ada, bob, ada)]
    await world.happened(
        advanced(ids[0], ada.home, "pulling", "a" * 40),
        advanced(ids[0], ada.home, "running"),
        TagAdded(execution_id=ids[0], project_id=ada.home, tag_id=world.new_id(), name="t"),
        concluded(ids[0], ada.home, stats=(("r2", "1"),)),
        advanced(place[2], None, "running"),
        concluded(place[2], None),
    )
    await world.project(batch=3)
    for view in (HARDWARE_TIERS, ENVIRONMENTS, EXECUTIONS):
        done = await rebuild(world.database.query, view, KEK)
        assert (done.equal, done.rows > 0) == (True, True), view.name
    world.versions = []
    late = await job(world, ada, place)
    await world.project()
    assert (await world.shown(GetJob(job_id=late), ada)).number == 4


async def test_tags_come_and_go_with_who_and_when(world: World) -> None:
    ada = await world.person("ada")
    id_ = await job(world, ada, await environment(world, ada))
    tags = [world.new_id(), world.new_id()]
    for number, tag in enumerate(tags):
        added = TagAdded(execution_id=id_, project_id=ada.home, tag_id=tag, name=f"t{number}")
        await world.happened(added, actor=f"user:{ada.id}")
    await world.project()
    shown = (await world.shown(GetJob(job_id=id_), ada)).tags
    assert [(tag.name, tag.creator_id) for tag in shown] == [("t0", ada.id), ("t1", ada.id)]
    await world.happened(TagRemoved(execution_id=id_, project_id=ada.home, tag_id=tags[0]))
    await world.project()
    assert [tag.id for tag in (await world.shown(GetJob(job_id=id_), ada)).tags] == [tags[1]]


async def test_goals_are_shown_as_the_project_has_them(world: World) -> None:
    ada = await world.person("ada")
    id_ = await job(world, ada, await environment(world, ada))
    goals = [world.new_id(), world.new_id()]
    for goal in goals:
        await world.happened(
            GoalAdded(
                project_id=ada.home, goal_id=goal, title="Reach", description="d",
                assignee_id=None, stage_id="s",
            ),
            GoalLinked(execution_id=id_, project_id=ada.home, goal_id=goal),
        )  # fmt: skip
    await world.happened(
        GoalSet(project_id=ada.home, goal_id=goals[0], is_complete=True),
        GoalRemoved(project_id=ada.home, goal_id=goals[1]),
    )
    await world.project()
    items = (await world.shown(ListJobGoals(job_id=id_), ada)).items
    assert [(g.id, g.title, g.description, g.stage_id, g.is_complete) for g in items] == [
        (goals[0], "Reach", "d", "s", True)
    ]


async def test_every_line_has_a_nanosecond_of_its_own_and_the_cursor_reads_on(
    world: World,
) -> None:
    ada = await world.person("ada")
    id_ = await job(world, ada, await environment(world, ada))
    await world.project()
    at = datetime.now(UTC) - timedelta(minutes=1)
    lines = [
        {
            "service_id": id_, "replica_id": id_, "at": str(at + timedelta(seconds=n // 4)),
            "stream": "stderr" if n % 3 == 0 else "stdout", "message": f"line {n}", "seq": n,
        }
        for n in range(10)
    ]  # fmt: skip
    await world.ingest.hear_lines("", json.dumps({"lines": lines}).encode(), {})
    read: list[str] = []
    nanos: list[int] = []
    while True:
        after = nanos[-1] if nanos else 0
        page = await world.shown(GetJobLogs(execution_id=id_, limit=3, after_nano=after), ada)
        if not page.items:
            break
        read += [line.message for line in page.items]
        nanos += [line.nano for line in page.items]
    assert read == [f"line {n}" for n in range(10)]
    assert nanos == sorted(set(nanos))
    errors = await world.shown(GetJobLogs(execution_id=id_, kind="stderr"), ada)
    assert [line.message for line in errors.items] == ["line 0", "line 3", "line 6", "line 9"]


async def test_the_scheduler_gets_the_queue_in_order_and_all_that_a_job_needs(
    world: World,
) -> None:
    ada = await world.person("ada")
    await tier(world, cores=2.0)
    env_id = world.new_id()
    ref, row = await world.vault.seal(ada.id, env_id, "TOKEN", "s3cret")
    await world.happened(HardwareTierArchived(tier_id="small"), secrets=(row,))
    await tier(world, "large", cores=2.0)
    variables = (Variable(name="TOKEN", value=SecretRef(secret_id=ref.secret_id, mac=ref.mac)),)
    place = await environment(world, ada, variables=variables)
    first = await job(world, ada, place)
    second = await job(world, ada, place, tier_id="large", command="run me")
    await world.happened(
        advanced(second, ada.home, "pulling", "a" * 40),
        StopRequested(execution_id=second, project_id=ada.home, keeps_results=False),
    )
    await world.project()
    listed = (await world.told(ListUnfinished(), "scheduler")).items
    assert [one.id for one in listed] == [place[2], first, second]
    assert (listed[2].stage, listed[2].is_stopping, listed[2].keeps_results) == (
        "pulling", True, False,
    )  # fmt: skip
    some = await world.told(ListUnfinished(ids=(second, "ff" * 12)), "scheduler")
    assert [one.id for one in some.items] == [second]
    after = await world.told(ListUnfinished(after=listed[0].requested_from), "scheduler")
    assert [one.id for one in after.items] == [first, second]
    work = await world.told(GetWork(execution_id=second), "scheduler")
    assert (work.command, work.commit, work.tier.cores) == ("run me", "a" * 40, 2.0)
    assert work.revision.variables == (("TOKEN", "s3cret"),)
    assert work.project is not None
    assert (work.project.handle, work.project.results, work.starter_handle) == (
        "ada",
        "main",
        "ada",
    )
    assert (await world.told(GetWork(execution_id=first), "scheduler")).tier is None
    build = await world.told(GetWork(execution_id=place[2]), "scheduler")
    assert (build.project, build.revision.declared["image"]) == (None, "python:3.11")
    await world.happened(concluded(second, ada.home))
    await world.project()
    listed = (await world.told(ListUnfinished(), "scheduler")).items
    assert [one.id for one in listed] == [place[2], first]


async def test_tiers_show_how_full_they_are_and_which_is_the_default(world: World) -> None:
    ada = await world.person("ada")
    await tier(world, is_default=True)
    await tier(world, "large", is_default=True)
    place = await environment(world, ada)
    running = await job(world, ada, place)
    await job(world, ada, place)
    await world.happened(advanced(running, ada.home, "running"))
    before = await world.store.head()
    await world.project()
    small = await world.shown(GetHardwareTier(tier_id="small"), ada)
    assert (small.running, small.queued, small.is_default) == (1, 1, False)
    assert (await world.shown(GetHardwareTier(tier_id=None), ada)).id == "large"
    await world.happened(
        HardwareTierArchived(tier_id="large"),
        HardwareTierRevised(tier_id="small", tier=SMALL, changed=("is_default",)),
    )
    await world.project()
    page = await world.shown(ListHardwareTiers(), ada)
    assert [(item.id, item.is_default) for item in page.items] == [("small", False)]
    everything = await world.shown(ListHardwareTiers(with_archived=True), ada)
    assert (everything.total, [item.id for item in everything.items]) == (2, ["large", "small"])
    assert (await world.shown(GetHardwareTier(tier_id=None), ada, as_of=before)).id == "large"
    assert isinstance(await world.refused(GetHardwareTier(tier_id="none"), ada), NotFound)


async def test_environments_show_what_was_built_to_who_may_see_them(world: World) -> None:
    ada, eve = await world.person("ada"), await world.person("eve")
    root = await world.person("root", admin=True)
    id_, first, build = await environment(world, ada)
    public, _, _ = await environment(world, ada, visibility="global", name="Aaa", is_default=True)
    await world.happened(
        advanced(build, None, "running"),
        RevisionRestricted(environment_id=id_, revision_id=first),
    )
    await world.project()
    question = GetEnvironment(environment_id=id_)
    assert isinstance(await world.refused(question, eve), NotFound)
    assert isinstance(await world.refused(RevealRevision(environment_id=id_), eve), NotFound)
    shown = await world.shown(question, ada)
    assert (shown.latest.status, shown.active, shown.restricted.id) == ("building", None, first)
    assert (shown.owner_handle, shown.owner_kind) == ("ada", "user")
    assert "environment.manage" in shown.may and "environment.classify" not in shown.may
    assert "environment.classify" in (await world.shown(question, root)).may
    await world.happened(concluded(build, None, "failed", message="no such package"))
    await world.project()
    assert (await world.shown(question, ada)).latest.message == "no such package"
    assert [e.id for e in (await world.shown(ListEnvironments(), eve)).items] == [public]
    assert [e.id for e in (await world.shown(ListEnvironments(), ada)).items] == [public, id_]
    assert (await world.shown(ListEnvironments(), root)).total == 2
    assert (await world.shown(GetEnvironment(environment_id=None), eve)).id == public
    await world.happened(EnvironmentArchived(environment_id=id_))
    await world.project()
    assert (await world.shown(ListEnvironments(), ada)).total == 1
    assert (await world.shown(question, ada)).is_archived
