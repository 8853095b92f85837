# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines of builds that fail, or that make up ranges: parser, plugins, memory, DeepStream.

Source: public logs of TensorRT 5 to 10; NVIDIA/TensorRT release/6.0 to 10.16 samples/common;
onnx/onnx-tensorrt 6.0 to 10.10; DeepStream's nvdsinfer_model_builder.cpp.
"""

from __future__ import annotations

from setrange.explain.meaning import Meaning, Severity
from setrange.explain.meaning import meaning_of as _m

__all__ = ["FAILURE_MEANINGS"]

_GIVE_A_CACHE = (
    "unless the model has Q/DQ nodes, write a cache (setrange apply RANGES MODEL -o OUT.cache) "
    "and give its absolute path with --calib"
)
_RELATIVE = (
    "trtexec looks for this cache from where it was started; if there is no such file, it "
    "calibrates on random noise and reports no error"
)
_QDQ_NEEDS_8 = (
    "take the ranges out of the model: setrange convert MODEL -o ranges.json --strip plain.onnx"
)

FAILURE_MEANINGS: tuple[Meaning, ...] = (
    # -- ranges that nobody gave ---------------------------------------------------------
    _m(
        "calibration-dynamic",
        r"\bCalibration: Dynamic$",
        Severity.WARNING,
        "--int8 without --calib: trtexec invents every range (±2 and ±4), so the engine's "
        "results mean nothing",
        _GIVE_A_CACHE,
        needs="Calibration: Dynamic",
    ),
    _m(
        "calibration-relative",
        r"\bCalibration: (?!Dynamic$|/|~|[A-Za-z]:[\\/]|\\\\)(?P<tensor>\S.*)$",
        Severity.NOTE,
        _RELATIVE,
        "give the absolute path of the cache with --calib",
        needs="Calibration: ",
    ),
    _m(
        "banner-relative",
        r"trtexec\b.* --calib=(?!/|~|[A-Za-z]:[\\/]|\\\\)(?P<tensor>\S+)",
        Severity.NOTE,
        _RELATIVE,
        "give the absolute path of the cache with --calib",
        needs=" --calib=",
    ),
    _m(
        "starting-calibration",
        r"Starting Calibration\b",
        Severity.NOTE,
        "TensorRT calibrates, so no cache was given or accepted; trtexec does it on noise",
        "if a cache was given, its path or its header is wrong: setrange check CACHE MODEL",
    ),
    _m(
        "calibration-profile",
        r"Calibration Profile is not defined",
        Severity.NOTE,
        "TensorRT calibrates a model with dynamic inputs, so no cache was accepted or given",
        "if a cache was given, its path or its header is wrong: setrange check CACHE MODEL",
    ),
    _m(
        "deepstream-no-cache",
        r"INT8 calibration file not specified",
        Severity.WARNING,
        "DeepStream has no cache: int8-calib-file is missing, or names no file, seen from the "
        "folder of the configuration; it builds in FP16, or without ranges",
        "give int8-calib-file the absolute path of a cache that setrange apply wrote",
    ),
    _m(
        "deepstream-no-int8",
        r"INT8 not supported by platform",
        Severity.WARNING,
        "this GPU has no INT8, so DeepStream builds in FP16",
        "build on another GPU, or with network-mode=2 (FP16)",
    ),
    _m(
        "calib-not-there",
        r"Can not open provided calibration cache file|"
        r"File does not exist: (?P<tensor>\S*calib\S*)",
        Severity.ERROR,
        "the calibration cache is not where the build looks for it",
        "give its absolute path",
        needs=("Can not open provided", "File does not exist: "),
    ),
    # -- INT8 that does not happen -------------------------------------------------------
    _m(
        "no-native-int8",
        r"Int8 support requested on hardware without native Int8 support",
        Severity.WARNING,
        "this GPU has no INT8 units, so the engine is no faster for it",
        "use FP16 there (--fp16 without --int8), or a GPU with INT8",
    ),
    _m(
        "int8-rejected-whole",
        r"Rejecting int8 implementation of layer (?P<layer>.+?) due to missing int8 scales",
        Severity.WARNING,
        "a tensor of this layer has no range, so the layer does not run in INT8",
        "give it a range: 'setrange check RANGES MODEL' lists what is missing",
    ),
    _m(
        "no-float-kernel",
        r"No non-int8 implementation of layer (?P<layer>.+?) is supported\. Please provide "
        r"missing int8 scales",
        Severity.ERROR,
        "this layer runs in INT8 only, and a tensor of it has no range",
        "give it a range: 'setrange check RANGES MODEL' lists what is missing",
    ),
    _m(
        "no-int8-kernel",
        r"Layer (?P<layer>.+) has no int8 implementation",
        Severity.WARNING,
        "TensorRT has no INT8 kernel for this layer on this GPU: it runs in FP16 or FP32",
        "allow FP16 (--fp16); its ranges are right and change nothing",
    ),
    _m(
        "no-range-for-rank",
        r"Dynamic range would not be set for tensor (?P<tensor>.+?) for nbSpatialDims",
        Severity.NOTE,
        "TensorRT uses no range for tensors with so few dimensions in some layers; the range "
        "itself is right",
    ),
    _m(
        "calibrator-deprecated",
        r"IInt8\w*Calibrator\w* is deprecated in TensorRT 10",
        Severity.NOTE,
        "calibrators work up to 10.16; TensorRT 11 has none and takes Q/DQ models",
    ),
    # -- crashes -------------------------------------------------------------------------
    _m(
        "bad-alloc",
        r"std::bad_alloc",
        Severity.ERROR,
        "memory could not be allocated; trtexec 6.0 and 7.0 also end so whenever they read a "
        "cache (--calib), because they pass it on without its length",
        "with such a trtexec build in code or from a ranged model (setrange apply RANGES MODEL "
        "-o model.ranged.onnx); else see that memory is free, and that the file is a cache: "
        "setrange check CACHE MODEL",
        needs="std::bad_alloc",
    ),
    _m(
        "map-at",
        r"_Map_base::at|std::out_of_range|invalid map<K, T> key|map::at",
        Severity.ERROR,
        "a name was looked up and not found: the cache does not hold an INT8 input or output, "
        "or the calibration images are not where the program looks for them",
        "write a new cache for this model: setrange apply RANGES MODEL -o OUT.cache",
        needs=("map", "Map_base::at", "std::out_of_range"),
    ),
    _m(
        "region-removed",
        r"region should have been removed",
        Severity.ERROR,
        "this is an internal error of TensorRT's optimizer; it is reported for builds that "
        "calibrate where a build in FP16 succeeds",
        "a cache with every range, which spares the calibration, may avoid it: setrange apply "
        "RANGES MODEL -o OUT.cache; else build with another release",
    ),
    _m(
        "out-of-memory",
        r"Cuda Runtime \(out of memory\)|OutOfMemory Error|FAILED_ALLOCATION|"
        r"Requested amount of (?:GPU )?memory \(\d+ bytes\) could not be allocated",
        Severity.ERROR,
        "there is not enough memory for the build",
        "end other programs on the GPU, or allow less workspace",
        needs=(
            "out of memory",
            "OutOfMemory",
            "FAILED_ALLOCATION",
            "could not be allocated",
        ),
    ),
    _m(
        "killed",
        r"^(?:.*\s)?Killed$|oom-kill",
        Severity.ERROR,
        "the system ended the program, most often because memory ran out",
        "add swap, or build with less workspace",
        needs=("Killed", "oom-kill"),
    ),
    _m(
        "crashed",
        r"(?:^|\] )(?:Aborted|Segmentation fault|Bus error)\b",
        Severity.ERROR,
        "the program crashed; the lines before say why, if anything does",
        needs=("Aborted", "Segmentation fault", "Bus error"),
    ),
    # -- the model is not read -----------------------------------------------------------
    _m(
        "no-plugin",
        r"getPluginCreator could not find plugin:? (?P<layer>\S+)",
        Severity.ERROR,
        "TensorRT's parser does not know this op and found no plugin of its name",
        "load the plugin's library (trtexec --staticPlugins=LIB), take a newer release, or "
        "export without the op; 'setrange ops' lists what each release knows",
    ),
    _m(
        "plugin-not-found",
        r"Plugin not found, are the plugin name, version,? and namespace correct",
        Severity.ERROR,
        "an op of the model is no op of this release, and no plugin has its name",
        "the line before names it; load the plugin's library (trtexec --staticPlugins=LIB), or "
        "take a release that knows the op ('setrange ops')",
    ),
    _m(
        "plugin-registry",
        r"plugin creator version .{0,80} was not found in plugin registry|"
        r"Unable to load library|Could not load plugin library|error loading plugin",
        Severity.ERROR,
        "a plugin's library is missing, or was built for another release",
        "load the library with --staticPlugins (before 8.6: --plugins), built for this release",
        needs=(
            "plugin creator version",
            "Unable to load library",
            "plugin library",
            "error loading plugin",
        ),
    ),
    _m(
        "integer-ops",
        r"No importer registered for op: (?P<layer>QLinear\w+|ConvInteger|MatMulInteger|"
        r"DynamicQuantizeLinear)",
        Severity.ERROR,
        "the model computes in integers, as ONNX Runtime writes it in the QOperator format; "
        "TensorRT takes none of these ops",
        "quantize with quant_format=QDQ, or take the float model: setrange apply RANGES MODEL "
        "-o model.qdq.onnx",
    ),
    _m(
        "old-quantize",
        r"No importer registered for op: (?P<layer>(?:De)?[Qq]uantizeLinear)",
        Severity.ERROR,
        "this release has no Q/DQ models; they came with 8.0",
        _QDQ_NEEDS_8,
    ),
    _m(
        "no-importer",
        r"No importer registered for op: (?P<layer>\w+)(?!.*Attempting)",
        Severity.ERROR,
        "this release's parser does not know the op",
        "take a newer release ('setrange ops' says which knows it), or load a plugin",
    ),
    _m(
        "import-as-plugin",
        r"No importer registered for op: (?P<layer>\w+)\. Attempting to import as plugin",
        Severity.NOTE,
        "this release's parser does not know the op and looks for a plugin of its name",
    ),
    _m(
        "qdq-scale-not-constant",
        r"Assertion failed: (?:inputs\.at\([12]\)\.is_weights\(\)|K == scale\.count\(\)|"
        r"scale\.is_weights\(\))|"
        r"(?:shift|scale) weights has count \d+ but \d+ was expected",
        Severity.ERROR,
        "the parser refuses a Q/DQ node: its scale or zero point is no constant, or does not "
        "have one value for each channel; TensorRT 7 takes no Q/DQ models at all",
        f"'setrange check MODEL' says which node; before 8.0 {_QDQ_NEEDS_8}",
        needs=("Assertion failed: ", "weights has count "),
    ),
    _m(
        "parsing-node",
        r"While parsing node number \d+ \[(?P<layer>\w+)",
        Severity.NOTE,
        "the parser stopped at this node; the line with 'Assertion failed' says why",
        "setrange inspect MODEL --trt V says what that release's parser takes",
    ),
    _m(
        "assertion",
        r"In node \d+ .{0,200}?: (?:UNSUPPORTED_NODE|INVALID_NODE|INVALID_GRAPH)|"
        r"\[\d\] Assertion failed: ",
        Severity.ERROR,
        "the parser refuses a node of the model",
        "setrange inspect MODEL --trt V says what that release's parser takes, and which "
        "releases take the model",
        needs=("In node ", "Assertion failed: "),
    ),
    _m(
        "no-output",
        r"Network must have at least one output",
        Severity.ERROR,
        "parsing failed before (an earlier line says at which node), and the program went on "
        "with an empty network",
        "look at the parser's errors: print parser.get_error(i) for each",
    ),
    _m(
        "parse-failed",
        r"Failed to parse onnx file|failed to parse onnx model file|Parsing model failed|"
        r"Parse(?:r)? (?:was unable to|could not) parse",
        Severity.ERROR,
        "the ONNX model was not read; the lines before say at which node",
        "setrange inspect MODEL --trt V says what that release's parser takes",
        needs=("Failed to parse", "failed to parse", "Parsing model failed", "Parse"),
    ),
    _m(
        "int64-weights",
        r"model has been generated with INT64 weights",
        Severity.NOTE,
        "this is normal: up to 9.x TensorRT makes 32-bit integers of 64-bit ones",
    ),
    _m(
        "engine-of-another",
        r"Version tag does not match|engine plan file is (?:not compatible|generated on an "
        r"incompatible)|Serialization \(?assertion .{0,80}failed|"
        r"magicTag|Expecting .{0,40}library version",
        Severity.ERROR,
        "the engine was built by another release, or for another GPU",
        "build it again with this TensorRT on this GPU; ranges and caches can be kept",
        needs=(
            "Version tag",
            "engine plan file",
            "Serialization",
            "magicTag",
            "library version",
        ),
    ),
    _m(
        "fp16-would-help",
        r"FP32 and INT8 precisions have been specified - more performance might be enabled",
        Severity.NOTE,
        "what does not run in INT8 runs in FP32, since FP16 is not allowed; this often makes "
        "INT8 slower than FP16",
        "add --fp16",
    ),
)
