"""The whole chain through the gateway: create→answered, get and list at 1, 16 and 64 clients.

A create is a service from an image: registered, appended, relayed, projected, answered; the
scheduler then finds that nothing here runs images and says so, so the load is two commands each."""

import asyncio
import itertools
import json
from collections.abc import Callable

from tests.benchmarks.load import Result, drive, request
from tests.support.stack import Stack

CLIENTS = (1, 16, 64)


def run(stack: Stack, *, requests: int = 4000) -> list[tuple[str, Result]]:
    return asyncio.run(_run(stack, requests))


async def _run(stack: Stack, requests: int) -> list[tuple[str, Result]]:
    address = ("127.0.0.1", stack.gateway_port)
    host = f"127.0.0.1:{stack.gateway_port}"
    names = itertools.count()
    run_id = f"{id(names):x}"[-6:]

    def create(number: int) -> bytes:
        body = json.dumps(
            {"name": f"b{run_id}-{next(names)}", "image": "registry.example/app:1", "gpu": "none"}
        ).encode()
        path = "/auth/v1/seed/default/services"
        return request("POST", path, host=host, token=stack.token, body=body)

    def get(number: int) -> bytes:
        path = f"/default/service/b{run_id}-{number % 100}"
        return request("GET", path, host=host, token=stack.token)

    def listed(number: int) -> bytes:
        return request("GET", "/default/services?per_page=20", host=host, token=stack.token)

    def project(number: int) -> bytes:
        handle = f"p{run_id}-{next(names)}"
        body = json.dumps({"handle": handle, "name": handle}).encode()
        return request("POST", "/ops/v1/projects", host=host, token=stack.token, body=body)

    plan: list[tuple[str, Callable[[int], bytes], int, float]] = [
        ("create service→answered", create, 201, 1.0),
        ("create project→answered", project, 201, 1.0),
        ("get", get, 200, 2.0),
        ("list (20 of all)", listed, 200, 1.0),
    ]
    results: list[tuple[str, Result]] = []
    for name, make, expected, share in plan:
        for clients in CLIENTS:
            count = max(200, int(requests * share * min(1.0, clients / 16)))
            result = await drive(address, make, clients=clients, requests=count, expected=expected)
            results.append((name, result))
            await asyncio.sleep(1.0)
    return results
