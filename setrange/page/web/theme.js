// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Light or dark: as the system says, or as the reader chose.

import { fill, h } from "./dom.js";

const KEY = "setrange-theme";

/**
 * Make the switch.
 * @param {() => void} changed called when colours change
 */
export function makeTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = remembered();
  const button = h("button", { class: "button theme", type: "button", onclick: toggle });

  function isDark() {
    return chosen === null ? system.matches : chosen === "dark";
  }

  function apply() {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    fill(button, isDark() ? "☀" : "☾");
    button.title = button.ariaLabel = isDark() ? "Light colours" : "Dark colours";
    changed();
  }

  function toggle() {
    chosen = isDark() ? "light" : "dark";
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // A page from a disk may have no storage: the choice holds until it is closed.
    }
    apply();
  }

  system.addEventListener("change", apply);
  apply();
  return button;
}

/** @returns {string|null} */
function remembered() {
  try {
    const found = localStorage.getItem(KEY);
    return found === "dark" || found === "light" ? found : null;
  } catch {
    return null;
  }
}
