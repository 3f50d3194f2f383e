"""Facts: what a decision needs of other streams, read by `handle` and passed in as values.

A fact may be a moment old; where a race would break an invariant, a claim closes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFacts:
    project_id: str
    account_id: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`project` and `principal_is_live` are None/False where the command names none that lives.

    `own_hosts` are host names of the installation itself (`localhost`, the gateway's name), and
    `host_suffix` the one all services live under: no custom domain may be or lie under them."""

    project: ProjectFacts | None = None
    principal_is_live: bool = False
    host_suffix: str = "localhost"
    own_hosts: tuple[str, ...] = ()
