// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The top of the page: model, release, verdict, coverage, findings by code.

import { fill, h } from "./dom.js";
import { MEANINGS, SIGNS, SOURCES } from "./facts.js";
import { number, plural, shown } from "./format.js";
import { tunedText } from "./tuned.js";

/** @type {Record<string, string>} */
const PURPOSES = {
  cache: "calibration cache",
  qdq: "Q/DQ model",
  rtx: "TensorRT for RTX",
  11: "TensorRT 11",
  dla: "DLA",
};
const SIGN = { good: "✓", warning: "!", error: "✕" };
const RANK = { error: 0, warning: 1, note: 2 };

/**
 * Make the header.
 * @param {import("./store.js").Store} store
 * @param {{openFindings: (code: string) => void, filter: (source: SourceName) => void, theme: HTMLElement}} how
 */
export function makeHeader(store, how) {
  const actions = h("div", { class: "actions" });
  const title = h("h1");
  const badges = h("div", { class: "badges" });
  const verdict = h("p", { class: "verdict", role: "status" });
  const besides = h("p", { class: "besides muted" });
  const bar = h("div", { class: "coverage", role: "img" });
  const legend = h("ul", { class: "coverage-legend" });
  const codes = h("ul", { class: "codes", "aria-label": "Findings by code" });
  const element = h(
    "header",
    { class: "top" },
    h(
      "div",
      { class: "top-line first" },
      h("div", { class: "titles" }, title, badges),
      h("div", { class: "top-right" }, actions, how.theme),
    ),
    verdict,
    besides,
    bar,
    h("div", { class: "top-line under-bar" }, legend, codes),
  );

  function draw() {
    const { data } = store;
    const name = data.model.split(/[\\/]/).pop() || "model";
    fill(title, h("bdi", { title: shown(data.model) }, shown(name, 80)));
    fill(
      badges,
      badgesOf(data).map(([text, means]) => h("span", { class: "badge", title: means }, text)),
    );
    verdict.className = `verdict ${data.verdict.level}`;
    fill(
      verdict,
      h("span", { class: "sign", "aria-hidden": "true" }, SIGN[data.verdict.level]),
      data.verdict.text,
    );
    fill(besides, besidesOf(data));
    besides.hidden = besidesOf(data) === "";
    drawCoverage(data);
    drawCodes(data);
  }

  /** @param {ReportData} data */
  function drawCoverage(data) {
    const total = data.tensors.length || 1;
    const known = SOURCES.filter((source) => data.counts[source] > 0);
    bar.setAttribute(
      "aria-label",
      known.map((source) => `${data.counts[source]} ${source}`).join(", "),
    );
    fill(
      bar,
      known.map((source) =>
        h("span", {
          class: `part c-${source.replace(" ", "-")}`,
          style: { "flex-grow": data.counts[source] / total },
          title: `${data.counts[source]} ${source}: ${MEANINGS[source]}`,
        }),
      ),
    );
    fill(
      legend,
      SOURCES.filter(
        (source) => data.counts[source] > 0 || !["estimated", "bound"].includes(source),
      ).map((source) =>
        h(
          "li",
          null,
          h(
            "button",
            {
              class: `plain ${data.counts[source] ? "" : "zero"}`,
              title: `${MEANINGS[source]} Show them in the table.`,
              onclick: () => how.filter(source),
            },
            h(
              "span",
              { class: `sign c-${source.replace(" ", "-")}`, "aria-hidden": "true" },
              SIGNS[source],
            ),
            `${source} `,
            h("b", null, data.counts[source].toLocaleString("en")),
          ),
        ),
      ),
    );
  }

  /** @param {ReportData} data */
  function drawCodes(data) {
    const groups = groupsOf(data.findings);
    fill(
      codes,
      groups.map((group) =>
        h(
          "li",
          null,
          h(
            "button",
            {
              class: `code ${group.level}`,
              title: data.pages[group.code]?.title ?? "",
              onclick: () => how.openFindings(group.code),
            },
            `${group.code}`,
            group.findings.length > 1 && h("b", null, `×${group.findings.length}`),
          ),
        ),
      ),
    );
  }

  store.on("data", draw);
  draw();
  return { element, actions };
}

/**
 * @param {ReportData} data
 * @returns {[string, string][]}
 */
function badgesOf(data) {
  const purpose = PURPOSES[data.for] ?? data.for;
  /** @type {[string, string][]} */
  const badges = [
    [`TensorRT ${data.trt}`, `Names are those of ONNX parser ${data.profile}.`],
    [`for ${purpose}`, "What the ranges are for."],
    [
      `${plural(data.layers.length, "layer")}, ${plural(data.tensors.length, "tensor")}`,
      "As TensorRT's parser makes them of the ONNX file.",
    ],
  ];
  if (data.fill !== "safe")
    badges.push([`fill: ${data.fill}`, "How missing ranges are filled."]);
  if (data.confidence !== "exact")
    badges.push([`names ${data.confidence}`, "How sure the names that the parser makes are."]);
  return badges;
}

/**
 * What was measured besides, in a line.
 * @param {ReportData} data
 */
function besidesOf({ engine, compared, measured, tuned }) {
  const parts = [];
  if (tuned !== undefined) parts.push(tunedText(tuned));
  if (engine !== null) parts.push(`Engine: ${engine.text}.`);
  if (compared !== null && compared.value !== null) {
    const unit = compared.metric === "sqnr" ? " dB" : "";
    parts.push(
      `INT8 against float: ${compared.metric} is ${number(compared.value)}${unit} on ${plural(compared.samples, "sample")}.`,
    );
  }
  if (measured !== null) {
    const random = measured.random ? ", of random numbers" : "";
    parts.push(`Values are those of ${plural(measured.samples, "sample")}${random}.`);
  }
  return parts.join(" ");
}

/**
 * Findings by code: errors first, then those with the most findings.
 * @param {FindingData[]} findings
 */
export function groupsOf(findings) {
  /** @type {Map<string, {code: string, level: FindingData["level"], findings: FindingData[]}>} */
  const groups = new Map();
  for (const finding of findings) {
    const group = groups.get(finding.code) ?? {
      code: finding.code,
      level: finding.level,
      findings: [],
    };
    if (RANK[finding.level] < RANK[group.level]) group.level = finding.level;
    group.findings.push(finding);
    groups.set(finding.code, group);
  }
  return [...groups.values()].sort(
    (a, b) => RANK[a.level] - RANK[b.level] || b.findings.length - a.findings.length,
  );
}
