// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The table of all tensors. Only rows that are in sight exist as elements.

import { swatchOf } from "./colours.js";
import { COLUMNS } from "./columns.js";
import { asCsv, asRangesFile } from "./copying.js";
import { beforeNextFrame, fill, h } from "./dom.js";
import { FILTERS } from "./facts.js";
import { plural } from "./format.js";
import { matches } from "./search.js";

/**
 * @typedef {import("./columns.js").Column} Column
 * @typedef {(i: number, tensor: TensorData, cell: HTMLElement) => void} CellDrawer
 */

/** Height of a row in pixels; the style sheet has the same. */
const ROW = 30;
/** Rows above and below what is in sight. */
const MARGIN = 8;
/** A sortable, filterable table of the store's tensors. */
export class Table {
  /**
   * @param {import("./store.js").Store} store
   * @param {{copied: (text: string) => void}} how
   */
  constructor(store, how) {
    this.store = store;
    /** @type {Column[]} */
    this.columns = [...COLUMNS];
    /** @type {Column[]} those that the data have, as the heading shows them */
    this.current = [];
    /** @type {Map<string, CellDrawer>} */
    this.drawers = new Map();
    /** @type {((event: KeyboardEvent, i: number) => boolean|void)[]} */
    this.keyHandlers = [];
    /** @type {number[]} indices of tensors, in the order of the rows */
    this.rows = [];
    this.sort = { id: "index", isDown: false };
    this.anchor = -1;
    this.filters = h("div", { class: "filters", role: "toolbar", "aria-label": "Rows" });
    this.count = h("span", { class: "muted", role: "status" });
    this.copying = how.copied;
    this.head = h("div", { class: "row head", role: "row" });
    this.space = h("div", { class: "space", role: "rowgroup" });
    this.scroller = h(
      "div",
      { class: "scroller", role: "grid", tabindex: "0", "aria-label": "Tensors" },
      h("div", { class: "head-box", role: "rowgroup" }, this.head),
      this.space,
    );
    this.element = h(
      "div",
      { class: "table" },
      h(
        "div",
        { class: "bar" },
        this.filters,
        this.count,
        h("span", { class: "grow" }),
        this.copyButtons(),
      ),
      this.scroller,
    );
    /** @type {Map<number, HTMLElement>} row in sight, by its place */
    this.elements = new Map();
    this.repaint = beforeNextFrame(() => this.paint());
    this.scroller.addEventListener("scroll", this.repaint, { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.onKeyDown(event));
    new ResizeObserver(this.repaint).observe(this.scroller);
    store.on("view", () => this.choose());
    store.on("data", ({ changed }) => {
      if (changed === null || changed === undefined) this.drawHead();
      // An edit does not move rows about: what was needed a moment ago stays in sight.
      if (changed === null || changed === undefined || changed.size === 0) this.choose();
      this.drawFilters();
      this.repaintAll();
    });
    store.on("select", () => this.repaintAll());
    store.on("mark", () => this.repaintAll());
    this.drawHead();
    this.drawFilters();
    this.choose();
  }

  copyButtons() {
    return h(
      "span",
      { class: "actions" },
      h(
        "button",
        {
          class: "button",
          title: "Copy the shown rows as a ranges file",
          onclick: () => this.copying(asRangesFile(this.tensors())),
        },
        "Copy JSON",
      ),
      h(
        "button",
        {
          class: "button",
          title: "Copy the shown rows for a spreadsheet",
          onclick: () => this.copying(asCsv(this.tensors())),
        },
        "Copy CSV",
      ),
    );
  }

  /** Columns that this data has. */
  shownColumns() {
    return this.columns.filter((column) => column.holds?.(this.store.data) ?? true);
  }

  /**
   * @param {Column & {after?: string}} column
   */
  addColumn({ after, ...column }) {
    const place = this.columns.findIndex((other) => other.id === after);
    this.columns.splice(place < 0 ? this.columns.length : place + 1, 0, column);
    this.drawHead();
    this.repaintAll();
  }

  /**
   * Draw the cells of a column otherwise. A cell is used again for other rows.
   * @param {string} id
   * @param {CellDrawer} drawer
   */
  setCell(id, drawer) {
    this.drawers.set(id, drawer);
    this.repaintAll();
  }

  /** @param {(event: KeyboardEvent, i: number) => boolean|void} handler returns true if it did something */
  onKey(handler) {
    this.keyHandlers.push(handler);
  }

  /** The shown tensors, in their order. */
  tensors() {
    return this.rows.map((i) => this.store.tensor(i));
  }

  /** Indices of the shown tensors, in their order. */
  visible() {
    return this.rows;
  }

  drawHead() {
    const columns = this.shownColumns();
    this.current = columns;
    const widths = columns
      .map((c) => (c.grows ? `minmax(${c.width}px, 1fr)` : `${c.width}px`))
      .join(" ");
    this.element.style.setProperty("--columns", widths);
    this.element.style.setProperty(
      "--width",
      `${columns.reduce((sum, c) => sum + c.width + 12, 0)}px`,
    );
    fill(
      this.head,
      columns.map((column) => {
        const isSorted = this.sort.id === column.id;
        const order = isSorted ? (this.sort.isDown ? "descending" : "ascending") : "none";
        return h(
          "div",
          {
            class: `cell ${column.isNumber ? "number" : ""}`,
            role: "columnheader",
            "aria-sort": order,
            "data-column": column.id,
          },
          h(
            "button",
            {
              class: "plain sorter",
              title: column.means ?? "",
              disabled: column.key === undefined,
              onclick: () => this.sortBy(column.id),
            },
            column.title,
            isSorted && h("span", { "aria-hidden": "true" }, this.sort.isDown ? " ▼" : " ▲"),
          ),
        );
      }),
    );
  }

  drawFilters() {
    const { data, view } = this.store;
    fill(
      this.filters,
      FILTERS.map((filter) => {
        const count = data.tensors.reduce(
          (sum, tensor) => sum + (filter.holds(tensor) ? 1 : 0),
          0,
        );
        return h(
          "button",
          {
            class: "chip",
            "aria-pressed": String(view.only === filter.id),
            title: filter.means,
            "data-filter": filter.id,
            onclick: () =>
              this.store.setView({ only: view.only === filter.id ? "all" : filter.id }),
          },
          filter.text,
          h("b", null, count.toLocaleString("en")),
        );
      }),
      view.only.startsWith("source:") &&
        h(
          "button",
          {
            class: "chip",
            "aria-pressed": "true",
            onclick: () => this.store.setView({ only: "all" }),
          },
          `${view.only.slice(7)} ✕`,
        ),
    );
  }

  /** Choose the rows that the filter and the search leave, and sort them. */
  choose() {
    const { data, view } = this.store;
    const source = view.only.startsWith("source:") ? view.only.slice(7) : null;
    const filter = FILTERS.find((item) => item.id === view.only);
    const isFound = matches(data, view.query);
    this.rows = data.tensors
      .map((_, i) => i)
      .filter((i) => {
        const tensor = /** @type {TensorData} */ (data.tensors[i]);
        return (
          (source === null ? (filter?.holds(tensor) ?? true) : tensor.source === source) &&
          isFound(i)
        );
      });
    this.order();
    fill(
      this.count,
      this.rows.length === data.tensors.length
        ? plural(this.rows.length, "tensor")
        : `${this.rows.length.toLocaleString("en")} of ${plural(data.tensors.length, "tensor")}`,
    );
    this.drawFilters();
    this.scroller.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.space.style.height = `${this.rows.length * ROW}px`;
    this.repaintAll();
  }

  order() {
    const column = this.columns.find((item) => item.id === this.sort.id);
    if (column?.key === undefined) return;
    const { key } = column;
    const keys = new Map(this.rows.map((i) => [i, key(i, this.store.tensor(i))]));
    const sign = this.sort.isDown ? -1 : 1;
    this.rows.sort((a, b) => {
      const x = keys.get(a) ?? null;
      const y = keys.get(b) ?? null;
      if (x === null || y === null) return x === y ? a - b : x === null ? 1 : -1; // unknown last
      return (x < y ? -sign : x > y ? sign : 0) || a - b;
    });
  }

  /** @param {string} id */
  sortBy(id) {
    const column = this.columns.find((item) => item.id === id);
    const isDown =
      this.sort.id === id ? !this.sort.isDown : (column?.isNumber ?? false) && id !== "index";
    this.sort = { id, isDown };
    this.drawHead();
    this.choose();
    this.scroller.scrollTop = 0;
  }

  /** Draw every row in sight again. */
  repaintAll() {
    for (const row of this.elements.values()) row.dataset.tensor = "";
    this.repaint();
  }

  paint() {
    const height = this.scroller.clientHeight;
    if (height === 0) return; // not in sight
    const first = Math.max(0, Math.floor(this.scroller.scrollTop / ROW) - MARGIN);
    const last = Math.min(this.rows.length, first + Math.ceil(height / ROW) + 2 * MARGIN);
    const free = [];
    for (const [place, row] of this.elements) {
      if (place < first || place >= last) {
        this.elements.delete(place);
        free.push(row);
      }
    }
    for (let place = first; place < last; place++) {
      let row = this.elements.get(place);
      if (row === undefined) {
        row = free.pop() ?? this.space.appendChild(this.emptyRow());
        row.dataset.tensor = "";
        this.elements.set(place, row);
      }
      this.paintRow(row, place);
    }
    for (const row of free) row.remove();
  }

  emptyRow() {
    const row = h("div", { class: "row", role: "row" });
    row.addEventListener("click", (event) => this.onClick(event, Number(row.dataset.tensor)));
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {number} place
   */
  paintRow(row, place) {
    const i = /** @type {number} */ (this.rows[place]);
    if (row.dataset.tensor === String(i)) return;
    const { data, selected, marked } = this.store;
    const tensor = this.store.tensor(i);
    const swatch = swatchOf(data, i);
    row.dataset.tensor = String(i);
    row.style.transform = `translateY(${place * ROW}px)`;
    row.setAttribute("aria-rowindex", String(place + 2));
    row.setAttribute("aria-selected", String(i === selected));
    row.classList.toggle("marked", marked.has(i));
    const columns = this.current;
    while (row.children.length > columns.length) row.lastChild?.remove();
    columns.forEach((column, n) => {
      let cell = /** @type {HTMLElement|undefined} */ (row.children[n]);
      if (cell === undefined) {
        cell = row.appendChild(h("div", { role: "gridcell" }));
      }
      if (cell.dataset.column !== column.id) cell.replaceChildren();
      cell.dataset.column = column.id;
      cell.className = `cell ${column.isNumber ? "number" : ""}`;
      const drawer = this.drawers.get(column.id);
      if (drawer !== undefined) {
        drawer(i, tensor, cell);
        return;
      }
      const content = column.cell(i, tensor);
      if (column.id === "source") {
        fill(
          cell,
          h("span", { class: `sign ${swatch.class}`, "aria-hidden": "true" }, swatch.sign),
          content,
        );
      } else if (column.id === "name") {
        fill(cell, h("bdi", null, content));
      } else {
        fill(cell, content);
      }
      if (column.grows && typeof content === "string") cell.title = content;
    });
  }

  /**
   * @param {MouseEvent} event
   * @param {number} i
   */
  onClick(event, i) {
    if (event.ctrlKey || event.metaKey) {
      const marked = new Set(this.store.marked);
      if (!marked.delete(i)) marked.add(i);
      this.anchor = i;
      this.store.mark(marked);
    } else if (event.shiftKey) {
      this.markTo(i);
    } else {
      this.anchor = i;
      if (this.store.marked.size > 0) this.store.mark([]);
    }
    this.store.select(i);
  }

  /**
   * Mark all rows from the last chosen one to this.
   * @param {number} i
   */
  markTo(i) {
    const from = this.rows.indexOf(this.anchor < 0 ? this.store.selected : this.anchor);
    const to = this.rows.indexOf(i);
    if (from < 0 || to < 0) return;
    this.anchor = this.rows[from] ?? i;
    this.store.mark(this.rows.slice(Math.min(from, to), Math.max(from, to) + 1));
  }

  /** @param {KeyboardEvent} event */
  onKeyDown(event) {
    const { selected } = this.store;
    if (this.keyHandlers.some((handler) => handler(event, selected) === true)) {
      event.preventDefault();
      return;
    }
    const isInField =
      event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (isInField || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 2);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined || this.rows.length === 0) return;
    event.preventDefault();
    const place = this.rows.indexOf(selected);
    const next = Math.min(Math.max(place < 0 ? 0 : place + step, 0), this.rows.length - 1);
    const i = /** @type {number} */ (this.rows[next]);
    if (event.shiftKey) this.markTo(i);
    else this.anchor = i;
    this.store.select(i);
    this.reveal(i);
  }

  /**
   * Scroll so that the row of a tensor is in sight.
   * @param {number} i
   */
  reveal(i) {
    const place = this.rows.indexOf(i);
    if (place < 0) return;
    const top = place * ROW;
    const height = this.scroller.clientHeight - 2 * ROW;
    if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
    else if (top > this.scroller.scrollTop + height) this.scroller.scrollTop = top - height;
  }

  /**
   * Select a tensor, scroll to its row and put the keyboard there.
   * @param {number} i
   */
  focusRow(i) {
    this.store.select(i);
    this.reveal(i);
    this.scroller.focus({ preventScroll: true });
    this.paint();
  }
}
