"""The scaling of a service: a decision stands in the chart and in words, at its own place."""

import re

import httpx

from shared.queries import scaling
from tests.console.scene import PATH
from tests.surfaces.stubs import Gateway


async def test_a_decision_is_drawn_and_its_reasons_are_text(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get(f"{PATH}/scaling?as_of=39")).text
    assert "From 1 to 2 replicas" in page
    assert "maximum 4 allows it" in page
    assert page.count('class="bar-replica"') == 24
    assert 'id="decision-20"' in page
    assert "412 ms" in page


async def test_decisions_are_those_of_the_moment(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.dispatch.asked.clear()
    assert (await visitor.get(f"{PATH}/scaling?as_of=39")).status_code == 200
    asked = [a for a in gateway.dispatch.asked if isinstance(a.question, scaling.GetScaling)]
    assert [each.moment.position for each in asked] == [40]


async def test_an_unknown_span_is_said_and_the_page_is_there(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get(f"{PATH}/scaling?span=9y")
    assert answer.status_code == 200
    assert re.search(r"<strong>span</strong> The span is one of", answer.text)
