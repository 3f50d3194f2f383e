"""The command as somebody at a terminal runs it: a process of its own, against a real gateway."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.outpost import Outpost
from tests.support.stack import ROOT

SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Of whoever `outpost` is, in the project of its namespace."""

    outpost: Outpost

    def run(self, *words: str, given: str = "", **environment: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            cwd=ROOT,
            env={**self._environment, **environment},
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def done(self, *words: str, given: str = "", **environment: str) -> Ended:
        ended = self.run(*words, given=given, **environment)
        assert ended.code == 0, ended
        return ended

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """For what ends by Ctrl-C only."""
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", *words],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    @property
    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if "CHRONOPLANE" not in name}
        return {
            **clean,
            "CHRONOPLANE_URL": self.outpost.stack.gateway_url,
            "CHRONOPLANE_TOKEN": self.outpost.token,
            "CHRONOPLANE_PROJECT": self.outpost.namespace,
        }
