// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The network as a picture: layers with their tensors, lines from producer to consumers.

import { SCHEMES, schemeOf, swatchOf } from "./colours.js";
import { beforeNextFrame, fill, h, svg } from "./dom.js";
import { TYPE_TEXT, typeOf } from "./facts.js";
import { decibels, plural, rangeText, shown } from "./format.js";
import { curve, layOut } from "./layout.js";
import { partAround } from "./neighbourhood.js";
import { makeStrip } from "./strip.js";

/** A network of up to so many layers is drawn as a whole. */
const WHOLE = 320;
/** Of a larger one, so many layers around what is selected. */
const AROUND = 60;

/** Below this scale names cannot be read: rows are filled with their colour. */
const FAR = 0.5;
const SMALLEST = 0.08;
const LARGEST = 2.5;

const WEIGHTED = new Set([
  "Convolution",
  "Deconvolution",
  "Fully Connected",
  "FullyConnected",
  "Matrix Multiply",
  "MatrixMultiply",
]);
const QUIET = new Set([
  "Constant",
  "Shuffle",
  "Identity",
  "Cast",
  "Squeeze",
  "Unsqueeze",
  "Shape",
]);

/** The picture, the strip of the whole network beside it, and the meaning of colours. */
export class NetworkView {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    this.place = { x: 0, y: 0, scale: 1 };
    /** @type {import("./neighbourhood.js").Part} */
    this.part = { layers: new Set(), inputs: new Set(), isWhole: true };
    /** @type {import("./layout.js").Layout} */
    this.layout = { boxes: [], lines: [], width: 0, height: 0 };
    /** @type {Map<number, HTMLElement>} */
    this.rows = new Map();
    /** @type {Map<number, SVGPathElement[]>} */
    this.paths = new Map();
    /** @type {Map<number, HTMLElement>} */
    this.types = new Map();
    this.isDrawn = false;
    this.lines = svg("svg", { class: "lines", "aria-hidden": "true" });
    this.boxes = h("div", { class: "boxes" });
    this.world = h("div", { class: "world" }, this.lines, this.boxes);
    this.stage = h(
      "div",
      {
        class: "stage",
        tabindex: "0",
        role: "application",
        "aria-label": "Network: arrow keys move along the tensors",
      },
      this.world,
    );
    this.strip = makeStrip(store, (i) => this.go(i));
    this.scope = h("span", { class: "muted scope", role: "status" });
    this.colour = h(
      "select",
      {
        "aria-label": "Colour by",
        onchange: () => store.setView({ colour: this.colour.value }),
      },
      SCHEMES.map((scheme) => h("option", { value: scheme.id }, scheme.text)),
    );
    this.legend = h("ul", { class: "legend", "aria-label": "Colours" });
    this.element = h(
      "div",
      { class: "network" },
      h(
        "div",
        { class: "bar" },
        h("label", null, "Colour by ", this.colour),
        this.scope,
        h("span", { class: "grow" }),
        h(
          "button",
          {
            class: "button",
            title: "Larger (+)",
            "aria-label": "Larger",
            onclick: () => this.zoom(1.25),
          },
          "+",
        ),
        h(
          "button",
          {
            class: "button",
            title: "Smaller (−)",
            "aria-label": "Smaller",
            onclick: () => this.zoom(0.8),
          },
          "−",
        ),
        h(
          "button",
          { class: "button", title: "All of it (0)", onclick: () => this.fit() },
          "Fit",
        ),
      ),
      h("div", { class: "picture" }, this.strip.element, this.stage, this.legend),
    );
    this.apply = beforeNextFrame(() => {
      const { x, y, scale } = this.place;
      this.world.classList.toggle("far", scale < FAR);
      this.world.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    });
    this.listen();
    store.on("select", () => this.onSelect());
    store.on("view", () => this.recolour());
    store.on("data", ({ changed }) => {
      if (changed === null || changed === undefined) this.isDrawn = false;
      if (!this.isDrawn) this.show();
      else this.recolour();
    });
  }

  /** Draw it, if it is in sight and was not drawn yet. */
  show() {
    if (this.isDrawn || this.element.offsetParent === null) return;
    this.draw();
    const { selected, data } = this.store;
    this.centre(selected >= 0 ? selected : (data.inputs[0] ?? 0), true);
  }

  draw() {
    const { data, selected } = this.store;
    this.isDrawn = true;
    this.part = partAround(data, selected, data.layers.length <= WHOLE ? WHOLE : AROUND);
    this.layout = layOut(data, this.part);
    this.rows = new Map();
    this.paths = new Map();
    this.types = new Map();
    const { width, height, boxes, lines } = this.layout;
    this.lines.setAttribute("width", String(width));
    this.lines.setAttribute("height", String(height));
    fill(
      this.lines,
      lines.map((line) => this.linePath(line)),
    );
    fill(
      this.boxes,
      boxes.map((box) => this.boxElement(box)),
    );
    fill(
      this.scope,
      this.part.isWhole
        ? `All ${plural(data.layers.length, "layer")}`
        : `${this.part.layers.size} of ${plural(data.layers.length, "layer")}: those around the selected tensor`,
    );
    const drawn = [...this.rows.keys()];
    this.strip.setShown(Math.min(...drawn), Math.max(...drawn));
    this.recolour();
  }

  /** @param {import("./layout.js").Line} line */
  linePath(line) {
    const path = svg("path", { d: curve(line.points) });
    this.paths.set(line.tensor, [...(this.paths.get(line.tensor) ?? []), path]);
    return path;
  }

  /** @param {import("./layout.js").Box} box */
  boxElement(box) {
    const { data } = this.store;
    const layer = data.layers[box.layer];
    const kind = layer === undefined ? "Input" : layer.kind;
    const weight =
      layer === undefined
        ? "input"
        : WEIGHTED.has(kind)
          ? "weighted"
          : QUIET.has(kind)
            ? "quiet"
            : "";
    const type = h("span", { class: "type" });
    if (layer !== undefined) this.types.set(box.layer, type);
    const under = layer === undefined ? "of the network" : layer.node || layer.name;
    return h(
      "div",
      {
        class: `box ${weight}`,
        style: { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px` },
        "data-layer": layer === undefined ? null : box.layer,
      },
      h(
        "div",
        {
          class: "box-head",
          title: layer === undefined ? "" : shown(`${layer.op} ${layer.name}`),
        },
        h("span", { class: "box-kind" }, kind, type),
        h("bdi", { class: "box-node" }, shown(under, 60)),
      ),
      box.tensors.map((i) => this.tensorRow(i)),
      box.hidden > 0 &&
        h("div", { class: "box-more" }, `and ${plural(box.hidden, "more output")}`),
    );
  }

  /** @param {number} i */
  tensorRow(i) {
    const row = h("button", {
      class: "box-tensor",
      "data-tensor": i,
      tabindex: "-1",
      onclick: () => this.store.select(i),
    });
    this.rows.set(i, row);
    return row;
  }

  /** Draw what may change without the layout: colours, ranges, what is selected. */
  recolour() {
    const { data, view, selected } = this.store;
    this.colour.value = view.colour;
    for (const option of this.colour.options) {
      const holds = schemeOf(option.value).holds?.(data) ?? true;
      option.disabled = !holds;
      option.title = holds ? "" : "Nothing was measured; docs/report.md says how.";
    }
    for (const [i, row] of this.rows) {
      const tensor = this.store.tensor(i);
      const swatch = swatchOf(data, i, view.colour);
      row.className = `box-tensor ${swatch.class} ${i === selected ? "selected" : ""}`;
      row.title = `${shown(tensor.name)}\n${swatch.text}`;
      fill(
        row,
        h("span", { class: "sign", "aria-hidden": "true" }, swatch.sign),
        h("bdi", { class: "box-name" }, shown(tensor.name, 60)),
        h("span", { class: "box-range" }, detail(tensor, view.colour)),
      );
    }
    for (const [i, paths] of this.paths) {
      const swatch = swatchOf(data, i, view.colour);
      for (const path of paths)
        path.setAttribute("class", `${swatch.class} ${i === selected ? "selected" : ""}`);
    }
    for (const [place, badge] of this.types) {
      const layer = /** @type {LayerData} */ (data.layers[place]);
      const type = typeOf(data, layer);
      badge.className = `type t-${type}`;
      badge.title =
        layer.fused === undefined ? (TYPE_TEXT[type] ?? type) : `in ${shown(layer.fused)}`;
      fill(
        badge,
        type === "ready"
          ? "ranges ✓"
          : type === "lacks"
            ? "range ✕"
            : type === "none"
              ? ""
              : (TYPE_TEXT[type] ?? type),
      );
    }
    this.drawLegend();
  }

  drawLegend() {
    const { data, view } = this.store;
    const scheme = schemeOf(view.colour);
    const used = new Set(data.tensors.map((_, i) => scheme.of(data, i)));
    fill(
      this.legend,
      scheme.swatches.map(
        (swatch, place) =>
          used.has(place) &&
          h(
            "li",
            { title: swatch.means },
            h("span", { class: `sign ${swatch.class}`, "aria-hidden": "true" }, swatch.sign),
            swatch.text,
          ),
      ),
    );
  }

  onSelect() {
    const { selected, data } = this.store;
    if (this.element.offsetParent === null || !this.isDrawn) {
      if (selected >= 0 && !this.rows.has(selected)) this.isDrawn = false;
      else if (this.isDrawn) this.recolour();
      return;
    }
    if (selected >= 0 && !this.part.isWhole && !this.isInside(selected)) {
      this.draw();
      this.centre(selected, true);
      return;
    }
    this.recolour();
    if (selected >= 0 && data.tensors.length > 0) this.centre(selected, false);
  }

  /**
   * True where all that a tensor comes from and goes to is drawn.
   * @param {number} i
   */
  isInside(i) {
    return (
      this.rows.has(i) &&
      this.store
        .tensor(i)
        .consumers.slice(0, 4)
        .every((layer) => this.part.layers.has(layer))
    );
  }

  /**
   * Select a tensor and bring it into the middle.
   * @param {number} i
   */
  go(i) {
    if (i === this.store.selected) this.centre(i, true);
    else this.store.select(i);
    this.centre(i, true);
  }

  /**
   * Move the picture so that a tensor is in it.
   * @param {number} i
   * @param {boolean} always also if it is in sight already
   */
  centre(i, always) {
    const box = this.boxOf(i);
    if (box === undefined) return;
    const { width, height } = this.stage.getBoundingClientRect();
    const { scale } = this.place;
    const x = (box.x + box.width / 2) * scale + this.place.x;
    const y = (box.y + box.height / 2) * scale + this.place.y;
    const isInSight = x > 60 && x < width - 60 && y > 40 && y < height - 40;
    if (isInSight && !always) return;
    this.place.x += width / 2 - x;
    this.place.y += (i === this.store.selected ? height / 2 : Math.min(height / 2, 90)) - y;
    this.apply();
  }

  /** @param {number} i */
  boxOf(i) {
    return this.layout.boxes.find(
      (box) =>
        box.tensors.includes(i) || (box.layer >= 0 && box.layer === this.store.tensor(i).layer),
    );
  }

  fit() {
    const { width, height } = this.stage.getBoundingClientRect();
    const scale = Math.min(
      width / (this.layout.width || 1),
      height / (this.layout.height || 1),
      1,
    );
    this.place.scale = Math.max(scale, SMALLEST);
    this.place.x = (width - this.layout.width * this.place.scale) / 2;
    this.place.y = (height - this.layout.height * this.place.scale) / 2;
    this.apply();
  }

  /**
   * @param {number} factor
   * @param {{x: number, y: number}} [at] what stays where it is; the middle otherwise
   */
  zoom(factor, at) {
    const { width, height } = this.stage.getBoundingClientRect();
    const { x, y } = at ?? { x: width / 2, y: height / 2 };
    const scale = Math.min(Math.max(this.place.scale * factor, SMALLEST), LARGEST);
    const by = scale / this.place.scale;
    this.place = { x: x - (x - this.place.x) * by, y: y - (y - this.place.y) * by, scale };
    this.apply();
  }

  listen() {
    const { stage } = this;
    stage.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const { left, top } = stage.getBoundingClientRect();
        if (event.ctrlKey || event.metaKey) {
          this.zoom(Math.exp(-event.deltaY * 0.004), {
            x: event.clientX - left,
            y: event.clientY - top,
          });
          return;
        }
        const unit = event.deltaMode === 1 ? 18 : 1;
        this.place.x -= (event.shiftKey ? event.deltaY : event.deltaX) * unit;
        this.place.y -= (event.shiftKey ? 0 : event.deltaY) * unit;
        this.apply();
      },
      { passive: false },
    );
    /** @type {{x: number, y: number, isMoving: boolean}|null} */
    let from = null;
    stage.addEventListener("pointerdown", (event) => {
      if (event.button === 0) from = { x: event.clientX, y: event.clientY, isMoving: false };
    });
    stage.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const dx = event.clientX - from.x;
      const dy = event.clientY - from.y;
      if (!from.isMoving && Math.hypot(dx, dy) < 4) return;
      if (!from.isMoving) stage.setPointerCapture(event.pointerId);
      this.place.x += dx;
      this.place.y += dy;
      from = { x: event.clientX, y: event.clientY, isMoving: true };
      stage.classList.add("moving");
      this.apply();
    });
    const end = () => {
      from = null;
      stage.classList.remove("moving");
    };
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", end);
    stage.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => {
      if (this.isDrawn && this.store.selected >= 0) this.centre(this.store.selected, false);
    }).observe(stage);
    // Where the keyboard moves the focus, browsers scroll what has no scroll bars as well.
    stage.addEventListener("scroll", () => {
      this.place.x -= stage.scrollLeft;
      this.place.y -= stage.scrollTop;
      stage.scrollTo(0, 0);
      this.apply();
    });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "0") this.fit();
    else {
      const next = this.neighbour(event.key);
      if (next === undefined || next < 0) return;
      this.go(next);
    }
    event.preventDefault();
  }

  /**
   * Where an arrow key leads from the selected tensor.
   * @param {string} key
   * @returns {number|undefined}
   */
  neighbour(key) {
    const { data, selected } = this.store;
    if (!key.startsWith("Arrow")) return undefined;
    if (selected < 0) return data.inputs[0];
    const tensor = this.store.tensor(selected);
    const layer = tensor.layer === null ? undefined : data.layers[tensor.layer];
    if (key === "ArrowUp") return layer?.inputs.find((i) => i >= 0);
    if (key === "ArrowDown") {
      const next = data.layers[tensor.consumers[0] ?? -1];
      return next?.outputs[0];
    }
    // To the side: what else the producer makes, or what else goes into the consumer.
    const beside =
      layer !== undefined && layer.outputs.length > 1
        ? layer.outputs
        : (data.layers[tensor.consumers[0] ?? -1]?.inputs ?? []);
    const others = beside.filter((i) => i >= 0);
    const step = key === "ArrowRight" ? 1 : -1;
    return others[(others.indexOf(selected) + step + others.length) % others.length];
  }
}

/**
 * What stands beside a tensor's name.
 * @param {TensorData} tensor
 * @param {string} colour
 */
function detail(tensor, colour) {
  if (colour === "sqnr" && tensor.int8 !== undefined) return decibels(tensor.int8.sqnr);
  if (tensor.min !== null) return rangeText(tensor);
  return tensor.source === "missing" ? "no range" : "";
}
