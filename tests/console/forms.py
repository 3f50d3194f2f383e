"""Sending a form as a browser does: with the token that the page itself holds."""

import re

import httpx

from tests.console.conftest import SAME_ORIGIN


async def sent_form(
    visitor: httpx.AsyncClient, page: str, action: str, /, **fields: str
) -> httpx.Response:
    found = re.search(r'name="form_token" value="(\w+)"', (await visitor.get(page)).text)
    assert found is not None
    given = {"form_token": found[1], **fields}
    return await visitor.post(action, data=given, headers=SAME_ORIGIN)
