"""The stable names of commands, events and rejections, as the wire and the log spell them.

A name is a promise to the log: a class may be renamed or moved, its name here may not change.
Event names are the CloudEvents `type`; the number beside each is its current schema version."""

from shared.domain import rejections as r
from shared.domain.api_key import commands as api_key_commands
from shared.domain.api_key import events as api_key_events
from shared.domain.custom_domain import commands as custom_domain_commands
from shared.domain.custom_domain import events as custom_domain_events
from shared.domain.environment import commands as environment_commands
from shared.domain.environment import events as environment_events
from shared.domain.execution import commands as execution_commands
from shared.domain.execution import events as execution_events
from shared.domain.git_credential import commands as git_credential_commands
from shared.domain.git_credential import events as git_credential_events
from shared.domain.grant import commands as grant_commands
from shared.domain.grant import events as grant_events
from shared.domain.hardware_tier import commands as hardware_tier_commands
from shared.domain.hardware_tier import events as hardware_tier_events
from shared.domain.importing import commands as importing_commands
from shared.domain.importing import events as importing_events
from shared.domain.node import commands as node_commands
from shared.domain.node import events as node_events
from shared.domain.principal import commands as principal_commands
from shared.domain.principal import events as principal_events
from shared.domain.project import commands as project_commands
from shared.domain.project import events as project_events
from shared.domain.quota import commands as quota_commands
from shared.domain.quota import events as quota_events
from shared.domain.record import commands as record_commands
from shared.domain.record import events as record_events
from shared.domain.replica import commands as replica_commands
from shared.domain.replica import events as replica_events
from shared.domain.scaling import commands as scaling_commands
from shared.domain.scaling import events as scaling_events
from shared.domain.service import commands as service_commands
from shared.domain.service import events as service_events
from shared.domain.subscription import commands as subscription_commands
from shared.domain.subscription import events as subscription_events
from shared.domain.unit_test import commands as unit_test_commands
from shared.domain.unit_test import events as unit_test_events
from shared.domain.vault import commands as vault_commands
from shared.domain.vault import events as vault_events
from shared.domain.watch import commands as watch_commands
from shared.domain.watch import events as watch_events
from shared.domain.webhook import commands as webhook_commands
from shared.domain.webhook import events as webhook_events

COMMANDS: dict[str, type] = {
    "principal.create_user": principal_commands.CreateUser,
    "principal.create_organization": principal_commands.CreateOrganization,
    "principal.found_organization": principal_commands.FoundOrganization,
    "principal.create_service_account": principal_commands.CreateServiceAccount,
    "principal.revise": principal_commands.RevisePrincipal,
    "principal.set_member": principal_commands.SetMember,
    "principal.remove_member": principal_commands.RemoveMember,
    "principal.remove": principal_commands.RemovePrincipal,
    "principal.open_session": principal_commands.OpenSession,
    "principal.open_session_by_key": principal_commands.OpenSessionByKey,
    "principal.close_session": principal_commands.CloseSession,
    "project.create": project_commands.CreateProject,
    "project.revise": project_commands.ReviseProject,
    "project.set_standing": project_commands.SetProjectStanding,
    "project.set_results_branch": project_commands.SetResultsBranch,
    "project.add_goal": project_commands.AddGoal,
    "project.set_goal": project_commands.SetGoal,
    "project.remove_goal": project_commands.RemoveGoal,
    "project.set_collaborator": project_commands.SetCollaborator,
    "project.remove_collaborator": project_commands.RemoveCollaborator,
    "project.pin": project_commands.PinProject,
    "project.unpin": project_commands.UnpinProject,
    "project.share": project_commands.ShareProject,
    "project.unshare": project_commands.UnshareProject,
    "project.remove": project_commands.RemoveProject,
    "quota.set": quota_commands.SetQuota,
    "api_key.issue": api_key_commands.IssueApiKey,
    "api_key.revoke": api_key_commands.RevokeApiKey,
    "grant.give": grant_commands.GiveGrant,
    "grant.revoke": grant_commands.RevokeGrant,
    "git_credential.add": git_credential_commands.AddGitCredential,
    "git_credential.remove": git_credential_commands.RemoveGitCredential,
    "service.register": service_commands.RegisterService,
    "service.revise_registration": service_commands.ReviseRegistration,
    "service.revise_conversation": service_commands.ReviseConversation,
    "service.put_version_set": service_commands.PutVersionSet,
    "service.delete_version_set": service_commands.DeleteVersionSet,
    "service.link_unit_test": service_commands.LinkUnitTest,
    "service.unlink_unit_test": service_commands.UnlinkUnitTest,
    "service.revise_participation": service_commands.ReviseParticipation,
    "service.attach_workload": service_commands.AttachWorkload,
    "service.revise_workload": service_commands.ReviseWorkload,
    "service.request_rollout": service_commands.RequestRollout,
    "service.record_rollout_source": service_commands.RecordRolloutSource,
    "service.conclude_rollout": service_commands.ConcludeRollout,
    "service.restore": service_commands.RestoreService,
    "service.remove": service_commands.RemoveService,
    "vault.erase": vault_commands.EraseSecrets,
    "webhook.create": webhook_commands.CreateWebhook,
    "webhook.revise": webhook_commands.ReviseWebhook,
    "webhook.rotate_secret": webhook_commands.RotateWebhookSecret,
    "webhook.replay_delivery": webhook_commands.ReplayDelivery,
    "webhook.remove": webhook_commands.RemoveWebhook,
    "import.begin": importing_commands.BeginImport,
    "import.complete": importing_commands.CompleteImport,
    "import.refuse": importing_commands.RefuseImport,
    "subscription.create": subscription_commands.CreateSubscription,
    "subscription.remove": subscription_commands.RemoveSubscription,
    "replica.record_started": replica_commands.RecordReplicaStarted,
    "replica.report_health": replica_commands.ReportReplicaHealth,
    "replica.record_draining": replica_commands.RecordReplicaDraining,
    "replica.record_stopped": replica_commands.RecordReplicaStopped,
    "scaling.set_policy": scaling_commands.SetScalingPolicy,
    "scaling.record_placement": scaling_commands.RecordPlacement,
    "scaling.record_decision": scaling_commands.RecordScalingDecision,
    "watch.report": watch_commands.ReportWatch,
    "custom_domain.report_check": custom_domain_commands.ReportDomainCheck,
    "custom_domain.set_certificate": custom_domain_commands.SetCertificate,
    "custom_domain.remove_certificate": custom_domain_commands.RemoveCertificate,
    "record.declare": record_commands.DeclareRecord,
    "record.revise": record_commands.ReviseRecord,
    "record.add_version": record_commands.AddRecordVersion,
    "unit_test.create": unit_test_commands.CreateUnitTest,
    "unit_test.delete": unit_test_commands.DeleteUnitTest,
    "unit_test.abandon": unit_test_commands.AbandonUnitTest,
    "hardware_tier.create": hardware_tier_commands.CreateHardwareTier,
    "hardware_tier.revise": hardware_tier_commands.ReviseHardwareTier,
    "hardware_tier.archive": hardware_tier_commands.ArchiveHardwareTier,
    "node.declare": node_commands.DeclareNode,
    "node.revise": node_commands.ReviseNode,
    "node.drain": node_commands.DrainNode,
    "node.remove": node_commands.RemoveNode,
    "node.record_detected": node_commands.RecordNodeDetected,
    "node.record_gone": node_commands.RecordNodeGone,
    "environment.create": environment_commands.CreateEnvironment,
    "environment.add_revision": environment_commands.AddRevision,
    "environment.restrict_revision": environment_commands.RestrictRevision,
    "environment.archive": environment_commands.ArchiveEnvironment,
    "execution.start_job": execution_commands.StartJob,
    "execution.request_build": execution_commands.RequestBuild,
    "execution.advance": execution_commands.AdvanceExecution,
    "execution.conclude": execution_commands.ConcludeExecution,
    "execution.stop": execution_commands.StopExecution,
    "execution.add_tag": execution_commands.AddTag,
    "execution.remove_tag": execution_commands.RemoveTag,
    "execution.link_goal": execution_commands.LinkGoal,
    "execution.unlink_goal": execution_commands.UnlinkGoal,
    "execution.archive": execution_commands.ArchiveExecution,
}

EVENTS: dict[str, tuple[type, int]] = {
    "principal.user_created": (principal_events.UserCreated, 2),
    "principal.organization_created": (principal_events.OrganizationCreated, 1),
    "principal.service_account_created": (principal_events.ServiceAccountCreated, 1),
    "principal.revised": (principal_events.PrincipalRevised, 2),
    "principal.password_changed": (principal_events.PasswordChanged, 1),
    "principal.member_set": (principal_events.MemberSet, 1),
    "principal.member_removed": (principal_events.MemberRemoved, 1),
    "principal.removed": (principal_events.PrincipalRemoved, 1),
    "principal.session_opened": (principal_events.SessionOpened, 1),
    "principal.session_closed": (principal_events.SessionClosed, 1),
    "project.created": (project_events.ProjectCreated, 1),
    "project.revised": (project_events.ProjectRevised, 1),
    "project.standing_set": (project_events.ProjectStandingSet, 1),
    "project.results_branch_set": (project_events.ResultsBranchSet, 1),
    "project.goal_added": (project_events.GoalAdded, 1),
    "project.goal_set": (project_events.GoalSet, 1),
    "project.goal_removed": (project_events.GoalRemoved, 1),
    "project.collaborator_set": (project_events.CollaboratorSet, 1),
    "project.collaborator_removed": (project_events.CollaboratorRemoved, 1),
    "project.pinned": (project_events.ProjectPinned, 1),
    "project.unpinned": (project_events.ProjectUnpinned, 1),
    "project.shared": (project_events.ProjectShared, 1),
    "project.unshared": (project_events.ProjectUnshared, 1),
    "project.removed": (project_events.ProjectRemoved, 1),
    "quota.was_set": (quota_events.QuotaSet, 1),
    "api_key.issued": (api_key_events.ApiKeyIssued, 1),
    "api_key.revoked": (api_key_events.ApiKeyRevoked, 1),
    "grant.given": (grant_events.GrantGiven, 1),
    "grant.revoked": (grant_events.GrantRevoked, 1),
    "git_credential.added": (git_credential_events.GitCredentialAdded, 1),
    "git_credential.removed": (git_credential_events.GitCredentialRemoved, 1),
    "service.registered": (service_events.ServiceRegistered, 1),
    "service.revised": (service_events.ServiceRevised, 1),
    "service.registration_revised": (service_events.RegistrationRevised, 1),
    "service.conversation_revised": (service_events.ConversationRevised, 1),
    "service.participation_revised": (service_events.ParticipationRevised, 1),
    "service.workload_revised": (service_events.WorkloadRevised, 1),
    "service.rollout_started": (service_events.RolloutStarted, 1),
    "service.rollout_sourced": (service_events.RolloutSourced, 1),
    "service.rollout_succeeded": (service_events.RolloutSucceeded, 1),
    "service.rollout_failed": (service_events.RolloutFailed, 1),
    "service.removed": (service_events.ServiceRemoved, 1),
    "vault.secrets_erased": (vault_events.SecretsErased, 1),
    "webhook.created": (webhook_events.WebhookCreated, 1),
    "webhook.revised": (webhook_events.WebhookRevised, 1),
    "webhook.secret_rotated": (webhook_events.WebhookSecretRotated, 1),
    "webhook.delivery_replayed": (webhook_events.DeliveryReplayed, 1),
    "webhook.removed": (webhook_events.WebhookRemoved, 1),
    "import.begun": (importing_events.ImportBegun, 1),
    "import.completed": (importing_events.ImportCompleted, 1),
    "import.refused": (importing_events.ImportRefused, 1),
    "subscription.created": (subscription_events.SubscriptionCreated, 1),
    "subscription.removed": (subscription_events.SubscriptionRemoved, 1),
    "replica.started": (replica_events.ReplicaStarted, 1),
    "replica.became_ready": (replica_events.ReplicaBecameReady, 1),
    "replica.became_unready": (replica_events.ReplicaBecameUnready, 1),
    "replica.drained": (replica_events.ReplicaDrained, 1),
    "replica.stopped": (replica_events.ReplicaStopped, 1),
    "scaling.policy_revised": (scaling_events.ScalingPolicyRevised, 1),
    "scaling.placement_changed": (scaling_events.PlacementChanged, 1),
    "scaling.decided": (scaling_events.ScalingDecided, 1),
    "watch.became_healthy": (watch_events.WatchBecameHealthy, 1),
    "watch.became_unhealthy": (watch_events.WatchBecameUnhealthy, 1),
    "custom_domain.verified": (custom_domain_events.DomainVerified, 1),
    "custom_domain.check_failed": (custom_domain_events.DomainCheckFailed, 1),
    "custom_domain.certificate_set": (custom_domain_events.CertificateSet, 1),
    "custom_domain.certificate_removed": (custom_domain_events.CertificateRemoved, 1),
    "record.declared": (record_events.RecordDeclared, 1),
    "record.revised": (record_events.RecordRevised, 1),
    "record.version_added": (record_events.RecordVersionAdded, 1),
    "unit_test.created": (unit_test_events.UnitTestCreated, 1),
    "unit_test.deleted": (unit_test_events.UnitTestDeleted, 1),
    "unit_test.abandoned": (unit_test_events.UnitTestAbandoned, 1),
    "hardware_tier.created": (hardware_tier_events.HardwareTierCreated, 1),
    "hardware_tier.revised": (hardware_tier_events.HardwareTierRevised, 1),
    "hardware_tier.archived": (hardware_tier_events.HardwareTierArchived, 1),
    "node.declared": (node_events.NodeDeclared, 1),
    "node.detected": (node_events.NodeDetected, 1),
    "node.revised": (node_events.NodeRevised, 1),
    "node.drain_requested": (node_events.NodeDrainRequested, 1),
    "node.removed": (node_events.NodeRemoved, 1),
    "environment.created": (environment_events.EnvironmentCreated, 1),
    "environment.revision_added": (environment_events.RevisionAdded, 1),
    "environment.revision_restricted": (environment_events.RevisionRestricted, 1),
    "environment.archived": (environment_events.EnvironmentArchived, 1),
    "execution.job_requested": (execution_events.JobRequested, 1),
    "execution.build_requested": (execution_events.BuildRequested, 1),
    "execution.advanced": (execution_events.ExecutionAdvanced, 1),
    "execution.concluded": (execution_events.ExecutionConcluded, 1),
    "execution.stop_requested": (execution_events.StopRequested, 1),
    "execution.tag_added": (execution_events.TagAdded, 1),
    "execution.tag_removed": (execution_events.TagRemoved, 1),
    "execution.goal_linked": (execution_events.GoalLinked, 1),
    "execution.goal_unlinked": (execution_events.GoalUnlinked, 1),
    "execution.archived": (execution_events.ExecutionArchived, 1),
}

REJECTIONS: dict[str, type] = {
    "unauthenticated": r.Unauthenticated,
    "forbidden": r.Forbidden,
    "not_found": r.NotFound,
    "invalid": r.Invalid,
    "incompatible": r.Incompatible,
    "taken": r.Taken,
    "conflicting": r.Conflicting,
    "key_reused": r.KeyReused,
    "contended": r.Contended,
}
