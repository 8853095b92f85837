# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the editor, and what it answers."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("starlette")

from setrange.editing.exporting import Exports
from setrange.editing.jobs import Jobs
from setrange.editing.server.app import Editor, guarded
from setrange.editing.server.guard import HEADER, MOST_BYTES
from setrange.formats.reading import read_ranges
from tests.editing.client import Client
from tests.editing.material import describe, give, opened_document, place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from setrange.editing.document import Document

PORT, TOKEN = 4711, "a-secret-that-is-long-enough"
BASE = f"http://127.0.0.1:{PORT}"


class Served:
    """An editor behind its guard, without a port."""

    def __init__(self, folder: Path) -> None:
        self.document: Document = opened_document(folder, purpose="qdq")
        self.stopped = 0
        self.jobs = Jobs(folder)
        self.editor = Editor(
            document=self.document,
            describe=describe,
            page="<!doctype html><title>page</title>",
            exports=Exports(
                folder=folder,
                model=str(folder / "model.onnx"),
                ranges=str(self.document.path),
                stem="model",
                release="8.6",
            ),
            jobs=self.jobs,
            stop=self.stop,
        )
        self.client = Client(
            guarded(self.editor, port=PORT, token=TOKEN),
            {"host": f"127.0.0.1:{PORT}", HEADER: TOKEN, "origin": BASE},
        )

    def stop(self) -> None:
        self.stopped += 1

    def post(self, path: str, body: dict[str, Any], **how: Any) -> tuple[int, Any]:
        answer = self.client.post(path, json.dumps(body).encode(), **how)
        return answer.status, answer.json()

    def change(self, **operation: Any) -> tuple[int, Any]:
        return self.post("/api/change", {"version": self.document.version, **operation})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = Served(tmp_path)
    yield found
    found.jobs.cancel()


GETS = ("/api/data", "/api/disk", "/api/exports", "/api/job?number=1")
POSTS = (
    "/api/change",
    "/api/estimate",
    "/api/save",
    "/api/reload",
    "/api/export",
    "/api/cancel",
    "/api/stop",
)


def test_the_page_has_no_data_and_may_not_be_framed(served: Served) -> None:
    answer = served.client.get("/", headers={HEADER: None})
    assert answer.status == 200
    assert "<title>page</title>" in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


def test_all_that_there_is_to_show(served: Served) -> None:
    answer = served.client.get("/api/data")
    assert answer.status == 200
    assert answer.json()["edit"]["for"] == "qdq"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", *GETS])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1",
        "127.0.0.1:80",
        "",
        f"127.0.0.1:{PORT}.evil.example",
        f"0.0.0.0:{PORT}",
    ],
)
def test_another_host_is_refused(served: Served, path: str, host: str) -> None:
    """A name that an attacker points at 127.0.0.1 (DNS rebinding) is no name of this server."""
    assert served.client.get(path, headers={"host": host}).status == 421


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
def test_no_data_without_the_secret(served: Served, path: str, token: str) -> None:
    answer = served.client.get(path, headers={HEADER: token})
    assert answer.status == 403
    assert "tensors" not in answer.text


@pytest.mark.parametrize("path", POSTS)
def test_no_change_without_the_secret(served: Served, path: str) -> None:
    assert served.post(path, {"force": True}, headers={HEADER: None})[0] == 403
    assert served.stopped == 0
    assert not served.document.path.exists()


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        f"https://127.0.0.1:{PORT}",
        "http://127.0.0.1",
        f"http://localhost:{PORT}",
    ],
)
def test_no_change_from_another_page(served: Served, path: str, origin: str) -> None:
    """Not even with the secret: a page of another origin is none of ours."""
    assert served.post(path, {"force": True}, headers={"origin": origin})[0] == 403
    assert served.stopped == 0


def test_no_change_without_an_origin(served: Served) -> None:
    assert served.post("/api/stop", {"force": True}, headers={"origin": None})[0] == 403


def test_no_answer_for_another_site(served: Served) -> None:
    for site in ("cross-site", "same-site", "none"):
        assert served.client.get("/api/data", headers={"sec-fetch-site": site}).status == 403


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/plain; application/json",
    ],
)
def test_forms_of_other_pages_cannot_speak(served: Served, kind: str) -> None:
    """These are the types that a form, or a request without a question first, can have."""
    answer = served.client.post("/api/stop", b'{"force": true}', kind)
    assert answer.status == 415
    assert served.stopped == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods(served: Served, method: str) -> None:
    assert served.client.request(method, "/api/save").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/..%2f..%2fetc/passwd",
        "/static/../../etc/passwd",
        "//etc/passwd",
        "/api",
        "/api/data/",
        "/favicon.ico",
        "/index.html",
    ],
)
def test_there_are_no_files(served: Served, path: str) -> None:
    answer = served.client.get(path)
    assert answer.status in (404, 307)
    assert "root:" not in answer.text


def test_a_get_changes_nothing(served: Served) -> None:
    for path in POSTS:
        assert served.client.get(path).status == 405
    assert served.stopped == 0


def test_a_huge_body_is_refused(served: Served) -> None:
    answer = served.client.post("/api/change", b" " * (MOST_BYTES + 1))
    assert answer.status == 413

    parts = [b" " * (1 << 20)] * 20
    kind = {"content-type": "application/json"}
    answer = served.client.request("POST", "/api/change", headers=kind, parts=parts)
    assert answer.status == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'"x"', b"\xff", b"[" * 100_000, b'{"kind": {"a": 1}}', b"NaN"],
)
def test_a_body_that_is_no_request(served: Served, body: bytes) -> None:
    answer = served.client.post("/api/change", body)
    assert answer.status == 422
    assert answer.json()["error"]


def test_a_change_and_undo(served: Served) -> None:
    served.client.get("/api/data")
    at = place(served.document, "x")
    status, answer = served.change(kind="set", tensors=[at], text="0 6")
    assert status == 200
    assert answer["patch"]["tensors"][str(at)]["max"] == 6.0
    assert answer["patch"]["edit"]["undo"] == "set 1 range"
    status, answer = served.change(kind="undo")
    assert answer["patch"]["tensors"][str(at)]["max"] is None
    status, answer = served.change(kind="set", tensors=[at], text="6 0")
    assert status == 422
    assert answer["error"].startswith('tensor "x": min 6.0 is greater than max 0.0')


def test_a_conflict_asks(served: Served) -> None:
    give(served.document, "x", "1")
    assert served.post("/api/save", {})[0] == 200
    served.document.path.write_text('{"setrange": 1, "tensors": {"x": 9}}', encoding="utf-8")
    disk = served.client.get("/api/disk").json()
    assert (disk["ranges"], disk["model"]) == (True, False)
    give(served.document, "x", "2")
    status, answer = served.post("/api/save", {})
    assert (status, answer["conflict"]) == (409, "ranges")
    assert read_ranges(served.document.path).entries["x"].amax == 9.0
    status, answer = served.post("/api/reload", {})
    assert status == 200
    assert read_ranges(served.document.path).entries["x"].amax == 9.0
    give(served.document, "x", "3")
    served.document.path.write_text('{"setrange": 1, "tensors": {"x": 8}}', encoding="utf-8")
    assert served.post("/api/save", {"force": True})[0] == 200
    assert read_ranges(served.document.path).entries["x"].amax == 3.0


def test_a_save_that_fails_says_why(served: Served) -> None:
    give(served.document, "x", "1")
    served.document.path.mkdir()
    status, answer = served.post("/api/save", {"force": True})
    assert status == 422
    assert "is a directory" in answer["error"]
    assert served.document.is_dirty


@pytest.mark.parametrize("body", [{}, {"force": True}])
def test_a_link_that_appears_is_not_followed(
    served: Served, tmp_path: Path, body: dict[str, Any]
) -> None:
    """Neither to the model nor to any file, and not where its content is the same."""
    give(served.document, "x", "1")
    outside = tmp_path / "outside"
    outside.mkdir()
    other = outside / "other.json"
    other.write_text("somebody's", encoding="utf-8")
    for target in (tmp_path / "model.onnx", other, outside / "absent.json"):
        before = target.read_bytes() if target.exists() else None
        served.document.path.symlink_to(target)
        status, answer = served.post("/api/save", body)
        assert (status, "Remove the link" in answer["error"]) == (422, True)
        assert served.post("/api/reload", {})[0] == 422
        assert (target.read_bytes() if target.exists() else None) == before
        assert served.client.get("/api/disk").json()["ranges"] is True
        served.document.path.unlink()
    assert served.post("/api/save", {})[0] == 200
    copy = outside / "copy.json"
    served.document.path.rename(copy)
    served.document.path.symlink_to(copy)
    before = copy.read_bytes()
    give(served.document, "x", "2")
    assert served.post("/api/save", body)[0] == 422
    assert copy.read_bytes() == before


def test_a_name_that_became_the_model_or_a_pipe_is_not_written(
    served: Served, tmp_path: Path
) -> None:
    give(served.document, "x", "1")
    served.document.path.hardlink_to(tmp_path / "model.onnx")
    status, answer = served.post("/api/save", {"force": True})
    assert (status, "is the model itself" in answer["error"]) == (422, True)
    assert served.document.path.samefile(tmp_path / "model.onnx")
    served.document.path.unlink()
    os.mkfifo(served.document.path)
    status, answer = served.post("/api/save", {"force": True})
    assert (status, "is a pipe" in answer["error"]) == (422, True)
    assert served.client.get("/api/disk").json()["ranges"] is True


def test_a_link_that_was_there_at_the_start_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text('{"setrange": 1, "tensors": {"x": 9}}')
    (tmp_path / "ranges.json").symlink_to("real.json")
    document = opened_document(tmp_path)
    give(document, "x", "2")
    document.save()
    assert (tmp_path / "ranges.json").is_symlink()
    assert read_ranges(tmp_path / "real.json").entries["x"].amax == 2.0


@pytest.mark.parametrize("replace", [False, True])
def test_an_export_never_replaces_what_it_is_made_of(
    served: Served, tmp_path: Path, replace: bool
) -> None:
    give(served.document, "x", "1")
    give(served.document, "r1", "0 5")
    served.document.save()
    (tmp_path / "twin.qdq.onnx").hardlink_to(tmp_path / "model.onnx")
    (tmp_path / "twin.cache").hardlink_to(served.document.path)
    (tmp_path / "link.qdq.onnx").symlink_to(tmp_path / "model.onnx")
    before = sorted((p.name, p.read_bytes()) for p in tmp_path.iterdir())
    for what, name in (
        ("qdq", "model.onnx"),
        ("qdq", "twin.qdq.onnx"),
        ("cache", "twin.cache"),
        ("qdq", "link.qdq.onnx"),
    ):
        request = {"what": what, "name": name, "trt": "8.6", "replace": replace}
        status, answer = served.post("/api/export", request)
        assert (status, "choose another name" in answer["error"]) == (422, True)
    assert sorted((p.name, p.read_bytes()) for p in tmp_path.iterdir()) == before


def test_the_end_asks_where_something_is_not_saved(served: Served) -> None:
    give(served.document, "x", "1")
    status, answer = served.post("/api/stop", {})
    assert (status, answer["conflict"], served.stopped) == (409, "unsaved", 0)
    assert served.post("/api/stop", {"force": True}) == (200, {"stopped": True})
    assert served.stopped == 1


def test_an_export_is_made_of_what_is_saved(served: Served, tmp_path: Path) -> None:
    request = {"what": "qdq", "name": "model.qdq.onnx"}
    status, answer = served.post("/api/export", request)
    assert (status, answer["conflict"]) == (409, "unsaved")
    give(served.document, "x", "1")
    give(served.document, "r1", "0 5")
    served.document.save()
    status, answer = served.post("/api/export", request)
    assert status == 200
    job = finished(served, answer["job"])
    assert job["status"] == 0, job["output"]
    assert "setrange apply" in answer["command"]
    assert (tmp_path / "model.qdq.onnx").exists()
    status, answer = served.post("/api/export", request)
    assert (status, answer["conflict"]) == (409, "exists")
    status, answer = served.post("/api/export", {**request, "replace": True})
    assert status == 200
    assert finished(served, answer["job"])["status"] == 0


def finished(served: Served, number: int) -> dict[str, Any]:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        job: dict[str, Any] = served.client.get(f"/api/job?number={number}").json()
        if job["status"] is not None:
            return job
        time.sleep(0.02)
    raise AssertionError("the export did not end")


def test_an_export_of_a_model_that_was_changed(served: Served, tmp_path: Path) -> None:
    served.document.save()
    (tmp_path / "model.onnx").write_bytes(b"something else")
    status, answer = served.post("/api/export", {"what": "qdq", "name": "a.qdq.onnx"})
    assert (status, answer["conflict"]) == (409, "model")


@pytest.mark.parametrize("number", ["", "0", "99", "-1", "1e3", "9" * 30])
def test_an_export_that_is_not_there(served: Served, number: str) -> None:
    assert served.client.get(f"/api/job?number={number}").status == 422
