# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""``--dask``: a cluster gives what one process gives, whatever happens to its workers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

from setrange import SetrangeError, collect, verify, write_ranges
from setrange.cli import main
from setrange.cluster import cluster as cluster_module
from setrange.cluster import local_cluster as local_cluster_module
from setrange.cluster.address import ClusterAddress
from setrange.cluster.cluster import Cluster, open_cluster
from setrange.cluster.local_cluster import local_cluster
from setrange.cluster.local_processes import can_fork
from setrange.measure.collecting import opened_collector
from setrange.measure.data import DataOptions
from setrange.measure.method import Method
from setrange.measure.result import ranges_of_state
from setrange.measure.run import Collector, MeasureOptions
from setrange.measure.run_options import RunOptions
from setrange.measure.state import merge_states, read_state, write_state
from setrange.versions import TrtVersion
from tests.cli.material import small_cnn
from tests.collect.feeding import start
from tests.support.cluster import Counter, two_processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from setrange.ranges import RangeFile

pytest.importorskip("onnxruntime")
distributed = pytest.importorskip("distributed", reason="Dask is not installed")

#: Batches; they make more than two blocks of pieces.
SAMPLES = 40


@pytest.fixture(scope="module")
def processes() -> Iterator[Any]:
    with two_processes() as started:
        yield started


@pytest.fixture(scope="module")
def address(processes: Any) -> str:
    return str(processes.scheduler_address)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_cnn(tmp_path / "small.onnx", batch="N")
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.normal(size=(SAMPLES, 3, 8, 8)).astype("f4"))
    return tmp_path


def options(method: str = "minmax", **more: Any) -> MeasureOptions:
    return MeasureOptions(method=Method.of(method), run=RunOptions(threads=1), **more)


@contextlib.contextmanager
def opened(folder: Path, address: str, settings: MeasureOptions) -> Iterator[Any]:
    data = DataOptions(places=(str(folder / "x.npy"),))
    with opened_collector(
        folder / "small.onnx", TrtVersion.parse("10.3"), data, settings, dask=address
    ) as collector:
        yield collector


def written(ranges: RangeFile, path: Path) -> bytes:
    write_ranges(ranges, path)
    return path.read_bytes()


@pytest.mark.parametrize("method", ["minmax", "moving-average", "entropy"])
def test_the_bytes_are_those_of_one_process(folder: Path, address: str, method: str) -> None:
    model, data = folder / "small.onnx", folder / "x.npy"
    one = collect(model, data, method=method, batch=3, threads=1)
    many = collect(model, data, method=method, batch=3, dask=address)
    assert written(one, folder / "a.json") == written(many, folder / "b.json")


def test_a_worker_may_have_several_threads(folder: Path) -> None:
    data = DataOptions(places=(str(folder / "x.npy"),))
    collector = Collector.of(folder / "small.onnx", TrtVersion.parse("10.3"), data, options())
    batches = np.load(folder / "x.npy")[:, np.newaxis]

    def extremes(batch: Any) -> list[float]:
        [found] = collector.measuring.run({"input": batch}, "")
        return list(found)

    alone = list(map(extremes, batches))
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            assert list(pool.map(extremes, batches)) == alone


def test_several_files_and_random_numbers(folder: Path, address: str) -> None:
    random = np.random.default_rng(3)
    (folder / "many").mkdir()
    for number in range(5):
        images = random.normal(size=(number, 3, 8, 8)).astype("f4")
        np.savez(folder / "many" / f"{number}.npz", input=images)
    model = folder / "small.onnx"
    one = collect(model, folder / "many", batch=2, threads=1, samples=9)
    many = collect(model, folder / "many", batch=2, dask=address, samples=9)
    assert one == many
    out = folder / "random.json"
    command = ["collect", str(model), "--random", "--threads", "1", "-q", "-o", str(out)]
    assert main(command) == 0
    alone = out.read_bytes()
    assert main([*command, "--dask", address]) == 0
    assert out.read_bytes() == alone


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_worker_costs_its_share_only(
    folder: Path, address: str, processes: Any
) -> None:
    settings = options("entropy")
    counter = Counter()
    processes.scheduler.add_plugin(counter, name="counter")
    with distributed.Client(address, set_as_default=False) as client:
        before = client.run(os.getpid)
    victim = next(iter(before.values()))
    killed_at: list[int] = []

    def kill(done: int) -> None:
        if done >= SAMPLES // 2 and not killed_at:
            killed_at.append(done)
            os.kill(victim, signal.SIGKILL)

    with opened(folder, address, settings) as collector:
        collector.run(on_samples=kill)
        state = collector.state
    processes.scheduler.remove_plugin(name="counter")
    assert killed_at
    assert (state.samples, state.is_complete) == (SAMPLES, True)
    alone = collect(
        folder / "small.onnx", folder / "x.npy", method="entropy", trt="10.3", threads=1
    )
    assert written(ranges_of_state(state), folder / "a.json") == written(
        alone, folder / "b.json"
    )
    # Each worker holds at most the pieces of the blocks that are not added up yet.
    assert SAMPLES / 3 <= counter.pieces < 2 * SAMPLES
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=120)  # another one takes its place
        assert len({*before.values(), *client.run(os.getpid).values()}) == 3


def test_workers_that_see_no_file_are_sent_all(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, data = folder / "small.onnx", folder / "x.npy"
    one = collect(model, data, method="mse", threads=1)
    monkeypatch.setattr(Cluster, "sees", lambda _self, _files: False)
    many = collect(model, data, method="mse", dask=address)
    assert many == one
    assert one.model["file"] == "small.onnx"


def test_weights_in_other_files_are_sent_too(
    folder: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = onnx.load(folder / "small.onnx")
    path = folder / "split.onnx"
    onnx.save(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    one = collect(path, folder / "x.npy", threads=1)
    monkeypatch.setattr(Cluster, "sees", lambda _self, _files: False)
    assert collect(path, folder / "x.npy", dask=address) == one


def test_samples_that_a_program_makes(folder: Path, address: str) -> None:
    def feed() -> Iterator[Any]:
        for number in range(7):
            random = np.random.default_rng(number)
            yield {"input": random.normal(size=(1 + number % 2, 3, 8, 8)).astype("f4")}

    model = folder / "small.onnx"
    assert collect(model, feed(), dask=address) == collect(model, feed(), threads=1)


def test_a_shard_on_a_cluster(folder: Path, address: str) -> None:
    for number, dask in ((1, address), (2, None)):
        settings = options("percentile", shard=(number, 2))
        data = DataOptions(places=(str(folder / "x.npy"),))
        with opened_collector(
            folder / "small.onnx", TrtVersion.parse("10.3"), data, settings, dask=dask
        ) as collector:
            collector.run()
            write_state(collector.state, folder / f"{number}.state.npz")
    merged = merge_states([folder / "1.state.npz", folder / "2.state.npz"])
    whole = collect(
        folder / "small.onnx", folder / "x.npy", method="percentile", trt="10.3", threads=1
    )
    assert ranges_of_state(merged) == whole


def test_an_interrupted_run_resumes(folder: Path, address: str) -> None:
    kept = folder / "kept.state.npz"
    settings = options("moving-average")

    def interrupt(done: int) -> None:
        if done > 36:  # three blocks of four pieces of three: the first one is added up
            raise KeyboardInterrupt

    with opened(folder, address, settings) as collector, pytest.raises(KeyboardInterrupt):
        collector.run(save_to=kept, on_samples=interrupt)
    assert 0 < read_state(kept).samples < SAMPLES
    with opened(folder, address, settings) as collector:
        collector.resume(kept)
        collector.run()
        resumed = ranges_of_state(collector.state)
    assert resumed == collect(
        folder / "small.onnx",
        folder / "x.npy",
        method="moving-average",
        trt="10.3",
        threads=1,
    )


def test_a_bad_sample_is_told_as_in_one_process(
    folder: Path, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    values = np.load(folder / "x.npy")
    values[7, 0, 0, 0] = np.nan
    np.save(folder / "x.npy", values)
    out = folder / "r.json"
    model, data = str(folder / "small.onnx"), str(folder / "x.npy")
    told = []
    for more in ([], ["--dask", address]):
        assert main(["collect", model, "--data", data, "-q", "-o", str(out), *more]) == 2
        told.append(capfd.readouterr().err)
    assert told[0] == told[1]
    assert "x.npy, sample 7: " in told[0]
    assert not out.exists()


def test_verify_gives_the_same_figures(folder: Path, address: str) -> None:
    model, data = folder / "small.onnx", folder / "x.npy"
    ranges = collect(model, data, threads=1)
    labels = folder / "labels.txt"
    labels.write_text("".join(f"{number % 5}\n" for number in range(SAMPLES)))
    common: dict[str, Any] = {"labels": labels, "batch": 3, "trt": "10.3"}
    one = verify(model, ranges, data, threads=1, **common)
    many = verify(model, ranges, data, dask=address, **common)
    assert many.to_dict() == one.to_dict()
    assert one.outputs[0].accuracy is not None


def test_verify_needs_as_many_labels_as_rows(folder: Path, address: str) -> None:
    model, data = folder / "small.onnx", folder / "x.npy"
    ranges = collect(model, data, threads=1)
    labels = folder / "labels.txt"
    labels.write_text("0\n" * (SAMPLES - 1))
    with pytest.raises(SetrangeError, match=f"holds {SAMPLES - 1} labels"):
        verify(model, ranges, data, dask=address, labels=labels)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("local", "expected local:N"),
        ("local:0", "expected 1 to 512 processes"),
        ("local:two", "expected local:N"),
        ("scheduler", "is no address"),
        ("host:99999", "is no address"),
        ("tcp://host", "is no address"),
        ("gone.json", "no such file"),
        ("", "is no address"),
    ],
)
def test_an_address_that_is_none(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    model, data = str(folder / "small.onnx"), str(folder / "x.npy")
    out = folder / "r.json"
    assert main(["collect", model, "--data", data, "-o", str(out), "--dask", text]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: --dask {text}: ")
    assert said in told
    assert not out.exists()


@pytest.mark.parametrize("text", ["host:8786", "tcp://10.0.0.1:8786", "tls://[::1]:80"])
def test_addresses_of_schedulers(text: str) -> None:
    assert ClusterAddress.parse(text) == ClusterAddress(text=text)


def test_nobody_answers(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.3)
    model, data = str(folder / "small.onnx"), str(folder / "x.npy")
    dask = ["--dask", "tcp://127.0.0.1:1"]
    assert main(["collect", model, "--data", data, "-o", str(folder / "r.json"), *dask]) == 3
    told = capsys.readouterr().err
    assert "no Dask scheduler answers there" in told
    assert len(told.splitlines()) == 1


def test_a_scheduler_without_workers(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "_WORKERS_PATIENCE", 0.1)
    with distributed.LocalCluster(
        n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=100
    ) as nobody:
        model, data = str(folder / "small.onnx"), str(folder / "x.npy")
        dask = ["--dask", nobody.scheduler_address]
        out = str(folder / "r.json")
        assert main(["collect", model, "--data", data, "-o", out, *dask]) == 3
    assert "the scheduler has no worker" in capsys.readouterr().err


def test_without_dask_the_extra_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    model, data = str(folder / "small.onnx"), str(folder / "x.npy")
    out = str(folder / "r.json")
    assert main(["collect", model, "--data", data, "-o", out, "--dask", "local:2"]) == 3
    assert "pip install 'setrange[dask]'" in capsys.readouterr().err


class Answers:
    """A client whose workers give these answers."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def nthreads(self) -> dict[str, int]:
        return {"tcp://w1": 1}

    def run(self, *_arguments: object, **_options: object) -> dict[str, object]:
        return {"tcp://w1": self._answer}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("0.0.1", ()), "the worker tcp://w1 has setrange 0.0.1"),
        (
            ModuleNotFoundError("No module named 'setrange'"),
            r"the worker tcp://w1 cannot run setrange \(No module named 'setrange'\)",
        ),
    ],
)
def test_workers_that_cannot_do_it(answer: object, said: str) -> None:
    with pytest.raises(SetrangeError, match=said):
        Cluster(Answers(answer), "host:1").sees([])


def test_synthetic_ranges_need_no_cluster(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = str(folder / "small.onnx"), str(folder / "r.json")
    assert main(["collect", model, "--synthetic", "--dask", "local:2", "-o", out]) == 2
    assert "--dask" in capsys.readouterr().err


def find_group(number: int) -> None:
    """Look for processes of a group as long as there are some, but no longer than seconds."""
    for _ in range(1200):
        os.killpg(number, 0)
        time.sleep(0.05)


SLOW = """
import numpy as np, time

def feed():
    for i in range(100_000):
        if i == 20:
            open("running", "w").close()
        time.sleep(0.02)
        yield np.zeros((1, 3, 8, 8), "f4")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_end_of_the_command_ends_the_processes(folder: Path, number: signal.Signals) -> None:
    (folder / "slow.py").write_text(SLOW)
    process = start(
        folder,
        *("small.onnx", "--data", "slow:feed", "--dask", "local:1", "-o", "r.json"),
        start_new_session=True,
    )
    try:
        until = time.monotonic() + 120
        while not (folder / "running").exists() and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(process.pid, number)  # as a terminal does
        # The processes hold this end of the pipe too: it is closed when all have ended.
        _, told = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if number == signal.SIGINT:
        assert process.returncode == 130, told
        assert told.splitlines()[-1] == "error: interrupted"
    assert "Traceback" not in told
    with pytest.raises(ProcessLookupError):
        find_group(process.pid)


def test_where_no_process_can_be_copied_dask_starts_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_cluster_module, "can_fork", lambda: False)
    model, data = folder / "small.onnx", folder / "x.npy"
    many = collect(model, data, method="entropy", dask="local:1")
    assert many == collect(model, data, method="entropy", threads=1)


@pytest.mark.skipif(not can_fork(), reason="Dask starts the processes")
def test_processes_that_cannot_be_started() -> None:
    address = ClusterAddress.parse("local:2")
    with (
        pytest.raises(SetrangeError, match=r"--dask local:2: .*No module named 'gone'"),
        open_cluster(address, "gone:load"),
    ):
        raise AssertionError("there is no cluster")


@pytest.mark.skipif(not can_fork(), reason="Dask starts the processes")
def test_the_loss_of_what_replaces_lost_workers_is_told() -> None:
    address = ClusterAddress.parse("local:1")
    with local_cluster(address, "") as local:
        local.check()
        with distributed.Client(local.scheduler, set_as_default=False) as client:
            [keeper] = client.run(os.getppid).values()
        os.kill(keeper, signal.SIGKILL)
        os.waitid(os.P_PID, keeper, os.WEXITED | os.WNOWAIT)
        with pytest.raises(SetrangeError, match="--dask local:1: "):
            local.check()
