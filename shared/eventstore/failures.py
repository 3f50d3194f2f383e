"""What the store raises: bugs of the caller and broken dependencies. Answers are in messages.py."""


class EventStoreFailure(Exception):
    """The root of them all."""


class EventTooLarge(EventStoreFailure):
    """An envelope over the limit would stop the relay for ever, so it never enters the log."""

    def __init__(self, event_type: str, size: int, limit: int) -> None:
        super().__init__(f"event {event_type} has {size} bytes, at most {limit} are allowed")
        self.event_type = event_type
        self.size = size
        self.limit = limit


class InvalidCommit(EventStoreFailure):
    """The commit cannot be written whatever the log holds: a NUL, a negative version, a bad id."""


class InconsistentCommit(EventStoreFailure):
    """Right version, but another account or another previous leaf than the stream's own: the
    caller did not build this commit from what it read, or somebody edited the stream."""


class LogHole(EventStoreFailure):
    """Positions are dense, so a reader that sees a hole has lost something and must halt."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"the log goes on at position {found} where {expected} was expected")
        self.expected = expected
        self.found = found


class ChainBroken(EventStoreFailure):
    """A stored event does not hash to its leaf: it was edited after it was written."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"the hash chain of {stream} breaks at version {version}")
        self.stream = stream
        self.version = version


class StoreUnavailable(EventStoreFailure):
    """The database did not answer in time; nothing was written."""


class StoreFull(StoreUnavailable):
    """The database's disk is full. Nothing was written, and waiting for room would hold up all who
    only read first."""


class OutcomeUnknown(EventStoreFailure):
    """The database went away in the middle of the commit and did not come back in time.

    Sending the same command id again is safe: it is answered from what was stored, if it was."""
