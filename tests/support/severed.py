"""A way to Postgres that can be severed at the worst moment: after the server has done its work
and before the client has heard of it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class SeveredWay:
    """While `swallowing` is above zero the next answer is thrown away, with its connection."""

    def __init__(self, dsn: str, folder: str) -> None:
        self._to = conninfo_to_dict(dsn)
        self.dsn = make_conninfo(dsn, host=folder, port=5432)
        self.swallowing = 0
        self.swallowed = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = str(self._to["host"]), int(self._to["port"] or 5432)
        if host.startswith("/"):
            answers, requests = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            answers, requests = await asyncio.open_connection(host, port)
        asked = asyncio.create_task(_pump(reader, requests))
        try:
            while answer := await answers.read(65536):
                if self.swallowing > 0:
                    self.swallowing -= 1
                    self.swallowed += 1
                    break
                writer.write(answer)
                await writer.drain()
        except ConnectionError:
            pass  # Either side may be gone already; both are closed below.
        finally:
            asked.cancel()
            writer.close()
            requests.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while request := await reader.read(65536):
        writer.write(request)
        await writer.drain()


@asynccontextmanager
async def severed_way(dsn: str) -> AsyncIterator[SeveredWay]:
    with tempfile.TemporaryDirectory(prefix="cp-way-") as folder:
        way = SeveredWay(dsn, folder)
        server = await asyncio.start_unix_server(way.serve, Path(folder) / ".s.PGSQL.5432")
        try:
            yield way
        finally:
            server.close()
