// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The values of a tensor on data, with its range drawn in.

import { h, svg } from "./dom.js";
import { number } from "./format.js";

const WIDTH = 340;
const HEIGHT = 120;
const FOOT = 18;

/**
 * @param {TensorData} tensor
 * @returns {Node|null} null where no values were counted
 */
export function histogram(tensor) {
  const seen = tensor.measured;
  if (seen?.histogram === undefined) return null;
  const { low, high, counts, of } = seen.histogram;
  const isMagnitude = of === "magnitudes";
  const range =
    tensor.amax === null ? null : isMagnitude ? [0, tensor.amax] : [-tensor.amax, tensor.amax];
  // A range far beyond the values would squeeze them to a line: it is cut at three times their width.
  const span = high - low;
  const from = Math.min(low, Math.max(range?.[0] ?? low, low - span));
  const to = Math.max(high, Math.min(range?.[1] ?? high, high + span));
  const x = (/** @type {number} */ value) => ((value - from) / (to - from)) * WIDTH;
  const top = Math.log1p(Math.max(...counts, 1));
  const step = (high - low) / counts.length;
  const bars = counts.map((count, place) => {
    const height = (Math.log1p(count) / top) * (HEIGHT - FOOT - 6);
    const middle = low + (place + 0.5) * step;
    const isCut = range !== null && (middle < (range[0] ?? 0) || middle > (range[1] ?? 0));
    return svg("rect", {
      class: isCut ? "bar-cut" : "bar-in",
      x: x(low + place * step),
      y: HEIGHT - FOOT - height,
      width: Math.max(x(low + (place + 1) * step) - x(low + place * step) - 0.5, 0.5),
      height,
    });
  });
  const edges = (range ?? []).filter(
    (edge) => edge >= from && edge <= to && !(isMagnitude && edge === 0),
  );
  const text = `${number(seen.min)} … ${number(seen.max)}${seen.count === undefined ? "" : ` in ${seen.count.toLocaleString("en")} values`}`;
  return h(
    "figure",
    { class: "histogram" },
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `Histogram: ${text}` },
      range !== null &&
        svg("rect", {
          class: "range-area",
          x: x(Math.max(range[0] ?? from, from)),
          y: 0,
          width: Math.max(
            x(Math.min(range[1] ?? to, to)) - x(Math.max(range[0] ?? from, from)),
            0,
          ),
          height: HEIGHT - FOOT,
        }),
      bars,
      edges.map((edge) =>
        svg("line", {
          class: "range-edge",
          x1: x(edge),
          x2: x(edge),
          y1: 0,
          y2: HEIGHT - FOOT,
        }),
      ),
      svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT }),
      svg("text", { class: "tick", x: 0, y: HEIGHT - 4 }, number(from)),
      svg("text", { class: "tick", x: WIDTH, y: HEIGHT - 4, "text-anchor": "end" }, number(to)),
    ),
    h(
      "figcaption",
      null,
      `${isMagnitude ? "Magnitudes on data" : "Values on data"}: ${text}. The height of a bar is the logarithm of its count; the shaded part is the range.`,
    ),
  );
}
