// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What is edited, as the page knows it: requests go one after the other, answers into the store.

import { Lost, Refused } from "./connection.js";
import { applyPatch } from "./patching.js";

/** The edited document. */
export class Session {
  /**
   * @param {Page} page
   * @param {import("./connection.js").Connection} connection
   */
  constructor(page, connection) {
    this.page = page;
    this.connection = connection;
    /** @type {Map<number, string>} What was typed and is not answered yet, by tensor. */
    this.pending = new Map();
    /** @type {Map<number, {text: string, why: string}>} What was refused, by tensor. */
    this.refused = new Map();
    /** @type {Set<() => Promise<(() => void)|null>>} See takeTyped. */
    this.takers = new Set();
    this.isLost = false;
    this.isEnding = false;
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve();
    this.waiting = 0;
    /** @type {Set<() => void>} */
    this.watchers = new Set();
  }

  /** @returns {EditData} */
  get edit() {
    return /** @type {EditedData} */ (this.page.store.data).edit;
  }

  /** Be told when something that is not in the store changes. @param {() => void} watcher */
  watch(watcher) {
    this.watchers.add(watcher);
  }

  changed() {
    for (const watcher of this.watchers) watcher();
  }

  /**
   * The tensors that an operation is for: those that are marked, else the selected one.
   * @param {number} [i] the tensor at hand
   * @returns {number[]}
   */
  chosen(i = this.page.store.selected) {
    const { marked } = this.page.store;
    if (marked.size > 0 && (i < 0 || marked.has(i))) {
      return this.page.table.visible().filter((at) => marked.has(at));
    }
    return i < 0 ? [] : [i];
  }

  /**
   * Take what stands in fields and was not entered, and wait until all is answered. Each taker
   * returns null, or what puts the keyboard into the field whose text was refused.
   * @returns {Promise<boolean>} whether nothing was refused
   */
  async takeTyped() {
    for (const take of this.takers) {
      const back = await take();
      if (back !== null) {
        back();
        return false;
      }
    }
    await this.last;
    return true;
  }

  /**
   * Do something when all that was asked for before is done.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  queue(work) {
    this.waiting += 1;
    this.changed();
    const done = this.last.then(work).finally(() => {
      this.waiting -= 1;
      this.changed();
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  /**
   * Ask the server, and show what it answers.
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<Answer>}
   */
  ask(path, body = {}) {
    return this.queue(async () => {
      const answer = await this.connection.post(path, { version: this.edit.version, ...body });
      this.isLost = false;
      this.show(answer);
      return answer;
    });
  }

  /** @param {Answer} answer */
  show(answer) {
    if (answer.patch !== undefined) applyPatch(this.page.store, answer.patch);
    else if (answer.data !== undefined) this.page.store.setData(answer.data);
  }

  /**
   * Carry out an operation; what goes wrong is told.
   * @param {{kind: string} & Record<string, unknown>} operation
   * @param {{tensors?: number[], text?: string, quiet?: boolean}} [typed] what was typed for which tensors
   * @returns {Promise<boolean>} whether it was done
   */
  async run(operation, { tensors = [], text = "", quiet = false } = {}) {
    for (const i of tensors) {
      this.pending.set(i, text);
      this.refused.delete(i);
    }
    if (tensors.length > 0) this.page.table.repaintAll();
    try {
      const answer = await this.ask("/api/change", operation);
      for (const i of tensors) this.pending.delete(i);
      for (const i of answer.tensors ?? []) this.refused.delete(i);
      if (answer.message) this.page.toast(sentence(answer.message));
      return true;
    } catch (error) {
      for (const i of tensors) this.pending.delete(i);
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof Refused) for (const i of tensors) this.refused.set(i, { text, why });
      if (!quiet) this.tell(error);
      return false;
    } finally {
      this.page.table.repaintAll();
      this.changed();
    }
  }

  /**
   * Give tensors the range that was typed.
   * @param {number[]} tensors
   * @param {string} text
   */
  set(tensors, text) {
    return this.run({ kind: "set", tensors, text }, { tensors, text });
  }

  /** @param {unknown} error */
  tell(error) {
    if (error instanceof Lost) {
      this.isLost = true;
      this.changed();
    }
    this.page.toast(sentence(error instanceof Error ? error.message : String(error)), "bad");
  }
}

/**
 * A message as a sentence.
 * @param {string} text
 */
export function sentence(text) {
  return text === ""
    ? ""
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
