"""What a replica costs an hour: our own list prices, in US dollars. No vendor's page names any.

The price of a workload is the sum of its parts; what ran is charged by the second."""

from decimal import ROUND_HALF_UP, Decimal

GPU_HOUR: dict[str, Decimal] = {
    "none": Decimal("0"),
    "T4": Decimal("0.35"),
    "L4": Decimal("0.70"),
    "A100-40GB": Decimal("2.10"),
    "A100-80GB": Decimal("2.80"),
    "H100-80GB": Decimal("4.20"),
}
CPU_HOUR = Decimal("0.03")
MEMORY_GB_HOUR = Decimal("0.004")
SECONDS_PER_HOUR = 3600


def price_per_hour(*, gpu: str, gpu_count: int, cpu: int, memory_gb: int) -> Decimal:
    """Of one replica."""
    return GPU_HOUR[gpu] * gpu_count + CPU_HOUR * cpu + MEMORY_GB_HOUR * memory_gb


def price_text(price: Decimal) -> str:
    """A decimal with two digits, as surfaces print an hour's price."""
    return str(price.quantize(Decimal("0.01"), ROUND_HALF_UP))


def cost(price: Decimal, replica_seconds: float) -> Decimal:
    return price * Decimal(str(replica_seconds)) / SECONDS_PER_HOUR


def cost_text(amount: Decimal) -> str:
    """Four digits: a minute of a small service must not read as nothing."""
    return str(amount.quantize(Decimal("0.0001"), ROUND_HALF_UP))
