"""Our words in Amigo's spelling, for what it says about fields and things."""

KIND_WORDS = {
    "project": "organization",
    "organization": "organization",
    "service": "service",
    "agent": "agent",
    "state_machine": "service hierarchical state machine",
    "version_set": "version set",
    "unit_test": "simulation unit test",
}

_MACHINE = "service_hierarchical_state_machine"
_PLACES = {
    "state_machine_id": ("body", f"{_MACHINE}_id"),
    "agent_version": ("body", "agent_version_number"),
    "state_machine_version": ("body", f"{_MACHINE}_version_number"),
    "llm_preferences": ("body", "llm_model_preferences"),
    "version_set_name": ("path", "version_set_name"),
    "interactions_max": ("body", "max_interactions"),
    "success_criteria": ("body", "success_criterions"),
    "as_of": ("query", "as_of"),
}


def place_of(field: str) -> tuple[str, ...]:
    return _PLACES.get(field, ("body", field))
