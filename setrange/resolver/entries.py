# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Finds the tensor that each name of a ranges file means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from setrange.errors import UsageError
from setrange.findings import Finding, Level
from setrange.network.naming import is_parser_made_name
from setrange.ranges.patterns import is_bracketed
from setrange.resolver.collecting import collect
from setrange.resolver.describe import describe_tensor
from setrange.resolver.index import NetworkIndex, is_parser_made, value_of_key
from setrange.resolver.result import Inference, MatchKind, Resolution, Resolved, Unresolved
from setrange.resolver.spoken import SpokenNames, is_settled
from setrange.resolver.suggest import Suggestions
from setrange.resolver.versions import OtherVersions, profile_of
from setrange.text.linear_regex import RegexError
from setrange.text.words import plural
from setrange.versions import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from setrange.network import Network
    from setrange.ranges.model import RangeFile
    from setrange.resolver.versions import SameModel

__all__ = ["Resolver", "resolve_entries"]

#: 10.x: ``<layer name>_output``, and ``_output_2`` of layers with several outputs.
_DEFAULT_OUTPUT = re.compile(r".+_output(?:_\d+)?\Z", re.S)

#: What quantizers call a value behind the pair that they put there: Paddle2ONNX, ONNX Runtime.
_ALIAS = re.compile(
    r"(?P<value>.+?)(?:\.quantized\.dequantized(?:\.\d+)?|_DequantizeLinear_Output(?:_\d+)?)\Z",
    re.S,
)

#: Versions that name tensors after layers.
_BY_LAYER_NAME = tuple(profile for profile in PROFILES if profile.startswith("10."))


#: People write few globs that have brackets and no star; exporters write many such names.
_MOST_BRACKETED = 100


def resolve_entries(
    network: Network,
    range_file: RangeFile,
    *,
    model: SameModel | None = None,
) -> Resolution:
    """Find the tensor of every entry of a ranges file.

    A name is looked up as TensorRT name, ONNX name, portable key, then as a name that
    another TensorRT release's parser made. A file without ``named_by`` is read as the names
    of the release that explains every parser-made name; where none does, those are aligned
    by kind and order between their named neighbours. Whatever is not certain is reported.

    Args:
        network: The network of the wanted TensorRT release.
        range_file: The entries, in file order.
        model: The same model at other releases. Without it names of other releases cannot
            be explained, and a value that TensorRT makes no tensor of is an unknown name.

    Returns:
        The tensors, and findings SR101 to SR108.

    Raises:
        UsageError: The file holds names that another release's parser made, and ``model`` is
            not given.
    """
    return Resolver(network, model).resolve(range_file)


class Resolver:
    """Resolves names in one network.

    Attributes:
        target: Index of the network.
        others: The same model at other releases.
        suggestions: Near names in ``target``.
    """

    def __init__(self, network: Network, model: SameModel | None) -> None:
        self.target = NetworkIndex(network)
        self.others = OtherVersions(self.target, model)
        self._onnx_values = frozenset(() if model is None else model.value_names)
        self.suggestions = Suggestions(self.target)
        self.spoken = SpokenNames(self.target)

    def resolve(self, range_file: RangeFile) -> Resolution:
        """Resolve the names of one file; see ``resolve_entries``."""
        named_by = range_file.named_by
        patterns = self._patterns(range_file.entries)
        names = tuple(name for name in range_file.entries if name not in patterns)
        findings: list[Finding] = []
        made = self.parser_made(names, named_by)
        inference: Inference | None = None
        aligned: dict[str, Resolved | Unresolved] = {}
        if made and named_by is not None and self._cannot_ask(named_by):
            aligned = self._unexplained(range_file, made)
        elif made:
            inference = self._source(names, made, named_by, findings)
            if inference is None and named_by is not None:
                aligned = {name: _of_unknown_version(name, named_by) for name in made}
            elif inference is None:
                from setrange.resolver.segments import align_entries

                aligned = align_entries(names, made, self.target, self.others)
        source = self.target if inference is None else inference.source
        parser_made = frozenset(made)
        located: list[Resolved | Unresolved] = []
        for name in range_file.entries:
            if name in patterns:
                located += self.by_pattern(name)
            else:
                made_name = name in parser_made
                located.append(aligned.get(name) or self.locate(name, source, made=made_name))
        return collect(range_file, located, findings, inference, self.suggestions)

    def _patterns(self, names: Iterable[str]) -> set[str]:
        """Return the patterns among names; many that have brackets alone are names."""
        patterns = {name for name in names if self.is_pattern(name)}
        brackets = {name for name in patterns if is_bracketed(name)}
        return patterns - brackets if len(brackets) > _MOST_BRACKETED else patterns

    def is_pattern(self, name: str) -> bool:
        """True for a name that may mean several tensors, and is no tensor's own name."""
        return (
            self.spoken.is_pattern(name)
            and self.target.find(name) is None
            and name not in self._onnx_values
        )

    def by_pattern(self, pattern: str) -> list[Resolved | Unresolved]:
        """Find the tensors that a pattern gives a range: all it fits but constants."""
        try:
            fitting = self.spoken.fitting(pattern)
        except RegexError as error:
            why = f"{pattern!r} is no regular expression: {error}"
            return [Unresolved(entry=pattern, code="SR112", why=why)]
        taken: list[Resolved | Unresolved] = [
            Resolved(
                entry=pattern,
                tensor=tensor,
                how=MatchKind.PATTERN,
                why=f"{pattern!r} fits {tensor.name!r}",
            )
            for tensor in fitting
            if not is_settled(tensor)
        ]
        if taken:
            return taken
        if not fitting and is_bracketed(pattern):
            return [self._unknown(pattern, made=False)]
        if not fitting:
            why = f"{pattern!r} fits no tensor and no node of this model"
            return [Unresolved(entry=pattern, code="SR112", why=why)]
        why = (
            f"{pattern!r} fits only tensors that take no given range, such as "
            f"{fitting[0].name!r}: constants have their values, and "
            f"integers are never quantized"
        )
        return [Unresolved(entry=pattern, code="SR106", why=why)]

    def parser_made(self, names: Sequence[str], named_by: str | None) -> list[str]:
        """Return the names that some release's parser made, in order."""
        version = None if named_by is None else self.others.at(named_by)
        known = [index for index in (version, self.target) if index is not None]
        if version is None:
            known += self._that_know_layers(names)
        return [name for name in names if self._is_made(name, known)]

    def _that_know_layers(self, names: Sequence[str]) -> list[NetworkIndex]:
        """Versions that name tensors after layers, until all such names are explained."""
        pending = {
            name
            for name in names
            if _DEFAULT_OUTPUT.match(name)
            and not is_parser_made_name(name)
            and self.target.find(name) is None
            and name not in self._onnx_values
        }
        known = []
        for profile in reversed(_BY_LAYER_NAME):
            if not pending:
                break
            index = self.others.ask(profile)
            if index is not None:
                known.append(index)
                pending -= {name for name in pending if _makes(index, name)}
        return known

    def _is_made(self, name: str, known: Sequence[NetworkIndex]) -> bool:
        tensor = self.target.find(name)
        if tensor is not None and not is_parser_made(tensor):
            return False
        return is_parser_made_name(name) or any(_makes(index, name) for index in known)

    def _cannot_ask(self, version: str) -> bool:
        """True for a release whose parser is known, and whose network cannot be had."""
        return profile_of(version) is not None and self.others.at(version) is None

    def _unexplained(
        self, range_file: RangeFile, made: Sequence[str]
    ) -> dict[str, Resolved | Unresolved]:
        """What names mean that only another release could explain: nothing is guessed.

        Raises:
            UsageError: That release could not be asked.
        """
        there, here = range_file.named_by, self.target.network.trt
        if not self.others.are_known:
            raise UsageError(
                f"{range_file.path or 'the ranges'}: parser-made names, e.g. {made[0]!r}, "
                f"are TensorRT {there}'s (named_by), and the network is TensorRT {here}'s; "
                f"only the model can tell which tensors they are: plan_model(model, ranges, "
                f"trt={here!r}) does"
            )
        return {
            name: Unresolved(
                entry=name,
                code="SR102",
                why=f"{name!r} is a name that TensorRT {there} made (named_by), and the parser "
                f"of that release refuses the model, so setrange cannot find its tensor",
            )
            for name in made
        }

    def _source(
        self,
        names: Sequence[str],
        made: Sequence[str],
        named_by: str | None,
        findings: list[Finding],
    ) -> Inference | None:
        """The release that made the names: the file's word, or inferred."""
        here = self.target.network
        if named_by is not None:
            index = self.others.at(named_by)
            if index is not None:
                if index is not self.target:
                    findings.append(
                        Finding(
                            code="SR103",
                            message=f"{len(made)} parser-made names are TensorRT {named_by}'s "
                            f"(named_by) and were re-keyed to TensorRT {here.trt}'s",
                        )
                    )
                return Inference(version=named_by, source=index)
        from setrange.resolver.inference import infer_version

        inference = infer_version(names, made, self.target, self.others)
        if inference is None and self.others.unasked:
            findings.append(_search_finding(made, self.others))
        if inference is not None:
            finding = _inference_finding(inference, made, here, same=self.target)
            if finding is not None:
                findings.append(finding)
        return inference

    def locate(self, name: str, source: NetworkIndex, *, made: bool) -> Resolved | Unresolved:
        """Find the tensor of one name; ``source`` is the release that made its file."""
        if made and source is not self.target:
            return self._rekeyed(name, source)
        tensor = self.target.by_name.get(name)
        if tensor is not None:
            return Resolved(
                entry=name,
                tensor=tensor,
                how=MatchKind.EXACT,
                why=f"{name!r} is a tensor of TensorRT {self.target.network.trt}'s network",
            )
        tensor = self.target.by_value.get(name)
        if tensor is not None:
            return Resolved(
                entry=name,
                tensor=tensor,
                how=MatchKind.ONNX,
                why=f"TensorRT calls the ONNX value {name!r} {tensor.name!r}",
            )
        tensor = self.target.by_key.get(name)
        if tensor is not None:
            return Resolved(
                entry=name,
                tensor=tensor,
                how=MatchKind.KEY,
                why=f"{name!r} is the portable key of {tensor.name!r}",
            )
        spoken = None if name in self._onnx_values else self.spoken.find(name)
        return self._by_alias(name) or spoken or self._unknown(name, made=made)

    def _by_alias(self, name: str) -> Resolved | None:
        """The tensor whose dequantized copy has that name, in a model with Q/DQ nodes."""
        match = _ALIAS.match(name)
        tensor = None if match is None else self.target.find(match["value"])
        if match is None or tensor is None:
            return None
        return Resolved(
            entry=name,
            tensor=tensor,
            how=MatchKind.ALIAS,
            why=f"{name!r} is what quantizers call {match['value']!r} behind its Q/DQ pair",
        )

    def _rekeyed(self, name: str, source: NetworkIndex) -> Resolved | Unresolved:
        from setrange.resolver.counterpart import find_counterpart

        here, there = self.target.network.trt, source.network.trt
        original = source.by_name.get(name)
        if original is None:
            return Unresolved(
                entry=name,
                code="SR102",
                why=f"the parser of TensorRT {there} makes no tensor {name!r} of this model",
            )
        tensor = find_counterpart(original, self.target)
        words = describe_tensor(original)
        if tensor is None:
            return Unresolved(
                entry=name,
                code="SR102",
                why=f"{name!r} is the {words} of TensorRT {there}; TensorRT {here} makes no "
                f"such tensor",
            )
        return Resolved(
            entry=name,
            tensor=tensor,
            how=MatchKind.OTHER_VERSION,
            why=f"TensorRT {there} calls the {words} {name!r}, TensorRT {here} calls it "
            f"{tensor.name!r}",
        )

    def _unknown(self, name: str, *, made: bool) -> Unresolved:
        here = self.target.network.trt
        value = value_of_key(name)
        if made:
            code, why = "SR102", f"the parser of TensorRT {here} makes no tensor {name!r}"
        elif name in self._onnx_values:
            code = "SR107"
            why = f"TensorRT {here} makes no tensor of the ONNX value {name!r} (it is folded)"
        elif value is not None and (value in self._onnx_values or self.target.find(value)):
            code = "SR102"
            why = f"the parser of TensorRT {here} makes no layer {name!r} for that node"
        else:
            code, why = "SR101", f"{name!r} is no tensor of this model"
            if name.isdecimal():
                why += f"; the number of a layer is written '#{name}'"
        return Unresolved(entry=name, code=code, why=why)


def _makes(index: NetworkIndex, name: str) -> bool:
    found = index.by_name.get(name)
    return found is not None and is_parser_made(found)


def _search_finding(made: Sequence[str], others: OtherVersions) -> Finding:
    """Say that not every release was asked."""
    return Finding(
        code="SR103",
        message=f"which release made {plural(len(made), 'name')} such as {made[0]!r} was not "
        f"found: {others.why_unasked}",
        help='say which release made the names: "named_by": "8.6" in the ranges file, or '
        "--named-by",
        level=Level.WARNING,
    )


def _of_unknown_version(name: str, version: str) -> Unresolved:
    return Unresolved(
        entry=name,
        code="SR102",
        why=f"{name!r} is a name that TensorRT {version} made (named_by); the parser of that "
        f"release is not known here, and no other explains all such names of the file",
    )


def _inference_finding(
    inference: Inference, made: Sequence[str], here: Network, *, same: NetworkIndex
) -> Finding | None:
    """Say which release was inferred, unless it is the wanted one without any doubt."""
    is_own = inference.source is same
    doubts = []
    if inference.misplaced:
        doubts.append(
            f"{len(inference.misplaced)} of them stand elsewhere in the file than in that "
            f"network, e.g. {inference.misplaced[0]!r}"
        )
    if inference.rivals:
        rivals = ", ".join(inference.rivals)
        doubts.append(f"they would fit TensorRT {rivals} too, but as other tensors")
    if is_own and not inference.misplaced:
        return None
    taken = f"all {len(made)} parser-made names fit TensorRT {inference.version}"
    if not is_own:
        taken += f" and were re-keyed to TensorRT {here.trt}'s"
    return Finding(
        code="SR103",
        message="; ".join([taken, *doubts]),
        help=f'if that is wrong, put "named_by" into the file: "named_by": "{here.trt}"',
        level=Level.WARNING if doubts else None,
    )
