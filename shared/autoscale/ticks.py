"""When the autoscaler looked in a period of which only its decisions are on record. Pure."""

import math
from itertools import pairwise

from shared.autoscale.kpa import Spec
from shared.autoscale.recording import Recording

TICK_SECONDS = Spec().tick


def ticks_of(recording: Recording) -> list[float]:
    """When it was looked, between the moments that are known: evenly, at the pace that the shorter
    of these spans tell."""
    known = [at for at in recording.looked_at if recording.start < at < recording.end]
    gaps = [after - before for before, after in pairwise(known)]
    paces = sorted(gap / round(gap / TICK_SECONDS) for gap in gaps if 0.9 < gap / TICK_SECONDS < 30)
    pace = paces[len(paces) // 2] if paces else TICK_SECONDS
    first, last = (known[0], known[-1]) if known else (recording.start,) * 2
    before = math.ceil((first - recording.start) / pace)
    ticks = [at for n in range(before, 0, -1) if (at := first - n * pace) > recording.start]
    for begun, ended in pairwise(known):
        count = max(1, round((ended - begun) / pace))
        ticks += [begun + (ended - begun) * n / count for n in range(count)]
    return ticks + [last + n * pace for n in range(math.ceil((recording.end - last) / pace))]
