// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What a search for ranges and fallbacks did: accuracy against share of INT8, step by step.

import { axisStyle } from "./axis.js";
import { colourOf } from "./colours.js";
import { h } from "./dom.js";
import { number, percent, plural, shown } from "./format.js";

const HEIGHT = 260;
const MOST_NAMES = 6;

/**
 * A value of the target with its unit.
 * @param {TunedData} tuned
 * @param {number|null} value
 */
function text(tuned, value) {
  if (value === null) return "–";
  if (tuned.unit === "%") return percent(value);
  return `${number(value)}${tuned.unit === "" ? "" : ` ${tuned.unit}`}`;
}

/**
 * What came of it, in a sentence.
 * @param {TunedData} tuned
 */
export function tunedText(tuned) {
  const side = tuned.judging ?? tuned.search;
  const where = tuned.judging === null ? "that the search saw" : "that it did not see";
  const word = tuned.reached ? "Tuned" : "Tuned, target not reached";
  const wanted = `${tuned.is_cost ? "at most" : "at least"} ${text(tuned, tuned.wanted)}`;
  return `${word}: ${shown(tuned.target, 60)} is ${text(tuned, side.after.value)} on ${plural(side.samples, "sample")} ${where}, ${text(tuned, side.before.value)} before; wanted: ${wanted}.`;
}

/**
 * The plot and the table of the steps.
 * @param {TunedData} tuned
 * @param {HTMLElement} element where they go
 * @param {number} width
 * @returns {uPlot[]} what is to be destroyed before it is drawn again
 */
export function drawTuned(tuned, element, width) {
  const box = h("div", {
    class: "plot",
    role: "img",
    "aria-label": `Accuracy against share of INT8: ${plural(tuned.path.length, "step")}`,
  });
  const label = h("div", { class: "plot-label", role: "status" }, "Point at a step.");
  box.append(label);
  element.append(
    h(
      "figure",
      null,
      h(
        "figcaption",
        null,
        h("h2", null, "Accuracy against share of INT8"),
        h("p", { class: "muted" }, caption(tuned)),
      ),
      box,
      steps(tuned),
    ),
  );
  return tuned.path.length > 1 ? [chart(tuned, box, label, width)] : [];
}

/** @param {TunedData} tuned */
function caption(tuned) {
  const judged = hasJudged(tuned)
    ? " The other line is the same on data that the search did not see."
    : "";
  return `${tunedText(tuned)} From the ranges as given on the left to the result on the right, on the kept samples of the search.${judged} What is bought last is the dearest.`;
}

/** @param {TunedData} tuned */
function hasJudged(tuned) {
  return tuned.path.some((step) => step.judged !== null);
}

/**
 * @param {TunedData} tuned
 * @param {HTMLElement} box
 * @param {HTMLElement} label
 * @param {number} width
 */
function chart(tuned, box, label, width) {
  const axis = axisStyle();
  // uPlot wants x to grow; the axis runs the other way.
  const path = [...tuned.path].reverse();
  const line = (/** @type {string} */ name, /** @type {string} */ colour) => ({
    label: name,
    stroke: colourOf(colour),
    width: 2,
    points: { show: true, size: 7, fill: colourOf(colour), stroke: colourOf(colour) },
  });
  const series = [line("search data", "accent")];
  const values = [path.map((step) => step.value)];
  if (hasJudged(tuned)) {
    series.push(line("judging data", "c-bound"));
    values.push(path.map((step) => step.judged));
  }
  const made = new uPlot(
    {
      width: Math.max(width, 200),
      height: HEIGHT,
      // Steps may have one share; of equal numbers uPlot would see only one.
      scales: { x: { time: false, dir: -1 }, y: { range: rangeOf(values) } },
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      axes: [
        {
          ...axis,
          size: 30,
          values: (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) =>
            ticks.map((tick) => `${number(tick)} %`),
        },
        { ...axis, size: 64 },
      ],
      series: [{}, ...series],
      hooks: {
        draw: [(/** @type {uPlot} */ self) => drawWanted(self, tuned.wanted)],
        setCursor: [
          (/** @type {uPlot} */ self) => {
            const step = path[self.cursor.idx ?? -1];
            if (step === undefined) return;
            const at = `${text(tuned, step.value)}, ${percent(step.macs)} of the multiply-adds in 8 bits: `;
            label.replaceChildren(at, whatOf(tuned, step));
          },
        ],
      },
    },
    /** @type {any} */ ([path.map((step, i) => 100 * step.macs + 1e-9 * i), ...values]),
    box,
  );
  box.append(
    h(
      "ul",
      { class: "legend inline" },
      series.map((one) =>
        h(
          "li",
          null,
          h(
            "span",
            { class: "sign", style: { color: one.stroke }, "aria-hidden": "true" },
            "●",
          ),
          one.label,
        ),
      ),
    ),
  );
  return made;
}

/**
 * The least and the largest value, with a little room.
 * @param {(number|null)[][]} lines
 * @returns {[number, number]}
 */
function rangeOf(lines) {
  const known = lines.flat().filter((value) => value !== null);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const room = Math.max((high - low) / 12, 1e-6);
  return [low - room, high + room];
}

/**
 * A line at what is wanted, if it is in sight.
 * @param {uPlot} self
 * @param {number} wanted
 */
function drawWanted(self, wanted) {
  const { ctx, bbox } = self;
  const y = self.valToPos(wanted, "y", true);
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.setLineDash([6, 4]);
  ctx.strokeStyle = colourOf("muted");
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** @param {TunedData} tuned */
function steps(tuned) {
  const isJudged = hasJudged(tuned);
  const heads = [
    "step",
    "search data",
    "bought",
    ...(isJudged ? ["judging data", "bought"] : []),
    "in 8 bits",
  ];
  return h(
    "table",
    { class: "steps" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        heads.map((head) => h("th", { scope: "col" }, head)),
      ),
    ),
    h(
      "tbody",
      null,
      tuned.path.map((step, i) => {
        const before = tuned.path[i - 1];
        const judged = isJudged
          ? [text(tuned, step.judged), bought(tuned, before?.judged, step.judged)]
          : [];
        const cells = [
          text(tuned, step.value),
          bought(tuned, before?.value, step.value),
          ...judged,
          percent(step.macs),
        ];
        return h(
          "tr",
          null,
          h("th", { scope: "row" }, whatOf(tuned, step)),
          cells.map((cell) => h("td", null, cell)),
        );
      }),
    ),
  );
}

/**
 * @param {TunedData} tuned
 * @param {number|null|undefined} before
 * @param {number|null} after
 */
function bought(tuned, before, after) {
  if (before === undefined || before === null || after === null) return "";
  const change = after - before;
  return `${change < 0 ? "−" : "+"}${text(tuned, Math.abs(change))}`;
}

/**
 * @param {TunedData} tuned
 * @param {TunedData["path"][number]} step
 */
function whatOf(tuned, step) {
  const names = step.names
    .slice(0, MOST_NAMES)
    .map((name) => shown(name, 60))
    .join(", ");
  const left = step.count - Math.min(step.names.length, MOST_NAMES);
  const listed = h("bdi", null, left > 0 ? `${names} and ${left} more` : names);
  const words = {
    start: "the ranges as given",
    ranges: "other ranges: ",
    weights: "other scales of weights: ",
    precision: `${tuned.fallback.toUpperCase()}: `,
  };
  return h(
    "span",
    { title: step.names.map((name) => shown(name)).join("\n") },
    words[step.change],
    step.change === "start" ? null : listed,
  );
}
