"""The workload facet: what runs, with what, how many, and how it is reached. Values only.

Seed 004 (Outpost's Services page) names the fields; here they have our words and units."""

from dataclasses import dataclass
from typing import Literal

from shared.kernel.secrets import PlainText, SecretRef

Gpu = Literal["A100-40GB", "A100-80GB", "H100-80GB", "L4", "T4", "none"]
Region = Literal["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1"]

GPUS = ("A100-40GB", "A100-80GB", "H100-80GB", "L4", "T4", "none")
GPU_COUNTS = (1, 2, 4, 8)
CPUS = (2, 4, 8, 16, 32, 64)
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1")
UTILIZATION_MIN, UTILIZATION_MAX = 10, 95
REPLICAS_LIMIT = 1000
# A change of these changes nothing that runs; one of any other field rolls out anew.
STILL_FIELDS = frozenset(
    {"replicas_min", "replicas_max", "target_gpu_utilization", "custom_domain"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvVar:
    name: str
    value: PlainText | SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentPin:
    """One revision of an environment: a later one changes nothing before it is named here."""

    environment_id: str
    revision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """`repo` (as `namespace/name`) or `image`, never both; `branch` None is the repo's default.

    `memory_gb` in GiB, `target_gpu_utilization` in per cent, `command` replaces what the repo's
    own files say about how it runs. `environment`: what its replicas are prepared by, besides."""

    repo: str | None = None
    branch: str | None = None
    image: str | None = None
    command: str | None = None
    gpu: str = "none"
    gpu_count: int = 1
    cpu: int = 8
    memory_gb: int = 32
    replicas_min: int = 1
    replicas_max: int = 1
    target_gpu_utilization: int | None = None
    port: int = 8000
    health_check_path: str = "/health"
    env: tuple[EnvVar, ...] = ()
    region: str = "us-east-1"
    custom_domain: str | None = None
    environment: EnvironmentPin | None = None


def replicas_wanted(workload: Workload) -> int:
    """How many replicas to run where nothing scales the workload.

    A minimum of zero still starts one: a service that may sleep must first prove that it wakes."""
    return max(1, workload.replicas_min)
