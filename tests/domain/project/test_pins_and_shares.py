"""Pins are one's own, a share has one token at a time, an archived project is still a project."""

from dataclasses import replace

import pytest

from shared.domain.project.commands import (
    PinProject,
    ProjectCommand,
    ReviseProject,
    ShareProject,
    UnpinProject,
    UnshareProject,
)
from shared.domain.project.events import (
    ProjectPinned,
    ProjectRemoved,
    ProjectRevised,
    ProjectShared,
    ProjectUnpinned,
    ProjectUnshared,
)
from shared.domain.rejections import NotFound
from shared.kernel.secrets import SecretRef
from tests.domain.project.test_projects import ANN, CREATED, PROJECT
from tests.support.given import given

BOB = "4d" * 12
REF = SecretRef(secret_id="5e" * 12, mac="6f" * 32)
PIN = PinProject(project_id=PROJECT, principal_id=ANN)
PINNED = ProjectPinned(project_id=PROJECT, principal_id=ANN)
UNPIN = UnpinProject(project_id=PROJECT, principal_id=ANN)
SHARE = ShareProject(project_id=PROJECT, token=REF, digest="d1")
SHARED = ProjectShared(project_id=PROJECT, token=REF, digest="d1")
UNSHARE = UnshareProject(project_id=PROJECT)
ARCHIVED = ProjectRevised(project_id=PROJECT, name="Models", description="All", archived=True)


def test_the_first_pin_keeps_its_place() -> None:
    given(CREATED).when(PIN).then(PINNED)
    given(CREATED, PINNED).when(PIN).then_nothing_happened()


def test_each_has_pins_of_his_own() -> None:
    bobs = replace(PIN, principal_id=BOB)
    given(CREATED, PINNED).when(bobs).then(replace(PINNED, principal_id=BOB))
    given(CREATED, PINNED).when(replace(UNPIN, principal_id=BOB)).then_rejected(
        NotFound, kind="pin"
    )


def test_what_is_not_pinned_is_not_unpinned() -> None:
    unpinned = ProjectUnpinned(project_id=PROJECT, principal_id=ANN)
    given(CREATED, PINNED).when(UNPIN).then(unpinned)
    given(CREATED).when(UNPIN).then_rejected(NotFound, kind="pin")
    given(CREATED, PINNED, unpinned).when(UNPIN).then_rejected(NotFound, kind="pin")
    given(CREATED, PINNED, unpinned).when(PIN).then(PINNED)


def test_sharing_again_replaces_the_token() -> None:
    given(CREATED).when(SHARE).then(SHARED)
    given(CREATED, SHARED).when(replace(SHARE, digest="d2")).then(replace(SHARED, digest="d2"))


def test_what_is_not_shared_is_not_unshared() -> None:
    unshared = ProjectUnshared(project_id=PROJECT)
    given(CREATED, SHARED).when(UNSHARE).then(unshared)
    given(CREATED).when(UNSHARE).then_rejected(NotFound, kind="share")
    given(CREATED, SHARED, unshared).when(UNSHARE).then_rejected(NotFound, kind="share")


def test_a_project_is_archived_and_brought_back() -> None:
    given(CREATED).when(ReviseProject(project_id=PROJECT, archived=True)).then(ARCHIVED)
    given(CREATED, ARCHIVED).when(
        ReviseProject(project_id=PROJECT, archived=True)
    ).then_nothing_happened()
    given(CREATED, ARCHIVED).when(ReviseProject(project_id=PROJECT, archived=False)).then(
        replace(ARCHIVED, archived=False)
    )


def test_other_changes_leave_it_archived() -> None:
    given(CREATED, ARCHIVED).when(ReviseProject(project_id=PROJECT, name="Other")).then(
        replace(ARCHIVED, name="Other")
    )


@pytest.mark.parametrize(
    "command", [PIN, UNPIN, SHARE, UNSHARE], ids=lambda command: type(command).__name__
)
def test_a_project_that_is_gone_is_neither_pinned_nor_shared(command: ProjectCommand) -> None:
    removed = ProjectRemoved(project_id=PROJECT)
    for past in ((), (CREATED, PINNED, SHARED, removed)):
        given(*past).when(command).then_rejected(NotFound, kind="project", key=PROJECT)
