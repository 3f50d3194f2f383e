"""New ids from the clock, chance and a counter; the same bits for the same client key."""

import hashlib
import hmac
import secrets
import uuid

from shared.kernel import ids
from shared.runtime.clock import Clock

_COUNTER_BITS = 20
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1


class IdSource:
    """Ids of one process. Two made in one second differ by chance and keep their order by count:
    the counter takes the upper bits, the chance below it keeps processes apart."""

    __slots__ = ("_clock", "_count", "_second")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._second = 0
        self._count = 0

    def new(self) -> str:
        # `max`, because a clock that steps back must not make an id that sorts before older ones.
        second = max(int(self._clock.now().timestamp()), self._second)
        self._count = (self._count + 1) & _COUNTER_MASK if second == self._second else 0
        if second == self._second and self._count == 0:
            second += 1  # A million ids in one second: borrow from the next.
        self._second = second
        chance = secrets.randbits(64 - _COUNTER_BITS)
        return ids.compose(seconds=second, chance=(self._count << (64 - _COUNTER_BITS)) | chance)


def new_command_id() -> str:
    return str(uuid.uuid4())


class DerivedIds:
    """Ids that follow from a client's idempotency key, so that a repeat gives the same command.

    Keyed by the installation's secret: nobody outside can compute which id a key will give."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def command_id(self, *, actor: str, surface: str, key: str) -> str:
        return _uuid8(self._digest("command", actor, surface, key))

    def id(self, *, seconds: int, actor: str, surface: str, key: str, purpose: str) -> str:
        """`seconds` must be the same for the repeat; it only keeps ids roughly in order of time."""
        digest = self._digest("id", actor, surface, key, purpose)
        return ids.compose(seconds=seconds, chance=int.from_bytes(digest[:8]))

    def _digest(self, *parts: str) -> bytes:
        # Lengths first, so that ("ab", "c") and ("a", "bc") never meet.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._secret, text.encode(), hashlib.sha256).digest()


def _uuid8(digest: bytes) -> str:
    # By hand: `uuid.UUID(version=8)` is refused before Python 3.14.
    bits = int.from_bytes(digest[:16])
    bits = bits & ~(0xF << 76) & ~(0b11 << 62) | (8 << 76) | (0b10 << 62)
    return str(uuid.UUID(int=bits))
