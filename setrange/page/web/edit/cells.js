// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Ranges typed into the table: one field that goes to the row that is edited.

import { fill, h } from "../dom.js";
import { rangeText, shown } from "../format.js";

/** Signs that a range begins with; typing one of them on a row begins to edit it. */
const BEGINS = /^[-+0-9.,±[(]$/;

/** Letters of a refused text that are shown in a cell. */
const SHOWN = 40;

/**
 * Let ranges be typed into the table.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
export function editCells(page, session) {
  const { table, store } = page;
  let at = -1; // the tensor that is edited
  const input = h("input", {
    class: "range-input",
    type: "text",
    inputmode: "text",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": "Range: largest absolute value, or smallest and largest",
  });

  /**
   * @param {number} i
   * @param {string|null} text what to begin with; null for the present range
   */
  function open(i, text) {
    const tensor = store.tensor(i);
    if (tensor.source === "not needed") {
      page.toast(
        "TensorRT never quantizes this tensor, or this output does not take its range.",
        "warning",
      );
    }
    const many = session.chosen(i).length;
    at = i;
    input.value = text ?? session.refused.get(i)?.text ?? asTyped(tensor);
    input.placeholder = many > 1 ? `for ${many} rows` : "amax, or min max";
    table.reveal(i);
    table.repaintAll();
    table.paint();
    input.focus();
    input.select();
  }

  function close() {
    at = -1;
    table.repaintAll();
  }

  let last = -1; // the tensor that was typed last
  /** @type {Promise<boolean>} */
  let taken = Promise.resolve(true);

  /**
   * Take what was typed; nothing is no change.
   * @returns {Promise<boolean>} false where it was refused
   */
  function commit() {
    const i = at;
    const text = input.value.trim();
    close();
    if (i < 0 || text === "" || text === asTyped(store.tensor(i))) return Promise.resolve(true);
    last = i;
    taken = session.set(session.chosen(i), text);
    return taken;
  }

  /** @param {number} i whose text was refused */
  function goBack(i) {
    if (at >= 0 || !session.refused.has(i)) return;
    store.select(i);
    open(i, null);
  }

  session.takers.add(async () => {
    if (at >= 0) {
      const hadFocus = document.activeElement === input;
      void commit();
      if (hadFocus) table.scroller.focus({ preventScroll: true });
    }
    if ((await taken) || !session.refused.has(last)) return null;
    return () => {
      page.tabs.show("table");
      goBack(last);
    };
  });

  /** @param {number} step */
  function move(step) {
    const rows = table.visible();
    const next = rows[rows.indexOf(store.selected) + step];
    if (next !== undefined) table.focusRow(next);
    else table.scroller.focus({ preventScroll: true });
  }

  table.setCell("range", (i, tensor, cell) => {
    if (i === at) {
      if (input.parentElement !== cell) {
        const hadFocus = document.activeElement === input;
        fill(cell, input);
        if (hadFocus) input.focus();
      }
      return;
    }
    const refused = session.refused.get(i);
    const pending = session.pending.get(i);
    const estimate =
      tensor.source === "missing" ? session.edit.estimates[String(i)] : undefined;
    cell.title = refused?.why ?? "Enter or F2 to edit";
    if (refused !== undefined)
      fill(cell, h("span", { class: "refused" }, shown(refused.text, SHOWN)));
    else if (pending !== undefined)
      fill(cell, h("span", { class: "pending" }, shown(pending, SHOWN)));
    else if (estimate !== undefined)
      fill(
        cell,
        h("span", { class: "proposed", title: estimate.why }, `${rangeText(estimate)} ?`),
      );
    else fill(cell, rangeText(tensor));
  });

  input.addEventListener("blur", () => {
    // A row that scrolls out of sight takes its field along; what was typed stays for its return.
    setTimeout(() => {
      if (at >= 0 && input.isConnected && document.activeElement !== input) commit();
    }, 0);
  });

  table.space.addEventListener("dblclick", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-tensor]") : null;
    const i = Number(row instanceof HTMLElement ? row.dataset.tensor : NaN);
    if (Number.isInteger(i)) open(i, null);
  });

  table.onKey((event, i) => {
    if (event.target === input) {
      const step = {
        Enter: event.shiftKey ? -1 : 1,
        Tab: event.shiftKey ? -1 : 1,
        ArrowDown: 1,
        ArrowUp: -1,
      }[event.key];
      if (step !== undefined) {
        const typed = at;
        void commit().then((isDone) => {
          const active = document.activeElement;
          if (!isDone && (active === document.body || table.element.contains(active)))
            goBack(typed);
        });
        move(step);
        return true;
      }
      if (event.key === "Escape") {
        session.refused.delete(at);
        close();
        table.scroller.focus({ preventScroll: true });
        return true;
      }
      return false;
    }
    const isRow =
      event.target === table.scroller ||
      (event.target instanceof HTMLElement &&
        event.target.closest('[role="row"]') !== null &&
        event.target.tagName !== "BUTTON");
    if (!isRow || i < 0 || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Enter" || event.key === "F2") {
      open(i, null);
      return true;
    }
    if (event.key.length === 1 && BEGINS.test(event.key)) {
      open(i, ""); // the key itself goes into the field, which has the keyboard now
      return false;
    }
    return false;
  });
}

/**
 * A range as somebody would type it: every digit, since it may be saved as it is.
 * @param {TensorData} tensor
 */
export function asTyped(tensor) {
  const { min, max } = tensor;
  if (min === null || max === null) return "";
  return min === -max ? String(max) : `${min} ${max}`;
}
