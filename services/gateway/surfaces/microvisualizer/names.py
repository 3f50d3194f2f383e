"""Whoever acts, as this dialect spells it."""

from typing import Literal

from shared.queries.microvisualizer import ActorName


def actor_type(actor: ActorName) -> Literal["MEMBER", "API_KEY"]:
    return "API_KEY" if actor.is_key else "MEMBER"
