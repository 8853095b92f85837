# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests to an ASGI application, without a port: headers go through as they are given."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Sends requests.

    Attributes:
        headers: Of every request; ``None`` among those of one request leaves one out.
    """

    def __init__(self, app: Any, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = dict(headers)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | None] | None = None,
        parts: Iterable[bytes] = (b"",),
    ) -> Answer:
        """Send a body in parts."""
        path, _, query = url.partition("?")
        given = {**self.headers, **(headers or {})}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in given.items() if v is not None],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        waiting.append({"type": "http.request", "body": b"", "more_body": False})
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop(0)
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        # in a thread, since an event loop of another test's may run in this one
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self.app(scope, receive, send)).result()
        start = next(item for item in sent if item["type"] == "http.response.start")
        found = {k.decode().lower(): v.decode() for k, v in start["headers"]}
        body = b"".join(item.get("body", b"") for item in sent[1:])
        return Answer(start["status"], found, body)

    def get(self, url: str, **how: Any) -> Answer:
        return self.request("GET", url, **how)

    def post(self, url: str, body: bytes, kind: str = "application/json", **how: Any) -> Answer:
        headers = {"content-type": kind, **how.pop("headers", {})}
        return self.request("POST", url, headers=headers, parts=[body], **how)
