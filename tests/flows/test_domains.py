"""A custom domain is routed once the DNS proves it, not before, and no more once it is given up;
with a certificate it is served by TLS, and its key is nowhere to be found."""

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.local.ports import free_port
from tests.support.apps import echo
from tests.support.certificates import Made, certificate
from tests.support.dns import Zone, dns_at
from tests.support.git import push
from tests.support.outpost import Outpost, admin, wait_for
from tests.support.stack import running_stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("domains")]

SHOP = "shop.domains.example"
PROVEN_SECONDS = 60.0


@pytest.fixture(scope="module")
def zone() -> Zone:
    return Zone()


@pytest.fixture(scope="module")
def outpost(zone: Zone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outpost]:
    folder = tmp_path_factory.mktemp("domains")
    with dns_at(zone) as port:
        settings = {
            "domain_check": "on",
            "dns_servers": f"127.0.0.1:{port}",
            "edge_tls_port": str(free_port()),
        }
        with running_stack(folder, **settings) as stack:
            push(stack.repositories, "default/web", echo())
            root = admin(stack)
            made = root.create(name="web", repo="default/web", custom_domain=SHOP)
            assert made.status == 201, made
            root.wait_status("web", "running")
            yield root


def service_id(outpost: Outpost) -> str:
    (found,) = outpost.ops("GET", "services?project=default").body["data"]
    return str(found["id"])


def domain_of(outpost: Outpost) -> dict[str, Any]:
    answer = outpost.ops("GET", f"services/{service_id(outpost)}/domains")
    assert answer.status == 200, answer
    (domain,) = answer.body["data"]
    return dict(domain)


def wait_state(outpost: Outpost, state: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        domain = domain_of(outpost)
        return domain if domain["state"] == state else None

    return wait_for(look, PROVEN_SECONDS, lambda: f"{state}: {domain_of(outpost)}")


def test_it_is_pending_and_unrouted_until_its_record_is_there(outpost: Outpost, zone: Zone) -> None:
    domain = domain_of(outpost)
    assert (domain["domain"], domain["state"], domain["is_routed"]) == (SHOP, "pending", False)
    assert outpost.traffic("web").status == 200
    assert outpost.traffic("web", host=SHOP).status == 404
    cname, txt = domain["records"]
    assert cname == {"type": "CNAME", "name": SHOP, "value": "web.default.localhost"}
    zone.records[txt["name"], "TXT"] = [f'"{txt["value"]}"']
    proven = wait_state(outpost, "verified")
    assert proven["is_routed"]

    def is_routed() -> bool | None:
        return outpost.traffic("web", host=SHOP).status == 200 or None

    wait_for(is_routed, 10, lambda: "the domain to be routed")
    history = outpost.ops("GET", f"services/{service_id(outpost)}/history?limit=100").body["data"]
    said = [event["type"] for event in history if event["type"].startswith("custom_domain.")]
    assert said == ["custom_domain.verified"]


def test_another_domain_is_proven_anew_and_the_old_one_no_more_routed(
    outpost: Outpost, zone: Zone
) -> None:
    assert outpost.update("web", custom_domain="other.domains.example").status == 200

    def is_gone() -> bool | None:
        return outpost.traffic("web", host=SHOP).status == 404 or None

    wait_for(is_gone, 10, lambda: "the old domain to be gone")
    assert domain_of(outpost)["state"] == "pending"
    zone.records["other.domains.example", "CNAME"] = ["web.default.localhost."]
    wait_state(outpost, "verified")


def test_what_is_found_instead_is_told(outpost: Outpost) -> None:
    assert outpost.update("web", custom_domain="third.domains.example").status == 200
    failed = wait_state(outpost, "failed")
    assert "it has no CNAME" in failed["reason"]
    assert not failed["is_routed"]


def test_with_a_certificate_the_domain_is_served_by_tls(outpost: Outpost, zone: Zone) -> None:
    domain = "fourth.domains.example"
    zone.records[domain, "CNAME"] = ["web.default.localhost."]
    assert outpost.update("web", custom_domain=domain).status == 200
    wait_state(outpost, "verified")
    path = f"domains/{domain}/certificate"
    assert outpost.ops("GET", path).status == 404
    made, old = certificate(domain, days=9), certificate(domain, days=-1)
    refused = outpost.ops("PUT", path, {"certificate": old.chain, "key": old.key})
    assert (refused.status, old.key in json.dumps(refused.body)) == (400, False)
    mixed = outpost.ops("PUT", path, {"certificate": made.chain, "key": old.key})
    assert mixed.status == 400
    answer = outpost.ops("PUT", path, {"certificate": made.chain, "key": made.key})
    assert answer.status == 200, answer
    assert (answer.body["names"], answer.body["days_left"]) == ([domain], 8)

    def served() -> bool | None:
        return tls_get(outpost, domain, made) == 200 or None

    wait_for(served, 20, lambda: "the domain to be served by TLS")
    assert_nowhere(outpost, made.key.splitlines()[1])
    assert outpost.ops("DELETE", path).status == 204

    def dropped() -> bool | None:
        return tls_get(outpost, domain, made) is None or None

    wait_for(dropped, 20, lambda: "the domain to be served by TLS no more")
    assert outpost.ops("GET", path).status == 404


def tls_get(outpost: Outpost, host: str, made: Made) -> int | None:
    """The status, as a client that trusts this certificate alone; None without a handshake."""
    port = int(outpost.stack.settings["CHRONOPLANE_EDGE_TLS_PORT"])
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as line,
            made.trusting().wrap_socket(line, server_hostname=host) as secured,
        ):
            secured.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(secured)
            answer.begin()
            return answer.status
    except (ssl.SSLError, ConnectionError):
        return None


def assert_nowhere(outpost: Outpost, text: str) -> None:
    """Not in a file of the data folder: the log, JetStream's store, the logs of the processes."""
    wanted = text.encode()
    for file in outpost.stack.data_dir.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert wanted not in file.read_bytes(), file
