"""The files beside one replica by which it is found again: `state.json`, `usage.json`,
`stop.json`, `exit.json`.

Written whole or not at all. Secrets are in none of them.
"""

import json
import os
from typing import Any


def write(folder: str, name: str, record: dict[str, Any]) -> None:
    temporary = f"{folder}/.{name}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(record, file)
    os.replace(temporary, f"{folder}/{name}")


def read(folder: str, name: str) -> dict[str, Any] | None:
    try:
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            record = json.load(file)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return record if isinstance(record, dict) else None
