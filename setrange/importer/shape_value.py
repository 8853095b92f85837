# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""The value that shape arithmetic works on: a small integer tensor, known or not.

Source: onnx/onnx-tensorrt 7.0 to 10.10: ShapeTensor.cpp, class ShapeTensor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setrange.importer.rejections import refuse, require
from setrange.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from setrange.importer.context import ImporterContext
    from setrange.network import Tensor

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)
INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

#: A size that is the number of values.
_COUNTED = -2


@dataclass(slots=True, kw_only=True, eq=False)
class ShapeTensor:
    """A 0-D or 1-D integer tensor, known or not.

    Once a tensor is made for it, that tensor is used again: by this object, not by copies.
    """

    rank: int  #: 0 or 1.
    #: Element values; -1 where not known (only non-negative ones are reliable unless
    #: ``all_known``); empty if nothing is known.
    values: Sequence[int] = ()
    size: int = _COUNTED  #: Number of elements, that of the values if not given; -1 unknown.
    source: Tensor | None = None  #: What it stands for, unless for values without a tensor.
    depth: int = 0  #: How often Shape is applied to ``source``: 1 its shape, 2 its rank.
    all_known: bool = True  #: All values are known.
    is_float: bool = False  #: A float tensor used as a shape.

    def __post_init__(self) -> None:
        self.values = list(self.values)
        if self.size == _COUNTED:
            self.size = len(self.values)

    @classmethod
    def of_tensor(cls, tensor: Tensor, depth: int = 0) -> ShapeTensor:
        """Represent Shape applied ``depth`` times to ``tensor``."""
        dims = tensor.shape
        if depth == 0:
            require(len(dims) <= 1, f"shape tensor {tensor.name!r} must be 0-D or 1-D")
            return cls(
                rank=len(dims),
                size=dims[0] if dims else 1,
                source=tensor,
                all_known=False,
                is_float=tensor.dtype == "float32",
            )
        if depth == 1:
            known = all(d >= 0 for d in dims)
            return cls(rank=1, values=dims, source=tensor, depth=1, all_known=known)
        if depth == 2:
            return cls(rank=1, values=[len(dims)], source=tensor, depth=2)
        return cls(rank=1, values=[1])

    def copy(self) -> ShapeTensor:
        """Return the same value; a tensor made for the copy is not shared."""
        return replace(self)

    def __iter__(self) -> Iterator[int]:
        return iter(self.values)

    def __len__(self) -> int:
        if self.size < 0:
            refuse("the length of a shape tensor is unknown")
        return self.size

    def __getitem__(self, k: int) -> int:
        if not self.value_known(k):
            refuse(f"element {k} of a shape tensor is not known at import time")
        return self.values[k]

    @property
    def size_known(self) -> bool:
        """True if the number of elements is known."""
        return self.size >= 0

    @property
    def is_empty(self) -> bool:
        """True for a vector known to be empty."""
        return self.size == 0

    def value_known(self, k: int) -> bool:
        """True if element ``k`` is known."""
        if not 0 <= k < len(self.values):
            return False
        return self.all_known or (len(self.values) == self.size and self.values[k] >= 0)

    def is_all(self, x: int) -> bool:
        """True if all values are known to equal ``x``."""
        return self.all_known and all(v == x for v in self.values)

    def same_as(self, other: ShapeTensor) -> bool:
        """True if both are known to have the same value."""
        if self.all_known and other.all_known:
            return self.values == other.values
        return self.source is other.source and self.depth == other.depth

    def tensor(self, ctx: ImporterContext) -> Tensor:
        """Return a TensorRT tensor of this value, adding layers where needed."""
        source = self.source
        if source is None or self.depth:
            source = self._constant(ctx) if self.all_known else self._shape_layers(ctx)
            self.source, self.depth = source, 0
        return source

    def _constant(self, ctx: ImporterContext) -> Tensor:
        import numpy as np

        dtype = "int64" if ctx.profile.native_int64 else "int32"
        low, high = (INT64_MIN, INT64_MAX) if dtype == "int64" else (INT32_MIN, INT32_MAX)
        array = np.asarray([min(max(v, low), high) for v in self.values], dtype=dtype)
        dims = (self.size,) if self.rank else ()
        weights = Weights(dtype, dims, lambda: array, name=ctx.reserve_temporary_name())
        layer = ctx.net.add_constant(weights)
        return ctx.register_helper(layer, "ONNXTRT_ShapeTensorFromDims").output

    def _shape_layers(self, ctx: ImporterContext) -> Tensor:
        tensor = self.source
        if tensor is None:
            refuse("a shape tensor has neither values nor a tensor")
        for _ in range(self.depth):
            layer = ctx.net.add_shape(tensor)
            tensor = ctx.register_helper(layer, "ONNXTRT_ShapeTensor").output
            if ctx.profile.native_int64:
                cast = ctx.net.add_cast(tensor, "int64")
                tensor = ctx.register_helper(cast, "ONNXTRT_castHelper").output
        return tensor
