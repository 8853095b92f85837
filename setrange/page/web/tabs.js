// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The views of the page, one at a time.

import { fill, h } from "./dom.js";

/**
 * @typedef {{id: string, title: string, render?: (container: HTMLElement) => void,
 *   shown?: () => void, badge?: () => string|number|null}} Tab
 */

/** A row of tabs (arrow keys move between them) and the view of the one that is chosen. */
export class Tabs {
  constructor() {
    /** @type {(Tab & {button: HTMLButtonElement, view: HTMLElement, count: HTMLElement, isMade: boolean})[]} */
    this.tabs = [];
    this.current = "";
    this.list = h("div", { class: "tabs", role: "tablist", "aria-label": "Views" });
    this.views = h("div", { class: "views" });
    this.list.addEventListener("keydown", (event) => this.move(event));
  }

  /** @param {Tab} tab */
  add(tab) {
    const count = h("span", { class: "count" });
    const button = h(
      "button",
      {
        role: "tab",
        id: `tab-${tab.id}`,
        "aria-controls": `view-${tab.id}`,
        "aria-selected": "false",
        tabindex: "-1",
        onclick: () => this.show(tab.id),
      },
      tab.title,
      count,
    );
    const view = h("section", {
      class: `view view-${tab.id}`,
      role: "tabpanel",
      id: `view-${tab.id}`,
      "aria-labelledby": `tab-${tab.id}`,
      hidden: true,
    });
    this.tabs.push({ ...tab, button, view, count, isMade: false });
    this.list.append(button);
    this.views.append(view);
    this.refresh();
  }

  /** Write the numbers beside the titles again. */
  refresh() {
    for (const tab of this.tabs) {
      const badge = tab.badge?.() ?? null;
      fill(tab.count, badge === null ? null : String(badge));
      tab.count.hidden = badge === null;
    }
  }

  /** @param {string} id */
  show(id) {
    const chosen = this.tabs.find((tab) => tab.id === id);
    if (chosen === undefined) return;
    this.current = id;
    for (const tab of this.tabs) {
      const isChosen = tab === chosen;
      tab.view.hidden = !isChosen;
      tab.button.setAttribute("aria-selected", String(isChosen));
      tab.button.tabIndex = isChosen ? 0 : -1;
    }
    if (!chosen.isMade) {
      chosen.isMade = true;
      chosen.render?.(chosen.view);
    }
    chosen.shown?.();
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const place = this.tabs.findIndex((tab) => tab.id === this.current);
    const next = this.tabs[(place + step + this.tabs.length) % this.tabs.length];
    if (next === undefined) return;
    this.show(next.id);
    next.button.focus();
    event.preventDefault();
  }
}
