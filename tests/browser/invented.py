# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Data of reports that no model was imported for: long chains, hostile names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["chain", "hostile_names"]


def hostile_names() -> list[str]:
    """Names that would be markup, hide something, or never end."""
    return [
        "<img src=x onerror=window.owned=1>",
        "</script><script>window.owned=1</script>",
        '"><svg onload=window.owned=1>',
        "javascript:window.owned=1",
        "gpj.\u202eelif\u202c\u2066evil\u2069",
        "zero\u200bwidth",
        "null\x00byte\x1b[31m",
        "line\nbreak\rand\ttab",
        "\ud800lone surrogate",
        "= cmd|' /C calc'!A0",
        "{{constructor.constructor('window.owned=1')()}}",
        "x" * 1_000_000,
        "",
        "__proto__",
        "constructor",
        "日本語テンソル",
    ]


def chain(names: Sequence[str]) -> dict[str, Any]:
    """A network of one layer after the other, each with a tensor of these names."""
    tensors = [_tensor("input", None, [0] if names else [])]
    layers = []
    for place, name in enumerate(names):
        after = [place + 1] if place + 1 < len(names) else []
        tensors.append(_tensor(name, place, after))
        layers.append(
            {
                "index": place,
                "kind": "Convolution",
                "name": f"{name} layer",
                "node": name,
                "op": "Conv",
                "inputs": [place],
                "outputs": [place + 1],
            }
        )
    counts = dict.fromkeys(
        ("given", "derived", "estimated", "bound", "missing", "not needed"), 0
    )
    return {
        "setrange": 1,
        "report": 1,
        "tool": "setrange",
        "model": "chain.onnx",
        "trt": "8.6",
        "profile": "8.6",
        "fill": "safe",
        "target": "gpu",
        "named_by": None,
        "for": "cache",
        "confidence": "exact",
        "verdict": {"level": "good", "text": "Every range is there."},
        "counts": {**counts, "given": len(tensors)},
        "tensors": tensors,
        "layers": layers,
        "inputs": [0],
        "outputs": [len(names)],
        "findings": [
            {"code": "SR202", "level": "note", "message": f"about {name}", "tensor": name}
            for name in names[:20]
        ],
        "pages": {"SR202": {"title": "<b>title</b>", "text": "**What it means.** <img src=x>"}},
        "unresolved": [],
        "releases": ["8.6"],
        "measured": None,
        "compared": None,
        "engine": None,
    }


def _tensor(name: str, layer: int | None, consumers: list[int]) -> dict[str, Any]:
    return {
        "name": name,
        "key": name,
        "value": name,
        "source": "given",
        "min": -1.0,
        "max": 1.0,
        "amax": 1.0,
        "scale": 1 / 127,
        "why": "given",
        "entry": name,
        "kind": "Input" if layer is None else "Convolution",
        "node": name,
        "what": f"output of {name}",
        "dtype": "float32",
        "shape": [1, 64, 56, 56],
        "layer": layer,
        "consumers": consumers,
    }
