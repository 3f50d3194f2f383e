"""A gateway over a stub with one project, one organization and some people in it."""

from dataclasses import replace
from typing import Any

import httpx

from shared.domain.project.repository import Repository
from shared.domain.project.standing import Standing
from shared.domain.rejections import NotFound
from shared.queries.domino import (
    DominoProject,
    DominoProjectPage,
    GetDominoProject,
    GetGoal,
    GitCredentialDocument,
    GitCredentialList,
    GoalDocument,
    GoalList,
    ListDominoProjects,
    ListGitCredentials,
    ListGoals,
)
from shared.queries.identity import (
    GetPrincipal,
    ListOrganizations,
    ListPeople,
    PrincipalDocument,
    PrincipalPage,
)
from tests.surfaces.domino.contract import check
from tests.surfaces.stubs import CALLER, MOMENT, PROJECT_ID, Gateway

BOB, ORG, GOAL, REPOSITORY, CREDENTIAL = "ab" * 12, "ac" * 12, "ad" * 12, "ae" * 12, "af" * 12
PROJECT = DominoProject(
    id=PROJECT_ID,
    account_id=CALLER.principal_id,
    owner_handle="ann",
    name="churn",
    description="Who leaves",
    visibility="searchable",
    is_restricted=True,
    repository=Repository(
        repository_id=REPOSITORY,
        uri="https://github.com/acme/churn",
        name="churn",
        provider="gitLab",
        ref_kind="branch",
        ref="main",
    ),
    standing=Standing(progress="complete", completed_message="Shipped"),
    results_branch="isolated",
    collaborators=((BOB, "launcher"),),
    created_at=MOMENT,
    updated_at=MOMENT,
    may=("project.edit", "project.read", "project.write"),
)
REACH = GoalDocument(
    id=GOAL,
    project_id=PROJECT_ID,
    title="Reach",
    description=None,
    assignee_id=None,
    stage_id=None,
    is_complete=False,
    created_by=CALLER.principal_id,
    created_at=MOMENT,
)
ANN = PrincipalDocument(
    id=CALLER.principal_id,
    kind="user",
    handle="ann",
    name="Ann van Dyk",
    email="ann@example.net",
    account_id=CALLER.principal_id,
    home_project_id=PROJECT_ID,
    members=(),
    created_at=MOMENT,
    updated_at=MOMENT,
    may=("account.read", "account.write", "environment.write", "project.create"),
)
ACME = replace(
    ANN,
    id=ORG,
    kind="organization",
    handle="acme",
    name="Acme",
    email=None,
    members=((BOB, "viewer"), (CALLER.principal_id, "owner")),
)
LAB = GitCredentialDocument(
    id=CREDENTIAL,
    principal_id=CALLER.principal_id,
    name="lab",
    domain="git.example",
    provider="githubEnterprise",
    protocol="https",
    username=None,
    fingerprint="ba:78",
    created_at=MOMENT,
)


def furnish(gateway: Gateway, project: DominoProject = PROJECT) -> None:
    """New ids are not known to the stub: what was just made is answered with the one it has."""
    principals = {ANN.id: ANN, ORG: ACME}

    def principal(question: GetPrincipal) -> Any:
        if question.key in principals:
            return principals[question.key]
        is_new = question.key > "6"  # A stub's ids begin with the second they were made in.
        return ACME if is_new and gateway.dispatch.sent else absent("principal")

    gateway.dispatch.answers |= {
        GetDominoProject: project,
        ListDominoProjects: DominoProjectPage(items=(project,), total=41),
        ListGoals: GoalList(items=(REACH,), next_after=None),
        GetGoal: lambda q: REACH if q.goal_id == GOAL else replace(REACH, id=q.goal_id),
        GetPrincipal: principal,
        ListPeople: PrincipalPage(items=(ANN,), total=1),
        ListOrganizations: PrincipalPage(items=(ACME,), total=1),
        ListGitCredentials: GitCredentialList(items=(LAB,)),
    }


def absent(kind: str) -> NotFound:
    return NotFound(kind=kind, key="")


async def ask(gateway: Gateway, method: str, path: str, **given: Any) -> httpx.Response:
    """Every answer is held against the contract."""
    response = await gateway.ask(method, path, **given)
    check(response)
    return response
