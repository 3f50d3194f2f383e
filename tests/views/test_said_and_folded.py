"""Every event has its sentence, and its step of the state where it changes one."""

from services.query.views.audit import states, words
from shared.domain.catalog import EVENTS

# These change no state that is shown: sign-ins, pins, decisions, erasures.
_UNFOLDED = frozenset(
    {
        "principal.session_opened", "principal.session_closed", "project.pinned",
        "project.unpinned", "quota.was_set", "scaling.policy_revised", "scaling.decided",
        "scaling.placement_changed", "watch.became_healthy", "watch.became_unhealthy",
        "custom_domain.verified", "custom_domain.check_failed", "custom_domain.certificate_set",
        "custom_domain.certificate_removed", "record.declared", "record.revised",
        "record.version_added", "unit_test.created", "unit_test.deleted", "unit_test.abandoned",
        "webhook.delivery_replayed", "vault.secrets_erased", "import.begun", "import.completed",
        "import.refused",
    }
)  # fmt: skip


def test_every_event_is_said_and_is_folded_or_known_to_change_no_state() -> None:
    views = "services/query/views/audit"
    assert not (odd := words.SAID ^ EVENTS.keys()), f"_SENTENCES of {views}/words.py: {odd}"
    assert not (twice := states.FOLDED & _UNFOLDED), twice
    assert not (odd := (states.FOLDED | _UNFOLDED) ^ EVENTS.keys()), (
        f"what it does to the state is a step in _STEPS of {views}/states.py; "
        f"where it changes none, its name is in _UNFOLDED here: {odd}"
    )
