# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""Small files of every format, as their own tools write them."""

from __future__ import annotations

import io
import struct

import numpy as np


def _npz() -> bytes:
    stream = io.BytesIO()
    np.savez(
        stream,
        **{
            "layer1.0.conv1._input_quantizer._amax": np.float32(2.64),
            "fc._input_quantizer._amax": np.array([1.0, 3.0], np.float32),
            "fc._weight_quantizer._amax": np.ones((4, 1), np.float32),
        },
    )
    return stream.getvalue()


def flatbuffer(pairs: dict[str, str]) -> bytes:
    """A `TrtTable` laid out by hand: root, vtables, tables, vector, strings."""
    # vtable of the root (one field), root table, vtable of the pairs (two fields).
    head = struct.pack("<HHHxx", 6, 8, 4)
    root_at = 4 + len(head)
    vector_at = root_at + 8 + 8
    out = bytearray(struct.pack("<I", root_at) + head)
    out += struct.pack("<iI", len(head), vector_at - root_at - 4)
    out += struct.pack("<HHHH", 8, 12, 4, 8)
    pair_vtable_at = root_at + 8
    tables_at = vector_at + 4 + 4 * len(pairs)
    strings_at = tables_at + 12 * len(pairs)
    out += struct.pack("<I", len(pairs))
    for index in range(len(pairs)):
        out += struct.pack("<I", tables_at + 12 * index - (vector_at + 4 + 4 * index))
    strings = bytearray()
    for index, texts in enumerate(pairs.items()):
        table_at = tables_at + 12 * index
        out += struct.pack("<i", table_at - pair_vtable_at)
        for slot, text in zip((4, 8), texts, strict=True):
            out += struct.pack("<I", strings_at + len(strings) - (table_at + slot))
            data = text.encode()
            strings += struct.pack("<I", len(data)) + data + b"\0" * (4 - len(data) % 4)
    return bytes(out + strings)


def _onnx(graph: str, producer: str = "") -> bytes:
    """A model in ONNX's text form."""
    import onnx.parser

    head = f'<ir_version: 8, opset_import: ["": 13], producer_name: "{producer}">'
    data: bytes = onnx.parser.parse_model(f"{head} g {graph}").SerializeToString()
    return data


QDQ = """(float[4] x) => (float[4] y) <float s = {0.02}, int8 z = {0}> {
    q = QuantizeLinear(x, s, z)
    d = DequantizeLinear(q, s, z)
    y = Relu(d)
}"""

RANGED = """(float[4] x) => (float[4] y) {
    y = Relu<trt_outputs_range_min = [-2.54], trt_outputs_range_max = [2.54]>(x)
}"""

ORT_JSON = """{"conv1_out": {
 "lowest": {"data": [-3.2], "dtype": "float32", "CLS": "numpy.array"},
 "highest": {"data": [3.6], "dtype": "float32", "CLS": "numpy.array"}, "CLS": "TensorData"},
"x": {"lowest": {"data": -204.56, "dtype": "float32", "CLS": "numpy.array"},
 "highest": {"data": 173.06, "dtype": "float32", "CLS": "numpy.array"},
 "hist": {"data": [1, 2, 3], "dtype": "int64", "CLS": "numpy.array"}, "CLS": "TensorData"}}"""

AIMET_0_6_1 = """{"version": "0.6.1",
 "activation_encodings": {
  "conv1_out": [{"bitwidth": 8, "dtype": "int", "is_symmetric": "True",
    "min": -2.0096, "max": 1.9939, "scale": 0.0157, "offset": -128}],
  "strict": [{"bitwidth": 8, "dtype": "int", "is_symmetric": "True",
    "min": -1.9939, "max": 1.9939, "scale": 0.0157, "offset": -127}],
  "act2": [{"bitwidth": 8, "dtype": "int", "is_symmetric": "False",
    "min": -2.26, "max": 2.84, "scale": 0.02, "offset": -113}],
  "wide": [{"bitwidth": 16, "dtype": "int", "is_symmetric": "True", "scale": 1.0}],
  "float": [{"bitwidth": 16, "dtype": "float"}]},
 "param_encodings": {"conv1.weight": [{"bitwidth": 8, "dtype": "int", "is_symmetric": "True",
    "min": -0.5, "max": 0.496, "scale": 0.0039, "offset": -128}]}}"""

AIMET_1_0_0 = """{"version": "1.0.0",
 "activation_encodings": [
  {"name": "conv1_out", "enc_type": "PER_TENSOR", "dtype": "INT", "bw": 8,
   "is_sym": true, "scale": [0.0157], "offset": [-128.0]},
  {"name": "act2", "enc_type": "PER_TENSOR", "dtype": "INT", "bw": 8,
   "is_sym": false, "scale": [0.02], "offset": [-113.0]},
  {"name": "channels", "enc_type": "PER_CHANNEL", "dtype": "INT", "bw": 8,
   "is_sym": true, "scale": [0.01, 0.03], "offset": [-128.0, -128.0]}],
 "param_encodings": [
  {"name": "conv1.weight", "enc_type": "PER_CHANNEL", "dtype": "INT", "bw": 8,
   "is_sym": true, "scale": [0.1, 0.2], "offset": [-128, -128]}],
 "quantizer_args": {}}"""

AIMET_2 = """{"version": "2.0.0", "encodings": [
  {"name": "conv1_out",    "output_dtype": "int8",  "y_scale": 0.0157},
  {"name": "act2",         "output_dtype": "uint8", "y_scale": 0.02, "y_zero_point": 113},
  {"name": "centered",     "output_dtype": "uint8", "y_scale": 0.02, "y_zero_point": 128},
  {"name": "shifted",      "output_dtype": "int8",  "y_scale": 0.02, "y_zero_point": -15},
  {"name": "fine",         "output_dtype": "int16", "y_scale": 0.0001},
  {"name": "conv1.weight", "output_dtype": "int8",  "y_scale": [0.003, 0.004], "axis": 0}]}"""

QNN = """{"activation_encodings": {"conv1_out": [{"bitwidth": 8, "min": -2.0, "max": 1.9}],
 "grid": [{"bitwidth": 8, "min": -1.28, "max": 1.27}]}, "param_encodings": {}}"""

NVDLA = """{ "data":  {"scale": 1.189266, "min": 0, "max": 0, "offset": 0},
  "conv1": {"scale": 0, "min": -3, "max": 4.5, "offset": 0} }"""

OWN = """{"setrange": 1, "named_by": "8.6", "model": {"file": "m.onnx"}, "tensors": {
  "a": 1, "b": [0, 2], "c": {"scale": 0.1}, "d": {"min": null, "max": null, "reason": "x"}},
 "precision": {"/head/*": "fp16"}, "collected": {"samples": 3}}"""

YAML = """---
setrange: 1
tensors:
  input: {min: -2.1, max: 2.64}
  "a:0": [0, 1]
  /head/Conv_output: 1e-3
  later: ~
precision:
  /head/*: fp16
"""

CSV = '''name,min,max,scale,source,reason
a,-1,2,,,
"b,c",,,0.1,"x ""y""",
d,,,,,0 in it
'''

CACHE = """TRT-8601-EntropyCalibration2
input: 3caa54fc
(Unnamed Layer* 22) [Constant]_output: 3a4b050c
mask: 0
bad: 7f800000
"""

TENSORS_DATA = """{"CLS": "TensorsData", "data": %s, "calibration_method":
 {"CLS": "CalibrationMethod", "value": "CalibrationMethod.Entropy"}, "smooth_quant": false}"""

QAT = """{"layer1.0.conv1._input_quantizer._amax": 2.64,
 "fc.input_quantizer._amax": [[1.5]], "fc.weight_quantizer._amax": [1, 2]}"""

ORT_OVERRIDES = """{"input": [{"rmin": -1.0, "rmax": 1.0, "quant_type": "QUInt8"}],
 "a": [{"scale": 0.02, "zero_point": 0, "quant_type": "QuantType.QInt8"}],
 "u": [{"scale": 0.02, "zero_point": 128, "quant_type": "QUInt8"}],
 "w": [{"axis": 0, "rmin": -1, "rmax": 1}, {"rmin": -2, "rmax": 2}],
 "s": [{"symmetric": true}]}"""

NNI = """{"layer1.0.conv1": {"weight_bits": 8, "weight_scale": 0.003, "weight_zero_point": 0,
  "input_bits": 8, "tracked_min_input": -2.1, "tracked_max_input": 2.6,
  "output_bits": 8, "tracked_min_output": 0.0, "tracked_max_output": 6.1},
 "relu1": {"output_bits": 4, "tracked_min_output": 0.0, "tracked_max_output": 6.1}}"""

SUMMARY = """\
conv1._input_quantizer                  : TensorQuantizer(8bit fake per-tensor amax=2.6400 \
calibrator=HistogramCalibrator scale=1.0 quant)
conv1._weight_quantizer                 : TensorQuantizer(8bit fake axis=0 \
amax=[0.0123, 1.2345](16) calibrator=MaxCalibrator scale=1.0 quant)
fc._input_quantizer                     : TensorQuantizer(disabled)
add.input_quantizer                     : TensorQuantizer(8 bit fake per-tensor amax=0.5 quant)
head.input_quantizer                    : TensorQuantizer(4bit fake axis=1 amax=[-1, 2.5](8) x)
"""

NCNN = b"""Conv_0_param_0 214.112503 188.034195 301.771820
Gemm_6_param_0 303.2
Conv_0 158.193512
Gemm_6 24.376623
"""
NCNN_PRINTED = b"""\
Conv_0                  : max = 1.000000         threshold = 0.980000         scale = 129.591837
Conv_2                  : max = 30.250000        threshold = 12.700000        scale = 10.000000
"""

SOPHGO = b"""# genetated time: 2023-08-14 11:24:49.184410
# histogram number: 2048
# sample number: 200
###
# op_name    threshold    min    max
images 1.0000076 0.0 1.0000076
/model.0/conv/Conv_output_0_Conv 10.4 -12.5 11.25
relu_Relu 3.5 0 4.5
#int4_th
images 0.9 0 1
"""

TFLITE_DETAILS = """[{"name": "serving_default_input:0", "index": 0, "shape": [1, 32, 32, 3],
  "dtype": "<class 'numpy.int8'>", "quantization": [0.00784, -1],
  "quantization_parameters": {"scales": [0.00784], "zero_points": [-1]}},
 {"name": "m/Relu;m/BiasAdd;m/Conv2D", "index": 5, "dtype": "int8", "quantization": [0.02, 0],
  "quantization_parameters": {"scales": [0.02], "zero_points": [0]}},
 {"name": "m/kernel", "dtype": "int8", "quantization_parameters": {"scales": [0.1, 0.2],
  "zero_points": [0, 0]}}, {"name": "bias", "dtype": "int32", "quantization_parameters": {}}]"""
TFLITE_FLAT = """{"version": 3, "operator_codes": [], "subgraphs": [{"tensors": [
 {"shape": [1, 4], "type": "UINT8", "name": "in", "quantization": {"scale": [0.5],
  "zero_point": [2]}}, {"name": "float", "type": "FLOAT32"}]}]}"""

FAKE_QUANTIZE = """(float[4] x) => (float[4] y) <float l = {-1.28}, float h = {1.27}> {
    d = FakeQuantize<levels: int = 256>(x, l, h, l, h)
    y = Relu(d)
}"""
QUANT = """(float[4] x) => (float[4] y) <float s = {0.02}, float z = {0}, float b = {8}> {
    d = Quant<signed: int = 1>(x, s, z, b)
    y = Relu(d)
}"""
EXTENDED = QDQ.replace("QuantizeLinear", "ExtendedQuantizeLinear").replace(
    "DequantizeLinear", "ExtendedDequantizeLinear"
)

#: Format id -> files.
SAMPLES: dict[str, list[bytes]] = {
    "setrange": [OWN.encode()],
    "plain": [b'{"a": 2.64, "b:0": [-1, 1], "c": null}', '{"é": 1}'.encode("utf-16")],
    "yaml": [YAML.encode(), b'"quoted": 1\nplain: [0, 2]\n'],
    "csv": [CSV.encode(), b"Tensor;amax\nx;2.5\n"],
    "trt-cache": [CACHE.encode(), b"0 3ff0000000000000 3fefffeb074a771d\nx: 3c010204\n"],
    "min-max-lines": [b"# by hand\ninput -2.1 2.64\nconv1_out\t0 5.43  # the stem\n"],
    "sampleint8api": [b"input:2.640000105\nconv1_out:5.43116007373\nx: 1.00024\n"],
    "sampleint8api-names": [b"TensorName: x\nTensorName: (Unnamed Layer* 3) [Pool]_output\n"],
    "ort-json": [ORT_JSON.encode(), b'{"a": ["-1.5", "2.5"], "b": "(-0.5, 0.25)"}'],
    "ort-tensors-data": [(TENSORS_DATA % ORT_JSON).encode()],
    "ort-flatbuffers": [flatbuffer({"x": "141.69886779785156", "(Unnamed Layer* 1)": "0.5"})],
    "ort-overrides": [
        ORT_OVERRIDES.encode(),
        b'{"TensorQuantOverrides": {"x": [{"rmin": -2, "rmax": 1.5}]}}',
    ],
    "nni": [NNI.encode()],
    "quant-summary": [SUMMARY.encode()],
    "ncnn": [NCNN, NCNN_PRINTED],
    "sophgo": [SOPHGO],
    "tflite": [TFLITE_DETAILS.encode(), TFLITE_FLAT.encode()],
    "ort-cache": [b"input 2.64\n(Unnamed Layer* 3) [Pool]_output 0.5\n"],
    "qdq-translator": [
        b'{"int8_tensor_scales": {"t": 0.0157, "fused": 1.0}, "fp16_nodes": ["Conv_7", "a[0]"]}'
    ],
    "tao": [b'{"tensor_scales": {"conv1/Relu": 5.1, "bad": NaN, "zero": 0}}'],
    "qat-amax": [QAT.encode(), _npz()],
    "aimet-0.6.1": [AIMET_0_6_1.encode()],
    "aimet-1.0.0": [AIMET_1_0_0.encode()],
    "aimet-2": [AIMET_2.encode()],
    "qnn": [QNN.encode()],
    "ppq": [b'{"act_quant_info": {"input": 2.64, "105": -0.873}}'],
    "mqbench": [b'{"tensorrt": {"blob_range": {"input": 2.56, "conv1": 5.1}}}'],
    "nvdla": [NVDLA.encode()],
    "qdq-onnx": [_onnx(QDQ), _onnx(FAKE_QUANTIZE), _onnx(QUANT), _onnx(EXTENDED)],
    "ranged-onnx": [_onnx(RANGED, producer="TensorRT")],
}
