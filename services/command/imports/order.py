"""How an import is to be done, and what came of it: as bus and table of arrivals spell it."""

from dataclasses import dataclass

from shared.proof.checkpoint import KeyInvalid, NoteInvalid, Verifier, parse_note

PART_BYTES = 256 * 1024
CHECKPOINTS_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`parts`, `bytes` and `sha256` are what the sender sent. `key` is the public key that must
    have signed, `checkpoints` are notes that were kept elsewhere."""

    parts: int
    bytes: int
    sha256: str
    deploys: bool = True
    key: str | None = None
    checkpoints: tuple[str, ...] = ()

    def problem(self) -> str | None:
        try:
            self.verifier()
            for note in self.checkpoints:
                parse_note(note)
        except KeyInvalid as error:
            return f"the key is {error}"
        except NoteInvalid as error:
            return f"a checkpoint is {error}"
        if not 0 < self.parts <= self.bytes or len(self.checkpoints) > CHECKPOINTS_MAX:
            return "it says that nothing was sent"
        return None

    def verifier(self) -> Verifier | None:
        return None if self.key is None else Verifier.parse(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`of_account` None: a whole log. `key` is the fingerprint of who had signed."""

    of_account: str | None
    events: int
    streams: int
    first_position: int
    last_position: int
    sha256: str
    key: str | None
    trust: str
    deploys: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Nothing was taken. `is_conflict`: the file may be good, but not for this installation."""

    code: str
    message: str
    line: int | None = None
    position: int | None = None
    is_conflict: bool = False


Outcome = Taken | Refusal
