# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Build settings of an engine: the ``--config`` file, and shapes as trtexec spells them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from setrange.errors import InputError, UsageError
from setrange.files.resources import resource_text
from setrange.files.text_encoding import decoded
from setrange.text.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BuildConfig", "IoFormat", "ShapeRange", "parse_shapes", "read_build_config"]

#: A profile: shapes by input name.
Profile = dict[str, "ShapeRange"]

#: Sizes and values of shapes are int32 to the bindings.
LARGEST_SIZE = 2**31 - 1
_MOST_DIGITS = 20

_SHAPE = re.compile(r"-?\d+(?:x-?\d+)*\Z")


class ShapeRange(NamedTuple):
    """Smallest, usual and largest shape of a dynamic input.

    Of an input whose values become dimensions, they are the values.
    """

    min: tuple[int, ...]
    opt: tuple[int, ...]
    max: tuple[int, ...]


class IoFormat(NamedTuple):
    """Type and memory formats of a network input or output; ``None``, ``()`` = TensorRT's."""

    dtype: str | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConfig:
    """The settings of an engine build; TensorRT decides where one is ``None``.

    Attributes:
        fp16: Layers that are not INT8 may run in FP16.
        workspace_mib: Memory that tactics may use, in MiB.
        optimization_level: 0 to 5.
        timing_cache: File of measured tactics.
        dla_core: Run layers on this DLA core.
        gpu_fallback: Layers that DLA cannot run go to the GPU.
        hardware_compatibility: ``none``, ``ampere_plus`` or ``same_compute_capability``.
        version_compatible: The engine runs on later releases of the same major too.
        plugins: Plugin libraries.
        profiles: Shapes of the dynamic inputs.
        io: Types and formats by name of the input or output.
        profiling_verbosity: ``detailed``, ``layer_names_only`` or ``none``.
        precision_constraints: ``prefer`` or ``obey``.
    """

    fp16: bool = True
    workspace_mib: int | None = None
    optimization_level: int | None = None
    timing_cache: str | None = None
    dla_core: int | None = None
    gpu_fallback: bool = True
    hardware_compatibility: str = "none"
    version_compatible: bool = False
    plugins: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    io: dict[str, IoFormat] = field(default_factory=dict)
    profiling_verbosity: str = "detailed"
    precision_constraints: str = "prefer"

    def without_fp16(self) -> BuildConfig:
        """Return the settings with ``fp16`` off."""
        return replace(self, fp16=False)

    def on_dla(self) -> BuildConfig:
        """Return the settings with a DLA core: the first, where none is set."""
        return self if self.dla_core is not None else replace(self, dla_core=0)

    def with_shapes(
        self, minimum: Iterable[str], optimum: Iterable[str], maximum: Iterable[str]
    ) -> BuildConfig:
        """Return the settings with the shapes of ``--min``, ``--opt`` and ``--max``.

        An input with only one or two of the three takes the nearest for the rest.

        Raises:
            UsageError: A shape is not one, or an input's three do not fit each other.
        """
        low, usual, high = (
            parse_shapes(texts, option)
            for option, texts in (("--min", minimum), ("--opt", optimum), ("--max", maximum))
        )
        names = list(dict.fromkeys([*low, *usual, *high]))
        if not names:
            return self
        if len(self.profiles) > 1:
            raise UsageError("--min, --opt and --max set one profile, but --config has several")
        profile = dict(self.profiles[0]) if self.profiles else {}
        for name in names:
            given = [shapes[name] for shapes in (usual, high, low) if name in shapes]
            profile[name] = _checked(
                name,
                low.get(name, given[0]),
                usual.get(name, given[0]),
                high.get(name, given[0]),
            )
        return replace(self, profiles=(profile,))


def parse_shapes(texts: Iterable[str], option: str) -> dict[str, tuple[int, ...]]:
    """Read ``name:1x3x224x224``, several joined by commas, as trtexec takes them.

    >>> parse_shapes(["input:1x3x224x224,mask:1x64"], "--min")
    {'input': (1, 3, 224, 224), 'mask': (1, 64)}

    Raises:
        UsageError: The text is not of this form.
    """
    shapes = {}
    for text in texts:
        for part in text.split(","):
            name, colon, shape = part.rpartition(":")
            name = name.strip("'\"")
            if not (colon and name and _SHAPE.match(shape)):
                raise UsageError(
                    f"{option} {part!r} is no shape; expected NAME:1x3x224x224 (NAME: an input "
                    f"of the model), several joined by commas"
                )
            shapes[name] = _dims(shape)
    return shapes


def read_build_config(path: str | Path) -> BuildConfig:
    """Read build settings (YAML or JSON).

    Raises:
        InputError: The file cannot be read, is not YAML, or does not fit the schema; the
            message lists every problem.
    """
    import yaml

    try:
        value = yaml.safe_load(decoded(Path(path).read_bytes()))
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}); expected build settings, "
            f"such as 'setrange config' prints"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no text in UTF-8 or UTF-16; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is not YAML: {error}") from error
    except RecursionError as error:
        raise InputError(
            f"{path}: is nested too deeply to be build settings; expected settings such as "
            f"'setrange config' prints"
        ) from error
    except ValueError as error:  # a date or a number that Python does not have
        raise InputError(f"{path}: holds a value that YAML cannot read: {error}") from error
    _check(path, value)
    return _config_of(path, value)


def _check(path: str | Path, value: Any) -> None:
    import jsonschema

    schema = json.loads(resource_text("schemas/build.v1.schema.json"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    try:
        problems = [_problem(error) for error in sorted(errors, key=lambda e: e.json_path)]
    except RecursionError:
        problems = ["is nested too deeply to be build settings"]
    if problems:
        raise InputError("\n".join(f"{path}: {problem}" for problem in problems))


def _problem(error: Any) -> str:
    text = f"{error.json_path}: {error.message}"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        for name in error.instance:
            if name not in known and (hint := did_you_mean(str(name), known)):
                text += f"; {hint}"
    if error.validator == "required":
        text += "; the file's first line is setrange_build: 1"
    return text


def _config_of(path: str | Path, value: dict[str, Any]) -> BuildConfig:
    fields = {name: given for name, given in value.items() if name != "setrange_build"}
    fields = {
        name: int(given) if isinstance(given, float) else given  # 1024.0 is an integer in JSON
        for name, given in fields.items()
    }
    fields["plugins"] = tuple(fields.get("plugins", ()))
    fields["io"] = {
        str(name): IoFormat(dtype=given.get("dtype"), formats=tuple(given.get("formats", ())))
        for name, given in fields.get("io", {}).items()
    }
    try:
        fields["profiles"] = tuple(
            {
                str(name): _checked(
                    str(name), *(_dims(shapes[key]) for key in ("min", "opt", "max"))
                )
                for name, shapes in profile.items()
            }
            for profile in fields.get("profiles", ())
        )
    except UsageError as error:
        raise InputError(f"{path}: {error}") from error
    return BuildConfig(**fields)


def _dims(text: str) -> tuple[int, ...]:
    """Read sizes.

    Raises:
        UsageError: One is more than TensorRT takes.
    """
    sizes = text.split("x")
    if any(len(size) > _MOST_DIGITS or abs(int(size)) > LARGEST_SIZE for size in sizes):
        shown = text if len(text) <= 80 else f"{text[:80]}…"
        raise UsageError(
            f"{shown} holds a size beyond {LARGEST_SIZE}, the most that TensorRT takes"
        )
    return tuple(map(int, sizes))


def _checked(
    name: str, low: tuple[int, ...], usual: tuple[int, ...], high: tuple[int, ...]
) -> ShapeRange:
    fits = len(low) == len(usual) == len(high) and all(
        a <= b <= c for a, b, c in zip(low, usual, high, strict=True)
    )
    if not fits:
        shown = ", ".join("x".join(map(str, shape)) for shape in (low, usual, high))
        raise UsageError(
            f"shapes of {name!r}: min, opt and max are {shown}; expected equal numbers of "
            f"dimensions and min <= opt <= max in each"
        )
    return ShapeRange(min=low, opt=usual, max=high)
