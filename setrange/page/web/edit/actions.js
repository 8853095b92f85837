// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What can be done to the chosen tensors: by key, by button, and from the clipboard.

import { h } from "../dom.js";
import { plural } from "../format.js";

/**
 * @typedef {{id: string, text: string, key: string, means: string, needs: (session: import("./session.js").Session, chosen: number[]) => boolean, run: (session: import("./session.js").Session, chosen: number[]) => Promise<unknown>}} Action
 */

/** @type {Action[]} */
export const ACTIONS = [
  {
    id: "producer",
    text: "Take from producer",
    key: "p",
    means: "The same range as what it is made from",
    needs: () => true,
    run: (session, tensors) => session.run({ kind: "producer", tensors }),
  },
  {
    id: "accept",
    text: "Accept estimate",
    key: "e",
    means: "The range that was estimated",
    needs: (session, chosen) => chosen.some((i) => String(i) in session.edit.estimates),
    run: (session, tensors) => session.run({ kind: "accept", tensors }),
  },
  {
    id: "fp16",
    text: "FP16",
    key: "f",
    means: "The node that makes it runs in FP16, or again in INT8",
    needs: () => true,
    run: (session, tensors) =>
      session.run({ kind: "precision", tensors, on: !isHalf(session, tensors) }),
  },
  {
    id: "clear",
    text: "Clear",
    key: "Delete",
    means: "Take back the range that was given",
    needs: (session, chosen) => chosen.some((i) => session.edit.given.includes(i)),
    run: (session, tensors) => session.run({ kind: "clear", tensors }),
  },
];

/**
 * @param {import("./session.js").Session} session
 * @param {number[]} tensors
 */
export function isHalf(session, tensors) {
  const half = new Set(session.edit.fp16);
  return tensors.length > 0 && tensors.every((i) => half.has(i));
}

/**
 * Let the actions be done by key on a row of the table, and ranges be pasted.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
export function editByKeys(page, session) {
  const { store, table } = page;
  table.onKey((event, i) => {
    if (
      event.target instanceof HTMLElement &&
      event.target.matches("input, select, textarea, button")
    )
      return false;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
      store.mark(table.visible());
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === " " && i >= 0) {
      const marked = new Set(store.marked);
      if (!marked.delete(i)) marked.add(i);
      store.mark(marked);
      return true;
    }
    if (event.key === "Escape" && store.marked.size > 0) {
      store.mark([]);
      return true;
    }
    const action = ACTIONS.find(
      (item) => item.key === event.key || (event.key === "Backspace" && item.id === "clear"),
    );
    const chosen = session.chosen(i);
    if (action === undefined || chosen.length === 0) return false;
    void action.run(session, chosen);
    return true;
  });
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    const isInField = target.matches("input, textarea, select");
    const isColumn = /[\n\t]/.test(text.trim());
    if (
      target.closest("dialog") !== null ||
      (isInField && !(isColumn && target.matches(".range-input")))
    )
      return;
    if (text.trim() === "") return;
    event.preventDefault();
    void paste(session, text);
  });
}

/**
 * Paste a column: by its names, into the marked rows, or from the selected row downward.
 * @param {import("./session.js").Session} session
 * @param {string} text
 */
export function paste(session, text) {
  const { store, table } = session.page;
  const rows = table.visible();
  if (store.marked.size > 1)
    return session.run({ kind: "paste", text, tensors: session.chosen(-1) });
  const place = rows.indexOf(store.selected);
  const tensors = place < 0 ? [] : rows.slice(place);
  return session.run({ kind: "paste", text, tensors, downward: true });
}

/**
 * The bar that is shown while several rows are marked.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
export function markedBar(page, session) {
  const { store } = page;
  const count = h("b");
  const input = h("input", {
    type: "text",
    class: "marked-input",
    placeholder: "amax, or min max",
    "aria-label": "Range for all marked rows",
    spellcheck: "false",
    autocomplete: "off",
  });
  const form = h(
    "form",
    { class: "inline" },
    input,
    h("button", { class: "button primary", type: "submit" }, "Same for all of these"),
  );
  const buttons = ACTIONS.map((action) => {
    const button = h(
      "button",
      {
        class: "button",
        title: `${action.means} (${action.key.toUpperCase()})`,
        "data-action": action.id,
        onclick: () => void action.run(session, session.chosen(-1)),
      },
      action.text,
    );
    return { action, button };
  });
  const bar = h(
    "div",
    { class: "marked-bar", role: "toolbar", "aria-label": "Marked rows", hidden: true },
    count,
    form,
    buttons.map(({ button }) => button),
    h("button", { class: "button", onclick: () => store.mark([]) }, "Unmark"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text !== "" && (await session.set(session.chosen(-1), text))) input.value = "";
  });
  const draw = () => {
    const chosen = session.chosen(-1);
    bar.hidden = store.marked.size < 2;
    count.textContent = `${plural(store.marked.size, "row")} marked`;
    for (const { action, button } of buttons) button.disabled = !action.needs(session, chosen);
  };
  store.on("mark", draw);
  store.on("data", draw);
  draw();
  page.table.element.prepend(bar);
}
