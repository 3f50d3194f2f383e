"""The wire names of questions and documents, and which view answers which question.

The view is the last token of the subject: `questions.<publisher>.<view>`."""

from shared.queries import (
    history,
    identity,
    integrity,
    microvisualizer,
    services,
    sign_in,
    telemetry,
)

QUESTIONS: dict[str, type] = {
    "identity.authenticate": identity.Authenticate,
    "identity.authenticate_key": identity.AuthenticateKey,
    "identity.whoami": identity.WhoAmI,
    "identity.get_principal": identity.GetPrincipal,
    "identity.list_principals": identity.ListPrincipals,
    "identity.get_project": identity.GetProject,
    "identity.list_projects": identity.ListProjects,
    "identity.get_api_key": identity.GetApiKey,
    "identity.list_api_keys": identity.ListApiKeys,
    "identity.get_grant": identity.GetGrant,
    "identity.list_grants": identity.ListGrants,
    "services.get": services.GetService,
    "services.get_by_id": services.GetServiceById,
    "services.list": services.ListServices,
    "services.list_all": services.ListAllServices,
    "services.reveal_env": services.RevealEnv,
    "services.list_replicas": services.ListReplicas,
    "services.list_deployments": services.ListDeployments,
    "services.get_wanted": services.GetWanted,
    "services.list_wanted_ids": services.ListWantedIds,
    "services.list_probe_targets": services.ListProbeTargets,
    "telemetry.get_logs": telemetry.GetServiceLogs,
    "telemetry.get_analytics": telemetry.GetServiceAnalytics,
    "history.get": history.GetHistory,
    "integrity.get": integrity.GetIntegrity,
    "integrity.get_proof": integrity.GetProof,
    "integrity.get_consistency": integrity.GetConsistency,
    "integrity.read_log": integrity.ReadLog,
    "integrity.list_blocks": integrity.ListBlocks,
    "microvisualizer.get_project": microvisualizer.GetProjectCard,
    "microvisualizer.list_projects": microvisualizer.ListProjectCards,
    "microvisualizer.list_pins": microvisualizer.ListPins,
    "microvisualizer.get_snapshot": microvisualizer.GetSnapshot,
    "microvisualizer.get_snapshot_by_id": microvisualizer.GetSnapshotById,
    "microvisualizer.list_snapshots": microvisualizer.ListSnapshots,
    "microvisualizer.list_changes": microvisualizer.ListChanges,
    "microvisualizer.get_change": microvisualizer.GetChange,
    "microvisualizer.get_share": microvisualizer.GetShare,
    "microvisualizer.list_shared": microvisualizer.ListShared,
    "sign_in.get_hashing": sign_in.GetHashing,
}

DOCUMENTS: dict[str, type] = {
    "identity.caller": identity.CallerDocument,
    "identity.principal": identity.PrincipalDocument,
    "identity.principal_page": identity.PrincipalPage,
    "identity.project": identity.ProjectDocument,
    "identity.project_page": identity.ProjectPage,
    "identity.api_key": identity.ApiKeyDocument,
    "identity.api_key_page": identity.ApiKeyPage,
    "identity.grant": identity.GrantDocument,
    "identity.grant_page": identity.GrantPage,
    "services.service": services.ServiceDocument,
    "services.page": services.ServicePage,
    "services.env": services.EnvDocument,
    "services.replica_list": services.ReplicaList,
    "services.deployment_page": services.DeploymentPage,
    "services.wanted": services.WantedDocument,
    "services.id_list": services.IdList,
    "services.probe_target_list": services.ProbeTargetList,
    "telemetry.log_lines": telemetry.LogLines,
    "telemetry.analytics": telemetry.AnalyticsDocument,
    "history.page": history.HistoryPage,
    "integrity.integrity": integrity.IntegrityDocument,
    "integrity.proof": integrity.ProofDocument,
    "integrity.consistency": integrity.ConsistencyDocument,
    "integrity.log_page": integrity.LogPage,
    "integrity.block_page": integrity.BlockPage,
    "microvisualizer.project": microvisualizer.ProjectCard,
    "microvisualizer.project_page": microvisualizer.ProjectCardPage,
    "microvisualizer.pin_list": microvisualizer.PinList,
    "microvisualizer.snapshot": microvisualizer.SnapshotDocument,
    "microvisualizer.snapshot_page": microvisualizer.SnapshotPage,
    "microvisualizer.change_page": microvisualizer.ChangePage,
    "microvisualizer.snapshot_pair": microvisualizer.SnapshotPair,
    "microvisualizer.share": microvisualizer.ShareDocument,
    "sign_in.hashing": sign_in.HashingDocument,
}

# What only our own processes may ask, and which of them.
PROCESS_QUESTIONS: dict[type, tuple[str, ...]] = {
    identity.Authenticate: ("gateway",),
    microvisualizer.ListShared: ("gateway",),
    sign_in.GetHashing: ("gateway",),
    identity.AuthenticateKey: ("gateway",),
    services.GetWanted: ("scheduler",),
    services.ListWantedIds: ("scheduler",),
    services.ListProbeTargets: ("prober", "scheduler"),
}


def view_of(question: object) -> str:
    return _VIEWS[type(question)]


_VIEWS: dict[type, str] = {cls: name.partition(".")[0] for name, cls in QUESTIONS.items()}
