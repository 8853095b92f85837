// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What follows from the data of a tensor or layer.

/** @type {SourceName[]} In the order in which they are shown. */
export const SOURCES = ["given", "derived", "estimated", "bound", "missing", "not needed"];

/** A sign a source, so that no meaning depends on colour alone. */
export const SIGNS = {
  given: "●",
  derived: "◆",
  estimated: "▲",
  bound: "■",
  missing: "✕",
  "not needed": "–",
};

/** @type {Record<SourceName, string>} */
export const MEANINGS = {
  given: "A number of the ranges file.",
  derived: "Follows from given ranges or from the weights, without loss.",
  estimated: "Estimated on made inputs; measure it, or give it.",
  bound: "The widest that it can be; often too wide.",
  missing: "Needs a range and has none.",
  "not needed": "Never quantized, or not taken by this output.",
};

/** Ranges as many times as wide as the values lose two bits. */
const WIDE = 4;
/** From this share on, values beyond the range are worth a look. */
const CLIPPED = 1e-4;

/**
 * Largest magnitude on data, or null where it is not known.
 * @param {TensorData} tensor
 */
export function seenAmax(tensor) {
  const seen = tensor.measured ?? tensor.int8;
  if (seen === undefined || seen.min === null || seen.max === null) return null;
  return Math.max(Math.abs(seen.min), Math.abs(seen.max));
}

/**
 * How many times as wide as the values the range is; null where that is not known.
 * @param {TensorData} tensor
 */
export function widthOf(tensor) {
  const seen = seenAmax(tensor);
  if (tensor.amax === null || seen === null || seen === 0) return tensor.int8?.width ?? null;
  return tensor.amax / seen;
}

/** @param {TensorData} tensor */
export function isWide(tensor) {
  const width = widthOf(tensor);
  return width === null ? tensor.source === "bound" : width >= WIDE;
}

/** @param {TensorData} tensor */
export function isClipped(tensor) {
  const clipped = tensor.int8?.clipped;
  if (clipped !== undefined && clipped !== null) return clipped > CLIPPED;
  const width = widthOf(tensor);
  return width !== null && width < 0.999;
}

/** @param {TensorData} tensor */
export function isNeeded(tensor) {
  return tensor.source === "missing" && (tensor.need ?? "needed").startsWith("needed");
}

/** @typedef {{id: string, text: string, means: string, holds: (t: TensorData) => boolean}} Filter */

/** @type {Filter[]} Rows that the table may show. */
export const FILTERS = [
  { id: "all", text: "All", means: "Every tensor.", holds: () => true },
  {
    id: "needed",
    text: "To fill in",
    means: "Missing ranges that follow from nothing else: these are the ones to give.",
    holds: isNeeded,
  },
  {
    id: "missing",
    text: "Missing",
    means: "Every tensor that needs a range and has none.",
    holds: (t) => t.source === "missing",
  },
  {
    id: "wide",
    text: "Wide",
    means: "The range is four times as wide as the values, or more; or a bound.",
    holds: isWide,
  },
  {
    id: "clipped",
    text: "Clipped",
    means: "Values lie beyond the range.",
    holds: isClipped,
  },
  {
    id: "made",
    text: "Made by the parser",
    means: "Tensors that the ONNX file does not have.",
    holds: (t) => t.value === null && t.layer !== null,
  },
];

/**
 * What a layer can run in, as far as it is known: the engine's type; else what its ranges allow.
 * @param {ReportData} data
 * @param {LayerData} layer
 * @returns {"int8"|"fp8"|"fp16"|"fp32"|"ready"|"lacks"|"none"|string}
 */
export function typeOf(data, layer) {
  if (layer.type !== undefined) return layer.type;
  if (layer.asked !== undefined && layer.asked !== "int8") return layer.asked;
  let ranged = false;
  for (const i of [...layer.inputs, ...layer.outputs]) {
    const tensor = i < 0 ? undefined : data.tensors[i];
    if (tensor === undefined || tensor.source === "not needed") continue;
    if (tensor.source === "missing") return "lacks";
    ranged = true;
  }
  return ranged ? "ready" : "none";
}

/** @type {Record<string, string>} */
export const TYPE_TEXT = {
  int8: "INT8",
  fp8: "FP8",
  fp16: "FP16",
  bf16: "BF16",
  fp32: "FP32",
  ready: "has its ranges",
  lacks: "lacks a range",
  none: "needs no range",
};
