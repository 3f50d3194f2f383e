"""Says of which moment an answer is, where it is not now."""

from datetime import UTC, datetime

from services.cli.cells import ago
from services.cli.output import Output
from services.cli.server import Got, Server
from shared.kernel.time import parse_rfc3339


def say_then(server: Server, got: Got, output: Output) -> None:
    """Old answers never look like new ones."""
    if server.as_of is None:
        return
    time = parse_rfc3339(server.as_of)
    moment = "" if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC  "
    past = "" if time is None else f"  ({ago(time, datetime.now(UTC))})"
    position = "" if got.position is None else f"position {got.position:,}"
    output.note(f"THEN  {moment}{position}{past}", "past")
