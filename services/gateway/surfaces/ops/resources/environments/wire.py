"""The bodies of a service's environment."""

from typing import ClassVar

from pydantic import Field

from services.gateway.parameters import Body


class ChosenEnvironment(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"revision"})

    environment: str = Field(min_length=1, max_length=64, description="Its id.")
    revision: str | None = Field(
        default=None,
        max_length=64,
        description="The id of one that was built; without it the newest that was.",
    )
