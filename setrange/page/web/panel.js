// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// All that is known of the selected tensor.

import { swatchOf } from "./colours.js";
import { fill, h } from "./dom.js";
import { MEANINGS, TYPE_TEXT, typeOf, widthOf } from "./facts.js";
import { decibels, number, percent, plural, shapeText, shown } from "./format.js";
import { histogram } from "./histogram.js";
import { namesByRelease } from "./releases.js";

/**
 * @typedef {{id: string, title: string, order: number,
 *   render: (i: number, tensor: TensorData) => Node|null,
 *   refresh?: (i: number, tensor: TensorData) => void}} Section
 */

/** Consumers and findings that are listed. */
const LISTED = 12;

/** The panel; plugins add sections to it. */
export class Panel {
  /**
   * @param {import("./store.js").Store} store
   * @param {{copied: (text: string) => void}} how
   */
  constructor(store, how) {
    this.store = store;
    this.copied = how.copied;
    /** @type {Section[]} */
    this.sections = [];
    /** @type {Map<string, HTMLElement>} */
    this.elements = new Map();
    this.element = h("aside", { class: "panel", "aria-label": "Selected tensor" });
    this.addSection({ id: "title", title: "", order: 0, render: (i, t) => this.title(i, t) });
    this.addSection({
      id: "range",
      title: "Range",
      order: 20,
      render: (i, t) => this.range(i, t),
    });
    this.addSection({
      id: "data",
      title: "On data",
      order: 30,
      render: (_, t) => this.onData(t),
    });
    this.addSection({
      id: "int8",
      title: "INT8 against float",
      order: 40,
      render: (_, t) => this.inInt8(t),
    });
    this.addSection({
      id: "place",
      title: "In the network",
      order: 50,
      render: (i, t) => this.inNetwork(i, t),
    });
    this.addSection({
      id: "names",
      title: "Names",
      order: 45,
      render: (_, t) => this.names(t),
    });
    this.addSection({
      id: "findings",
      title: "Findings",
      order: 70,
      render: (_, t) => this.findings(t),
    });
    store.on("select", () => this.draw());
    store.on("data", ({ changed }) => this.onData_(changed ?? null));
    this.draw();
  }

  /** @param {Section} section */
  addSection(section) {
    this.sections.push(section);
    this.sections.sort((a, b) => a.order - b.order);
    if (this.element.isConnected) this.draw();
  }

  draw() {
    const i = this.store.selected;
    this.element.classList.toggle("none", i < 0);
    this.element.scrollTop = 0;
    if (i < 0) {
      this.elements = new Map();
      fill(
        this.element,
        h(
          "p",
          { class: "empty" },
          "Select a tensor: in the picture, in the table, or with the search.",
        ),
      );
      return;
    }
    this.elements = new Map(
      this.sections.map((section) => [
        section.id,
        h("section", { class: `part-${section.id}` }),
      ]),
    );
    fill(this.element, [...this.elements.values()]);
    for (const section of this.sections) this.drawSection(section);
  }

  /** @param {Section} section */
  drawSection(section) {
    const i = this.store.selected;
    const element = this.elements.get(section.id);
    if (element === undefined || i < 0) return;
    const content = section.render(i, this.store.tensor(i));
    element.hidden = content === null;
    fill(
      element,
      content !== null && section.title !== "" && h("h3", null, section.title),
      content,
    );
  }

  /** @param {Set<number>|null} changed */
  onData_(changed) {
    const i = this.store.selected;
    if (i < 0) return;
    if (changed === null) {
      this.draw();
      return;
    }
    for (const section of this.sections) {
      if (section.refresh !== undefined) section.refresh(i, this.store.tensor(i));
      else if (changed.has(i) || section.id === "findings") this.drawSection(section);
    }
  }

  /**
   * @param {number} i
   * @param {TensorData} tensor
   */
  title(i, tensor) {
    const swatch = swatchOf(this.store.data, i);
    return h(
      "div",
      null,
      h(
        "div",
        { class: "panel-title" },
        h("h2", null, h("bdi", null, shown(tensor.name))),
        h(
          "button",
          {
            class: "button",
            title: "Copy the name",
            "aria-label": "Copy the name",
            onclick: () => this.copied(tensor.name),
          },
          "Copy",
        ),
        h(
          "button",
          {
            class: "button close",
            title: "Close",
            "aria-label": "Close",
            onclick: () => this.store.select(-1),
          },
          "✕",
        ),
      ),
      h("p", { class: "muted" }, shown(tensor.what)),
      h(
        "div",
        { class: "badges" },
        h(
          "span",
          { class: `badge source ${swatch.class}`, title: MEANINGS[tensor.source] },
          h("span", { class: "sign", "aria-hidden": "true" }, swatch.sign),
          h("span", { class: "label" }, tensor.source),
        ),
        tensor.type !== undefined &&
          h("span", { class: "badge" }, `${tensor.type.toUpperCase()} in the engine`),
        this.store.data.outputs.includes(i) &&
          h("span", { class: "badge" }, "output of the network"),
      ),
    );
  }

  /**
   * @param {number} _
   * @param {TensorData} t
   */
  range(_, t) {
    if (t.min === null) {
      return h(
        "p",
        null,
        t.source === "missing" ? `It has no range. ${sentence(t.need ?? "")}` : sentence(t.why),
      );
    }
    const entry = t.entry !== null && t.entry !== t.name ? `${t.why}, as ${t.entry}` : t.why;
    return h(
      "dl",
      null,
      term("min … max", h("b", null, `${number(t.min)} … ${number(t.max)}`)),
      term("amax", exact(t.amax)),
      term("scale", exact(t.scale)),
      term(
        "from",
        shown(entry),
        (t.operands ?? []).slice(0, LISTED).map((i) => this.linkTo(i)),
      ),
      t.note !== undefined && term("the file says", shown(t.note, 300)),
      t.doubt !== undefined &&
        t.doubt > 1 &&
        term("may miss by", `a factor of ${number(t.doubt)}`),
      t.anchors !== undefined &&
        t.anchors.length > 0 &&
        term(
          "scaled to",
          t.anchors.slice(0, LISTED).map((name) => this.link(name)),
        ),
    );
  }

  /** @param {TensorData} t */
  onData(t) {
    const seen = t.measured;
    if (seen === undefined) return null;
    const width = widthOf(t);
    return h(
      "div",
      null,
      histogram(t),
      h(
        "dl",
        null,
        seen.histogram === undefined &&
          term("min … max", `${number(seen.min)} … ${number(seen.max)}`),
        width !== null &&
          term(
            "range / values",
            `${number(width)} times as wide${width < 0.999 ? ": it cuts values off" : ""}`,
          ),
        seen.not_finite !== undefined &&
          term("not finite", seen.not_finite.toLocaleString("en")),
      ),
    );
  }

  /** @param {TensorData} t */
  inInt8(t) {
    const found = t.int8;
    if (found === undefined) return null;
    return h(
      "dl",
      null,
      term("SQNR", h("b", null, `${decibels(found.sqnr)}`)),
      term("clipped", percent(found.clipped)),
      found.width !== null && term("range / values", `${number(found.width)} times as wide`),
      found.share !== undefined &&
        term("harm", `${percent(found.share)} of what the whole INT8 model loses`),
      found.kind !== "activation" && term("of its", found.kind),
    );
  }

  /**
   * @param {number} _
   * @param {TensorData} t
   */
  inNetwork(_, t) {
    const { data } = this.store;
    const producer = t.layer === null ? undefined : data.layers[t.layer];
    const rest = t.consumers.length - LISTED;
    return h(
      "dl",
      null,
      term(
        "producer",
        producer === undefined ? "none: it enters the network" : this.layer(producer),
      ),
      producer?.inputs.some((i) => i >= 0) &&
        term(
          "from",
          producer.inputs
            .filter((i) => i >= 0)
            .slice(0, LISTED)
            .map((i) => this.linkTo(i)),
        ),
      term(
        t.consumers.length === 1 ? "consumer" : "consumers",
        t.consumers.length === 0
          ? "none"
          : t.consumers
              .slice(0, LISTED)
              .map((place) => this.layer(/** @type {LayerData} */ (data.layers[place]))),
        rest > 0 && h("div", { class: "muted" }, `and ${plural(rest, "more")}`),
      ),
      term("shape", shapeText(t.shape)),
      term("element type", t.dtype),
    );
  }

  /** @param {LayerData} layer */
  layer(layer) {
    const { data } = this.store;
    const type = typeOf(data, layer);
    const target = layer.outputs[0];
    const name = shown(layer.node || layer.name, 80);
    return h(
      "div",
      { class: "layer-line" },
      h(
        "span",
        { class: "box-kind" },
        layer.kind,
        h("span", { class: `type t-${type}` }, TYPE_TEXT[type] ?? type),
      ),
      target === undefined
        ? h("bdi", null, name)
        : h(
            "button",
            { class: "plain link", onclick: () => this.store.select(target) },
            h("bdi", null, name),
          ),
      layer.op !== "" &&
        h("div", { class: "muted" }, `ONNX ${shown(layer.op, 60)}; layer ${layer.index}`),
      (layer.weights ?? []).map((weight) =>
        h(
          "div",
          { class: "muted" },
          `weights in INT8: SQNR ${decibels(weight.sqnr)}, `,
          h("bdi", null, shown(weight.name, 80)),
        ),
      ),
      layer.fused !== undefined &&
        h(
          "div",
          { class: "muted" },
          "in the engine: ",
          h("bdi", null, shown(layer.fused, 200)),
        ),
    );
  }

  /** @param {TensorData} t */
  names(t) {
    return h(
      "dl",
      null,
      namesByRelease(this.store.data, t).map(([releases, name]) =>
        term(
          `TensorRT ${releases}`,
          name === null
            ? h("span", { class: "muted" }, "makes no such tensor")
            : this.name(name),
        ),
      ),
      term(
        "ONNX value",
        t.value === null
          ? h("span", { class: "muted" }, "none: TensorRT's parser makes it")
          : this.name(t.value),
      ),
      term("portable key", this.name(t.key)),
      t.node !== "" && term("ONNX node", this.name(t.node)),
    );
  }

  /** @param {TensorData} t */
  findings(t) {
    const found = this.store.data.findings.filter((finding) => finding.tensor === t.name);
    if (found.length === 0) return null;
    return h(
      "ul",
      { class: "messages" },
      found
        .slice(0, LISTED)
        .map((finding) =>
          h(
            "li",
            null,
            h("span", { class: `code ${finding.level}` }, finding.code),
            ` ${shown(finding.message, 600)}`,
            finding.help !== undefined && h("div", { class: "help" }, shown(finding.help, 600)),
          ),
        ),
    );
  }

  /** @param {string} name */
  name(name) {
    return h(
      "button",
      { class: "plain name", title: "Copy", onclick: () => this.copied(name) },
      h("bdi", null, shown(name)),
    );
  }

  /** @param {string} name */
  link(name) {
    return this.store.byName.has(name)
      ? h(
          "div",
          null,
          h(
            "button",
            { class: "plain link", onclick: () => this.store.selectName(name) },
            h("bdi", null, shown(name, 80)),
          ),
        )
      : h("div", null, shown(name, 80));
  }

  /** @param {number} i */
  linkTo(i) {
    return h(
      "div",
      null,
      h(
        "button",
        { class: "plain link", onclick: () => this.store.select(i) },
        h("bdi", null, shown(this.store.tensor(i).name, 80)),
      ),
    );
  }
}

/**
 * @param {string} name
 * @param {...Child} content
 */
function term(name, ...content) {
  return h("div", { class: "term" }, h("dt", null, name), h("dd", null, ...content));
}

/** @param {number|null} value */
function exact(value) {
  return value === null ? "–" : h("span", { title: String(value) }, number(value));
}

/** @param {string} text */
function sentence(text) {
  if (text === "") return "";
  const shownText = shown(text);
  return `${shownText.charAt(0).toUpperCase()}${shownText.slice(1)}.`;
}
