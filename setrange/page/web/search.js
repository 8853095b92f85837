// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Finding tensors by any of their names, and by layer or node.

import { swatchOf } from "./colours.js";
import { fill, h } from "./dom.js";
import { shown } from "./format.js";

/** Letters of a name that are searched. */
const MOST = 4000;
/** Tensors that the list shows. */
const LISTED = 50;

/** @type {{data: ReportData|null, length: number, texts: string[]}} */
const cache = { data: null, length: -1, texts: [] };

/**
 * What each tensor is found by, in lower case.
 * @param {ReportData} data
 */
function texts(data) {
  if (cache.data !== data || cache.length !== data.tensors.length) {
    cache.data = data;
    cache.length = data.tensors.length;
    cache.texts = data.tensors.map((tensor) => {
      const names = new Set([
        tensor.name,
        tensor.key,
        tensor.value ?? "",
        tensor.node,
        tensor.kind,
      ]);
      for (const name of Object.values(tensor.names ?? {})) names.add(name ?? "");
      return [...names].map((name) => name.slice(0, MOST).toLowerCase()).join("\n");
    });
  }
  return cache.texts;
}

/** @param {string} query */
function wordsOf(query) {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/**
 * A test whether a tensor is meant: every word of the query is in one of its names.
 * @param {ReportData} data
 * @param {string} query
 * @returns {(i: number) => boolean}
 */
export function matches(data, query) {
  const words = wordsOf(query);
  if (words.length === 0) return () => true;
  const all = texts(data);
  return (i) => {
    const text = all[i] ?? "";
    return words.every((word) => text.includes(word));
  };
}

/**
 * Make the search field, with a list of what is found.
 * @param {import("./store.js").Store} store
 * @param {{choose: (i: number) => void, isListed: () => boolean}} how
 */
export function makeSearch(store, how) {
  let at = 0;
  /** @type {number[]} */
  let found = [];
  const list = h("ul", { class: "found", role: "listbox", id: "found", hidden: true });
  const input = h("input", {
    type: "search",
    class: "search",
    placeholder: "Search tensors, nodes, layers",
    "aria-label": "Search",
    "aria-controls": "found",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => {
      at = 0;
      store.setView({ query: input.value });
      draw();
    },
    onfocus: draw,
    onblur: () => (list.hidden = true),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        at = Math.min(
          Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0),
          Math.max(found.length - 1, 0),
        );
        draw();
        event.preventDefault();
      } else if (event.key === "Enter") {
        const i = found[at];
        if (i !== undefined) how.choose(i);
        list.hidden = true;
      } else if (event.key === "Escape") {
        input.value = "";
        store.setView({ query: "" });
        input.blur();
      }
    },
  });

  function draw() {
    const { data } = store;
    if (input.value.trim() === "") {
      found = [];
      list.hidden = true;
      return;
    }
    const isFound = matches(data, input.value);
    const all = data.tensors.map((_, i) => i).filter(isFound);
    // What is called so in this release goes before what another release calls so.
    const words = wordsOf(input.value);
    const isCalled = (/** @type {number} */ i) => {
      const name = store.tensor(i).name.slice(0, MOST).toLowerCase();
      return words.every((word) => name.includes(word));
    };
    found = [...all.filter(isCalled), ...all.filter((i) => !isCalled(i))].slice(0, LISTED);
    const more = all.length - found.length;
    list.hidden = !how.isListed() || document.activeElement !== input;
    fill(
      list,
      found.map((i, place) => {
        const tensor = store.tensor(i);
        const swatch = swatchOf(data, i);
        return h(
          "li",
          {
            role: "option",
            "aria-selected": String(place === at),
            onmousedown: (/** @type {Event} */ event) => {
              event.preventDefault();
              how.choose(i);
              list.hidden = true;
            },
          },
          h("span", { class: `sign ${swatch.class}`, "aria-hidden": "true" }, swatch.sign),
          h("bdi", null, shown(tensor.name, 90)),
          h("span", { class: "muted" }, ` ${tensor.kind}`),
        );
      }),
      found.length === 0 && h("li", { class: "muted" }, "Nothing is called so."),
      more > 0 && h("li", { class: "muted" }, `and ${more.toLocaleString("en")} more`),
    );
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  return { element: h("div", { class: "search-box" }, input, list), input };
}
