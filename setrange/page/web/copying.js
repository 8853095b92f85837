// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Rows of the table as text for other programs.

import { csv } from "./format.js";

/**
 * Tensors that have a range, as a ranges file.
 * @param {TensorData[]} tensors
 */
export function asRangesFile(tensors) {
  const lines = tensors
    .filter((tensor) => tensor.min !== null)
    .map(
      ({ name, min, max }) => `    ${JSON.stringify(name)}: ${JSON.stringify({ min, max })}`,
    );
  return `{\n  "setrange": 1,\n  "tensors": {\n${lines.join(",\n")}\n  }\n}\n`;
}

/**
 * Tensors for a spreadsheet.
 * @param {TensorData[]} tensors
 */
export function asCsv(tensors) {
  const head = ["tensor", "min", "max", "amax", "source", "layer", "node", "value", "key"];
  const isCompared = tensors.some((t) => t.int8 !== undefined);
  const rows = tensors.map((t) => [
    ...[t.name, t.min, t.max, t.amax, t.source, t.kind, t.node, t.value, t.key],
    ...(isCompared ? [t.int8?.sqnr ?? null, t.int8?.clipped ?? null] : []),
  ]);
  return csv([[...head, ...(isCompared ? ["sqnr_db", "clipped"] : [])], ...rows]);
}
