// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The page that holds its data.

import { start } from "./app.js";
import { fill, h } from "./dom.js";

/**
 * The data that the page holds.
 * @param {HTMLElement} element
 * @returns {Promise<ReportData>}
 */
async function embedded(element) {
  const text = element.textContent ?? "";
  if (element.getAttribute("type") === "application/json") return JSON.parse(text);
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
embedded(/** @type {HTMLElement} */ (document.getElementById("data"))).then(
  (data) => start(root, data),
  (error) =>
    fill(
      root,
      h(
        "p",
        { class: "empty" },
        `This report cannot be shown: ${error}. It needs a browser of 2023 or later.`,
      ),
    ),
);
