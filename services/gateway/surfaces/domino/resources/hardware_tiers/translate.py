"""Between Domino's hardware tiers and ours: pure, both ways.

What only a cluster of machines would know what to do with is kept as it was given, under `details`,
in this dialect's own words."""

from typing import Any

from services.gateway.surfaces.domino.resources.hardware_tiers import wire
from shared.domain.hardware_tier.tier import Amount, Tier
from shared.queries.hardware_tiers import HardwareTierDocument

_KEPT = (
    "availabilityZones",
    "computeClusterRestrictions",
    "dataPlaneId",
    "overProvisioning",
    "podCustomization",
    "tags",
)
_KEPT_RESOURCES = ("memorySwapLimit", "sharedMemoryLimit", "allowSharedMemoryToExceedDefault")
_KEPT_FLAGS = ("isDataAnalystTier", "isDefaultForModelApi", "isModelApiTier")


def to_tier(body: wire.NewTier | wire.ChangedTier) -> Tier:
    flags = body.flags or wire.NewFlags()
    gpus = body.gpuConfiguration
    return Tier(
        name=body.name,
        cores=body.resources.cores,
        memory=_amount(body.resources.memory),
        cores_limit=body.resources.coresLimit,
        memory_limit=None
        if body.resources.memoryLimit is None
        else _amount(body.resources.memoryLimit),
        gpu_count=0 if gpus is None else gpus.numberOfGpus,
        gpu_key="" if gpus is None else gpus.gpuKey,
        max_simultaneous=body.maxSimultaneousExecutions,
        cents_per_minute=body.centsPerMinute or 0.0,
        node_pool=body.nodePool or "",
        is_default=flags.isDefault,
        is_visible=flags.isVisible,
        is_global=flags.isGlobal,
        details=_details(body, flags),
    )


def _amount(information: wire.Information) -> Amount:
    return Amount(value=information.value, units=information.units)


def _details(
    body: wire.NewTier | wire.ChangedTier, flags: wire.NewFlags | wire.Flags
) -> dict[str, Any]:
    given = body.model_dump(include=set(_KEPT), exclude_none=True)
    given |= body.resources.model_dump(include=set(_KEPT_RESOURCES), exclude_none=True)
    return given | flags.model_dump(include=set(_KEPT_FLAGS), exclude_none=True)


def from_tier(document: HardwareTierDocument) -> wire.Tier:
    tier, details = document.tier, document.tier.details
    return wire.Tier(
        id=document.id,
        name=tier.name,
        resources=wire.Resources(
            cores=tier.cores,
            memory=_information(tier.memory),
            coresLimit=tier.cores_limit,
            memoryLimit=None if tier.memory_limit is None else _information(tier.memory_limit),
            **{"allowSharedMemoryToExceedDefault": False, **_of(details, _KEPT_RESOURCES)},
        ),
        flags=wire.Flags(
            isDefault=document.is_default,
            isVisible=tier.is_visible,
            isGlobal=tier.is_global,
            isArchived=document.is_archived,
            **{"isDataAnalystTier": False, **_of(details, _KEPT_FLAGS)},
        ),
        centsPerMinute=tier.cents_per_minute,
        creationTime=document.created_at,
        updateTime=document.updated_at,
        metadata={},
        nodePool=tier.node_pool,
        capacity=_capacity(document),
        gpuConfiguration=wire.GpuConfiguration(numberOfGpus=tier.gpu_count, gpuKey=tier.gpu_key)
        if tier.gpu_count
        else None,
        maxSimultaneousExecutions=tier.max_simultaneous,
        **{"podCustomization": wire.PodCustomization(), **_of(details, _KEPT)},
    )


def _of(details: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: details[name] for name in names if name in details}


def _information(amount: Amount) -> wire.Information:
    return wire.Information(value=amount.value, units=amount.units)


def _capacity(document: HardwareTierDocument) -> wire.Capacity:
    """One executor, the machine itself, which never has to be launched. Without a limit of the
    tier nobody knows how many more it takes."""
    limit = document.tier.max_simultaneous
    left = 0 if limit is None else max(0, limit - document.running)
    level: wire.CapacityLevel = "CanExecuteWithCurrentInstances"
    if limit is not None and left == 0:
        level = "Full"
    return wire.Capacity(
        numberOfExecutors=1,
        maxNumberOfExecutors=1,
        executingRuns=document.running,
        queuedRuns=document.queued,
        maxConcurrentRuns=0 if limit is None else limit,
        availableCapacityWithoutLaunching=left,
        maxAvailableCapacity=left,
        capacityLevel=level,
    )
