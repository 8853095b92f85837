# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make fuzz`: mutilated files of every format; no reader may raise anything but our errors.

    python -m tests.fuzz [-n CASES] [-f FORMAT] [-s SEED]

Each case is a valid file of some format after a few random edits. It goes to one reader by
name, and through the sniffer as an unknown file.
"""

from __future__ import annotations

import argparse
import random
import sys
from typing import TYPE_CHECKING

from setrange.errors import SetrangeError
from setrange.formats import FORMATS, read_source
from setrange.ranges.source import Source
from tests.formats.samples import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Bytes that mean something to some format.
TOKENS: tuple[bytes, ...] = (
    b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b": ", b"\n", b"\r\n", b"\t", b" ", b"-",
    b"\\", b"\\u", b"\\ud800", b"#", b"&a", b"*a", b"!!binary ", b"? ", b"%YAML 1.1\n---\n",
    b"NaN", b"-Infinity", b"null", b"true", b"0", b"-1", b"1e999", b"9" * 400, b"1e-46",
    b"3.5e38", b"inf", b"nan", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa9",
    b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"TRT-", b"TRT-8601-EntropyCalibration2\n",
    b"7f800000", b"setrange", b"tensors", b'{"a": 1}', b"[" * 150, b"PK\x03\x04",
)  # fmt: skip


def cases(format_id: str, count: int, seed: int) -> Iterator[bytes]:
    """Yield edited samples, most of them of the format itself."""
    rng = random.Random(f"{seed} {format_id}")
    own = SAMPLES[format_id]
    foreign = [data for samples in SAMPLES.values() for data in samples]
    for _ in range(count):
        data = bytearray(rng.choice(own if rng.random() < 0.9 else foreign))
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 8))):
            _edit(data, rng, foreign)
        yield bytes(data)


def _edit(data: bytearray, rng: random.Random, foreign: Sequence[bytes]) -> None:
    at = rng.randint(0, len(data))
    end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64)))
    match rng.randrange(7):
        case 0:
            data[at:at] = rng.choice(TOKENS)
        case 1:
            data[at:end] = rng.choice(TOKENS)
        case 2:
            del data[at:end]
        case 3:
            data[at:at] = data[at:end]
        case 4 if at < len(data):
            data[at] = rng.randrange(256)
        case 5:
            del data[at:]
        case _:
            other = rng.choice(foreign)
            start = rng.randrange(len(other))
            data[at:end] = other[start : start + rng.choice((4, 16, 64))]


def fuzz(format_id: str, count: int, seed: int = 0) -> tuple[int, int]:
    """Run the cases; return how many were read and how many refused.

    Raises:
        AssertionError: A reader raised something else; the case is in the message.
    """
    read = refused = 0
    for data in cases(format_id, count, seed):
        for fmt in (format_id, None):
            try:
                read_source(Source("case", data), fmt)
                read += 1
            except SetrangeError:
                refused += 1
            except Exception as error:
                raise AssertionError(f"{fmt or 'sniffer'}: {error!r} on {data!r}") from error
    return read, refused


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--cases", type=int, default=20_000, help="for each reader")
    parser.add_argument("-f", "--format", action="append", help="only this one")
    parser.add_argument("-s", "--seed", type=int, default=0)
    args = parser.parse_args()
    for format_id in args.format or [entry.id for entry in FORMATS]:
        read, refused = fuzz(format_id, args.cases, args.seed)
        sys.stdout.write(f"{format_id:22} {read:6} read  {refused:6} refused\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
