"""Which of several probers looks at which target: the one that scores highest for it.

Rendezvous hashing: when a prober comes or goes only its own share moves, none between the others
(CONTROL 2.5). Who lives is known by beats; without the bus nobody is declared dead, because then
it is us who hear nothing."""

import hashlib
from collections.abc import Iterable


def ranked(key: str, members: Iterable[str]) -> list[str]:
    """Who is to look at `key`, the first before the second; the same in every prober."""
    return sorted(members, key=lambda member: _score(member, key), reverse=True)


def _score(member: str, key: str) -> bytes:
    return hashlib.blake2b(f"{member}|{key}".encode(), digest_size=8).digest()


class Share:
    """`lease` is how many seconds a prober counts as living after its last beat."""

    def __init__(self, me: str, *, lease: float) -> None:
        self.me = me
        self._lease = lease
        self._heard: dict[str, float] = {}
        self._members: tuple[str, ...] = (me,)

    @property
    def members(self) -> tuple[str, ...]:
        """Those that live and look, this one always among them."""
        return self._members

    def heard(self, member: str, now: float) -> bool:
        """Whether that changes who lives."""
        self._heard[member] = now
        return self._settle(now)

    def left(self, member: str, now: float) -> bool:
        self._heard.pop(member, None)
        return self._settle(now)

    def pass_time(self, now: float) -> bool:
        """Whether somebody's lease has run out."""
        return self._settle(now)

    def renew(self, now: float) -> None:
        """Nobody could be heard until now: each gets a new lease."""
        self._heard = dict.fromkeys(self._heard, now)

    def owns(self, key: str) -> bool:
        members = self._members
        if len(members) == 1:
            return True
        mine = _score(self.me, key)
        return all(mine >= _score(member, key) for member in members)

    def others(self, key: str) -> list[str]:
        """Whom to ask for a second opinion, the next in rank first."""
        return [member for member in ranked(key, self._members) if member != self.me]

    def _settle(self, now: float) -> bool:
        self._heard = {m: at for m, at in self._heard.items() if now - at < self._lease}
        members = tuple(sorted({self.me, *self._heard}))
        changes = members != self._members
        self._members = members
        return changes
