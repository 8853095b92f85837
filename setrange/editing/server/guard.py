# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the editor: the page that this server itself has sent, and nobody else.

Every program on this machine and every page in the browser can reach a port of 127.0.0.1. So a
request must name this server as its host (or a name that an attacker points at 127.0.0.1 would
do), must carry the secret of the address that was printed (a header, which no other page can
set), and, where it changes something, must come from this page by the browser's own word and be
JSON, which a form of another page cannot send.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADER", "MOST_BYTES", "Guard"]

#: The request header that holds the secret.
HEADER = "x-setrange-token"

#: Bytes of a request's body: a column of 50,000 rows with long names is smaller.
MOST_BYTES = 16 << 20

#: What holds for every answer. The page has its own rules on what it may load.
_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}


class _RefusedError(Exception):
    """A request that is not answered."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Guard:
    """Lets through what comes from the editor's own page.

    Args:
        app: What answers.
        port: The port that is listened on.
        token: The secret.
        is_open: Paths that hold nothing secret: the page before it has any data.
    """

    def __init__(
        self, app: ASGIApp, *, port: int, token: str, is_open: Iterable[str] = ("/",)
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._open = frozenset(is_open)
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return  # no web sockets

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [(k, v) for k, v in message["headers"] if k.lower() not in _HEADERS]
                message = {**message, "headers": [*given, *_HEADERS.items()]}
            await send(message)

        try:
            self._check(scope)
            body = await _body(scope, receive)
        except _RefusedError as refused:
            await _refuse(refused, answer)
            return
        await self._app(scope, _replay(body, receive), answer)

    def _check(self, scope: Scope) -> None:
        headers = _headers(scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            raise _RefusedError(421, "this server answers to 127.0.0.1 only")
        method = scope["method"]
        if method not in ("GET", "HEAD", "POST"):
            raise _RefusedError(405, "the method is not allowed")
        origin = headers.get("origin")
        if (origin is not None or method == "POST") and origin != f"http://{host}":
            raise _RefusedError(403, "the request comes from another page")
        if method != "POST" and scope["path"] in self._open:
            return
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise _RefusedError(403, "the request comes from another site")
        if not hmac.compare_digest(headers.get(HEADER, "").encode(), self._token):
            raise _RefusedError(403, "the secret is missing; open the address that was printed")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and kind != "application/json":
            raise _RefusedError(415, "the body is not application/json")


def _headers(scope: Scope) -> Mapping[str, str]:
    """The headers; one that is there twice is none that a browser sent.

    Raises:
        _RefusedError: Host, Origin or the secret is there twice.
    """
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        name = key.decode("latin-1").lower()
        if name in found and name in ("host", "origin", "content-type", HEADER):
            raise _RefusedError(400, f"the header {name} is there twice")
        found[name] = value.decode("latin-1")
    return found


async def _body(scope: Scope, receive: Receive) -> bytes:
    """Read the body, as far as it is not too large.

    Raises:
        _RefusedError: It is.
    """
    if scope["method"] != "POST":
        return b""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _RefusedError(400, "the request was broken off")
        part = message.get("body", b"")
        size += len(part)
        if size > MOST_BYTES:
            raise _RefusedError(413, f"the body has more than {MOST_BYTES >> 20} MB")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """What gives the body that was read, then what comes."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if not is_given:
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return again


async def _refuse(refused: _RefusedError, send: Send) -> None:
    body = json.dumps({"error": refused.why}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
