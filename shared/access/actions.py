"""Actions, roles, and what each command needs. Every surface maps its own words to these."""

from dataclasses import dataclass
from typing import Any

from shared.domain.api_key.commands import IssueApiKey, RevokeApiKey
from shared.domain.custom_domain.commands import (
    RemoveCertificate,
    ReportDomainCheck,
    SetCertificate,
)
from shared.domain.environment.commands import (
    AddRevision,
    ArchiveEnvironment,
    CreateEnvironment,
    RestrictRevision,
)
from shared.domain.execution.commands import (
    AddTag,
    AdvanceExecution,
    ArchiveExecution,
    ConcludeExecution,
    LinkGoal,
    RemoveTag,
    RequestBuild,
    StartJob,
    StopExecution,
    UnlinkGoal,
)
from shared.domain.git_credential.commands import AddGitCredential, RemoveGitCredential
from shared.domain.grant.commands import GiveGrant, RevokeGrant
from shared.domain.hardware_tier.commands import (
    ArchiveHardwareTier,
    CreateHardwareTier,
    ReviseHardwareTier,
)
from shared.domain.importing.commands import BeginImport, CompleteImport, RefuseImport
from shared.domain.node.commands import (
    DeclareNode,
    DrainNode,
    RecordNodeDetected,
    RecordNodeGone,
    RemoveNode,
    ReviseNode,
)
from shared.domain.principal.commands import (
    CloseSession,
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    FoundOrganization,
    OpenSession,
    OpenSessionByKey,
    RemoveMember,
    RemovePrincipal,
    RevisePrincipal,
    SetMember,
)
from shared.domain.project.commands import (
    AddGoal,
    CreateProject,
    PinProject,
    RemoveCollaborator,
    RemoveGoal,
    RemoveProject,
    ReviseProject,
    SetCollaborator,
    SetGoal,
    SetProjectStanding,
    SetResultsBranch,
    ShareProject,
    UnpinProject,
    UnshareProject,
)
from shared.domain.quota.commands import SetQuota
from shared.domain.record.commands import AddRecordVersion, DeclareRecord, ReviseRecord
from shared.domain.replica.commands import (
    RecordReplicaDraining,
    RecordReplicaStarted,
    RecordReplicaStopped,
    ReportReplicaHealth,
)
from shared.domain.roles import Role
from shared.domain.scaling.commands import RecordPlacement, RecordScalingDecision, SetScalingPolicy
from shared.domain.service.commands import (
    AttachWorkload,
    ConcludeRollout,
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    RecordRolloutSource,
    RegisterService,
    RemoveService,
    RequestRollout,
    RestoreService,
    ReviseConversation,
    ReviseParticipation,
    ReviseRegistration,
    ReviseWorkload,
    UnlinkUnitTest,
)
from shared.domain.subscription.commands import CreateSubscription, RemoveSubscription
from shared.domain.unit_test.commands import AbandonUnitTest, CreateUnitTest, DeleteUnitTest
from shared.domain.vault.commands import EraseSecrets
from shared.domain.watch.commands import ReportWatch
from shared.domain.webhook.commands import (
    CreateWebhook,
    RemoveWebhook,
    ReplayDelivery,
    ReviseWebhook,
    RotateWebhookSecret,
)

# Parts of an action that may be granted alone; who has the whole has each of them.
PARTS: dict[str, str] = {
    "service.create": "service.write",
    "service.put_version_set": "service.write",
    "service.delete_version_set": "service.write",
    "service.unit_test": "service.write",
    "project.edit": "project.write",
}

VIEWER = frozenset(
    {
        "project.read",
        "service.read",
        "service.logs",
        "record.read",
        "account.read",
        "job.read",
        "environment.read",
    }
)
MEMBER = (
    VIEWER
    | PARTS.keys()
    | {
        "service.write",
        "service.remove",
        "service.env",
        "record.write",
        "job.start",
        "job.write",
        "environment.write",
    }
)
ADMIN = MEMBER | {
    "project.create",
    "project.write",
    "account.write",
    "service_account.create",
    "api_key.write",
    "grant.write",
    "webhook.write",
    "subscription.write",
    "vault.erase",
    "environment.manage",
}
# Of what a project has, a launcher and an importer see no more than this.
IMPORTER = frozenset({"project.read", "job.read"})
LAUNCHER = IMPORTER | {"job.start"}
# What whoever has signed in may do in a public project.
PUBLIC = frozenset({"project.read", "job.read"})
OWNER = ADMIN | {"project.remove", "account.remove"}

ROLE_ACTIONS: dict[Role, frozenset[str]] = {
    "viewer": VIEWER,
    "member": MEMBER,
    "admin": ADMIN,
    "owner": OWNER,
    "launcher": LAUNCHER,
    "importer": IMPORTER,
}
# Each may do all that those before it may; the other roles are on no such ladder.
ROLES: tuple[Role, ...] = ("viewer", "member", "admin", "owner")

# What only the installation's admin (a grant of `*` on `*`) may do.
INSTALLATION = frozenset(
    {
        "log.import",
        "user.create",
        "organization.create",
        "quota.write",
        "hardware_tier.write",
        "node.write",
        "environment.classify",
    }
)
ACTIONS = OWNER | INSTALLATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`action` on a resource: `*`, `account:<id>`, `project:<id>`; or one's own (`principal`).

    `service_id`: a grant on that service alone will do, too."""

    action: str
    project_id: str | None = None
    service_id: str | None = None
    account_id: str | None = None
    key_id: str | None = None
    grant_id: str | None = None


def need_of(command: Any) -> Need | None:
    """What a person needs for this command; None where no person may give it at all."""
    match command:
        case CreateUser():
            return Need(action="user.create")
        case CreateOrganization():
            return Need(action="organization.create")
        case FoundOrganization():
            return Need(action="account.write", account_id=command.founder_id)
        case CreateServiceAccount():
            return Need(action="service_account.create", account_id=command.account_id)
        case OpenSessionByKey():
            # One's own; that the key is the one presented, the command process checks.
            return Need(action="account.read", account_id=command.principal_id)
        case RevisePrincipal() | SetMember() | RemoveMember() | CloseSession():
            return Need(action="account.write", account_id=command.principal_id)
        case AddGitCredential() | RemoveGitCredential():
            return Need(action="account.write", account_id=command.principal_id)
        case RemovePrincipal():
            return Need(action="account.remove", account_id=command.principal_id)
        case CreateProject():
            return Need(action="project.create", account_id=command.account_id)
        case PinProject() | UnpinProject():
            return Need(action="project.read", project_id=command.project_id)
        case (
            ReviseProject()
            | SetCollaborator()
            | RemoveCollaborator()
            | ShareProject()
            | UnshareProject()
            | SetResultsBranch()
        ):
            return Need(action="project.write", project_id=command.project_id)
        case SetProjectStanding() | AddGoal() | SetGoal() | RemoveGoal():
            return Need(action="project.edit", project_id=command.project_id)
        case RemoveProject():
            return Need(action="project.remove", project_id=command.project_id)
        case SetQuota():
            # Not with the project: who is bounded must not set the bound.
            return Need(action="quota.write")
        case IssueApiKey():
            return Need(action="api_key.write", account_id=command.principal_id)
        case RevokeApiKey():
            return Need(action="api_key.write", key_id=command.key_id)
        case GiveGrant():
            return Need(action="grant.write", account_id=command.principal_id)
        case RevokeGrant():
            return Need(action="grant.write", grant_id=command.grant_id)
        case RegisterService():
            return Need(action="service.create", project_id=command.project_id)
        case PutVersionSet():
            return _of_service("service.put_version_set", command)
        case DeleteVersionSet():
            return _of_service("service.delete_version_set", command)
        case LinkUnitTest() | UnlinkUnitTest():
            return _of_service("service.unit_test", command)
        case CreateUnitTest() | DeleteUnitTest() | AbandonUnitTest():
            return _of_service("service.unit_test", command)
        case (
            AttachWorkload()
            | ReviseWorkload()
            | RestoreService()
            | RequestRollout()
            | ReviseRegistration()
            | ReviseConversation()
            | ReviseParticipation()
            | SetScalingPolicy()
            | SetCertificate()
            | RemoveCertificate()
        ):
            return _of_service("service.write", command)
        case EraseSecrets():
            return Need(action="vault.erase", account_id=command.account_id)
        case (
            CreateWebhook()
            | ReviseWebhook()
            | RotateWebhookSecret()
            | ReplayDelivery()
            | RemoveWebhook()
        ):
            return Need(action="webhook.write", account_id=command.account_id)
        case BeginImport():
            return Need(action="log.import")
        case CreateSubscription() | RemoveSubscription():
            return Need(action="subscription.write", account_id=command.account_id)
        case RemoveService():
            return _of_service("service.remove", command)
        case DeclareRecord() | ReviseRecord() | AddRecordVersion():
            return Need(action="record.write", project_id=command.project_id)
        case CreateHardwareTier() | ReviseHardwareTier() | ArchiveHardwareTier():
            return Need(action="hardware_tier.write")
        case DeclareNode() | ReviseNode() | DrainNode() | RemoveNode():
            return Need(action="node.write")
        case CreateEnvironment():
            if command.is_restricted or command.is_curated or command.is_default:
                return Need(action="environment.classify")
            return Need(action="environment.write", account_id=command.account_id)
        case AddRevision() | ArchiveEnvironment():
            return Need(action="environment.manage", account_id=command.account_id)
        case RestrictRevision():
            return Need(action="environment.classify")
        case StartJob() | StopExecution():
            return Need(action="job.start", project_id=command.project_id)
        case AddTag() | RemoveTag():
            # As published: whoever sees a job may tag it.
            return Need(action="job.read", project_id=command.project_id)
        case LinkGoal() | UnlinkGoal() | ArchiveExecution():
            return Need(action="job.write", project_id=command.project_id)
        case _:
            return None


def _of_service(action: str, command: Any) -> Need:
    return Need(action=action, project_id=command.project_id, service_id=command.service_id)


# What our own processes may say (THREATS row 47). Nobody else may say these, and they nothing else.
PROCESS_COMMANDS: dict[str, tuple[type, ...]] = {
    "scheduler": (
        RecordRolloutSource,
        ConcludeRollout,
        RequestRollout,
        RecordReplicaStarted,
        RecordReplicaDraining,
        RecordReplicaStopped,
        RecordScalingDecision,
        RecordPlacement,
        AdvanceExecution,
        ConcludeExecution,
        RecordNodeDetected,
        RecordNodeGone,
    ),
    "prober": (ReportReplicaHealth, ReportWatch, ReportDomainCheck),
    # The proof in it is judged where the vault is: who could only say this still opens nothing.
    "gateway": (OpenSession,),
    "command": (
        CreateUser,
        CreateOrganization,
        CreateProject,
        IssueApiKey,
        RevokeApiKey,
        GiveGrant,
        UnlinkUnitTest,
        RequestBuild,
        CreateHardwareTier,
        CreateEnvironment,
        CompleteImport,
        RefuseImport,
    ),
}
