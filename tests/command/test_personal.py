"""Names and addresses of persons are sealed before they reach the log; others' stay readable."""

import json

import pytest

from shared.domain.principal.commands import (
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    RevisePrincipal,
)
from shared.domain.rejections import Invalid
from shared.domain.vault.commands import EraseSecrets
from shared.envelope.messages import Rejected
from shared.eventstore import Appended, Commit, NewEvent, Recorded
from shared.kernel.unset import UNSET, Unset
from shared.runtime.ids import new_command_id
from tests.command.office import Office, open_office


@pytest.fixture
async def office() -> Office:
    return await open_office()


async def created(office: Office) -> str:
    command = CreateUser(
        principal_id=office.ids.new(),
        home_project_id=office.ids.new(),
        handle="ann",
        name="Ann Canary",
        email="a@canary.example",
    )
    await office.accepted(command)
    return command.principal_id


async def created_before_the_sealing(office: Office) -> str:
    ann = office.ids.new()
    data = {
        "principal_id": ann,
        "home_project_id": office.ids.new(),
        "handle": "old",
        "name": "Old Name",
        "email": "old@canary.example",
        "password": None,
    }
    commit = Commit(
        account_id=ann,
        stream=f"principal-{ann}",
        stream_type="principal",
        expected=0,
        command_id=new_command_id(),
        fingerprint=None,
        correlation_id=new_command_id(),
        causation_id=None,
        actor="process:command",
        credential_id=None,
        surface="test",
        reason=None,
        epoch=None,
        events=(NewEvent(type="principal.user_created", schema_version=1, data=json.dumps(data)),),
        claims=(),
        secrets=(),
        result=None,
        previous_leaf=None,
    )
    assert isinstance(await office.store.append(commit), Appended)
    await office.handler.access.catch_up()
    return ann


async def events_of(office: Office, principal_id: str) -> tuple[Recorded, ...]:
    return (await office.store.read(f"principal-{principal_id}")).events


async def texts_of(office: Office, event: Recorded) -> dict[str, str | None]:
    """The personal fields of an event, opened."""
    refs = {
        name: value["secret_id"]
        for name in ("name", "email")
        if (value := json.loads(event.data)[name]) is not None
    }
    opened = await office.handler.vault.open(event.account_id, list(refs.values()))
    return {name: opened[secret_id] for name, secret_id in refs.items()}


async def test_a_users_name_and_address_lie_in_the_vault(office: Office) -> None:
    ann = await created(office)
    whole = "".join(event.data for event in await office.store.read_log(0, 1000))
    assert "canary" not in whole.lower()
    (born,) = await events_of(office, ann)
    assert await texts_of(office, born) == {"name": "Ann Canary", "email": "a@canary.example"}
    await office.accepted(EraseSecrets(owner_id=ann, account_id=ann))
    assert await texts_of(office, born) == {"name": None, "email": None}


async def test_the_home_project_is_called_by_the_handle(office: Office) -> None:
    await created(office)
    log = await office.store.read_log(0, 1000)
    homes = [json.loads(e.data) for e in log if e.type == "project.created"]
    assert [home["name"] for home in homes if home["handle"] == "ann"] == ["ann"]


@pytest.mark.parametrize(
    ("name", "email", "changed"),
    [
        ("Ann Canary", UNSET, False),
        (UNSET, "a@canary.example", False),
        ("Ann Other", UNSET, True),
        (UNSET, None, True),
        (UNSET, "b@canary.example", True),
    ],
)
async def test_only_what_differs_is_written(
    office: Office, name: str | Unset, email: str | Unset | None, changed: bool
) -> None:
    ann = await created(office)
    secrets = len(office.store.secrets)
    await office.accepted(RevisePrincipal(principal_id=ann, name=name, email=email))
    events = await events_of(office, ann)
    assert (len(events) == 2) is changed
    if not changed:
        assert len(office.store.secrets) == secrets
        return
    kept = {"name": "Ann Canary", "email": "a@canary.example"}
    wanted = {k: kept[k] if v is UNSET else v for k, v in {"name": name, "email": email}.items()}
    assert await texts_of(office, events[1]) == {k: v for k, v in wanted.items() if v is not None}


async def test_a_change_after_an_erasure_is_sealed_anew(office: Office) -> None:
    ann = await created(office)
    await office.accepted(EraseSecrets(owner_id=ann, account_id=ann))
    await office.accepted(RevisePrincipal(principal_id=ann, name="Ann Canary"))
    _, again = await events_of(office, ann)
    assert await texts_of(office, again) == {"name": "Ann Canary", "email": None}


async def test_clear_text_of_an_old_log_is_sealed_with_the_next_change(office: Office) -> None:
    ann = await created_before_the_sealing(office)
    await office.accepted(RevisePrincipal(principal_id=ann, name="New Name"))
    _, revised = await events_of(office, ann)
    assert "canary" not in revised.data
    assert await texts_of(office, revised) == {"name": "New Name", "email": "old@canary.example"}


async def test_names_of_organizations_and_service_accounts_stay_readable(office: Office) -> None:
    ann = await created(office)
    organization = CreateOrganization(
        principal_id=office.ids.new(),
        home_project_id=office.ids.new(),
        handle="acme",
        name="Acme",
        owner_id=ann,
    )
    account = CreateServiceAccount(principal_id=office.ids.new(), account_id=ann, name="ci")
    for command in (organization, account):
        await office.accepted(command)
        revised = RevisePrincipal(principal_id=command.principal_id, name="Other")
        await office.accepted(revised)
        events = await events_of(office, command.principal_id)
        assert [json.loads(event.data)["name"] for event in events] == [command.name, "Other"]


@pytest.mark.parametrize(("name", "email"), [(" ", None), ("x" * 201, None), ("Ann", "nobody")])
async def test_what_is_wrong_is_said_before_it_is_sealed(
    office: Office, name: str, email: str | None
) -> None:
    command = CreateUser(
        principal_id=office.ids.new(),
        home_project_id=office.ids.new(),
        handle="ann",
        name=name,
        email=email,
    )
    reply = await office.give(command)
    assert isinstance(reply, Rejected)
    assert isinstance(reply.rejection, Invalid)


def test_neither_shows_in_what_a_command_is_printed_as() -> None:
    command = CreateUser(
        principal_id="1a" * 12,
        home_project_id="2b" * 12,
        handle="ann",
        name="Ann Canary",
        email="a@canary.example",
    )
    revised = RevisePrincipal(principal_id="1a" * 12, name="Ann Canary", email="a@canary.example")
    assert "anary" not in repr((command, revised))
