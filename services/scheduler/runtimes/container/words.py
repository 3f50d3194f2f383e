"""What an engine says, in the words of somebody who deploys. Pure."""

import signal

_NOT_THERE = ("manifest unknown", "not found", "does not exist", "no such image", "name unknown")
_CLOSED = ("denied", "unauthorized", "authentication required", "no basic auth")
_UNREACHED = (
    "no such host",
    "connection refused",
    "i/o timeout",
    "network is unreachable",
    "no route to host",
    "request canceled",
    "context deadline exceeded",
    "server misbehaving",
    "temporary failure in name resolution",
    "tls handshake",
    "connection reset",
    "eof",
    "pinging container registry",
)
_MESSAGE_MAX = 300


def of_pull(image: str, message: str) -> str:
    """The registry's answer, told apart: unreachable, closed, unknown."""
    said = message.lower()
    if any(word in said for word in _UNREACHED):
        return f"the registry of image {image} cannot be reached: {shortened(message)}"
    if any(word in said for word in _CLOSED):
        return (
            f"image {image} was not found, or its registry wants a login, "
            "which this installation has not"
        )
    if any(word in said for word in _NOT_THERE):
        return f"image {image} was not found in its registry"
    return f"image {image} could not be pulled: {shortened(message)}"


def of_start(message: str) -> str:
    said = message.lower()
    if "executable file not found" in said or "no such file or directory" in said:
        return f"its command cannot be started: {shortened(message)}"
    if "no command specified" in said:
        return "the image says no command to run; name one"
    return f"the engine could not start it: {shortened(message)}"


def of_exit(code: int, *, oom: bool) -> tuple[int | None, int | None, str]:
    """Code, signal and sentence. An engine tells the death by a signal as 128 and its number."""
    number = code - 128 if 128 < code < 128 + signal.NSIG else None
    if oom:
        return None if number else code, number, "out of memory"
    if number is not None:
        return None, number, f"ended by signal {number} ({_signal_name(number)})"
    return code, None, f"exited with code {code}"


def shortened(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= _MESSAGE_MAX else line[: _MESSAGE_MAX - 1] + "…"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
