// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Numbers and names as people read them.

/** Letters of a name that are shown at once. */
const MOST = 400;

// Controls, line ends, marks that change the direction of text or show nothing, lone surrogates.
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/**
 * A number in four digits.
 * @param {number|null|undefined} x
 */
export function number(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return x
      .toExponential(3)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e")
      .replace("-", "−");
  }
  return String(Number(x.toPrecision(4))).replace("-", "−");
}

/**
 * A ratio in decibels.
 * @param {number|null|undefined} x
 */
export function decibels(x) {
  return x === null || x === undefined ? "–" : `${x.toFixed(1).replace("-", "−")} dB`;
}

/**
 * A share as percent.
 * @param {number|null|undefined} share
 */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share === 0) return "0 %";
  const value = share * 100;
  return value < 0.01 ? "< 0.01 %" : `${Number(value.toPrecision(3))} %`;
}

/**
 * @param {{min: number|null, max: number|null}} tensor
 */
export function rangeText(tensor) {
  if (tensor.min === null || tensor.max === null) return "";
  return `${number(tensor.min)} … ${number(tensor.max)}`;
}

/**
 * A name as it may be shown: what would hide or reorder letters is written out.
 * @param {string} name
 * @param {number} [most] longer names are cut in the middle
 */
export function shown(name, most = MOST) {
  const cut = name.length > most ? shorter(name, most) : name;
  return cut.replace(HIDDEN, (mark) => {
    const code = mark.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/**
 * @param {string} name
 * @param {number} most
 */
function shorter(name, most) {
  const end = Math.ceil((most - 1) * 0.6);
  return `${name.slice(0, most - 1 - end)}…${name.slice(name.length - end)}`;
}

/**
 * @param {number} count
 * @param {string} thing
 */
export function plural(count, thing) {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}

/**
 * @param {number[]|null} shape
 */
export function shapeText(shape) {
  if (shape === null) return "unknown shape";
  if (shape.length === 0) return "scalar";
  return shape.map((size) => (size < 0 ? "?" : String(size))).join(" × ");
}

/**
 * Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula stays text.
 * @param {(string|number|null)[][]} rows
 */
export function csv(rows) {
  const cell = (/** @type {string|number|null} */ value) => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
