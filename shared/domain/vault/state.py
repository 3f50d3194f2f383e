"""How often an owner's secrets were erased: what is sealed afterwards can be erased again."""

from dataclasses import dataclass

from shared.domain.vault.events import VaultEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    erasures: int = 0


def evolve(state: State, event: VaultEvent) -> State:
    return State(erasures=state.erasures + 1)
