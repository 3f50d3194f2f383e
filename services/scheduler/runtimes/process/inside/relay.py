"""Bytes between the keeper's Unix socket and the app's port on the sandbox's own loopback, and
back.
"""

import selectors
import socket

CHUNK = 65536
CONNECTIONS_MAX = 900
ROUNDS_MAX = 16

Address = tuple[str, int] | str


class Pipe:
    """One direction of one connection: bytes from `source` to `target`, never more than a chunk
    in memory.
    """

    __slots__ = ("ended", "flushed", "pending", "source", "target")

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source, self.target = source, target
        self.pending = b""
        self.ended = self.flushed = False

    def move(self) -> None:
        """Push until one side would block, or long enough. Raises OSError when a side broke."""
        for _ in range(ROUNDS_MAX):
            if self.flushed:
                return
            if not self.pending and not self.ended:
                try:
                    self.pending = self.source.recv(CHUNK)
                except BlockingIOError:
                    return
                self.ended = not self.pending
            if self.pending:
                try:
                    self.pending = self.pending[self.target.send(self.pending) :]
                except BlockingIOError:
                    return
            elif self.ended:
                self.target.shutdown(socket.SHUT_WR)
                self.flushed = True


class Connection:
    """Both directions between one caller and the app."""

    __slots__ = ("back", "caller", "connecting", "forth", "target")

    def __init__(self, caller: socket.socket, target: socket.socket) -> None:
        self.caller, self.target = caller, target
        self.forth, self.back = Pipe(caller, target), Pipe(target, caller)
        self.connecting = True

    def wanted(self, side: socket.socket) -> int:
        reads = self.forth if side is self.caller else self.back
        writes = self.back if side is self.caller else self.forth
        if self.connecting:
            return selectors.EVENT_WRITE if side is self.target else 0
        wanted = 0
        if not reads.ended and not reads.pending:
            wanted |= selectors.EVENT_READ
        if writes.pending:
            wanted |= selectors.EVENT_WRITE
        return wanted


class Relay:
    """One thread, one selector, bounded connections: what arrives at a listener goes on to its
    target.
    """

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.masks: dict[socket.socket, int] = {}
        self.open = 0

    def listen(self, listener: socket.socket, target: Address) -> None:
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, (listener, target))

    def serve(self, ready: object) -> None:
        if isinstance(ready, Connection):
            self.advance(ready)
        elif isinstance(ready, tuple):
            self.accept(*ready)

    def accept(self, listener: socket.socket, address: Address) -> None:
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        if self.open >= CONNECTIONS_MAX:
            caller.close()
            return
        target = connect(address)
        if target is None:
            caller.close()
            return
        caller.setblocking(False)
        self.open += 1
        self.watch(Connection(caller, target))

    def advance(self, connection: Connection) -> None:
        if connection.caller.fileno() < 0:
            return  # closed by its other side within this round
        try:
            if connection.connecting:
                error = connection.target.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if error:
                    raise OSError(error, "connect")
                connection.connecting = False
            connection.forth.move()
            connection.back.move()
        except OSError:
            self.close(connection)
            return
        if connection.forth.flushed and connection.back.flushed:
            self.close(connection)
        else:
            self.watch(connection)

    def watch(self, connection: Connection) -> None:
        for side in (connection.caller, connection.target):
            wanted, had = connection.wanted(side), self.masks.get(side, 0)
            if wanted == had:
                continue
            if not had:
                self.selector.register(side, wanted, connection)
            elif not wanted:
                self.selector.unregister(side)
            else:
                self.selector.modify(side, wanted, connection)
            self.masks[side] = wanted

    def close(self, connection: Connection) -> None:
        self.open -= 1
        for side in (connection.caller, connection.target):
            if self.masks.pop(side, 0):
                self.selector.unregister(side)
            side.close()


def connect(address: Address) -> socket.socket | None:
    """Start to connect; on loopback a refusal is known at once, and IPv6 is tried then."""
    if isinstance(address, str):
        return begin(socket.AF_UNIX, address)
    return begin(socket.AF_INET, address) or begin(socket.AF_INET6, ("::1", address[1]))


def begin(family: int, address: Address) -> socket.socket | None:
    target = socket.socket(family)
    target.setblocking(False)
    try:
        target.connect(address)
    except BlockingIOError:
        return target
    except OSError:
        target.close()
        return None
    return target
