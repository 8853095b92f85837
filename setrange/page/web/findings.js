// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Findings by code, each with its page of the documentation.

import { fill, h } from "./dom.js";
import { plural, shown } from "./format.js";
import { groupsOf } from "./header.js";
import { markdown } from "./markdown.js";

/** Findings of one code that are listed at first. */
const MOST = 12;

/**
 * @param {import("./store.js").Store} store
 * @param {(name: string) => void} choose
 */
export function makeFindings(store, choose) {
  const element = h("div", { class: "findings" });
  /** @type {Set<string>} */
  const open = new Set();

  function draw() {
    const groups = groupsOf(store.data.findings);
    if (groups.length === 0) {
      fill(element, h("p", { class: "empty" }, "There is nothing to report."));
      return;
    }
    fill(element, groups.map(groupElement));
  }

  /** @param {ReturnType<typeof groupsOf>[number]} group */
  function groupElement(group) {
    const page = store.data.pages[group.code];
    const list = h("ul", { class: "messages" });
    const listed = (/** @type {number} */ most) => {
      const rest = group.findings.length - most;
      fill(
        list,
        group.findings.slice(0, most).map(message),
        rest > 0 &&
          h(
            "li",
            null,
            h(
              "button",
              { class: "plain more", onclick: () => listed(Infinity) },
              `Show ${plural(rest, "more finding")}`,
            ),
          ),
      );
    };
    listed(MOST);
    const details = h(
      "details",
      { class: "page", open: open.has(group.code) },
      h("summary", null, `What ${group.code} means, and what to do`),
      page === undefined ? null : h("div", { class: "prose" }, markdown(page.text)),
    );
    details.addEventListener("toggle", () =>
      details.open ? open.add(group.code) : open.delete(group.code),
    );
    return h(
      "article",
      { class: `finding-group ${group.level}`, id: `finding-${group.code}`, tabindex: "-1" },
      h(
        "h2",
        null,
        h("span", { class: `code ${group.level}` }, group.code),
        ` ${page?.title ?? ""} `,
        h(
          "span",
          { class: "muted" },
          `${group.level}${group.findings.length > 1 ? `, ${group.findings.length} times` : ""}`,
        ),
      ),
      list,
      details,
    );
  }

  /** @param {FindingData} finding */
  function message(finding) {
    const name = finding.tensor;
    const isHere = name !== undefined && store.byName.has(name);
    return h(
      "li",
      null,
      shown(finding.message, 600),
      isHere && [
        " ",
        h(
          "button",
          { class: "plain link", onclick: () => choose(/** @type {string} */ (name)) },
          "Show the tensor",
        ),
      ],
      finding.help !== undefined && h("div", { class: "help" }, shown(finding.help, 600)),
    );
  }

  store.on("data", draw);
  draw();
  return {
    element,
    /** @param {string} code */
    show(code) {
      const group = element.querySelector(`#finding-${CSS.escape(code)}`);
      group?.scrollIntoView({ block: "start" });
      /** @type {HTMLElement|null} */ (group)?.focus({ preventScroll: true });
    },
  };
}
