// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What each release calls a tensor, with releases of one name side by side.

/**
 * @param {ReportData} data
 * @param {TensorData} tensor
 * @returns {[string, string|null][]} releases, oldest first ("7.2, 8.0 – 8.6"), and their name
 */
export function namesByRelease(data, tensor) {
  const releases = [...new Set(data.releases)].sort(compare);
  /** @type {Map<string|null, number[]>} name -> places in `releases` */
  const places = new Map();
  releases.forEach((release, place) => {
    const other = tensor.names?.[release];
    const name = other === undefined ? tensor.name : other;
    places.set(name, [...(places.get(name) ?? []), place]);
  });
  return [...places].map(([name, found]) => [spans(releases, found), name]);
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  const [x, y] = [a.split("."), b.split(".")];
  return (
    Number(x[0]) - Number(y[0]) ||
    Number(x[1]) - Number(y[1]) ||
    Number(x[2] ?? 0) - Number(y[2] ?? 0)
  );
}

/**
 * Neighbours joined: "8.0 – 8.6".
 * @param {string[]} releases
 * @param {number[]} places
 */
function spans(releases, places) {
  /** @type {[number, number][]} */
  const joined = [];
  for (const place of places) {
    const last = joined.at(-1);
    if (last !== undefined && last[1] === place - 1) last[1] = place;
    else joined.push([place, place]);
  }
  return joined
    .map(([from, to]) => (from === to ? releases[from] : `${releases[from]} – ${releases[to]}`))
    .join(", ");
}
