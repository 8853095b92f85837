# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""A model at every TensorRT release, made of a function instead of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from setrange.errors import SetrangeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from setrange.network import Network
    from setrange.versions import TrtVersion


@dataclass(frozen=True)
class SameModel:
    """What ``importer.model_at.ModelAt`` is for the resolver.

    Attributes:
        import_at: Makes the network of a release; what it raises is a refusal.
        value_names: All value names of the model.
    """

    import_at: Callable[[str], Network] | None = None
    value_names: Collection[str] = ()
    work: int = 0

    def network_if_accepted(
        self, trt: TrtVersion | str, names: Sequence[str] = ()
    ) -> Network | None:
        try:
            return None if self.import_at is None else self.import_at(str(trt))
        except SetrangeError:
            return None
