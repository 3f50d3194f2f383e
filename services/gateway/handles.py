"""Handles for what has a name in its dialect: unique for ever, so not the name itself."""

import re
import secrets
import string
from typing import Final

_ALPHABET: Final = string.ascii_lowercase + string.digits
_SUFFIX: Final = 5
_SLUG_MAX: Final = 54  # With the dash and the suffix: 60.
# Another handle where the first is taken: chance alone would fail once in a while.
TRIES: Final = 3


def new_handle(name: str) -> str:
    """`my-project-a1b2c`: the slug of the name and five characters of chance; 8 to 60 in all."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_SLUG_MAX].rstrip("-")
    if len(slug) < 2:
        slug = f"project-{slug}".rstrip("-")
    return f"{slug}-{''.join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX))}"
