"""A page of any size out of answers that each fit a message of the bus."""

from dataclasses import replace

from services.gateway.call import Call
from services.gateway.moments import Moment
from shared.queries.registrations import ListRegistrations, RegistrationPage


async def whole_page(call: Call, question: ListRegistrations) -> RegistrationPage:
    """The whole page. What does not fit one message is asked for until it is there, and all of it
    is true for the first answer's position."""
    first = await call.answer(question, RegistrationPage)
    page: RegistrationPage = first.document
    items, selection = list(page.items), question.selection
    wanted = min(selection.limit, max(0, page.total - selection.offset))
    while len(items) < wanted:
        rest = replace(
            question,
            selection=replace(
                selection,
                offset=selection.offset + len(items),
                limit=selection.limit - len(items),
            ),
        )
        more = await call.answer(rest, RegistrationPage)
        if more.position != first.position:
            then = Moment(position=first.position)
            more = await call.answer(rest, RegistrationPage, moment=then)
        if not more.document.items:
            break
        items += more.document.items
    return RegistrationPage(items=tuple(items), total=page.total)
