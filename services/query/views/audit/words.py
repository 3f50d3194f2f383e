"""Events and changes as sentences for people. What a sentence needs is in the event itself."""

from collections.abc import Callable
from typing import Any

from shared.access.index import AccessIndex
from shared.kernel import json

Json = dict[str, Any]
VALUE_MAX = 60


def name_of_actor(actor: str, index: AccessIndex) -> str:
    """A handle where there is one (handles are public), else the actor as recorded."""
    kind, _, id_ = actor.partition(":")
    if kind == "process":
        return f"the {id_}"
    principal = index.principals.get(id_)
    return principal.handle if principal is not None and principal.handle else actor


def sentence(type_: str, data: Json) -> str:
    says = _SENTENCES.get(type_)
    if says is None:
        return type_.replace(".", ": ").replace("_", " ") + "."
    return says(data)


def change_words(op: str, path: str, before: Any, after: Any) -> str:
    place = path.removeprefix("/").replace("/", ".").replace("~1", "/").replace("~0", "~")
    match op:
        case "add":
            return f"{place} was added: {brief(after)}"
        case "remove":
            return f"{place} was removed (it was {brief(before)})"
        case _:
            return f"{place} changed from {brief(before)} to {brief(after)}"


def brief(value: Any) -> str:
    if isinstance(value, dict) and "secret_id" in value:
        return "a secret"
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"


def _changed(what: str) -> Callable[[Json], str]:
    return lambda d: f"{what} changed: {', '.join(d['changed'])}."


def _declared(d: Json) -> str:
    return f"The {d['kind'].replace('_', ' ')} {d['name']} was declared."


def _started(d: Json) -> str:
    again = f", start {d['generation']}" if d["generation"] > 1 else ""
    return f"Replica {d['ordinal']} started{again}."


def _stopped(d: Json) -> str:
    how = "was stopped" if d["asked"] else "ended by itself"
    memory = ", out of memory" if d["out_of_memory"] else ""
    message = f": {d['message']}" if d["message"] else ""
    return f"The replica {how}{memory}{message}."


def _rollout(d: Json) -> str:
    commit = f" of commit {d['commit'][:12]}" if d.get("commit") else ""
    why = {
        "created": "the service was created",
        "revised": "the workload changed",
        "redeploy": "somebody asked for it",
        "push": "something was pushed",
        "rollback": "an earlier state was restored",
    }.get(d["trigger"], d["trigger"])
    return f"A rollout{commit} began because {why}."


def _standing(d: Json) -> str:
    if d["is_blocked"]:
        return f"The project is blocked: {d['blocked_reason'] or 'nobody says why'}."
    if d["progress"] == "complete":
        return f"The project is complete: {d['completed_message'] or 'nobody says more'}."
    return "The project is active."


def _quota(d: Json) -> str:
    limits = [f"{value} {name}" for name, value in d["quota"].items() if value is not None]
    return f"The project's quota: {', '.join(limits) or 'no limit'}."


def _advanced(d: Json) -> str:
    commit = f", on commit {d['commit'][:12]}" if d["commit"] else ""
    return f"It is {d['stage']} now{commit}."


def _concluded(d: Json) -> str:
    how = {"succeeded": "succeeded", "failed": "failed", "stopped": "was stopped"}
    message = f": {d['message']}" if d["message"] else "."
    return f"It {how.get(d['outcome'], 'ended with an error')}{message}"


_SENTENCES: dict[str, Callable[[Json], str]] = {
    "principal.user_created": lambda d: f"The user {d['handle']} was created.",
    "principal.organization_created": lambda d: f"The organization {d['handle']} was created.",
    "principal.service_account_created": lambda d: f"The service account {d['name']} was created.",
    "principal.revised": lambda d: "Name or address changed.",
    "principal.password_changed": lambda d: "The password changed.",
    "principal.member_set": lambda d: f"{d['member_id']} became {d['role']}.",
    "principal.member_removed": lambda d: f"{d['member_id']} is no member any more.",
    "principal.removed": lambda d: "It was removed.",
    "project.created": lambda d: f"The project {d['handle']} was created.",
    "project.revised": lambda d: "Name, description, visibility or archive changed.",
    "project.standing_set": _standing,
    "project.results_branch_set": lambda d: f"Results go to the {d['branch']} branch.",
    "project.goal_added": lambda d: f"The goal {brief(d['title'])} was added.",
    "project.goal_set": lambda d: (
        "A goal was reached." if d["is_complete"] else "A goal is open again."
    ),
    "project.goal_removed": lambda d: "A goal was removed.",
    "project.collaborator_set": lambda d: f"{d['principal_id']} became {d['role']}.",
    "project.collaborator_removed": lambda d: f"{d['principal_id']} lost its role.",
    "project.pinned": lambda d: f"{d['principal_id']} pinned it.",
    "project.unpinned": lambda d: f"{d['principal_id']} unpinned it.",
    "project.shared": lambda d: "It was shared by a public link.",
    "project.unshared": lambda d: "The public link ended.",
    "principal.session_opened": lambda d: (
        f"Somebody signed in with {'an API key' if d.get('key_id') else 'the password'}."
    ),
    "principal.session_closed": lambda d: "A session was signed out.",
    "project.removed": lambda d: "The project was removed.",
    "quota.was_set": _quota,
    "api_key.issued": lambda d: f"The key {d['name']} was made.",
    "api_key.revoked": lambda d: "The key was revoked.",
    "grant.given": lambda d: f"{d['action']} on {d['resource']} was granted.",
    "grant.revoked": lambda d: "The grant was revoked.",
    "webhook.created": lambda d: "The webhook was created.",
    "webhook.revised": _changed("The webhook"),
    "webhook.secret_rotated": lambda d: "The webhook got a new secret.",
    "webhook.delivery_replayed": lambda d: "A delivery was asked for again.",
    "webhook.removed": lambda d: "The webhook was removed.",
    "subscription.created": lambda d: f"A subscriber, {d['name']}, was let in.",
    "subscription.removed": lambda d: "The subscriber was shut out.",
    "import.begun": lambda d: "An import of another log's history began.",
    "import.completed": lambda d: (
        f"{d['events']} events of {'a whole log' if d['of_account'] is None else 'an account'} were"
        f" taken in, at {d['first_position']} to {d['last_position']}."
    ),
    "import.refused": lambda d: f"The import was refused: {d['message']}",
    "vault.secrets_erased": lambda d: "Its secrets were erased from all of history.",
    "git_credential.added": lambda d: f"The git credential {brief(d['name'])} was added.",
    "git_credential.removed": lambda d: "A git credential was removed.",
    "service.registered": lambda d: f"The service {d['name']} was registered.",
    "service.revised": _changed("The service"),
    "service.workload_revised": _changed("The workload"),
    "service.registration_revised": _changed("The registration"),
    "service.conversation_revised": _changed("The conversation"),
    "service.participation_revised": _changed("The participation"),
    "service.rollout_started": _rollout,
    "service.rollout_sourced": lambda d: f"The rollout runs commit {d['commit'][:12]}.",
    "service.rollout_succeeded": lambda d: "The rollout succeeded.",
    "service.rollout_failed": lambda d: f"The rollout failed: {d['message'] or d['reason']}",
    "service.removed": lambda d: "The service was removed.",
    "scaling.policy_revised": _changed("The scaling policy"),
    "scaling.decided": lambda d: f"Wanted: {d['desired']} replicas instead of {d['previous']}.",
    "scaling.placement_changed": lambda d: (
        f"{d['missing']} replicas find no place: {d['why']}." if d["why"] else "All found a place."
    ),
    "watch.became_healthy": lambda d: f"It answers at {brief(d['url'])}.",
    "watch.became_unhealthy": lambda d: f"It is not well at {brief(d['url'])}: {d['reason']}.",
    "custom_domain.verified": lambda d: f"The DNS proves the domain {d['domain']}.",
    "custom_domain.check_failed": lambda d: (
        f"The DNS does not prove the domain {d['domain']}: {d['reason']}."
    ),
    "custom_domain.certificate_set": lambda d: (
        f"The domain {d['domain']} got a certificate that ends at {d['not_after']}."
    ),
    "custom_domain.certificate_removed": lambda d: (
        f"The certificate of the domain {d['domain']} was removed."
    ),
    "record.declared": _declared,
    "record.revised": lambda d: f"The record was revised: {brief(d['name'])}.",
    "record.version_added": lambda d: f"Version {d['number']} was added.",
    "unit_test.created": lambda d: f"The unit test {d['name']} was made.",
    "unit_test.deleted": lambda d: "A unit test was deleted.",
    "unit_test.abandoned": lambda d: "A unit test ended with its service.",
    "hardware_tier.created": lambda d: f"The hardware tier {d['tier_id']} was created.",
    "hardware_tier.revised": _changed("The hardware tier"),
    "hardware_tier.archived": lambda d: f"The hardware tier {d['tier_id']} was archived.",
    "node.declared": lambda d: f"The node {d['name']} was declared ({d['kind']}).",
    "node.detected": lambda d: f"This machine was found to be the node {d['name']}.",
    "node.revised": _changed("The node"),
    "node.drain_requested": lambda d: f"The node {d['name']} is drained: its replicas move.",
    "node.removed": lambda d: f"The node {d['name']} was removed.",
    "environment.created": lambda d: f"The environment {d['name']} was created.",
    "environment.revision_added": lambda d: f"Revision {d['number']} was added.",
    "environment.revision_restricted": lambda d: (
        "A revision became the restricted one."
        if d["revision_id"]
        else "No revision is restricted."
    ),
    "environment.archived": lambda d: "The environment was archived.",
    "execution.job_requested": lambda d: f"A job was started: {brief(d['command'])}.",
    "execution.build_requested": lambda d: f"Revision {d['number']} is to be built.",
    "execution.advanced": _advanced,
    "execution.concluded": _concluded,
    "execution.stop_requested": lambda d: "Somebody asked for its stop.",
    "execution.tag_added": lambda d: f"It was tagged {brief(d['name'])}.",
    "execution.tag_removed": lambda d: "A tag was taken off.",
    "execution.goal_linked": lambda d: "It was linked to a goal.",
    "execution.goal_unlinked": lambda d: "It was unlinked from a goal.",
    "execution.archived": lambda d: (
        "It was archived." if d["is_archived"] else "It left the archive."
    ),
    "replica.started": _started,
    "replica.became_ready": lambda d: "The replica became ready.",
    "replica.became_unready": lambda d: f"The replica is not ready: {d['reason']}.",
    "replica.drained": lambda d: f"The replica left the routes: {d['reason']}.",
    "replica.stopped": _stopped,
}
SAID = frozenset(_SENTENCES)
