// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Where layers are drawn, and the lines between them: dagre's layered layout.

/**
 * @typedef {{id: string, layer: number, tensors: number[], x: number, y: number, width: number, height: number, hidden: number}} Box
 * @typedef {{tensor: number, from: string, to: string, points: {x: number, y: number}[]}} Line
 * @typedef {{boxes: Box[], lines: Line[], width: number, height: number}} Layout
 */

export const WIDTH = 250;
export const HEAD = 40;
export const ROW = 24;
/** Outputs of one layer that are drawn. */
const OUTPUTS = 8;

/**
 * Lay a part of the network out, from top to bottom.
 * @param {ReportData} data
 * @param {import("./neighbourhood.js").Part} part
 * @returns {Layout}
 */
export function layOut(data, part) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: "TB",
    nodesep: 28,
    ranksep: 34,
    marginx: 24,
    marginy: 24,
    ranker: "longest-path",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  /** @type {Map<string, Box>} */
  const boxes = new Map();
  const add = (
    /** @type {string} */ id,
    /** @type {number} */ layer,
    /** @type {number[]} */ tensors,
  ) => {
    const drawn = tensors.slice(0, OUTPUTS);
    const hidden = tensors.length - drawn.length;
    const height = HEAD + ROW * (drawn.length + (hidden > 0 ? 1 : 0));
    boxes.set(id, { id, layer, tensors: drawn, x: 0, y: 0, width: WIDTH, height, hidden });
    graph.setNode(id, { width: WIDTH, height });
  };
  for (const i of part.inputs) add(`t${i}`, -1, [i]);
  for (const place of [...part.layers].sort((a, b) => a - b)) {
    add(`l${place}`, place, data.layers[place]?.outputs ?? []);
  }
  /** @type {Line[]} */
  const lines = [];
  for (const place of part.layers) {
    for (const i of new Set(data.layers[place]?.inputs ?? [])) {
      const tensor = data.tensors[i];
      if (tensor === undefined) continue;
      const from = tensor.layer === null ? `t${i}` : `l${tensor.layer}`;
      const to = `l${place}`;
      if (from === to || !boxes.has(from)) continue;
      lines.push({ tensor: i, from, to, points: [] });
      graph.setEdge({ v: from, w: to, name: String(i) }, { weight: 1 });
    }
  }
  dagre.layout(graph);
  for (const box of boxes.values()) {
    const { x = 0, y = 0 } = graph.node(box.id);
    box.x = x - box.width / 2;
    box.y = y - box.height / 2;
  }
  for (const line of lines) {
    const edge = graph.edge({ v: line.from, w: line.to, name: String(line.tensor) });
    line.points = edge?.points ?? [];
  }
  const { width = 0, height = 0 } = graph.graph();
  return { boxes: [...boxes.values()], lines, width, height };
}

/**
 * A smooth line through points, as the `d` of an SVG path.
 * @param {{x: number, y: number}[]} points
 */
export function curve(points) {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let d = `M${round(first.x)},${round(first.y)}`;
  let { x, y } = first;
  for (const point of rest) {
    const middle = (y + point.y) / 2;
    d += `C${round(x)},${round(middle)} ${round(point.x)},${round(middle)} ${round(point.x)},${round(point.y)}`;
    ({ x, y } = point);
  }
  return d;
}

/** @param {number} x */
function round(x) {
  return Math.round(x * 10) / 10;
}
