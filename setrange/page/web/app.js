// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Puts the page together.

import { fill, h } from "./dom.js";
import { makeFindings } from "./findings.js";
import { makeHeader } from "./header.js";
import { NetworkView } from "./network.js";
import { Panel } from "./panel.js";
import { makePlots } from "./plots.js";
import { makeSearch } from "./search.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { Tabs } from "./tabs.js";
import { makeTheme } from "./theme.js";

/**
 * Start the page.
 * @param {HTMLElement} root
 * @param {ReportData} data
 * @param {{plugins?: ((page: Page) => void)[], first?: string}} [how] what is added to it; the tab that is shown
 * @returns {Page}
 */
export function start(root, data, { plugins = [], first = "network" } = {}) {
  const store = new Store(data);
  const tabs = new Tabs();
  const toasts = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  const copied = (/** @type {string} */ text) => copy(text, toast);
  const network = new NetworkView(store);
  const table = new Table(store, { copied });
  const panel = new Panel(store, { copied });
  const plots = makePlots(store);
  const choose = (/** @type {number} */ i) => {
    store.select(i);
    if (tabs.current === "table") table.reveal(i);
    else network.go(i);
  };
  const findings = makeFindings(store, (name) => {
    store.selectName(name);
    tabs.show("network");
  });
  const theme = makeTheme(() => {
    network.strip.draw();
    plots.draw();
  });
  const header = makeHeader(store, {
    theme,
    openFindings: (code) => {
      tabs.show("findings");
      findings.show(code);
    },
    filter: (source) => {
      tabs.show("table");
      store.setView({ only: source === "missing" ? "missing" : `source:${source}` });
    },
  });
  const search = makeSearch(store, { choose, isListed: () => tabs.current !== "table" });
  tabs.add({
    id: "network",
    title: "Network",
    render: (view) => view.append(network.element),
    shown: () => network.show(),
  });
  tabs.add({
    id: "table",
    title: "Table",
    render: (view) => view.append(table.element),
    shown: () => table.repaintAll(),
    badge: () => data.tensors.length.toLocaleString("en"),
  });
  tabs.add({
    id: "plots",
    title: "Plots",
    render: (view) => view.append(plots.element),
    shown: () => plots.draw(),
  });
  tabs.add({
    id: "findings",
    title: "Findings",
    render: (view) => view.append(findings.element),
    badge: () => store.data.findings.length.toLocaleString("en"),
  });
  store.on("data", () => tabs.refresh());
  fill(
    root,
    header.element,
    h("nav", { class: "tools" }, tabs.list, search.element),
    h("main", { class: "main" }, tabs.views, panel.element),
    h(
      "footer",
      { class: "foot muted" },
      `Made by ${data.tool}. This page asks for nothing: no request leaves it.`,
    ),
    toasts,
  );

  /**
   * @param {string} text
   * @param {string} [level]
   */
  function toast(text, level = "good") {
    const element = h("div", { class: `toast ${level}` }, text);
    toasts.append(element);
    setTimeout(() => element.remove(), 4000);
  }

  document.addEventListener("keydown", (event) => {
    const isInField =
      event.target instanceof HTMLElement &&
      event.target.matches("input, select, textarea, [contenteditable]");
    if (event.key === "/" && !isInField && !event.ctrlKey && !event.metaKey) {
      search.input.focus();
      event.preventDefault();
    }
  });

  /** @type {Page} */
  const page = {
    store,
    header: { actions: header.actions },
    tabs,
    table,
    panel,
    network,
    toast,
    dialog,
  };
  for (const plugin of plugins) plugin(page);
  tabs.show(first);
  document.documentElement.dataset.ready = "true";
  return page;
}

/**
 * Ask something; null where the dialog was left.
 * @param {{title: string, body: Node, buttons: {text: string, value: string, primary?: boolean}[]}} options
 * @returns {Promise<string|null>}
 */
function dialog({ title, body, buttons }) {
  return new Promise((resolve) => {
    const element = h(
      "dialog",
      { "aria-label": title },
      h(
        "form",
        { method: "dialog" },
        h("h2", null, title),
        body,
        h(
          "div",
          { class: "dialog-buttons" },
          buttons.map(({ text, value, primary }) =>
            h("button", { class: `button ${primary ? "primary" : ""}`, value }, text),
          ),
        ),
      ),
    );
    element.addEventListener("close", () => {
      element.remove();
      resolve(element.returnValue === "" ? null : element.returnValue);
    });
    document.body.append(element);
    element.showModal();
  });
}

/**
 * @param {string} text
 * @param {(text: string, level?: string) => void} toast
 */
async function copy(text, toast) {
  const what =
    text.length > 60 || text.includes("\n")
      ? `${text.length.toLocaleString("en")} letters`
      : text;
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}`);
  } catch {
    // A page from a disk may not have the clipboard: the old way asks nobody.
    const area = h("textarea", { class: "offstage", readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    toast(
      isDone ? `Copied ${what}` : "The browser does not let this page copy",
      isDone ? "good" : "warning",
    );
  }
}
