// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What a person would rather look at than read: amax along the network, range over data, SQNR.

import { axisStyle } from "./axis.js";
import { colourOf, schemeOf } from "./colours.js";
import { beforeNextFrame, fill, h } from "./dom.js";
import { SOURCES, widthOf } from "./facts.js";
import { number, shown } from "./format.js";
import { drawTuned } from "./tuned.js";

const HEIGHT = 260;

/**
 * @typedef {{title: string, text: string, unit: string, isLog: boolean,
 *   value: (t: TensorData) => number|null, line?: number}} Plot
 */

/** @type {Plot[]} */
const PLOTS = [
  {
    title: "amax along the network",
    text: "From the input on the left to the output on the right. Jumps are worth a look: a range that stands out is a slip of the hand, or an outlier.",
    unit: "amax",
    isLog: true,
    value: (t) => (t.amax !== null && t.amax > 0 ? t.amax : null),
  },
  {
    title: "Range over data",
    text: "How many times as wide as the values each range is. Below 1 values are cut off; each doubling above loses a bit.",
    unit: "times",
    isLog: true,
    line: 1,
    value: (t) => (t.amax === null ? null : widthOf(t)),
  },
  {
    title: "SQNR of each tensor",
    text: "Signal to quantization noise of its own range, in dB. Higher is better.",
    unit: "dB",
    isLog: false,
    value: (t) => t.int8?.sqnr ?? null,
  },
];

/** @param {import("./store.js").Store} store */
export function makePlots(store) {
  const element = h("div", { class: "plots" });
  /** @type {uPlot[]} */
  let drawn = [];

  function draw() {
    for (const plot of drawn) plot.destroy();
    drawn = [];
    if (element.offsetParent === null) return;
    const width = element.clientWidth - 32;
    fill(element);
    if (store.data.tuned !== undefined)
      drawn.push(...drawTuned(store.data.tuned, element, width));
    for (const plot of PLOTS) {
      const values = store.data.tensors.map(plot.value);
      const isKnown = values.some((value) => value !== null);
      const caption = h(
        "figcaption",
        null,
        h("h2", null, plot.title),
        h("p", { class: "muted" }, isKnown ? plot.text : missingText(plot)),
      );
      if (!isKnown) {
        element.append(h("figure", null, caption));
        continue;
      }
      const box = h("div", { class: "plot", role: "img", "aria-label": summary(plot, values) });
      element.append(h("figure", null, caption, box));
      drawn.push(chart(store, plot, values, box, width));
    }
  }

  const later = beforeNextFrame(draw);
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(element.clientWidth - width) < 4) return;
    width = element.clientWidth;
    later();
  }).observe(element);
  store.on("data", later);
  store.on("select", () => {
    for (const plot of drawn) plot.redraw(false);
  });
  return { element, draw: later };
}

/** @param {Plot} plot */
function missingText(plot) {
  if (plot.unit === "amax") return "No tensor has a range yet.";
  if (plot.unit === "dB")
    return "It is drawn where the report was made with --verify, the output of setrange verify --json.";
  return "It is drawn where the report was made with --state, a state of setrange collect.";
}

/**
 * @param {Plot} plot
 * @param {(number|null)[]} values
 */
function summary(plot, values) {
  const known = values.filter((value) => value !== null);
  return `${plot.title}: ${known.length} tensors, ${number(Math.min(...known))} to ${number(Math.max(...known))} ${plot.unit}`;
}

/**
 * @param {import("./store.js").Store} store
 * @param {Plot} plot
 * @param {(number|null)[]} values
 * @param {HTMLElement} box
 * @param {number} width
 * @returns {uPlot}
 */
function chart(store, plot, values, box, width) {
  const { data } = store;
  const scheme = schemeOf("source");
  const used = SOURCES.filter((source) =>
    data.tensors.some((t, i) => t.source === source && values[i] !== null),
  );
  const places = values.map((_, i) => i);
  const axis = axisStyle();
  const few = data.tensors.length <= 600;
  const label = h(
    "div",
    { class: "plot-label", role: "status" },
    "Point at a tensor; click to select it.",
  );
  box.append(label);
  const made = new uPlot(
    {
      width: Math.max(width, 200),
      height: HEIGHT,
      scales: { x: { time: false }, y: plot.isLog ? { distr: 3, range: padded } : {} },
      legend: { show: false },
      cursor: { y: false, points: { size: 8 }, drag: { x: true, y: false } },
      axes: [
        { ...axis, size: 30 },
        {
          ...axis,
          size: 64,
          // On a logarithmic scale uPlot offers every tenth of a decade.
          filter: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) =>
            ticks.map((tick) => (plot.isLog && !isRound(tick) ? null : tick)),
          grid: {
            ...axis.grid,
            filter: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) =>
              ticks.map((tick) => (plot.isLog && !isRound(tick) ? null : tick)),
          },
          ticks: { ...axis.ticks, show: false },
          values: (/** @type {uPlot} */ _, /** @type {(number|null)[]} */ ticks) =>
            ticks.map((tick) => (tick === null ? "" : number(tick))),
        },
      ],
      series: [
        {},
        ...used.map((source) => {
          const colour = colourOf(`c-${source.replace(" ", "-")}`);
          return {
            label: source,
            stroke: colour,
            paths: () => null,
            points: { show: true, size: few ? 7 : 4, fill: colour, stroke: colour, width: 0 },
          };
        }),
      ],
      hooks: {
        draw: [(/** @type {uPlot} */ self) => drawMarks(self, store, plot)],
        setCursor: [
          (/** @type {uPlot} */ self) => {
            const i = self.cursor.idx;
            const tensor = i === null || i === undefined ? undefined : data.tensors[i];
            if (tensor === undefined || i === null || i === undefined) return;
            const value = values[i];
            fill(
              label,
              h("bdi", null, shown(tensor.name, 100)),
              `: ${value === null || value === undefined ? "not known" : `${number(value)} ${plot.unit}`}, ${tensor.source}`,
            );
          },
        ],
      },
    },
    /** @type {any} */ ([
      places,
      ...used.map((source) =>
        values.map((value, i) => (data.tensors[i]?.source === source ? value : null)),
      ),
    ]),
    box,
  );
  made.over.addEventListener("click", () => {
    const i = made.cursor.idx;
    if (i !== null && i !== undefined) store.select(nearestKnown(values, i));
  });
  box.append(
    h(
      "ul",
      { class: "legend inline" },
      used.map((source) => {
        const swatch = scheme.swatches[SOURCES.indexOf(source)];
        return h(
          "li",
          null,
          h("span", { class: `sign ${swatch?.class}`, "aria-hidden": "true" }, "●"),
          source,
        );
      }),
    ),
  );
  return made;
}

/**
 * @param {(number|null)[]} values
 * @param {number} i
 */
function nearestKnown(values, i) {
  for (let step = 0; step < values.length; step++) {
    for (const place of [i - step, i + step]) {
      if (values[place] !== null && values[place] !== undefined) return place;
    }
  }
  return i;
}

/**
 * A little room above and below, on a logarithmic scale.
 * @param {uPlot} _
 * @param {number|null} low
 * @param {number|null} high
 * @returns {[number, number]}
 */
function padded(_, low, high) {
  return [roundNumber((low ?? 0.1) / 1.15, -1), roundNumber((high ?? 10) * 1.15, 1)];
}

/**
 * The next of 1, 2, 5, 10, 20, … below or above.
 * @param {number} x
 * @param {1|-1} way
 */
function roundNumber(x, way) {
  const decade = 10 ** Math.floor(Math.log10(x));
  const steps = [1, 2, 5, 10].map((step) => step * decade);
  return (way > 0 ? steps.find((step) => step >= x) : steps.findLast((step) => step <= x)) ?? x;
}

/** @param {number|null} x true for 1, 2, 5 and their tens */
function isRound(x) {
  if (x === null || x <= 0) return false;
  const lead = x / 10 ** Math.floor(Math.log10(x) + 1e-9);
  return [1, 2, 5].some((step) => Math.abs(lead - step) < 1e-6);
}

/**
 * A line at what is right, and one at the selected tensor.
 * @param {uPlot} self
 * @param {import("./store.js").Store} store
 * @param {Plot} plot
 */
function drawMarks(self, store, plot) {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.setLineDash([6, 4]);
  ctx.strokeStyle = colourOf("muted");
  ctx.lineWidth = 1;
  if (plot.line !== undefined) {
    const y = self.valToPos(plot.line, "y", true);
    stroke(ctx, bbox.left, y, bbox.left + bbox.width, y);
  }
  if (store.selected >= 0) {
    ctx.setLineDash([]);
    ctx.strokeStyle = colourOf("accent");
    const x = self.valToPos(store.selected, "x", true);
    stroke(ctx, x, bbox.top, x, bbox.top + bbox.height);
  }
  ctx.restore();
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
function stroke(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
