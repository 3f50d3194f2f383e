"""A "no" of the gateway, or nobody there: what to say, what to do next, which exit code."""

import http.client
import json
from typing import Any

from services.cli.output import Output
from services.cli.verb import Exit

REFUSAL_BYTES_MAX = 64 * 1024
_NEXT = {
    401: "give a token that lives: --token-file FILE or CHRONOPLANE_TOKEN",
    403: "ask whoever may, or give another token: --token-file FILE or CHRONOPLANE_TOKEN",
    404: "what there is and you may see: chronoplane projects, services, jobs, webhooks",
    409: "look at what is there now (chronoplane history), then try again",
    429: "try again in a moment: there were too many requests",
    503: "try again in a moment; /ready says what is missing",
}
_EXITS = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND}


class Refused(Exception):
    """What to say, and what to do next."""

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        next_step: str = "",
        exit_: Exit = Exit.FAILED,
        code: str = "",
        may_pass: bool = False,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step
        self.exit = exit_
        self.code = code
        self.may_pass = may_pass  # nobody was there, or not yet: the same again may do

    def told(self, output: Output) -> Exit:
        output.error(self.what, why=self.why, next_step=self.next_step)
        return self.exit


def refusal_of(answer: http.client.HTTPResponse, url: str) -> Refused:
    problem: dict[str, Any] = {}
    try:
        parsed = json.loads(answer.read(REFUSAL_BYTES_MAX))
        problem = parsed if isinstance(parsed, dict) else {}
        if isinstance(inner := problem.get("error"), dict):
            problem = {**inner, "detail": inner.get("message")}  # as Outpost's page spells it
    except (ValueError, OSError, http.client.HTTPException):
        problem = {}  # Something between us and the gateway; its status says enough.
    request = f", request {problem['request_id']}" if "request_id" in problem else ""
    code = str(problem.get("code", ""))
    return Refused(
        str(
            problem.get("detail")
            or problem.get("message")
            or f"{url} answered {answer.status} {answer.reason}"
        ),
        why=f"{answer.status} {code or answer.reason}{request}",
        next_step=_NEXT.get(answer.status, ""),
        exit_=_EXITS.get(answer.status, Exit.FAILED),
        code=code,
        may_pass=answer.status in (429, 502, 503, 504),
    )
