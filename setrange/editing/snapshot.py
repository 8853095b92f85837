# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page shows, as JSON: all of it once, and then what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from setrange.plan.asking import DERIVED, NEEDED
from setrange.plan.template import provenance
from setrange.ranges.precision import precision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from setrange.editing.document import Document
    from setrange.editing.edited_model import View
    from setrange.network import Tensor
    from setrange.ranges.model import RangeEntry

    Describes = Callable[[View, str], dict[str, Any]]

__all__ = ["Snapshots", "snapshot"]


def snapshot(document: Document, describe: Describes) -> dict[str, Any]:
    """Return the report's data, and beside it what only an editor has.

    ::

        {...the report..., "edit": {
          "version": 4, "dirty": true, "undo": "set 1 range", "redo": null,
          "file": "ranges.json", "model": "detector.onnx", "for": "qdq",
          "purposes": ["cache", "qdq", "rtx"],
          "needed": [{"tensor": 3, "text": "input of Conv /b/conv"}], "following": 12,
          "given": [0, 3], "fp16": [7], "estimates": {"5": {"min": 0.0, "max": 6.1, ...}},
          "estimates_are_old": false,
          "patterns": [{"name": "*/conv", "text": "±3"}],
          "others": [{"name": "gone", "text": "±1", "why": "..."}], "lost": []}}

    Tensors are told by their position in ``tensors``.

    Args:
        document: What is edited.
        describe: Makes the report's data of what follows from a state, and of its purpose.
    """
    data = describe(document.view, document.state.purpose)
    return {**data, "edit": {**_edit(document), **_asked(data["tensors"])}}


def _asked(tensors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a person has to give, and how many ranges follow from that."""
    needed = []
    following = 0
    for at, tensor in enumerate(tensors):
        group, _, text = tensor.get("need", "").partition(": ")
        if group == NEEDED:
            needed.append({"tensor": at, "text": text})
        following += group.startswith(DERIVED)
    return {"needed": needed, "following": following}


def _edit(document: Document) -> dict[str, Any]:
    model, state, view = document.model, document.state, document.view
    why = {item.entry: item.why for item in view.plan.unresolved}
    estimating = document.estimating
    return {
        "version": document.version,
        "dirty": document.is_dirty,
        "undo": document.undo_label,
        "redo": document.redo_label,
        "file": str(document.path),
        "exists": document.exists,
        "model": model.path,
        "for": state.purpose,
        "purposes": list(model.purposes),
        "given": sorted(state.ranges),
        "fp16": _fp16(document),
        "estimates": {
            str(at): {
                "min": planned.range.min,
                "max": planned.range.max,
                "doubt": planned.doubt,
                "why": provenance(planned),
            }
            for at, planned in estimating.proposals.items()
            if planned.range is not None and view.lacks(at)
        },
        "estimates_are_old": estimating.made_of not in (None, state),
        "patterns": [_named(entry) for entry in state.patterns],
        "others": [{**_named(e), "why": why.get(e.name, "")} for e in state.others],
        "lost": [_named(entry) for entry in document.opened.lost],
    }


def _named(entry: RangeEntry) -> dict[str, Any]:
    found = entry.range
    return {
        "name": entry.name,
        "min": None if found is None else found.min,
        "max": None if found is None else found.max,
    }


def _fp16(document: Document) -> list[int]:
    """The tensors that nodes make which the file keeps in FP16."""
    rules = document.state.precision
    if not rules:
        return []
    known: dict[str, bool] = {}

    def is_fp16(tensor: Tensor) -> bool:
        origin = None if tensor.layer is None else tensor.layer.origin
        if origin is None or not origin.node:
            return False
        if origin.node not in known:
            known[origin.node] = precision_of(origin.node, rules) == "fp16"
        return known[origin.node]

    return [at for at, tensor in enumerate(document.model.tensors) if is_fp16(tensor)]


class Snapshots:
    """The snapshot that a page has, so that it is sent only what has changed since.

    Args:
        document: What is edited.
        describe: Makes the report's data of what follows from a state.
    """

    def __init__(self, document: Document, describe: Describes) -> None:
        self._document, self._describe = document, describe
        self._last: dict[str, Any] | None = None

    def whole(self) -> dict[str, Any]:
        """Return all that there is to show."""
        if self._last is None or self._last["edit"]["version"] != self._document.version:
            self._last = snapshot(self._document, self._describe)
        return self._last

    def since(self, version: int) -> dict[str, Any]:
        """Return what a page needs that shows some version.

        Returns:
            ``{"patch": {...}}``, whose ``tensors`` are ``{position: fields that changed}``,
            whose ``dropped`` are ``{position: names of fields that are gone}`` and whose
            ``splices`` say what changed in long lists; or ``{"data": ...}`` where that
            version is not the last one that was sent.
        """
        before = self._last
        after = self.whole()
        if before is None or before["edit"]["version"] != version:
            return {"data": after}
        return {"patch": _patch(before, after)}


#: Lists that may be as long as the network; most of each stays as it is.
_LONG = (("findings",), ("unresolved",), ("edit", "needed"))


def _patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    after = {**after, "edit": dict(after["edit"])}
    splices: list[dict[str, Any]] = []
    for place in _LONG:
        *above, last = place
        old, new = before, after
        for name in above:
            old, new = old[name], new[name]
        splices += [{"place": list(place), **item} for item in _splices(old[last], new[last])]
    changed: dict[str, Any] = {
        key: value
        for key, value in after.items()
        if key not in ("tensors", "findings", "unresolved") and before.get(key) != value
    }
    del after["edit"]["needed"]
    tensors: dict[str, dict[str, Any]] = {}
    dropped: dict[str, list[str]] = {}
    for at, (old, new) in enumerate(zip(before["tensors"], after["tensors"], strict=True)):
        if old != new:
            fields = {key: value for key, value in new.items() if old.get(key) != value}
            tensors[str(at)] = fields
            if gone := [key for key in old if key not in new]:
                dropped[str(at)] = gone
    return {**changed, "tensors": tensors, "dropped": dropped, "splices": splices}


def _splices(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What makes a list of another one; to be done in this order, from the end on.

    Items that are in both stay where they are, as long as their order is the same.
    """
    places: dict[Any, int] = {}
    for at, item in enumerate(old):
        places.setdefault(tuple(item.items()), at)
    found: list[dict[str, Any]] = []
    next_old = 0  # what is before it is dealt with
    added: list[Any] = []

    def close(until: int) -> None:
        if until > next_old or added:
            found.append({"at": next_old, "gone": until - next_old, "new": list(added)})
            added.clear()

    for item in new:
        at = places.get(tuple(item.items()), -1)
        if at < next_old:
            added.append(item)
            continue
        close(at)
        next_old = at + 1
    close(len(old))
    return found[::-1]
