"""Commands that follow from events, whoever made them: pure, one line per rule.

They run before their cause is relayed, with ids that follow from the cause's, so that a crash in
between only means that they are tried again and found done."""

from typing import Any

from shared.domain.environment.events import RevisionAdded
from shared.domain.execution.commands import RequestBuild
from shared.domain.principal.events import OrganizationCreated, UserCreated
from shared.domain.project.commands import CreateProject
from shared.domain.service.commands import UnlinkUnitTest
from shared.domain.unit_test.events import UnitTestDeleted
from shared.domain.vault.events import SecretsErased

# What follows from an erasure is no command: the keys are destroyed (handle.py).
CAUSES = (UserCreated, OrganizationCreated, UnitTestDeleted, SecretsErased, RevisionAdded)


def follow_ups(event: Any) -> tuple[Any, ...]:
    match event:
        case UserCreated() | OrganizationCreated():
            # Every user and organization has a home project whose handle is its own. A user's name
            # is personal and stays in the vault, so the project is called by the handle.
            return (
                CreateProject(
                    project_id=event.home_project_id,
                    account_id=event.principal_id,
                    handle=event.handle,
                    name=event.name if isinstance(event, OrganizationCreated) else event.handle,
                    is_home=True,
                ),
            )
        case UnitTestDeleted():
            # Only then may the version set that it used go, too.
            return (
                UnlinkUnitTest(
                    service_id=event.service_id,
                    project_id=event.project_id,
                    unit_test_id=event.unit_test_id,
                ),
            )
        case RevisionAdded():
            return (
                RequestBuild(
                    execution_id=event.build_id,
                    account_id=event.account_id,
                    environment_id=event.environment_id,
                    revision_id=event.revision_id,
                    number=event.number,
                ),
            )
        case _:
            return ()
