"""Hardware tiers on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.gateway.parameters import QueryBool
from services.gateway.surfaces.domino.enums import Cased
from services.gateway.surfaces.domino.wire import Body, Envelope, Page, PageQuery

InformationUnits = Annotated[Literal["MB", "MiB", "GB", "GiB"], Cased()]
CapacityLevel = Literal[
    "CanExecuteWithCurrentInstances", "RequiresLaunchingInstance", "Full", "Unknown"
]
Number = Annotated[float, Field(allow_inf_nan=False)]


class TierQuery(PageQuery):
    includeArchived: QueryBool = Field(False, description="Archived ones, too.")


class Information(Body):
    value: Number
    units: InformationUnits


class Resources(Body):
    cores: Number
    memory: Information
    allowSharedMemoryToExceedDefault: bool
    coresLimit: Number | None = None
    memoryLimit: Information | None = None
    memorySwapLimit: Information | None = None
    sharedMemoryLimit: Information | None = None


class NewFlags(Body):
    isDataAnalystTier: bool = False
    isDefault: bool = False
    isDefaultForModelApi: bool | None = None
    isGlobal: bool = True
    isModelApiTier: bool | None = None
    isVisible: bool = True


class Flags(Body):
    isDefault: bool
    isVisible: bool
    isGlobal: bool
    isArchived: bool
    isDataAnalystTier: bool
    isDefaultForModelApi: bool | None = None
    isModelApiTier: bool | None = None


class GpuConfiguration(Body):
    numberOfGpus: int
    gpuKey: str


class ClusterRestrictions(Body):
    restrictToSpark: bool
    restrictToRay: bool
    restrictToDask: bool
    restrictToMpi: bool


class OverProvisioning(Body):
    instances: int
    schedulingEnabled: bool
    daysOfWeek: list[str]
    timezone: str
    fromTime: str
    toTime: str


class PodCustomization(Body):
    additionalAnnotations: dict[str, str] | None = None
    additionalLabels: dict[str, str] | None = None
    additionalLimits: dict[str, str] | None = None
    additionalRequests: dict[str, str] | None = None
    capabilities: list[str] | None = None
    hugepages: dict[str, str] | None = None


class Capacity(Body):
    numberOfExecutors: int
    maxNumberOfExecutors: int
    executingRuns: int
    queuedRuns: int
    maxConcurrentRuns: int
    availableCapacityWithoutLaunching: int
    maxAvailableCapacity: int
    capacityLevel: CapacityLevel


class GivenTier(Body):
    """What a new tier and a changed one have in common."""

    id: str
    name: str
    resources: Resources
    availabilityZones: list[str] | None = None
    centsPerMinute: Number | None = None
    computeClusterRestrictions: ClusterRestrictions | None = None
    dataPlaneId: str | None = None
    gpuConfiguration: GpuConfiguration | None = None
    maxSimultaneousExecutions: int | None = None
    overProvisioning: OverProvisioning | None = None
    podCustomization: PodCustomization | None = None
    tags: list[str] | None = None


class NewTier(GivenTier):
    nodePool: str
    flags: NewFlags | None = None


class ChangedTier(GivenTier):
    """As a tier is read; what the client cannot change is let be."""

    flags: Flags
    centsPerMinute: Number
    creationTime: str
    updateTime: str
    podCustomization: PodCustomization
    metadata: dict[str, str]
    nodePool: str | None = None
    capacity: Capacity | None = None


class Tier(BaseModel):
    id: str
    name: str
    resources: Resources
    flags: Flags
    centsPerMinute: float
    creationTime: datetime
    updateTime: datetime
    podCustomization: PodCustomization
    metadata: dict[str, str]
    nodePool: str
    capacity: Capacity
    availabilityZones: list[str] | None = None
    computeClusterRestrictions: ClusterRestrictions | None = None
    dataPlaneId: str | None = None
    gpuConfiguration: GpuConfiguration | None = None
    maxSimultaneousExecutions: int | None = None
    overProvisioning: OverProvisioning | None = None
    tags: list[str] | None = None


class TierEnvelope(Envelope):
    hardwareTier: Tier


class TierPage(Page):
    hardwareTiers: list[Tier]
