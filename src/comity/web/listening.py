"""uvicorn, stopped so that nobody who has been let in is turned away."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

HEARD = 0.3
"""Seconds in which whoever was let in says what is wanted."""


class Server(uvicorn.Server):
    """A server that lets nobody in any more, and a moment later ends what is under way.

    uvicorn alone ends connections on which no request has arrived yet, those of visitors who came
    just now among them, and those of visitors who are about to ask again. Here whoever asks in the
    meantime is answered, and told with the answer that the connection ends.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: other processes go on to listen on the same sockets."""
        for server in self.servers:
            server.close()
        for bound in sockets or []:
            bound.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        await asyncio.sleep(HEARD)
        await super().shutdown(sockets)
