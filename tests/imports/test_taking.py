"""A file becomes history: the same events at new positions, and what must hold beside them."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.importing.commands import BeginImport
from shared.domain.node.commands import DeclareNode
from shared.domain.node.parts import Capacity
from shared.domain.quota.commands import SetQuota
from shared.domain.quotas import Quota
from shared.domain.service.commands import ReviseWorkload
from shared.domain.service.workload import EnvVar
from shared.envelope.messages import Accepted, Rejected
from shared.eventstore import Recorded
from shared.eventstore.chain import verify
from shared.eventstore.verify_export import verify_export
from shared.kernel import json
from shared.kernel.actor import Actor
from shared.kernel.secrets import PlainText
from shared.proof.checkpoint import Signer
from tests.command.office import Office
from tests.imports.place import Target, exported
from tests.proof.sealed_log import SealedLog


def unplaced(events: list[Recorded]) -> list[Recorded]:
    return [replace(event, position=0) for event in events]


async def brought(target: Target, report: dict[str, int]) -> list[Recorded]:
    first, last = report["first_position"], report["last_position"]
    return [e for e in await target.store.read_log(0, 10_000) if first <= e.position <= last]


async def test_a_whole_log_arrives_event_for_event(office: Office, target: Target) -> None:
    source = await office.store.read_log(0, 10_000)
    state, report = await target.bring(await exported(office))
    assert (state, report["events"], report["of_account"]) == ("done", len(source), None)
    assert unplaced(await brought(target, report)) == unplaced(source)
    assert target.grown == [report["last_position"]]


async def test_what_was_set_for_the_installation_arrives_too(
    office: Office, target: Target
) -> None:
    """A quota is named by its project, a node by its name, which may have a dash."""
    project = office.handler.access.index.project_of_handle("acme")
    assert project is not None
    capacity = Capacity(millicores=1000, memory_bytes=2**30)
    await office.accepted(DeclareNode(name="blue-1", capacity=capacity))
    await office.accepted(SetQuota(project_id=project.id, quota=Quota(replicas=2)))
    state, report = await target.bring(await exported(office))
    assert state == "done", report
    streams = {event.stream for event in await brought(target, report)}
    assert {"node-blue-1", f"quota-{project.id}"} <= streams


async def test_one_account_arrives_and_nothing_of_others(office: Office, target: Target) -> None:
    account = office.handler.access.index.project_of_handle("acme")
    assert account is not None
    source = [
        e for e in await office.store.read_log(0, 10_000) if e.account_id == account.account_id
    ]
    state, report = await target.bring(await exported(office, account.account_id))
    assert (state, report["of_account"]) == ("done", account.account_id)
    assert unplaced(await brought(target, report)) == unplaced(source)


async def test_every_stream_goes_on_from_its_head(office: Office, target: Target) -> None:
    await target.bring(await exported(office))
    for stream in {e.stream for e in await office.store.read_log(0, 10_000)}:
        past = await target.store.read(stream)
        assert verify(past.events) == past.leaf
        assert past.version == len(past.events)
    positions = [e.position for e in await target.store.read_log(0, 10_000)]
    assert positions == list(range(1, len(positions) + 1))


async def test_a_moment_of_the_past_is_the_same_event_as_it_was(
    office: Office, target: Target
) -> None:
    source = await office.store.read_log(0, 10_000)
    _, report = await target.bring(await exported(office))
    shift = report["first_position"] - 1
    for event in source:
        there = await office.store.position_at(event.recorded_at)
        assert await target.store.position_at(event.recorded_at) == there + shift
    before = source[0].recorded_at - timedelta(seconds=1)
    assert await target.store.position_at(before) == 0
    now = target.handler.clock.now()
    assert await target.store.position_at(now) == await target.store.head()


async def test_the_log_says_who_imported_what_and_why(office: Office, target: Target) -> None:
    _, report = await target.bring(await exported(office))
    completed = (await target.store.read_log(0, 10_000))[-1]
    begun = (await target.store.read(completed.stream)).events[0]
    assert (begun.type, begun.actor, begun.reason) == (
        "import.begun",
        target.admin.text,
        "moving house",
    )
    assert completed.type == "import.completed"
    assert completed.causation_id == begun.command_id
    told = json.loads(completed.data)
    assert {name: told[name] for name in ("events", "first_position", "sha256")} == {
        name: report[name] for name in ("events", "first_position", "sha256")
    }


async def test_where_an_event_came_from_is_kept(office: Office, target: Target) -> None:
    account = office.handler.access.index.project_of_handle("bob")
    assert account is not None
    source = [
        e.position
        for e in await office.store.read_log(0, 10_000)
        if e.account_id == account.account_id
    ]
    _, report = await target.bring(await exported(office, account.account_id))
    rows = await target.store.reader.rows(
        "select i.position, i.origin from es.imported i order by i.position"
    )
    first = report["first_position"]
    assert rows == [(first + n, origin) for n, origin in enumerate(source)]


async def test_names_are_taken_as_if_they_had_been_given_here(
    office: Office, target: Target
) -> None:
    await target.bring(await exported(office))
    claims = "select space, key, stream_id from es.claim where space = 'handle' order by 2"
    held = {key: stream for _, key, stream in await target.store.reader.rows(claims)}
    assert {"acme", "ann", "bob", "admin", "default", "importer"} <= held.keys()


async def test_rights_hold_at_once_and_keys_of_elsewhere_open_nothing(
    office: Office, target: Target
) -> None:
    await target.bring(await exported(office))
    index = target.handler.access.index
    ann = office.actors["ann"]
    project = index.project_of_handle("acme")
    assert project is not None
    assert index.may(ann.id, "service.write", project_id=project.id)
    assert index.key_of_digest("digest-ann-of-elsewhere", target.handler.clock.now()) is None


async def test_secrets_are_unreadable_until_they_are_set_anew(
    office: Office, target: Target
) -> None:
    await target.bring(await exported(office))
    service = next(
        e for e in await office.store.read_log(0, 10_000) if e.type == "service.registered"
    )
    data = json.loads(service.data)
    (variable,) = data["workload"]["env"]
    vault = target.handler.vault
    secret_id = variable["value"]["secret_id"]
    assert await vault.open(service.account_id, [secret_id]) == {secret_id: None}

    again = ReviseWorkload(
        service_id=data["service_id"],
        project_id=data["project_id"],
        deployment_id=target.ids.new(),
        env=(EnvVar(name="TOKEN", value=PlainText(text="first")),),
    )
    accepted = await target.give(again)
    assert isinstance(accepted, Accepted), accepted
    events = (await target.store.read(service.stream)).events
    newest = [event for event in events if event.type == "service.workload_revised"][-1]
    (set_anew,) = json.loads(newest.data)["workload"]["env"]
    new_id = set_anew["value"]["secret_id"]
    assert await vault.open(service.account_id, [new_id]) == {new_id: "first"}


async def test_nothing_waits_when_it_is_done(office: Office, target: Target) -> None:
    await target.bring(await exported(office))
    assert await target.waiting() == 0


async def test_only_the_installations_admin_may(office: Office, target: Target) -> None:
    await target.bring(await exported(office))
    ann = office.actors["ann"]
    live = Actor(kind="user", id=ann.id, credential_id=ann.credential_id)
    reply = await target.give(BeginImport(import_id=target.ids.new(), account_id=ann.id), live)
    assert isinstance(reply, Rejected)


async def test_an_export_of_what_was_imported_is_the_same_again(
    office: Office, target: Target
) -> None:
    await target.bring(await exported(office))
    again = SealedLog(await target.store.read_log(0, 10_000), Signer.new())
    acme = office.handler.access.index.project_of_handle("acme")
    assert acme is not None
    for account in (None, acme.account_id):
        report = verify_export(await again.lines(account))
        assert report.finding is None
