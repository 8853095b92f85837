# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""What must be known of a model to measure it; its weights are let go before it is run."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setrange.errors import ParserRefusedError, UsageError
from setrange.measure.inputs import Inputs
from setrange.measure.observed import Observed, bases_of, observed_values
from setrange.measure.validity import check_valid
from setrange.model.external import is_external
from setrange.model.held_tensors import held_tensors
from setrange.model.loading import load_model
from setrange.model.node_names import drop_equal_names, has_equal_names
from setrange.model.streamed import with_values
from setrange.model.types import DataType
from setrange.model.writing import skeleton_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onnx import ModelProto

    from setrange.importer.parser import ParserOptions
    from setrange.model.digest import BackgroundDigest
    from setrange.model.loading import Model
    from setrange.network import Network
    from setrange.versions import TrtVersion

__all__ = ["Subject", "examine", "network_of", "subject_of"]

#: Types of values that are measured.
_FLOATS = (DataType.FLOAT32, DataType.FLOAT16, DataType.FLOAT64)

#: Fields of a subject that hold for one file on one machine.
_OF_PLACE = ("path", "digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The model to measure, read without its weights.

    Attributes:
        path: Its file.
        digest: Digest of the file, which may still be computed.
        inputs: What it wants to be fed.
        observed: Values that get a range.
        unmeasured: Values that cannot be measured, and why.
        outputs: The outputs it has.
        float_outputs: Those of them that are float tensors.
        prefix: What none of its values begins with.
        proto: The model, if it keeps weights in other files (it is small then), or must be
            changed for ONNX Runtime.
        fallback: How the model was read if the release does not take it; empty otherwise.
    """

    path: Path
    digest: BackgroundDigest
    inputs: Inputs
    observed: tuple[Observed, ...]
    unmeasured: tuple[tuple[str, str], ...]
    outputs: frozenset[str]
    float_outputs: frozenset[str]
    prefix: str
    proto: ModelProto | None
    fallback: str = ""

    @property
    def bases(self) -> list[str]:
        """The values that are measured, each once."""
        return bases_of(self.observed)

    def facts(self) -> dict[str, Any]:
        """Return what holds of the file wherever it lies, for ``of_facts`` elsewhere."""
        names = [item.name for item in fields(self) if item.name not in _OF_PLACE]
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of_facts(cls, path: str | Path, facts: Mapping[str, Any]) -> Subject:
        """Take up what another process found out of the same file.

        Args:
            path: The file as it is seen here; it is hashed, so that it can be held against
                the other one.
            facts: What ``facts`` returned there.
        """
        from setrange.model.digest import BackgroundDigest

        return cls(path=Path(path), digest=BackgroundDigest(path), **facts)

    def without(self, odd: Mapping[str, str]) -> Subject:
        """Return the same without some of the measured values.

        Args:
            odd: Those values, and why they cannot be measured.

        Raises:
            UsageError: Nothing is left.
        """
        kept = tuple(item for item in self.observed if item.base not in odd)
        left_out = [(item.name, odd[item.base]) for item in self.observed if item.base in odd]
        if not kept:
            raise _nothing(self.path, left_out)
        return replace(self, observed=kept, unmeasured=(*self.unmeasured, *left_out))


def examine(
    path: str | Path,
    trt: TrtVersion,
    parser: ParserOptions | None = None,
    *,
    through_relu: bool = True,
    is_lenient: bool = False,
) -> Subject:
    """Read a model, and find out which of its values TensorRT has as tensors.

    Args:
        path: The ONNX model.
        trt: The TensorRT release whose parser decides.
        parser: How that parser is set up.
        through_relu: The output of a Relu is not measured where its input is.
        is_lenient: A model that the release does not take is read as another does.

    Raises:
        ModelError: It cannot be read.
        UsageError: There is nothing to measure.
    """
    from setrange.model.digest import BackgroundDigest

    digest = BackgroundDigest(path)
    model = load_model(path)
    network, fallback = network_of(model, trt, parser, is_lenient=is_lenient)
    return subject_of(model, network, digest, through_relu=through_relu, fallback=fallback)


def subject_of(
    model: Model,
    network: Network,
    digest: BackgroundDigest,
    *,
    through_relu: bool = True,
    fallback: str = "",
) -> Subject:
    """Find out which values of a model that was read are measured.

    Args:
        model: The model.
        network: What TensorRT's parser makes of it.
        digest: Of its file.
        through_relu: The output of a Relu is not measured where its input is.
        fallback: How the model was read, if not as the release does.

    Raises:
        ModelError: It cannot be run.
        UsageError: There is nothing to measure.
    """
    check_valid(model)
    path = model.path
    observed, unmeasured = observed_values(model, network, through_relu=through_relu)
    if not observed:
        raise _nothing(path, unmeasured)
    has_data = any(map(is_external, held_tensors(model.proto)))  # those of bodies too
    subject = Subject(
        path=path,
        digest=digest,
        inputs=Inputs.of(model),
        observed=tuple(observed),
        unmeasured=tuple(unmeasured),
        outputs=frozenset(value.name for value in model.graph.output),
        float_outputs=frozenset(
            value.name
            for value in model.graph.output
            if value.type.tensor_type.elem_type in _FLOATS
        ),
        prefix=_free_prefix(model),
        # What is handed on has its other weights in itself.
        proto=_changed(model) if has_data or has_equal_names(model.proto) else None,
        fallback=fallback,
    )
    digest.check_unchanged()  # the model was read more than once
    return subject


def network_of(
    model: Model, trt: TrtVersion, parser: ParserOptions | None, *, is_lenient: bool
) -> tuple[Network, str]:
    """Return what TensorRT's parser makes of a model.

    Args:
        model: The model.
        trt: The release.
        parser: How the parser is set up.
        is_lenient: A model that the release does not take is read as another does.

    Returns:
        The network, and how the model was read if not as asked; empty otherwise.

    Raises:
        ParserRefusedError: The parser refuses the model.
    """
    from setrange.importer.model_at import fallback_of
    from setrange.importer.parser import ParserOptions, import_model

    try:
        return import_model(model, trt, parser), ""
    except ParserRefusedError:
        options = ParserOptions() if parser is None else parser
        other = fallback_of(model, trt, options) if is_lenient else None
        if other is None:
            raise
    return import_model(model, other.version, other.options), other.why


def _changed(model: Model) -> ModelProto:
    proto = skeleton_of(model.proto)
    weights = (with_values(tensor, model.base) for tensor in model.graph.initializer)
    proto.graph.initializer.extend(weights)
    drop_equal_names(proto)
    return proto


def _nothing(path: Path, unmeasured: Sequence[tuple[str, str]]) -> UsageError:
    if not unmeasured:
        return UsageError(f"{path}: has no float tensor, so there is no range to measure")
    name, reason = unmeasured[0]
    return UsageError(
        f"{path}: has no float tensor that can be measured; e.g. {name!r} is {reason}"
    )


def _free_prefix(model: Model) -> str:
    taken = model.value_names()
    prefix = "setrange"
    while any(name.startswith(f"{prefix}/") for name in taken):
        prefix += "_"
    return f"{prefix}/"
