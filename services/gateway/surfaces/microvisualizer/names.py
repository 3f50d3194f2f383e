"""Whoever acts, as this dialect spells it, and the ids it makes for projects."""

import re
import secrets
import string
from typing import Literal

from shared.queries.microvisualizer import ActorName

_ALPHABET = string.ascii_lowercase + string.digits
_SUFFIX = 5
_SLUG_MAX = 54  # With the dash and the suffix: 60.


def actor_type(actor: ActorName) -> Literal["MEMBER", "API_KEY"]:
    return "API_KEY" if actor.is_key else "MEMBER"


def new_handle(name: str) -> str:
    """`my-project-a1b2c`: the slug of the name and five characters of chance; 8 to 60 in all."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_SLUG_MAX].rstrip("-")
    if len(slug) < 2:
        slug = f"project-{slug}".rstrip("-")
    return f"{slug}-{''.join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX))}"
