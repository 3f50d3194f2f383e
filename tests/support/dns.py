"""A DNS server of a test's own: a zone that the test writes, answered over UDP on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass(slots=True)
class Zone:
    """`records` are (name, type) -> texts in zone-file form; `rcode` other than 0 breaks it."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rcode: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query)
        if self.rcode:
            response.set_rcode(dns.rcode.Rcode(self.rcode))
            return response.to_wire()
        texts = self.records.get((name, kind))
        if texts is None:
            if not any(known == name for known, _ in self.records):
                response.set_rcode(dns.rcode.NXDOMAIN)
            return response.to_wire()
        response.answer.append(dns.rrset.from_text(question.name, 1, "IN", kind, *texts))
        return response.to_wire()


@contextmanager
def dns_at(zone: Zone) -> Iterator[int]:
    """Answers in a thread; gives the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.1)
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    data, address = line.recvfrom(4096)
                except TimeoutError:
                    continue
                line.sendto(zone.answer(data), address)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(line.getsockname()[1])
        ending.set()
        thread.join(5)
