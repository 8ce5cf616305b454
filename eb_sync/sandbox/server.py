"""The sandbox on a port of this machine."""

from __future__ import annotations

import contextlib
import sys
from threading import Thread
from types import TracebackType
from typing import Any, Self

from waitress.server import create_server

from eb_sync.sandbox.app import create_app
from eb_sync.sandbox.state import TOKEN
from eb_sync.sandbox.world import World

_THREADS = 8


class SandboxServer:
    """Serves a world on 127.0.0.1 from a thread, for the time of a `with` block."""

    def __init__(self, world: World, port: int = 0) -> None:
        """Take the port, 0 for any free one; requests are answered from `__enter__` on."""
        self.world = world
        self._server: Any = create_server(create_app(world), host="127.0.0.1", port=port, threads=_THREADS)
        self._thread = Thread(target=self._server.run, name="sandbox", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.effective_port)

    @property
    def url(self) -> str:
        """What to give as Eventbrite's URL."""
        return f"http://127.0.0.1:{self.port}/v3"

    @property
    def control_url(self) -> str:
        """Where the control surface is; verbs are posted below it."""
        return f"http://127.0.0.1:{self.port}/_control"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the requests in hand, close every socket and end the thread."""
        self.world.faults.release()
        self._server.task_dispatcher.shutdown()
        # The loop owns its sockets, so it is the loop's thread that closes them; with none left it ends.
        # It may be awake already and close them before this wakes it: then there is no trigger left to pull.
        with contextlib.suppress(OSError):
            self._server.trigger.pull_trigger(self._close_sockets)
        self._thread.join()

    def _close_sockets(self) -> None:
        self._server.close()
        for channel in list(self._server.active_channels.values()):
            channel.close()


def serve_world(port: int, world: World) -> None:
    """Serve `world` on 127.0.0.1 until interrupted; says on stdout where, and with which token."""
    server: Any = create_server(create_app(world), host="127.0.0.1", port=port, threads=_THREADS)
    sys.stdout.write(
        f"EBSYNC_EVENTBRITE_URL=http://127.0.0.1:{server.effective_port}/v3\nEBSYNC_EVENTBRITE_TOKEN={TOKEN}\n"
    )
    sys.stdout.flush()
    try:
        server.run()
    finally:
        server.close()
