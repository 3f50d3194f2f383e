"""The program of a job: the environment's scripts around the command that somebody gave. Pure."""

from collections.abc import Mapping
from typing import Any

from shared.queries.executions import WorkDocument

# Every script is a program of its own; the first three must succeed for the command to run at all.
_DRIVER = """
step() {
    [ -n "$2" ] || return 0
    sh -c "$2" || { code=$?; echo "the $1 script ended with code $code" >&2; exit "$code"; }
}
step pre-setup "$1"
step post-setup "$2"
step pre-run "$3"
sh -c "$4"
code=$?
[ -z "$5" ] || sh -c "$5" || echo "the post-run script ended with code $?" >&2
exit "$code"
"""
# As people write commands here: the name of a file is run by what its ending says.
_RUNNERS = {".py": "python", ".sh": "sh", ".bash": "bash", ".r": "Rscript", ".js": "node"}


def argv(command: str, declared: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        *("sh", "-c", _DRIVER, "job"),
        declared["pre_setup"],
        declared["post_setup"],
        declared["pre_run"],
        runnable(command),
        declared["post_run"],
    )


def runnable(command: str) -> str:
    first = command.split(maxsplit=1)[0]
    ending = f".{first.rpartition('.')[2]}".lower() if "." in first else ""
    runner = _RUNNERS.get(ending)
    # A path that says itself how it is run (`./train.py`) is left to the system.
    return command if runner is None or first.startswith(("./", "/")) else f"{runner} {command}"


def environment(work: WorkDocument, variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """What the job is told of itself, then what the lines of its environment set, then what its
    people did."""
    project = work.project
    if project is None:
        raise AssertionError("a job without a project")
    told = {
        "DOMINO_RUN_ID": work.execution.id,
        "DOMINO_RUN_NUMBER": str(work.number),
        "DOMINO_PROJECT_ID": project.id,
        "DOMINO_PROJECT_NAME": project.name,
        "DOMINO_PROJECT_OWNER": project.owner_handle,
        "DOMINO_STARTING_USERNAME": work.starter_handle,
        "DOMINO_HARDWARE_TIER_ID": work.execution.tier_id or "",
        "DOMINO_ENVIRONMENT_ID": work.execution.environment_id,
        "DOMINO_ENVIRONMENT_REVISION_ID": work.execution.revision_id,
        "DOMINO_IS_WORKFLOW_JOB": "false",
    }
    return {**told, **dict(variables), **dict(work.revision.variables)}
