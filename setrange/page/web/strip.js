// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The whole network beside the picture: a line a tensor in network order, in its colour.

import { colourOf, schemeOf } from "./colours.js";
import { beforeNextFrame, h } from "./dom.js";

/**
 * @param {import("./store.js").Store} store
 * @param {(i: number) => void} choose
 */
export function makeStrip(store, choose) {
  const canvas = h("canvas", {
    class: "strip",
    title: "The whole network, from input to output. Click to go there.",
    "aria-hidden": "true",
  });
  /** @type {[number, number]} first and last tensor of what the picture shows */
  let shownPart = [0, -1];

  const draw = beforeNextFrame(() => {
    const { width, height } = canvas.getBoundingClientRect();
    const context = canvas.getContext("2d");
    if (context === null || width === 0 || height === 0) return;
    const scale = devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    context.scale(scale, scale);
    const { data, view, selected } = store;
    const scheme = schemeOf(view.colour);
    const colours = scheme.swatches.map((swatch) => colourOf(swatch.class));
    const count = Math.max(data.tensors.length, 1);
    const step = height / count;
    context.clearRect(0, 0, width, height);
    // What stands out is drawn last, so that one missing range of 10,000 is still seen.
    const places = data.tensors.map((_, i) => scheme.of(data, i));
    const loud = new Set(
      scheme.swatches.flatMap((s, n) => (/missing|bad|lacks/.test(s.class) ? [n] : [])),
    );
    for (const isLoud of [false, true]) {
      places.forEach((place, i) => {
        if (loud.has(place) !== isLoud) return;
        context.fillStyle = colours[place] ?? "#888";
        context.fillRect(
          8,
          i * step,
          width - 16,
          Math.max(step - (step > 3 ? 1 : 0), isLoud ? 1.5 : 0.5),
        );
      });
    }
    context.strokeStyle = colourOf("text");
    const [first, last] = shownPart;
    if (last >= first && last - first < count - 1) {
      context.strokeRect(4.5, first * step, width - 9, Math.max((last - first + 1) * step, 4));
    }
    if (selected >= 0) {
      const y = (selected + 0.5) * step;
      context.fillStyle = colourOf("text");
      context.beginPath();
      context.moveTo(0, y - 5);
      context.lineTo(8, y);
      context.lineTo(0, y + 5);
      context.fill();
    }
  });

  const go = (/** @type {PointerEvent} */ event) => {
    const { top, height } = canvas.getBoundingClientRect();
    const count = store.data.tensors.length;
    const i = Math.floor(((event.clientY - top) / Math.max(height, 1)) * count);
    choose(Math.min(Math.max(i, 0), count - 1));
  };
  canvas.addEventListener("pointerdown", go);
  new ResizeObserver(draw).observe(canvas);
  store.on("data", draw);
  store.on("select", draw);
  store.on("view", draw);
  return {
    element: canvas,
    draw,
    /**
     * @param {number} first
     * @param {number} last
     */
    setShown(first, last) {
      shownPart = [first, last];
      draw();
    },
  };
}
