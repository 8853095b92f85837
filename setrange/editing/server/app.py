# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page asks for, and what it is answered.

```
GET  /              the page, without any data
GET  /api/data      all there is to show
GET  /api/disk      whether the files were changed by somebody else
POST /api/change    {"version", "kind", ...}: an operation, undo or redo
POST /api/estimate  {"version"}: estimate what is missing
POST /api/save      {"version", "force"}
POST /api/reload    {"version"}
GET  /api/exports   what can be exported
POST /api/export    {"what", "name", ...}: begin an export
GET  /api/job       ?number=1: an export, when it has ended or a second later
POST /api/cancel    end the export that runs
POST /api/stop      {"force"}: end the editor
```

An answer that is no success is ``{"error": "..."}``, with status 409 where somebody has to
decide (``"conflict"`` says about what) and 422 where the request cannot be done.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from setrange.editing.requests import flag
from setrange.editing.saving import ChangedUnderneathError
from setrange.editing.server.guard import Guard
from setrange.editing.snapshot import Snapshots
from setrange.errors import SetrangeError, UsageError
from setrange.text.shell import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from setrange.editing.document import Document
    from setrange.editing.exporting import Exports
    from setrange.editing.jobs import Jobs
    from setrange.editing.snapshot import Describes

__all__ = ["Editor", "guarded", "make_app"]


@dataclass(slots=True, kw_only=True)
class Editor:
    """All that the server works on.

    Attributes:
        document: What is edited.
        describe: Makes the report's data of what follows from a state.
        page: The page's HTML.
        exports: What may be exported.
        jobs: The exports.
        stop: Ends the server.
        lock: Held while the document is used.
    """

    document: Document
    describe: Describes
    page: str
    exports: Exports
    jobs: Jobs
    stop: Callable[[], None]
    lock: threading.Lock = field(default_factory=threading.Lock)
    snapshots: Snapshots = field(init=False)

    def __post_init__(self) -> None:
        self.snapshots = Snapshots(self.document, self.describe)

    def change(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out an operation."""
        with self.lock:
            done = self.document.change(request)
            return {
                **self._since(request),
                "message": done.message,
                "label": done.label,
                "tensors": list(done.tensors),
            }

    def estimate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Estimate what is missing."""
        with self.lock:
            count = self.document.estimate()
            return {**self._since(request), "proposed": count}

    def save(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Write the ranges file."""
        with self.lock:
            self.document.save(force=flag(request, "force"))
            return self._since(request)

    def reload(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Read the ranges file again."""
        with self.lock:
            self.document.reload()
            return self._since(request)

    def disk(self) -> dict[str, Any]:
        """Say which files somebody else has changed, and where another page is by now."""
        with self.lock:
            return {
                "version": self.document.version,
                "ranges": self.document.is_changed_on_disk(),
                "model": self.document.model.is_changed_on_disk(),
            }

    def export(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Begin an export of what is saved."""
        with self.lock:
            document = self.document
            if document.is_dirty or not document.exists:
                raise _ConflictError(
                    "unsaved", "an export is made of the saved file; save first"
                )
            if document.is_changed_on_disk():
                raise _ConflictError("ranges", f"{document.path} was changed by somebody else")
            if document.model.is_changed_on_disk():
                raise _ConflictError(
                    "model",
                    f"{document.model.path} was changed since the editor was started; start "
                    f"the editor again",
                )
            target = document.model.purpose_of(document.state).target
            wanted = self.exports.export(request, target=target)
        self.exports.refuse_inputs(wanted.target)
        if wanted.exists and not flag(request, "replace"):
            raise _ConflictError("exists", f"{wanted.target} is there already")
        job = self.jobs.start(wanted.arguments)
        return {"job": job.number, "command": command_line(["setrange", *wanted.arguments])}

    def end(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """End the editor."""
        with self.lock:
            if self.document.is_dirty and not flag(request, "force"):
                raise _ConflictError("unsaved", "there are changes that are not saved")
        self.stop()
        return {"stopped": True}

    def _since(self, request: Mapping[str, Any]) -> dict[str, Any]:
        version = request.get("version")
        return self.snapshots.since(version if type(version) is int else -1)


class _ConflictError(SetrangeError):
    """Somebody has to decide."""

    def __init__(self, about: str, message: str) -> None:
        super().__init__(message)
        self.about = about


def guarded(editor: Editor, *, port: int, token: str) -> Guard:
    """Return the server's application."""
    return Guard(make_app(editor), port=port, token=token)


def make_app(editor: Editor) -> Starlette:
    """Return what answers; ``Guard`` is to stand before it."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    async def page(_request: Request) -> Response:
        return HTMLResponse(editor.page)

    def reading(answer: Callable[[Request], Mapping[str, Any]]) -> Any:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(_answered, lambda: answer(request))

        return endpoint

    def changing(answer: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            return await run_in_threadpool(_answered, lambda: answer(_parsed(body)))

        return endpoint

    def data(_request: Request) -> Mapping[str, Any]:
        with editor.lock:
            return editor.snapshots.whole()

    def job(request: Request) -> Mapping[str, Any]:
        number = request.query_params.get("number", "")
        if not number.isdecimal() or len(number) > 9:
            raise UsageError("the number of the export is missing")
        return editor.jobs.wait(int(number), 1.0).to_dict()

    def cancel(_request: Mapping[str, Any]) -> Mapping[str, Any]:
        editor.jobs.cancel()
        return {}

    gets = {
        "/api/data": data,
        "/api/disk": lambda _request: editor.disk(),
        "/api/exports": lambda _request: editor.exports.to_dict(),
        "/api/job": job,
    }
    posts = {
        "/api/change": editor.change,
        "/api/estimate": editor.estimate,
        "/api/save": editor.save,
        "/api/reload": editor.reload,
        "/api/export": editor.export,
        "/api/cancel": cancel,
        "/api/stop": editor.end,
    }
    return Starlette(
        routes=[
            Route("/", page, methods=["GET"]),
            *(Route(path, reading(answer), methods=["GET"]) for path, answer in gets.items()),
            *(
                Route(path, changing(answer), methods=["POST"])
                for path, answer in posts.items()
            ),
        ]
    )


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("the body of the request is no JSON") from error
    if not isinstance(value, dict):
        raise UsageError("the body of the request is no object")
    return value


def _answered(answer: Callable[[], Mapping[str, Any]]) -> Response:
    """Call what answers, and turn what it says into a response."""
    from starlette.responses import Response

    status = 200
    content: Mapping[str, Any]
    try:
        content = answer()
    except ChangedUnderneathError as error:
        status, content = 409, {"error": str(error), "conflict": "ranges"}
    except _ConflictError as error:
        status, content = 409, {"error": str(error), "conflict": error.about}
    except SetrangeError as error:
        status, content = 422, {"error": str(error)}
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        status, content = 422, {"error": f"{where}{error.strerror or error}"}
    except Exception as error:  # the last resort: a bug, said in one line
        status = 500
        content = {
            "error": f"this is a bug in setrange: {type(error).__name__}: {error}; nothing was "
            f"changed; please report it with what you did"
        }
    body = json.dumps(content, allow_nan=False, separators=(",", ":"))
    # Names may hold lone surrogates, which JSON has as escapes only: ASCII, as json makes it.
    return Response(body.encode("ascii"), status, media_type="application/json")
