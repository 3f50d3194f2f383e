"""What a request gets: by host name, by the state of its service, and while it changes."""

import asyncio
import json

from services.edge.actual import read_actual
from shared.bus.routes import Hold
from tests.edge.harness import (
    HOST,
    Client,
    Edge,
    HaproxyProcess,
    Replica,
    eventually,
    get,
    parse,
    raw,
    table,
)


async def test_a_request_reaches_the_replica_of_its_host(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    ack = await edge.route(table(replica.backend()))
    assert (ack.error, ack.busy) == (None, ())
    answer = await haproxy.get()
    assert (answer.status, answer.body) == (200, b"r1")


async def test_case_port_and_trailing_dot_of_a_host_do_not_matter(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    for spelling in (HOST.upper(), f"{HOST}:8081", f"{HOST}.", f"{HOST}.:80"):
        assert (await haproxy.get(host=spelling)).body == b"r1", spelling


async def test_a_replica_on_a_unix_socket_is_reached(edge: Edge, haproxy: HaproxyProcess) -> None:
    replica = await Replica("ru").start(haproxy.folder)
    await edge.route(table(replica.backend()))
    assert (await haproxy.get()).body == b"ru"
    replica.stop()


async def test_an_unknown_host_is_404_in_json(edge: Edge, haproxy: HaproxyProcess) -> None:
    answer = await haproxy.get(host="nobody.acme.localhost")
    assert answer.status == 404
    assert json.loads(answer.body)["error"]["code"] == "not_found"


async def test_a_deleted_service_is_503_at_once_without_a_promise(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    await edge.route(table(generation=2, gone=True))
    answer = await asyncio.wait_for(haproxy.get(), 0.5)
    assert answer.status == 503
    assert json.loads(answer.body)["error"]["code"] == "service_deleted"
    assert "retry-after" not in answer.headers


async def test_a_request_in_flight_at_the_deletion_is_answered(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    slow = asyncio.create_task(haproxy.get("/slow"))
    await eventually(lambda: bool(replica.heads))
    ack = await edge.route(table(generation=2, gone=True))
    assert ack.busy == ("r1",)
    assert (await haproxy.get()).status == 503
    replica.release.set()
    assert (await slow).status == 200
    await eventually(lambda: edge.acks[-1].busy == ())
    await eventually(lambda: not edge.reconciler.actual.slots)


async def test_a_name_is_free_for_the_next_service_after_a_deletion(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    await edge.route(table(replica.backend()))
    await edge.route(table(generation=2, gone=True))
    await edge.route(table(second.backend(), service_id="s2"))
    assert (await haproxy.get()).body == b"r2"
    # The old service's tombstone comes again (a full pass): the living one keeps the host.
    await edge.route(table(generation=2, gone=True))
    assert (await haproxy.get()).body == b"r2"


async def test_replicas_come_and_go_under_load_without_a_failure(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    await edge.route(table(replica.backend(), second.backend()))
    answers: list[int] = []
    stop = asyncio.Event()

    async def load() -> None:
        client = Client(haproxy.port)
        while not stop.is_set():
            answers.append((await client.get())[0])
        client.close()

    clients = [asyncio.create_task(load()) for _ in range(8)]
    generation = 1
    for _ in range(10):
        for backends in ((replica.backend(),), (second.backend(),)):
            generation += 1
            await edge.route(table(*backends, generation=generation))
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*clients)
    assert len(answers) > 200
    assert set(answers) == {200}


async def test_a_draining_replica_gets_nothing_new_and_finishes_what_it_has(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    await edge.route(table(replica.backend()))
    slow = asyncio.create_task(haproxy.get("/slow"))
    await eventually(lambda: bool(replica.heads))
    ack = await edge.route(table(replica.backend(draining=True), second.backend(), generation=2))
    assert ack.busy == ("r1",)
    assert {(await haproxy.get()).body for _ in range(5)} == {b"r2"}
    replica.release.set()
    assert (await slow).body == b"r1"
    await eventually(lambda: edge.acks[-1].busy == ())


async def test_a_drain_past_its_time_is_cut(
    haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    edge = Edge(haproxy, drain_seconds=0.3).start()
    await edge.route(table(replica.backend()))
    slow = asyncio.create_task(haproxy.get("/slow", method="DELETE"))
    await eventually(lambda: bool(replica.heads))
    await edge.route(table(second.backend(), generation=2))
    assert (await asyncio.wait_for(slow, 5)).status == 502
    await eventually(lambda: _servers(edge) == {"r2"})
    await edge.kill()


def _servers(edge: Edge) -> set[str]:
    return {
        name.partition(".")[0]
        for servers in edge.reconciler.actual.servers.values()
        for name in servers
    }


async def test_a_dead_replica_is_passed_over(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica, second: Replica
) -> None:
    await edge.route(table(replica.backend(), second.backend()))
    replica.stop()
    assert {(await haproxy.get()).status for _ in range(10)} == {200}


async def test_a_request_that_may_have_done_something_is_not_sent_twice(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    answer = await haproxy.get("/break", method="DELETE")
    assert answer.status == 502
    assert len(replica.heads) == 1


async def test_websockets_pass_both_ways(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    reader, writer = await asyncio.open_connection("127.0.0.1", haproxy.port)
    writer.write(
        f"GET / HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    writer.close()


async def test_a_stream_arrives_as_it_is_made(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    reader, writer = await asyncio.open_connection("127.0.0.1", haproxy.port)
    writer.write(f"GET /stream HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    async with asyncio.timeout(2):
        await reader.readuntil(b"first\r\n")  # The replica has not ended its answer yet.
        replica.release.set()
        await reader.readuntil(b"last\r\n")
    writer.close()


async def test_too_many_services_is_said_and_harms_no_other(folder_haproxy: HaproxyProcess) -> None:
    edge = Edge(folder_haproxy).start()
    replica = await Replica("r1").start()
    first = await edge.route(table(replica.backend(), service_id="s1", hosts=("a.acme.localhost",)))
    over = await edge.route(table(replica.backend(), service_id="s2", hosts=("b.acme.localhost",)))
    assert (first.error, over.error) == (None, "slots_exhausted")
    assert (await folder_haproxy.get(host="a.acme.localhost")).status == 200
    assert (await folder_haproxy.get(host="b.acme.localhost")).status == 404
    # The slot of a deleted service goes to the one that waits.
    await edge.route(table(service_id="s1", generation=2, hosts=("a.acme.localhost",), gone=True))
    await eventually(lambda: any(a.service_id == "s2" and a.error is None for a in edge.acks))
    assert (await get(folder_haproxy.port, host="b.acme.localhost")).body == b"r1"
    replica.stop()
    await edge.kill()


async def test_hosts_of_ours_or_out_of_form_are_not_routed(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    bad = ("console.example.com", "localhost", "UPPER.example.com", "a b.c", "1.2.3.4", "x;y.com")
    ack = await edge.route(table(replica.backend(), hosts=(*bad, HOST)))
    assert ack.error is not None
    assert ack.error.startswith("host_refused")
    assert set((await read_actual(haproxy.runtime)).hosts) == {HOST}
    assert (await haproxy.get(host="console.example.com")).status == 404


async def test_an_address_that_would_be_a_command_is_refused(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    replica.address = "127.0.0.1:80;del server svc0001/x"
    ack = await edge.route(table(replica.backend(), hold=Hold(limit=0)))
    assert ack.error is not None
    assert ack.error.startswith("address_refused")
    assert (await read_actual(haproxy.runtime)).servers == {}


async def test_answers_of_the_edge_carry_a_request_id(haproxy: HaproxyProcess) -> None:
    answer = await haproxy.get(host="nobody.acme.localhost")
    assert len(answer.headers["x-request-id"]) == 36


async def test_head_and_no_content_pass(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(replica.backend()))
    answer = parse(
        await raw(
            haproxy.port, f"HEAD / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
        )
    )
    assert (answer.status, answer.headers["content-length"]) == (200, "2")


async def test_a_service_that_is_down_answers_at_once_and_may_come_back(
    edge: Edge, haproxy: HaproxyProcess, replica: Replica
) -> None:
    await edge.route(table(down=True))
    answer = await haproxy.get()
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert b"deployment failed" in answer.body
    assert not edge.reconciler.actual.slots
    await edge.route(table(replica.backend(), generation=2))
    assert (await haproxy.get()).body == b"r1"
