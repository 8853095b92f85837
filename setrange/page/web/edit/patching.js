// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What changed on the server, put into the data that the page has.

/**
 * Put a patch into the store.
 * @param {import("../store.js").Store} store
 * @param {Patch} patch
 */
export function applyPatch(store, patch) {
  const data = /** @type {EditedData} */ (store.data);
  const { tensors, dropped, splices, ...rest } = patch;
  const edit =
    rest.edit === undefined ? { ...data.edit } : { ...rest.edit, needed: data.edit.needed };
  /** @type {Record<string, any>} */
  const changed = { ...rest, edit };
  for (const splice of splices) {
    const inner = splice.place.length > 1;
    const last = /** @type {string} */ (splice.place[splice.place.length - 1]);
    const holder = /** @type {Record<string, any>} */ (inner ? edit : changed);
    // There may be several of one list: each goes on from what the one before has made.
    const before = holder[last] ?? /** @type {Record<string, any>} */ (data)[last];
    holder[last] = before.toSpliced(splice.at, splice.gone, ...splice.new);
  }
  for (const [at, names] of Object.entries(dropped)) {
    const fields = tensors[Number(at)];
    if (fields !== undefined) for (const name of names) fields[name] = undefined;
  }
  store.patch(/** @type {any} */ ({ ...changed, tensors }));
}
