"""What a revision of an environment declares, and the bounds of each part. Values only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.kernel.secrets import PlainText, SecretRef

Cluster = Literal["dask", "mpi", "ray", "spark"]

NAME_MAX, DESCRIPTION_MAX, SUMMARY_MAX = 200, 10_000, 10_000
SCRIPT_BYTES_MAX = 64 * 1024
VARIABLES_MAX = 200
VALUE_BYTES_MAX, VALUES_BYTES_MAX = 32 * 1024, 256 * 1024
TAGS_MAX, TAG_MAX, TOOLS_MAX = 50, 100, 50
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,499}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    value: PlainText | SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """`dockerfile` is lines of a Dockerfile that follow the image. The scripts run around a
    program: before and after its files are there, before and after itself."""

    image: str = ""
    dockerfile: str = ""
    pre_setup: str = ""
    post_setup: str = ""
    pre_run: str = ""
    post_run: str = ""
    variables: tuple[Variable, ...] = ()
    tags: tuple[str, ...] = ()
    summary: str = ""
    clusters: tuple[Cluster, ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    skip_cache: bool = False
    use_vpn: bool = False
    base_dependencies: bool = False


def wrong_field(revision: Revision) -> tuple[str, str] | None:
    """The first part out of bounds, and what it must be."""
    if revision.image and not _IMAGE.match(revision.image):
        return "image", "must be the name of an image"
    for name in ("dockerfile", "pre_setup", "post_setup", "pre_run", "post_run"):
        if len(getattr(revision, name).encode()) > SCRIPT_BYTES_MAX:
            return name, f"must have at most {SCRIPT_BYTES_MAX} bytes"
    if len(revision.summary) > SUMMARY_MAX:
        return "summary", f"must have at most {SUMMARY_MAX} characters"
    names = [variable.name for variable in revision.variables]
    if len(names) > VARIABLES_MAX or len(set(names)) != len(names):
        return "variables", f"must be at most {VARIABLES_MAX}, each named once"
    if not all(_VARIABLE.match(name) for name in names):
        return "variables", "must be named by letters, digits and '_', no digit first"
    if len(revision.tags) > TAGS_MAX or not all(0 < len(tag) <= TAG_MAX for tag in revision.tags):
        return "tags", f"must be at most {TAGS_MAX} of at most {TAG_MAX} characters"
    if len(revision.tools) > TOOLS_MAX:
        return "tools", f"must be at most {TOOLS_MAX}"
    return None


def wrong_values(variables: tuple[Variable, ...]) -> tuple[str, str] | None:
    """What can only be seen of values in the clear: a decision sees references, of one size."""
    sizes = [len(v.value.text.encode()) for v in variables if isinstance(v.value, PlainText)]
    if any(size > VALUE_BYTES_MAX for size in sizes):
        return "variables", f"must have values of at most {VALUE_BYTES_MAX} bytes"
    if sum(sizes) > VALUES_BYTES_MAX:
        return "variables", f"must have at most {VALUES_BYTES_MAX} bytes in all"
    return None
