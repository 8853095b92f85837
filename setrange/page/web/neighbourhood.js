// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Which layers are drawn: all of a small network, and what is around a tensor of a large one.

/**
 * What is drawn: layers by their index in `data.layers`, network inputs as tensors.
 * @typedef {{layers: Set<number>, inputs: Set<number>, isWhole: boolean}} Part
 */

/**
 * The layers nearest to a tensor, by the number of tensors between.
 * @param {ReportData} data
 * @param {number} around index of a tensor; -1 for the beginning of the network
 * @param {number} most layers
 * @returns {Part}
 */
export function partAround(data, around, most) {
  const isWhole = data.layers.length <= most;
  const layers = isWhole ? new Set(data.layers.keys()) : nearest(data, around, most);
  /** @type {Set<number>} */
  const inputs = new Set();
  for (const i of data.inputs) {
    const tensor = data.tensors[i];
    if (tensor === undefined) continue;
    if (isWhole || i === around || tensor.consumers.some((layer) => layers.has(layer)))
      inputs.add(i);
  }
  return { layers, inputs, isWhole };
}

/**
 * @param {ReportData} data
 * @param {number} around
 * @param {number} most
 */
function nearest(data, around, most) {
  const start = data.tensors[around < 0 ? (data.inputs[0] ?? 0) : around];
  /** @type {Set<number>} */
  const layers = new Set();
  if (start === undefined) return layers;
  let next = start.layer === null ? start.consumers.slice(0, FAN) : [start.layer];
  while (next.length > 0 && layers.size < most) {
    /** @type {Set<number>} */
    const after = new Set();
    for (const place of next) {
      if (layers.size >= most) break;
      layers.add(place);
    }
    for (const place of next) {
      const layer = data.layers[place];
      if (layer === undefined) continue;
      for (const i of layer.inputs.slice(0, FAN)) {
        const maker = data.tensors[i]?.layer;
        if (maker !== null && maker !== undefined && !layers.has(maker)) after.add(maker);
      }
      for (const i of layer.outputs) {
        // A tensor with a thousand consumers must not push everything else out of the picture.
        for (const consumer of (data.tensors[i]?.consumers ?? []).slice(0, FAN)) {
          if (!layers.has(consumer)) after.add(consumer);
        }
      }
    }
    next = [...after];
  }
  return layers;
}

/** Consumers of one tensor, and inputs of one layer, that are followed. */
export const FAN = 24;
