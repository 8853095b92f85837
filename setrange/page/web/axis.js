// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// How the axes of all plots look.

import { colourOf } from "./colours.js";

/** What each axis of a plot has; the colours are those of now. */
export function axisStyle() {
  const grid = { stroke: colourOf("line"), width: 1 };
  return {
    stroke: colourOf("muted"),
    grid,
    ticks: grid,
    font: "11px system-ui, sans-serif",
  };
}
