"""The system call filter of a sandbox, as the classic BPF program the kernel takes.

Refused: what an app has no use for and an attacker has: mounting, tracing, keys, bpf, new user
namespaces, io_uring, sockets that no network namespace holds back (vsock). A machine this table
does not know gets no filter, and says so in the probe.
"""

import platform
import struct

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050000 | 1, 0x00050000 | 38
_NEW_USER = 0x10000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink

# Since Linux 5.1 all machines share numbers.
_REFUSED_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443)
_CLONE3 = 435
_MACHINES: dict[str, tuple[int, int, int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,  # clone
        272,  # unshare
        41,  # socket
        (
            *(101, 155, 163, 165, 166, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 246),
            *(248, 249, 250, 298, 300, 304, 308, 310, 311, 312, 313, 320, 321, 323),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        97,
        198,
        (
            *(39, 40, 41, 60, 89, 104, 105, 106, 117, 142, 161, 162, 217, 218, 219, 224, 225),
            *(241, 262, 265, 268, 270, 271, 272, 273, 280, 282, 294),
        ),
    ),
}


def filter_program(machine: str | None = None) -> bytes | None:
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    architecture, clone, unshare, socket, refused = known
    program = [
        _step(_LOAD, 4),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, 0),
        # The x32 numbers of x86_64 would be a second door to the same calls.
        _step(_AT_LEAST, 0x40000000, 0, 1),
        _step(_RETURN, _EPERM),
    ]
    for number in (*refused, *_REFUSED_EVERYWHERE):
        program += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _EPERM)]
    # Its flags lie in memory, out of a filter's sight; libraries fall back to clone.
    program += [_step(_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _ENOSYS)]
    for number in (clone, unshare):
        program += [
            _step(_EQUAL, number, 0, 4),
            _step(_LOAD, 16),
            _step(_ANY_BIT, _NEW_USER, 0, 1),
            _step(_RETURN, _EPERM),
            _step(_RETURN, _ALLOW),
        ]
    program += [_step(_EQUAL, socket, 0, len(_FAMILIES) + 2), _step(_LOAD, 16)]
    for index, family in enumerate(_FAMILIES):
        program.append(_step(_EQUAL, family, len(_FAMILIES) - index, 0))
    program += [_step(_RETURN, _EPERM), _step(_RETURN, _ALLOW)]
    return b"".join(program)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
