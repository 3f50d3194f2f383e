"""Who may bring code to run: on a machine that cannot fence it in, its admin alone."""

from services.gateway.call import Call
from services.gateway.refusals import NotAllowed, Refused

NOT_ISOLATED = "This machine cannot isolate tenant code; only its admin may deploy."


async def check_may_deploy(call: Call) -> None:
    """Whoever brings code to run needs a machine that can fence it in, or to own the machine."""
    if not call.signed_in.is_installation_admin and not await call.parts.stack.isolates():
        raise Refused(NotAllowed(message=NOT_ISOLATED))
