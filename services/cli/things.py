"""Things by what people call them: a service's name, PROJECT/NAME or id; others by their handle."""

import argparse
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.verb import Exit
from shared.kernel.names import slug_of

ID = re.compile(r"[0-9a-f]{24}\Z")
# Where several may have one name, so many are looked through for it.
LOOKED_THROUGH_MAX = 2000

KINDS = {
    "service": "services",
    "project": "projects",
    "organization": "organizations",
    "user": "users",
    "service-account": "service-accounts",
    "api-key": "api-keys",
    "grant": "grants",
    "webhook": "webhooks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """`path` is where `/ops` has it."""

    name: str
    path: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--of",
        choices=tuple(KINDS),
        default="service",
        metavar="KIND",
        help=f"what it is, where it is no service: {', '.join(tuple(KINDS)[1:])}",
    )


def thing_of(server: Server, chosen: argparse.Namespace) -> Thing:
    kind, key = chosen.of, chosen.service
    if kind == "service":
        # Not looked up by an id: what was removed has a past, but is in no list.
        key = key if ID.match(key) else service_of(server, key, chosen.project)["id"]
        return Thing(name=chosen.service, path=f"/ops/v1/services/{key}")
    return Thing(name=f"{kind} {key}", path=f"/ops/v1/{KINDS[kind]}/{quote(key, safe='')}")


def service_of(server: Server, key: str, project: str) -> dict[str, Any]:
    """The live service; Refused where there is none, or several of the name."""
    if ID.match(key):
        found: dict[str, Any] = server.get(f"/ops/v1/services/{key}").document
        return found
    project, _, name = key.rpartition("/") if "/" in key else (project, "", key)
    asked = {"project": project, "name": name}
    page = server.get("/ops/v1/services", asked).document["data"]
    named: list[dict[str, Any]] = [one for one in page if is_called(one, name)]
    if not named:
        listed = server.items("/ops/v1/services", {"project": project})
        some = itertools.islice(listed, LOOKED_THROUGH_MAX)
        named = [one for one in some if is_called(one, name)]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(one["id"] for one in named[:5])
        raise Refused(
            f"{len(named)} services of {project} are called {name}",
            next_step=f"give an id: {ids}",
            exit_=Exit.USAGE,
        )
    raise Refused(
        f"there is no service {name} in project {project}",
        why="404 not_found",
        next_step="chronoplane services shows what is there; of a removed one give its id, or"
        " --as-of a moment at which it lived",
        exit_=Exit.NOT_FOUND,
    )


def is_called(service: Mapping[str, Any], name: str) -> bool:
    return name == str(service["name"]) or slug_of(name) == str(service["slug"])
