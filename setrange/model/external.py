# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""External tensor data: values stay in their file, and are streamed where they are large."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from setrange.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from onnx import TensorProto

__all__ = ["ExternalData"]

#: Bytes read at a time: small enough for the processor's cache, large enough for the disk.
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalData:
    """Where the values of one tensor lie.

    Attributes:
        tensor: Name of the tensor, for messages.
        path: The data file.
        offset: First byte.
        code: Element type on disk (little endian).
        count: Number of elements.
    """

    tensor: str
    path: Path
    offset: int
    code: np.dtype[Any]
    count: int

    @classmethod
    def of(
        cls, tensor: TensorProto, base: Path, code: np.dtype[Any], count: int
    ) -> ExternalData:
        """Take the place from a ``TensorProto``; the file is not touched."""
        info = {entry.key: entry.value for entry in tensor.external_data}
        try:
            offset = int(info.get("offset") or 0)
        except ValueError as e:
            raise ModelError(
                f"external data of tensor {tensor.name!r}: offset {info['offset']!r} is not a "
                f"number; the model file is damaged: export it again"
            ) from e
        path = base / Path(info.get("location", ""))
        return cls(tensor=tensor.name, path=path, offset=offset, code=code, count=count)

    def read(self) -> npt.NDArray[Any]:
        """Map all values; the system reads what is used."""
        with self._explained():
            self._check_size()
            if self.count == 0:
                return np.zeros(0, dtype=self.code)
            return np.memmap(
                self.path, dtype=self.code, mode="r", offset=self.offset, shape=(self.count,)
            )

    def chunks(self) -> Iterator[npt.NDArray[Any]]:
        """Yield the values in pieces; each piece is valid until the next."""
        buffer = np.empty(CHUNK // self.code.itemsize, dtype=self.code)
        memory = memoryview(buffer.data).cast("B")
        left = self.count * self.code.itemsize
        with self._explained():
            self._check_size()
            with self.path.open("rb", buffering=0) as stream:
                stream.seek(self.offset)
                while left:
                    piece = memory[: min(left, len(memory))]
                    filled = 0
                    while filled < len(piece):
                        got = stream.readinto(piece[filled:])
                        if not got:
                            raise self._truncated(left - filled)
                        filled += got
                    left -= filled
                    yield buffer[: filled // self.code.itemsize]

    def _check_size(self) -> None:
        missing = self.offset + self.count * self.code.itemsize - self.path.stat().st_size
        if missing > 0:
            raise self._truncated(missing)

    def _truncated(self, missing: int) -> ModelError:
        return ModelError(
            f"external data of tensor {self.tensor!r}: {self.path} ends {missing} bytes too "
            f"early; copy the whole file next to the model"
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            raise ModelError(
                f"external data of tensor {self.tensor!r} cannot be read from {self.path} "
                f"({e.strerror or e}); put the data file next to the model"
            ) from e
