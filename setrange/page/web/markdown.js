// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The little Markdown that docs/findings.md uses, as elements.

import { h } from "./dom.js";

const INLINE = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\([^)]*\)/g;

/**
 * @param {string} text
 * @returns {Node[]}
 */
export function markdown(text) {
  /** @type {Node[]} */
  const parts = [];
  for (const part of text.split(/^(```[\s\S]*?^```$)/m)) {
    if (part.startsWith("```")) parts.push(code(part));
    else
      parts.push(
        ...part
          .split(/\n{2,}/)
          .filter((p) => p.trim())
          .map(block),
      );
  }
  return parts;
}

/** @param {string} fenced */
function code(fenced) {
  return h("pre", null, h("code", null, fenced.replace(/^```.*\n/, "").replace(/\n?```$/, "")));
}

/** @param {string} text */
function block(text) {
  const lines = text.trim().split("\n");
  if (lines.every((line) => /^([-*] |\s+)/.test(line))) {
    const items = text.trim().split(/\n(?=[-*] )/);
    return h(
      "ul",
      null,
      items.map((item) => h("li", null, inline(item.replace(/^[-*] /, "")))),
    );
  }
  return h("p", null, inline(lines.join(" ")));
}

/** @param {string} text */
function inline(text) {
  /** @type {(Node|string)[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(end, match.index));
    const [whole, bold, mono, link] = match;
    if (bold !== undefined) parts.push(h("strong", null, inline(bold)));
    else if (mono !== undefined) parts.push(h("code", null, mono));
    else parts.push(link ?? whole);
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
}
