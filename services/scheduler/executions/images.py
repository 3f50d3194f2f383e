"""A revision of an environment as an image: what it begins with, then its lines, built there.

The same Dockerfile on the same image is the same steps, which the engine keeps: a new revision
builds what changed. A revision that wants no cache pulls and builds everything anew."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from services.scheduler.runtimes.container.context import DOCKERFILE
from services.scheduler.runtimes.container.images import reference
from services.scheduler.runtimes.container.runtime import ContainerRuntime
from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed
from shared.queries.executions import RevisionWork

# Where this machine's installers look for packages. Without a value the engine leaves them unset.
_ASKED = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "npm_config_registry")


async def pull_image(
    engine: ContainerRuntime, revision: RevisionWork, say: Callable[[str], None]
) -> PreparationFailed | None:
    """The image that it begins with is there. Why not, in words, where it is not."""
    image = str(revision.declared["image"])
    build = BuildSpec(
        project_id=revision.environment_id,
        commit="",
        image=image,
        deployment_id=f"environment {revision.revision_id}",
        fresh=bool(revision.declared["skip_cache"]),
    )
    made = await engine.prepare(build, say)
    return made if isinstance(made, PreparationFailed) else None


async def build_image(
    engine: ContainerRuntime, folder: Path, revision: RevisionWork, say: Callable[[str], None]
) -> str | PreparationFailed:
    """The id of the image: the one that is there, or else a new one."""
    wrong = reference(str(revision.declared["image"]))
    if isinstance(wrong, PreparationFailed):
        return wrong
    tree = folder / f"image-{revision.revision_id}"
    await asyncio.to_thread(_lay_out, tree, dockerfile(revision))
    build = BuildSpec(
        project_id=revision.environment_id,
        commit=revision.revision_id,
        checkout=tree,
        runtime=engine.name,
        cached=not revision.declared["skip_cache"],
    )
    made = await engine.prepare(build, say)
    if isinstance(made, PreparationFailed):
        return made
    if made.image is None:
        return PreparationFailed(reason="the engine does not name the image that it built")
    return made.image


def dockerfile(revision: RevisionWork) -> str:
    lines = [f"FROM {revision.declared['image']}", *(f"ARG {name}" for name in _ASKED)]
    return "\n".join((*lines, str(revision.declared["dockerfile"]), ""))


def _lay_out(tree: Path, text: str) -> None:
    tree.mkdir(parents=True, exist_ok=True, mode=0o700)
    (tree / DOCKERFILE).write_text(text)
