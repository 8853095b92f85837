# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The server as it runs: on 127.0.0.1, on a free port, until somebody ends it."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
from typing import TYPE_CHECKING

from setrange.errors import BackendUnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import uvicorn

    from setrange.editing.server.app import Editor

__all__ = ["Served", "check_installed", "listening_socket", "new_token", "serving"]

#: Never another one: whoever is on the network shall not reach the editor.
HOST = "127.0.0.1"

#: Seconds that requests may take to end when the server does.
_PATIENCE = 2


def check_installed() -> None:
    """Make sure that what serves the page is installed.

    Raises:
        BackendUnavailableError: It is not; the message says how to get it.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise BackendUnavailableError(
            f"the editor needs the packages 'starlette' and 'uvicorn' ({error}): "
            f"pip install 'setrange[edit]'"
        ) from error


def new_token() -> str:
    """Return a secret that nobody guesses."""
    return secrets.token_urlsafe(32)


def listening_socket(port: int = 0) -> socket.socket:
    """Listen on a port of this machine, and of no other.

    Args:
        port: The port; 0 takes a free one.

    Raises:
        UsageError: The port is taken, or not allowed.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "nt":  # else another program could listen on it as well
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        raise UsageError(
            f"--port {port}: cannot be listened on ({error.strerror or error}); give another "
            f"one, or leave it out"
        ) from error
    return found


class Served:
    """A server that runs in a thread.

    Attributes:
        ended: Set when it has ended.
    """

    def __init__(self, server: uvicorn.Server, listening: socket.socket) -> None:
        self._server, self._listening = server, listening
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="editor")

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        finally:
            self.ended.set()

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what was asked, and end; this returns at once."""
        self._server.should_exit = True

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()


@contextlib.contextmanager
def serving(
    make_editor: Callable[[Callable[[], None]], Editor],
    listening: socket.socket,
    token: str,
) -> Iterator[Served]:
    """Serve an editor while the block runs.

    Args:
        make_editor: Makes it, of what ends the server.
        listening: Where.
        token: The secret.
    """
    import uvicorn

    from setrange.editing.server.app import guarded

    port = listening.getsockname()[1]
    held: list[Served] = []
    editor = make_editor(lambda: held[0].stop())
    config = uvicorn.Config(
        guarded(editor, port=port, token=token),
        log_config=None,
        log_level="critical",  # whoever sends nonsense does not write into this terminal
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11",
        loop="asyncio",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        limit_concurrency=64,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_PATIENCE,
    )
    served = Served(uvicorn.Server(config), listening)
    held.append(served)
    served.start()
    try:
        yield served
    finally:
        served.stop()
        editor.jobs.cancel()
        served.join()
        listening.close()
