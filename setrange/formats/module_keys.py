# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Formats whose names are modules or layers, not tensors: keys of what they observe.

``<module>._input_quantizer._amax`` is what the module reads, ``_output_quantizer`` is what
it makes. ``setrange.resolver.module_ranges`` finds the tensors in a model.
"""

from __future__ import annotations

__all__ = ["GIVE_THE_MODEL", "MODULE_FORMATS", "input_key", "output_key"]

#: Ids of the formats with such names.
MODULE_FORMATS = frozenset({"qat-amax", "quant-summary", "nni", "ncnn"})

#: How the note of such a reader ends, which no longer holds once the names are mapped.
GIVE_THE_MODEL = "; give --model to find their tensors"


def input_key(module: str) -> str:
    """Return the key of what a module or layer reads.

    >>> input_key("layer1.0.conv1")
    'layer1.0.conv1._input_quantizer._amax'
    """
    return f"{module}._input_quantizer._amax"


def output_key(module: str) -> str:
    """Return the key of what a module or layer makes."""
    return f"{module}._output_quantizer._amax"
