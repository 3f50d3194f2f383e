"""What a replica costs per hour: our own list prices, in US dollars, for comparison and reports.

Outpost publishes the field, not its prices; nobody is billed by these."""

from decimal import ROUND_HALF_UP, Decimal

CPU_HOUR = Decimal("0.04")  # one vCPU
MEMORY_GB_HOUR = Decimal("0.005")
GPU_HOUR: dict[str, Decimal] = {
    "A100-40GB": Decimal("2.10"),
    "A100-80GB": Decimal("2.80"),
    "H100-80GB": Decimal("4.50"),
    "L4": Decimal("0.80"),
    "T4": Decimal("0.50"),
    "none": Decimal(0),
}
_CENT = Decimal("0.01")


def replica_hour(*, gpu: str, gpu_count: int, cpu: int, memory_gb: int) -> Decimal:
    return GPU_HOUR[gpu] * gpu_count + CPU_HOUR * cpu + MEMORY_GB_HOUR * memory_gb


def spelled(amount: Decimal) -> str:
    """Money is a decimal string with cents: "3.20"."""
    return str(amount.quantize(_CENT, rounding=ROUND_HALF_UP))
