"""Where things lie below the data folder, and the short folder for sockets.

A Unix socket's path must stay below 107 bytes, so a deep data folder gets its sockets under /tmp.
Pure: nothing is made here; deploy/local makes the folders."""

import hashlib
import os
from pathlib import Path

# What is left of 107 for `/replicas/<24 hex>/s.sock` and the like.
SOCKET_FOLDER_LENGTH_MAX = 55


def socket_folder(data_dir: Path) -> Path:
    inside = data_dir / "run"
    if len(os.fsencode(inside)) <= SOCKET_FOLDER_LENGTH_MAX:
        return inside
    mark = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path("/tmp") / f"chronoplane-{os.geteuid()}-{mark}"  # noqa: S108 - made 0700, owner checked
