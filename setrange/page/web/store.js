// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What the page shows, and who wants to know when it changes.

/**
 * @typedef {"data"|"select"|"mark"|"view"} StoreEvent
 * @typedef {{changed?: Set<number>|null}} Detail
 */

/**
 * The data and what of it is selected. Tensors are called by their index.
 */
export class Store {
  /** @param {ReportData} data */
  constructor(data) {
    this.data = data;
    /** The tensor that the panel shows; -1 for none. */
    this.selected = -1;
    /** @type {Set<number>} Tensors that are marked for one change of all. */
    this.marked = new Set();
    /** How it is shown: what colours mean, what is searched for, which rows the table has. */
    this.view = { colour: "source", query: "", only: "all" };
    /** @type {Map<StoreEvent, Set<(detail: Detail) => void>>} */
    this.listeners = new Map();
    /** @type {Map<string, number>} */
    this.byName = new Map();
    this.index();
  }

  index() {
    this.byName = new Map();
    this.data.tensors.forEach((tensor, i) => {
      if (!this.byName.has(tensor.name)) this.byName.set(tensor.name, i);
    });
  }

  /**
   * @param {StoreEvent} event
   * @param {(detail: Detail) => void} listener
   * @returns {() => void} ends it
   */
  on(event, listener) {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(listener));
    return () => known.delete(listener);
  }

  /**
   * @param {StoreEvent} event
   * @param {Detail} [detail]
   */
  emit(event, detail = {}) {
    for (const listener of [...(this.listeners.get(event) ?? [])]) listener(detail);
  }

  /** @param {number} i index of a tensor; -1 for none */
  select(i) {
    if (i === this.selected || i >= this.data.tensors.length) return;
    this.selected = i;
    this.emit("select");
  }

  /**
   * Select the tensor of this name, if there is one.
   * @param {string|undefined} name
   */
  selectName(name) {
    const i = name === undefined ? undefined : this.byName.get(name);
    if (i !== undefined) this.select(i);
  }

  /** @param {Iterable<number>} tensors */
  mark(tensors) {
    this.marked = new Set(tensors);
    this.emit("mark");
  }

  /** @param {Partial<{colour: string, query: string, only: string}>} view */
  setView(view) {
    Object.assign(this.view, view);
    this.emit("view");
  }

  /**
   * Show other data.
   * @param {ReportData} data
   */
  setData(data) {
    this.data = data;
    this.index();
    if (this.selected >= data.tensors.length) this.selected = -1;
    this.marked = new Set([...this.marked].filter((i) => i < data.tensors.length));
    this.emit("data", { changed: null });
  }

  /**
   * Replace some fields of some tensors, and other parts as a whole.
   * @param {Partial<Omit<ReportData, "tensors">> & {tensors?: Record<number, Partial<TensorData>>}} patch
   */
  patch(patch) {
    const { tensors = {}, ...rest } = patch;
    Object.assign(this.data, rest);
    const changed = new Set(Object.keys(tensors).map(Number));
    for (const i of changed) {
      const before = this.data.tensors[i];
      if (before !== undefined) this.data.tensors[i] = { ...before, ...tensors[i] };
    }
    this.emit("data", { changed });
  }

  /** @param {number} i */
  tensor(i) {
    return /** @type {TensorData} */ (this.data.tensors[i]);
  }
}
