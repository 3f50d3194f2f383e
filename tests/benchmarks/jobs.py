"""A thousand jobs through the queue, with the scheduler killed meanwhile: how many a minute, and
whether any was lost or run twice. `python -m tests.benchmarks.jobs [jobs] [kills]`."""

import concurrent.futures
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.outpost import call
from tests.support.stack import Stack, running_stack

JOBS, KILLS = 1000, 3
CLIENTS = 8
SECONDS = 1800.0
_COUNTS = """
select count(*) filter (where x.outcome is null), count(*) filter (where x.outcome = 'succeeded'),
       count(*) filter (where x.outcome not in ('succeeded')),
       extract(epoch from max(x.ended_at) - min(x.submitted_at)),
       percentile_cont(0.5) within group (order by x.seconds)
  from view.execution x where x.valid_to is null and x.kind = 'job'
"""
# Each job says one line: two would be two runs, none a job that never ran.
_RUNS = """
select count(*) filter (where n = 0), count(*) filter (where n > 1)
  from (select x.id, (select count(*) from telemetry.log_line l
                       where l.service_id = x.id and l.stream = 'stdout' and l.message = 'ran') as n
          from view.execution x where x.valid_to is null and x.kind = 'job') r
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    jobs: int
    kills: int
    submitted_per_second: float
    succeeded: int
    otherwise: int
    seconds: float
    job_seconds: float
    never_ran: int
    ran_twice: int

    @property
    def per_minute(self) -> float:
        return 60 * self.succeeded / self.seconds


def run(stack: Stack, jobs: int, kills: int) -> Figures:
    project = _made(stack, "/api/projects/beta/projects", _PROJECT)["project"]["id"]
    body = {"projectId": project, "runCommand": "echo ran", "hardwareTier": "small"}
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        submitted = pool.map(lambda _: _made(stack, "/api/jobs/v1/jobs", body), range(jobs))
        ids = {answer["job"]["id"] for answer in submitted}
    rate = jobs / (time.perf_counter() - began)
    assert len(ids) == jobs
    counts = _finish(stack, jobs, kills)
    never, twice = _row(stack, _RUNS)
    return Figures(
        jobs=jobs,
        kills=kills,
        submitted_per_second=rate,
        succeeded=counts[1],
        otherwise=counts[2],
        seconds=float(counts[3]),
        job_seconds=float(counts[4] or 0),
        never_ran=never,
        ran_twice=twice,
    )


_PROJECT = {"name": "thousand", "description": "", "visibility": "private"}


def _finish(stack: Stack, jobs: int, kills: int) -> Any:
    """Until all are over; the scheduler is killed after equal parts of them."""
    marks = [jobs * (number + 1) // (kills + 1) for number in range(kills)]
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        counts = _row(stack, _COUNTS)
        over = counts[1] + counts[2]
        if over >= jobs:
            return counts
        if marks and over >= marks[0]:
            del marks[0]
            stack.wait_restarted("scheduler", stack.kill9("scheduler"))
        time.sleep(0.5)
    raise AssertionError(f"not over after {SECONDS:g} s: {counts}")


def _row(stack: Stack, query: str) -> Any:
    with psycopg.connect(stack.superuser_dsn()) as connection:
        return connection.execute(query).fetchone()


def _made(stack: Stack, path: str, body: Any) -> Any:
    answer = call(f"{stack.gateway_url}{path}", method="POST", token=stack.token, body=body)
    assert answer.status == 200, answer
    return answer.body


def measured(jobs: int = JOBS, kills: int = KILLS) -> Figures:
    """On a stack of its own, eight at a time."""
    with (
        tempfile.TemporaryDirectory(prefix="cp-jobs-") as folder,
        running_stack(Path(folder), executions_max="8") as stack,
    ):
        return run(stack, jobs, kills)


def row(figures: Figures) -> str:
    """As the README has it."""
    lost = figures.never_ran + figures.otherwise
    what = f"{figures.jobs:,} jobs, scheduler killed {figures.kills} times"
    found = f"{figures.per_minute:,.0f} a minute / {lost} / {figures.ran_twice}"
    return f"| {what}: ended / lost / run twice | {found} |"


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else KILLS
    figures = measured(jobs, kills)
    print(figures)
    print(row(figures))


if __name__ == "__main__":
    main()
