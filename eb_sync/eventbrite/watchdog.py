"""An answer that takes too long is broken off, wherever it is stuck: connecting, in its headers or in its body.

A timeout of the socket counts from byte to byte, so one byte a second would hold a run for ever.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import requests.adapters
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class Watchdog:
    """Knows the connections of one session, of which one at most is in use, and breaks them off."""

    def __init__(self) -> None:
        """Nothing is watched yet."""
        self._connections: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self.has_bitten = False
        """Whether the answer that was watched last took too long."""

    @contextlib.contextmanager
    def watching(self, seconds: float) -> Iterator[None]:
        """Break off whatever the session does after so many seconds."""
        self.has_bitten = False
        timer = threading.Timer(seconds, self._bite)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def add(self, connection: HTTPConnection) -> None:
        """Watch a connection that is about to be made."""
        with self._lock:
            self._connections.add(connection)

    def check(self) -> None:
        """Raise TimeoutError if it is too late already."""
        if self.has_bitten:
            raise TimeoutError

    def _bite(self) -> None:
        self.has_bitten = True
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            sock: socket.socket | None = connection.sock
            if sock is not None:
                with contextlib.suppress(OSError):
                    # the plain socket's: that of TLS would pull the rug from under the thread that reads
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)


class WatchedAdapter(requests.adapters.HTTPAdapter):
    """Makes connections that a watchdog can break off."""

    def __init__(self, watchdog: Watchdog) -> None:
        """Nothing is opened yet."""
        self._pools = _watched_pools(watchdog)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the library's signature
        """As the library does, with our connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401 - the library's signature
        """As the library does, with our connections."""
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched_pools(watchdog: Watchdog) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            watchdog.add(self)
            super().connect()
            watchdog.check()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            watchdog.add(self)
            super().connect()
            watchdog.check()

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
