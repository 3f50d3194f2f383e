"""What a workload must keep to be accepted: each field by itself, then fields together.

Sources: seed 004 for the enums and ranges; spec/outpost.md B3 and B5 for what it leaves open."""

import re

from shared.domain.facts import Facts
from shared.domain.rejections import Incompatible, Invalid
from shared.domain.service.workload import (
    CPUS,
    GPU_COUNTS,
    GPUS,
    REGIONS,
    REPLICAS_LIMIT,
    UTILIZATION_MAX,
    UTILIZATION_MIN,
    EnvVar,
    Workload,
)
from shared.kernel.names import host_of
from shared.kernel.secrets import PlainText

REPO = re.compile(r"[A-Za-z0-9_.-]{1,64}/[A-Za-z0-9_.-]{1,100}\Z")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")
ENV_VARS_MAX = 500
ENV_VALUE_BYTES_MAX = 32 * 1024
ENV_BYTES_MAX = 256 * 1024
MEMORY_GB_MAX = 4096
_BRANCH_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,499}\Z")


def field_rejection(workload: Workload, facts: Facts) -> Invalid | None:
    """The first field that is wrong by itself."""
    for field, message in (
        ("repo", _repo(workload.repo)),
        ("branch", _branch(workload.branch)),
        ("image", _image(workload.image)),
        ("gpu", _one_of(workload.gpu, GPUS)),
        ("gpu_count", _one_of(workload.gpu_count, GPU_COUNTS)),
        ("cpu", _one_of(workload.cpu, CPUS)),
        ("memory_gb", _between(workload.memory_gb, 1, MEMORY_GB_MAX)),
        ("replicas_min", _between(workload.replicas_min, 0, REPLICAS_LIMIT)),
        ("replicas_max", _between(workload.replicas_max, 1, REPLICAS_LIMIT)),
        (
            "target_gpu_utilization",
            _between(workload.target_gpu_utilization, UTILIZATION_MIN, UTILIZATION_MAX),
        ),
        ("port", _between(workload.port, 1, 65535)),
        ("health_check_path", _path(workload.health_check_path)),
        ("env", _env(workload.env)),
        ("region", _one_of(workload.region, REGIONS)),
        ("custom_domain", _domain(workload.custom_domain, facts)),
    ):
        if message is not None:
            return Invalid(field=field, message=message)
    return None


def plain_rejection(env: tuple[EnvVar, ...]) -> Invalid | None:
    """What can only be seen of values in the clear: a decision sees references, of one size."""
    sizes = [
        len(variable.value.text.encode("utf-8"))
        for variable in env
        if isinstance(variable.value, PlainText)
    ]
    if any(size > ENV_VALUE_BYTES_MAX for size in sizes):
        message = f"has a value of more than {ENV_VALUE_BYTES_MAX} bytes"
    elif sum(sizes) > ENV_BYTES_MAX:
        message = f"is more than {ENV_BYTES_MAX} bytes in all"
    else:
        return None
    return Invalid(field="env", message=message)


def combination_rejection(workload: Workload) -> Incompatible | None:
    """Fields that are fine alone and impossible together."""
    if (workload.repo is None) == (workload.image is None):
        return Incompatible(
            fields=("repo", "image"), message="exactly one of them says what to deploy"
        )
    if workload.image is not None and workload.branch is not None:
        return Incompatible(fields=("branch", "image"), message="a branch belongs to a repo")
    if workload.gpu == "none" and workload.gpu_count != 1:
        return Incompatible(
            fields=("gpu_count", "gpu"), message="a count of GPUs needs a type of GPU"
        )
    if workload.gpu == "none" and workload.target_gpu_utilization is not None:
        return Incompatible(
            fields=("target_gpu_utilization", "gpu"),
            message="a target for GPUs needs a type of GPU",
        )
    if workload.replicas_min > workload.replicas_max:
        return Incompatible(
            fields=("replicas_min", "replicas_max"),
            message="the minimum is above the maximum",
        )
    return None


def _one_of(value: object, allowed: tuple[object, ...]) -> str | None:
    if value in allowed:
        return None
    return "must be one of " + ", ".join(str(item) for item in allowed)


def _between(value: int | None, low: int, high: int) -> str | None:
    if value is None or low <= value <= high:
        return None
    return f"must be from {low} to {high}"


def _repo(repo: str | None) -> str | None:
    if repo is None:
        return None
    parts = repo.split("/")
    if not REPO.match(repo) or any(p in (".", "..") or p.startswith("-") for p in parts):
        return "must be namespace/repo of letters, digits, '.', '_' and '-'"
    return None


def _branch(branch: str | None) -> str | None:
    if branch is None:
        return None
    if (
        not 1 <= len(branch) <= 255
        or branch.startswith(("-", "/", "."))
        or branch.endswith(("/", ".", ".lock"))
        or _BRANCH_FORBIDDEN.search(branch)
    ):
        return "is not a legal name of a branch"
    return None


def _image(image: str | None) -> str | None:
    if image is None or _IMAGE.match(image):
        return None
    return "is not an image reference such as registry/name:tag"


def _path(path: str) -> str | None:
    if path.startswith("/") and len(path) <= 1024 and not re.search(r"[\x00-\x20\x7f#]", path):
        return None
    return "must start with '/' and hold no spaces or controls"


def _env(env: tuple[EnvVar, ...]) -> str | None:
    if len(env) > ENV_VARS_MAX:
        return f"must have at most {ENV_VARS_MAX} variables"
    if len({variable.name for variable in env}) < len(env):
        return "names a variable twice"
    if not all(ENV_NAME.match(variable.name) for variable in env):
        return "has a name that is not letters, digits and '_' (not first a digit)"
    return None


def _domain(domain: str | None, facts: Facts) -> str | None:
    if domain is None:
        return None
    host = host_of(domain)
    if host is None:
        return "is not a public host name"
    own = (facts.host_suffix, "localhost", *facts.own_hosts)
    if any(host == name or host.endswith("." + name) for name in own):
        return "lies under a name of this installation"
    return None
