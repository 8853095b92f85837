// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The panel's part in which the range of the selected tensor is typed.

import { fill, h } from "../dom.js";
import { rangeText } from "../format.js";
import { ACTIONS, isHalf } from "./actions.js";

/**
 * Add the part to the panel.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
export function editFields(page, session) {
  const { store, panel } = page;
  const field = (/** @type {string} */ name, /** @type {string} */ means) =>
    h("input", {
      type: "text",
      name,
      inputmode: "text",
      "aria-label": means,
      spellcheck: "false",
      autocomplete: "off",
    });
  const min = field("min", "Smallest value");
  const max = field("max", "Largest value");
  const amax = field("amax", "Largest absolute value");
  const note = h("p", { class: "muted" });
  const wrong = h("p", { class: "refused", role: "alert" });
  const buttons = ACTIONS.map((action) => ({
    action,
    button: h(
      "button",
      {
        class: "button",
        type: "button",
        title: `${action.means} (${action.key.toUpperCase()} in the table)`,
        "data-action": action.id,
        onclick: () => void action.run(session, session.chosen()),
      },
      action.text,
    ),
  }));
  const form = h(
    "form",
    { class: "edit-fields", "aria-label": "Range of the selected tensor" },
    h(
      "div",
      { class: "pair" },
      h("label", null, "min", min),
      h("label", null, "max", max),
      h("label", null, "or amax", amax),
    ),
    h(
      "div",
      { class: "inline" },
      h("button", { class: "button primary", type: "submit" }, "Set"),
      buttons.map(({ button }) => button),
    ),
    wrong,
    note,
  );
  /** @type {number[]|null} The tensors that something was typed for and not taken yet. */
  let typedFor = null;
  /** @type {Promise<boolean>} */
  let taken = Promise.resolve(true);

  amax.addEventListener("input", () => {
    if (amax.value !== "") min.value = max.value = "";
    typedFor = session.chosen();
  });
  for (const side of [min, max]) {
    side.addEventListener("input", () => {
      if (side.value !== "") amax.value = "";
      typedFor = session.chosen();
    });
  }
  /**
   * Take what was typed.
   * @param {number[]} tensors
   * @returns {Promise<boolean>} false where it was refused
   */
  async function set(tensors) {
    const i = store.selected;
    typedFor = null;
    const typed =
      amax.value.trim() !== "" ? { amax: amax.value } : { min: min.value, max: max.value };
    const text = Object.values(typed).join(" ").trim();
    if (await session.run({ kind: "set", tensors, ...typed }, { tensors, text, quiet: true })) {
      if (typedFor === null) fillIn();
      return true;
    }
    if (store.selected === i) typedFor ??= tensors;
    draw();
    return false;
  }

  function take() {
    if (typedFor === null) return taken;
    if (`${min.value}${max.value}${amax.value}`.trim() === "") {
      typedFor = null;
      fillIn();
      return taken;
    }
    taken = set(typedFor);
    return taken;
  }

  function goBack() {
    const field = amax.value !== "" ? amax : min;
    field.focus();
    field.select();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    taken = set(session.chosen());
    if (!(await taken) && form.contains(document.activeElement)) goBack();
  });
  form.addEventListener("focusout", (event) => {
    const to = event.relatedTarget;
    if (!(to instanceof Node && form.contains(to))) void take();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    typedFor = null;
    session.refused.delete(store.selected);
    fillIn();
    draw();
  });
  session.takers.add(async () => {
    await taken; // what the field's blur has sent
    if (typedFor === null || (await take())) return null;
    return goBack;
  });

  /** Write the present range into the fields. */
  function fillIn() {
    if (store.selected < 0) return;
    const tensor = store.tensor(store.selected);
    min.value = tensor.min === null ? "" : String(tensor.min);
    max.value = tensor.max === null ? "" : String(tensor.max);
    amax.value = "";
  }

  function draw() {
    if (store.selected < 0) return;
    const chosen = session.chosen();
    const estimate = session.edit.estimates[String(store.selected)];
    for (const { action, button } of buttons) {
      button.disabled = !action.needs(session, chosen);
      if (action.id === "fp16")
        button.setAttribute("aria-pressed", String(isHalf(session, chosen)));
    }
    fill(wrong, session.refused.get(store.selected)?.why ?? null);
    wrong.hidden = !session.refused.has(store.selected);
    fill(
      note,
      chosen.length > 1 ? `For all ${chosen.length} marked rows. ` : null,
      estimate !== undefined && store.tensor(store.selected).source === "missing"
        ? `Estimated: ${rangeText(estimate)} (${estimate.why})`
        : null,
    );
  }

  let shownTensor = -1;
  panel.addSection({
    id: "edit",
    title: "Give a range",
    order: 10,
    render: (i, tensor) => {
      if (
        tensor.source === "not needed" &&
        tensor.min === null &&
        !/^float|^bf16/.test(tensor.dtype)
      )
        return null;
      if (shownTensor !== i) {
        void take(); // for the tensor that was shown
        typedFor = null;
        fillIn();
      }
      shownTensor = i;
      draw();
      return form;
    },
    refresh: () => {
      if (typedFor === null && !form.contains(document.activeElement)) fillIn();
      draw();
    },
  });
  store.on("mark", draw);
  session.watch(draw);
}
