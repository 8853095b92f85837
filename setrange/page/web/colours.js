// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What a colour says of a tensor: its source, the width of its range, its SQNR, its type.

import { MEANINGS, SIGNS, SOURCES, TYPE_TEXT, typeOf, widthOf } from "./facts.js";

/**
 * @typedef {{class: string, sign: string, text: string, means: string}} Swatch
 * @typedef {{id: string, text: string, swatches: Swatch[], of: (data: ReportData, i: number) => number, holds?: (data: ReportData) => boolean}} Scheme
 */

/** @type {Swatch[]} */
const SOURCE_SWATCHES = SOURCES.map((source) => ({
  class: `c-${source.replace(" ", "-")}`,
  sign: SIGNS[source],
  text: source,
  means: MEANINGS[source],
}));

const NOT_KNOWN = {
  class: "c-none",
  sign: "–",
  text: "not known",
  means: "Nothing was measured.",
};

/** @type {Scheme} */
const BY_SOURCE = {
  id: "source",
  text: "Source",
  swatches: SOURCE_SWATCHES,
  of: (data, i) => SOURCES.indexOf(/** @type {TensorData} */ (data.tensors[i]).source),
};

/** @type {Scheme} */
const BY_WIDTH = {
  id: "width",
  text: "Range width",
  holds: (data) => data.measured !== null || data.compared !== null,
  swatches: [
    {
      class: "c-bad",
      sign: "✕",
      text: "cuts values off",
      means: "The range is below 0.9 of the largest value.",
    },
    {
      class: "c-good",
      sign: "●",
      text: "fits",
      means: "The range is 0.9 to 2 times the largest value.",
    },
    { class: "c-mid", sign: "▲", text: "2 to 8 times", means: "One to three bits are lost." },
    {
      class: "c-wide",
      sign: "■",
      text: "8 times or more",
      means: "Three bits or more are lost.",
    },
    NOT_KNOWN,
  ],
  of: (data, i) => {
    const width = widthOf(/** @type {TensorData} */ (data.tensors[i]));
    return width === null ? 4 : width < 0.9 ? 0 : width < 2 ? 1 : width < 8 ? 2 : 3;
  },
};

/** @type {Scheme} */
const BY_SQNR = {
  id: "sqnr",
  text: "SQNR",
  holds: (data) => data.compared !== null,
  swatches: [
    {
      class: "c-bad",
      sign: "✕",
      text: "below 10 dB",
      means: "Noise is a third of the signal, or more.",
    },
    { class: "c-mid", sign: "▲", text: "10 to 25 dB", means: "Look at it." },
    { class: "c-fair", sign: "◆", text: "25 to 40 dB", means: "Usual for INT8." },
    { class: "c-good", sign: "●", text: "40 dB or more", means: "Nothing to gain here." },
    NOT_KNOWN,
  ],
  of: (data, i) => {
    const sqnr = data.tensors[i]?.int8?.sqnr;
    if (sqnr === undefined || sqnr === null) return 4;
    return sqnr < 10 ? 0 : sqnr < 25 ? 1 : sqnr < 40 ? 2 : 3;
  },
};

const TYPES = ["int8", "fp8", "fp16", "bf16", "fp32", "ready", "lacks", "none"];

/** @type {Scheme} */
const BY_TYPE = {
  id: "type",
  text: "Type of the layer",
  swatches: [
    { class: "c-good", sign: "●", text: "INT8", means: "Runs in INT8." },
    { class: "c-fair", sign: "◆", text: "FP8", means: "Runs in FP8." },
    { class: "c-mid", sign: "▲", text: "FP16", means: "Runs in FP16." },
    { class: "c-mid", sign: "▲", text: "BF16", means: "Runs in BF16." },
    { class: "c-bad", sign: "✕", text: "FP32", means: "Runs in FP32." },
    {
      class: "c-ready",
      sign: "◆",
      text: TYPE_TEXT.ready ?? "",
      means: "May run in INT8: all of its ranges are there.",
    },
    {
      class: "c-lacks",
      sign: "✕",
      text: TYPE_TEXT.lacks ?? "",
      means: "Runs in FP16 or FP32: a range is missing.",
    },
    {
      class: "c-none",
      sign: "–",
      text: TYPE_TEXT.none ?? "",
      means: "Its tensors are never quantized.",
    },
    { ...NOT_KNOWN, means: "The engine does not tell it." },
  ],
  of: (data, i) => {
    const layer = data.tensors[i]?.layer;
    if (layer === null || layer === undefined) {
      const source = data.tensors[i]?.source;
      return source === "missing" ? 6 : source === "not needed" ? 7 : 5;
    }
    const type = typeOf(data, /** @type {LayerData} */ (data.layers[layer]));
    const place = TYPES.indexOf(type);
    return place < 0 ? TYPES.length : place;
  },
};

export const SCHEMES = [BY_SOURCE, BY_WIDTH, BY_SQNR, BY_TYPE];

/**
 * @param {string} id
 * @returns {Scheme}
 */
export function schemeOf(id) {
  return SCHEMES.find((scheme) => scheme.id === id) ?? BY_SOURCE;
}

/**
 * The swatch of a tensor.
 * @param {ReportData} data
 * @param {number} i
 * @param {string} [colour] of which scheme
 * @returns {Swatch}
 */
export function swatchOf(data, i, colour = "source") {
  const scheme = schemeOf(colour);
  return /** @type {Swatch} */ (scheme.swatches[scheme.of(data, i)]);
}

/**
 * The colour of a class, as the style sheet has it now (for canvases).
 * @param {string} name
 */
export function colourOf(name) {
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue(`--${name}`).trim() || "#888";
}
