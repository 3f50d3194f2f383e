"""Drops checkouts and prepared trees that nobody runs or will start, so that deployments do not
fill the disk. Only ever after every service was looked at: what is not known to be unused stays.
"""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

from services.scheduler.case import Case
from services.scheduler.runtimes.interface import Observed
from services.scheduler.sources import Sources

log = logging.getLogger(__name__)

Commit = tuple[str, str]
"""Project id and commit, or the deployment of an image."""


def used_commits(cases: Iterable[Case]) -> set[Commit] | None:
    """None where a service was not looked at yet."""
    used: set[Commit] = set()
    for case in cases:
        if case.wanted is None:
            return None
        service = case.wanted.service
        for deployment in (service.deployment, service.serving) if service is not None else ():
            if deployment is not None:
                # An image has no commit; it is kept by its deployment.
                used.add((case.wanted.project_id, deployment.commit or deployment.id))
    return used


def leaving_projects(cases: Iterable[Case], observed: tuple[Observed, ...]) -> set[str]:
    """Projects with a replica of a deployment that is kept no more: its tree is still run from."""
    kept = set()
    for case in cases:
        service = case.wanted.service if case.wanted is not None else None
        for deployment in (service.deployment, service.serving) if service is not None else ():
            if deployment is not None:
                kept.add(deployment.id)
    return {one.labels.project_id for one in observed if one.labels.deployment_id not in kept}


async def tidy(sources: Sources, cases: list[Case], observed: tuple[Observed, ...]) -> None:
    used = used_commits(cases)
    if used is None:
        return
    busy = leaving_projects(cases, observed)
    for key in [key for key in sources.made if key not in used and key[0] not in busy]:
        for prepared in sources.made.pop(key):
            await sources.runtime.discard(prepared)
        log.info("prepared_tree_dropped", extra={"project_id": key[0], "commit": key[1]})
    for project_id, commit in await asyncio.to_thread(_checkouts, sources.repositories.folder):
        # Replicas run from the prepared copy, never from a checkout.
        if (project_id, commit) not in used:
            await sources.repositories.forget(project_id, commit)


def _checkouts(folder: Path) -> list[Commit]:
    if not folder.is_dir():
        return []
    projects = [project for project in folder.iterdir() if not project.name.startswith(".")]
    return [(project.name, tree.name) for project in projects for tree in project.iterdir()]
