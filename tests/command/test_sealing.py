"""What is wrong with a secret's text is said before it is sealed: afterwards nobody can see it."""

from shared.domain.rejections import Invalid
from shared.domain.service.workload import EnvVar
from shared.envelope.messages import Rejected
from shared.kernel.secrets import PlainText
from tests.command.office import open_office


async def test_a_variable_that_is_too_long_is_refused_and_nothing_is_kept() -> None:
    office = await open_office()
    head = await office.store.head()
    long = EnvVar(name="A", value=PlainText(text="x" * 40_000))
    reply = await office.give(office.register("default", env=(long,)))
    assert isinstance(reply, Rejected)
    assert isinstance(reply.rejection, Invalid)
    assert reply.rejection.field == "env"
    assert await office.store.head() == head
