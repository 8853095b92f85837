// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// What a person still has to give: a list that gets shorter.

import { fill, h } from "../dom.js";
import { plural, rangeText, shown } from "../format.js";

/** Items that exist as elements; the others follow when these are done. */
const LISTED = 60;

/**
 * Add the list as a view of its own.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
export function neededList(page, session) {
  const { store } = page;
  /** @type {Map<number, {element: HTMLLIElement, input: HTMLInputElement, hint: HTMLElement, wrong: HTMLElement}>} */
  const items = new Map();
  /** @type {Map<number, {text: string, done: Promise<boolean>}>} What is sent and not answered. */
  const sent = new Map();
  let back = -1; // whose text was refused while the next one was being typed
  const summary = h("p", { class: "needed-summary", role: "status" });
  const list = h("ol", { class: "needed-list", "aria-label": "Ranges to give" });
  const more = h("p", { class: "muted" });
  const entries = h("div", { class: "file-entries" });
  const element = h("div", { class: "needed" }, summary, list, more, entries);

  /** @param {number} i */
  function makeItem(i) {
    const input = h("input", {
      type: "text",
      placeholder: "amax, or min max",
      "aria-label": `Range of ${shown(store.tensor(i).name, 120)}`,
      spellcheck: "false",
      autocomplete: "off",
      "data-tensor": i,
    });
    const hint = h("span", { class: "muted" });
    const wrong = h("span", { class: "refused", role: "alert" });
    const item = h(
      "li",
      null,
      h(
        "button",
        { class: "plain link name", title: "Show it in the network", onclick: () => show(i) },
        h("bdi", null, shown(store.tensor(i).name, 120)),
      ),
      input,
      hint,
      wrong,
    );
    input.addEventListener("focus", () => store.select(i));
    input.addEventListener("keydown", (event) => onKey(event, i, input));
    input.addEventListener("change", () => void take(i, input));
    return { element: item, input, hint, wrong };
  }

  /** @param {number} i */
  function show(i) {
    store.select(i);
    page.tabs.show("network");
    page.network.go(i);
  }

  /** @param {number} i */
  async function accept(i) {
    const next = neighbour(i, 1) ?? neighbour(i, -1);
    await session.run({ kind: "accept", tensors: [i] });
    next?.focus();
  }

  /**
   * Take what was typed; nothing is no change.
   * @param {number} i
   * @param {HTMLInputElement} input
   * @returns {Promise<boolean>} false where it was refused
   */
  function take(i, input) {
    const text = input.value.trim();
    if (text === "") return Promise.resolve(true);
    const before = sent.get(i);
    if (before?.text === text) return before.done;
    const done = session.set([i], text).then((isDone) => {
      if (sent.get(i)?.done === done) sent.delete(i);
      if (isDone && input.value.trim() === text) input.value = "";
      return isDone;
    });
    sent.set(i, { text, done });
    return done;
  }

  session.takers.add(async () => {
    for (const [i, { input }] of [...items]) {
      if (await take(i, input)) continue;
      return () => {
        page.tabs.show("needed");
        focusOn(input);
      };
    }
    return null;
  });

  /** @param {HTMLInputElement|undefined} input */
  function focusOn(input) {
    input?.focus();
    input?.select();
  }

  /**
   * Put the keyboard back where a text was refused, unless another one is being typed.
   * @param {number} i
   * @param {HTMLInputElement} input
   */
  function goBack(i, input) {
    const active = document.activeElement;
    if (active !== document.body && !element.contains(active)) return;
    if (active !== input && active instanceof HTMLInputElement && active.value !== "") back = i;
    else focusOn(input);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   * @param {HTMLInputElement} input
   */
  function onKey(event, i, input) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      input.value = "";
      session.refused.delete(i);
      draw();
      return;
    }
    const step = {
      ArrowDown: 1,
      ArrowUp: -1,
      Enter: event.shiftKey ? -1 : 1,
      Tab: event.shiftKey ? -1 : 1,
    }[event.key];
    if (step === undefined) return;
    const next = neighbour(i, step);
    if (event.key === "Tab" && next === undefined) return; // out of the list
    event.preventDefault();
    const isWaiting = back !== i && session.refused.has(back);
    const to = isWaiting ? (items.get(back)?.input ?? next) : next;
    back = -1;
    void take(i, input).then((isDone) => {
      if (!isDone) goBack(i, input);
    });
    focusOn(to ?? input);
  }

  /**
   * @param {number} i
   * @param {number} step
   */
  function neighbour(i, step) {
    const order = [...items.keys()];
    return items.get(order[order.indexOf(i) + step] ?? -1)?.input;
  }

  function draw() {
    const { needed, following } = session.edit;
    const wanted = needed.slice(0, LISTED);
    const still = new Set(wanted.map(({ tensor }) => tensor));
    const focused = [...items].find(([, item]) => item.input === document.activeElement)?.[0];
    const refuge =
      focused !== undefined && !still.has(focused)
        ? (neighbour(focused, 1) ?? neighbour(focused, -1))
        : undefined;
    for (const [i, item] of items) {
      if (still.has(i)) continue;
      item.element.remove();
      items.delete(i);
    }
    let before = list.firstElementChild;
    /** @type {typeof items} */
    const ordered = new Map();
    for (const { tensor, text } of wanted) {
      const item = items.get(tensor) ?? makeItem(tensor);
      ordered.set(tensor, item);
      if (item.element === before) before = before.nextElementSibling;
      else list.insertBefore(item.element, before);
      const estimate = session.edit.estimates[String(tensor)];
      fill(
        item.hint,
        shown(text, 200),
        estimate !== undefined && [
          h("span", { class: "proposed" }, ` estimated ${rangeText(estimate)} `),
          h("button", { class: "button", onclick: () => accept(tensor) }, "Accept"),
        ],
      );
      const refused = session.refused.get(tensor);
      fill(item.wrong, refused === undefined ? null : refused.why);
      if (session.pending.has(tensor)) item.element.classList.add("pending");
      else item.element.classList.remove("pending");
    }
    items.clear();
    for (const [i, item] of ordered) items.set(i, item);
    if (refuge?.isConnected) refuge.focus();
    fill(
      summary,
      needed.length === 0
        ? following > 0
          ? `Nothing is left to give; ${plural(following, "range")} cannot be derived.`
          : "Nothing is left to give: every range is known. Save, then export."
        : [
            h("b", null, `${plural(needed.length, "range")} to give. `),
            following > 0
              ? `${plural(following, "other")} then follow${following === 1 ? "s" : ""}. `
              : "",
            "Type the largest absolute value, or the smallest and the largest, and press Enter; or paste a column with names.",
          ],
    );
    fill(
      more,
      needed.length > wanted.length
        ? `and ${plural(needed.length - wanted.length, "more")}, which move up as these are done`
        : null,
    );
    drawEntries();
    page.tabs.refresh();
  }

  function drawEntries() {
    const { patterns, others, lost } = session.edit;
    const row = (/** @type {NamedEntry} */ entry) =>
      h(
        "li",
        null,
        h("bdi", null, shown(entry.name, 120)),
        ` ${rangeText(entry)} `,
        h("span", { class: "muted" }, shown(entry.why ?? "", 300)),
        h(
          "button",
          {
            class: "button",
            onclick: () => void session.run({ kind: "remove", names: [entry.name] }),
          },
          "Remove",
        ),
      );
    fill(
      entries,
      patterns.length > 0 && [
        h("h3", null, "Patterns of the file"),
        h("ul", null, patterns.map(row)),
      ],
      others.length > 0 && [
        h("h3", null, "Entries that are of no use for this model"),
        h("ul", null, others.slice(0, LISTED).map(row)),
      ],
      lost.length > 0 && [
        h("h3", null, "Entries that Save leaves out: their names are another release's"),
        h(
          "ul",
          null,
          lost
            .slice(0, LISTED)
            .map((entry) =>
              h("li", null, h("bdi", null, shown(entry.name, 120)), ` ${rangeText(entry)}`),
            ),
        ),
      ],
    );
  }

  page.tabs.add({
    id: "needed",
    title: "To fill in",
    render: (view) => view.append(element),
    badge: () => session.edit.needed.length.toLocaleString("en"),
  });
  store.on("data", draw);
  session.watch(draw);
  draw();
}
