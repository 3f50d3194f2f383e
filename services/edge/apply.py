"""Carries out the actions of a plan on HAProxy's runtime socket: one action is one command."""

import logging
from typing import assert_never

from services.edge.haproxy import HOSTS_MAP, SLOTS_MAP
from services.edge.routes import (
    Action,
    AddServer,
    CutSessions,
    DeleteServer,
    DropHost,
    DropSlot,
    SetHost,
    SetSlot,
    SetState,
)
from services.edge.runtime_socket import SUCCESSES, RuntimeSocket

log = logging.getLogger(__name__)

BATCH = 200


def command_of(action: Action) -> str:
    match action:
        case SetHost():
            verb = "add" if action.is_new else "set"
            return f"{verb} map {HOSTS_MAP} {action.host} {action.to.spelled()}"
        case DropHost():
            return f"del map {HOSTS_MAP} {action.host}"
        case SetSlot():
            verb = "add" if action.is_new else "set"
            return f"{verb} map {SLOTS_MAP} {action.slot} {action.to.spelled()}"
        case DropSlot():
            return f"del map {SLOTS_MAP} {action.slot}"
        case AddServer():
            return f"add server {action.slot}/{action.name} {action.address}"
        case SetState():
            return f"set server {action.slot}/{action.name} state {action.state}"
        case CutSessions():
            return f"shutdown sessions server {action.slot}/{action.name}"
        case DeleteServer():
            return f"del server {action.slot}/{action.name}"
        case _:
            assert_never(action)


async def apply(runtime: RuntimeSocket, actions: tuple[Action, ...]) -> int:
    """How many were refused. A refusal does not stop the others: services do not wait for one
    another, and the next pass compares anew. Raises RuntimeUnreachable."""
    refused = 0
    for start in range(0, len(actions), BATCH):
        batch = actions[start : start + BATCH]
        commands = [command_of(action) for action in batch]
        for action, command, answer in zip(
            batch, commands, await runtime.ask(*commands), strict=True
        ):
            if answer in SUCCESSES or (isinstance(action, DeleteServer) and "attached" in answer):
                continue  # Attached: an idle connection to the replica, closed in a moment.
            refused += 1
            log.warning("edge_action_refused", extra={"command": command, "answer": answer[:200]})
    return refused
