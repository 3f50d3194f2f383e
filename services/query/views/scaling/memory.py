"""What a decision knew of the ones before, as the rows keep it."""

from shared.domain.scaling.commands import ScalingMemory
from shared.kernel.json import loads


def memory_of(text: str) -> ScalingMemory:
    fields = loads(text)
    holds = tuple((bucket, most) for bucket, most in fields["holds"])
    return ScalingMemory(**{**fields, "holds": holds})
