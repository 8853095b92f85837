// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Buttons at the top: undo, redo, estimate, paste, save, export, end; and their keys.

import { fill, h } from "../dom.js";
import { plural, shown } from "../format.js";
import { ACTIONS, paste } from "./actions.js";
import { Refused } from "./connection.js";
import { exportDialog } from "./exporting.js";
import { sentence } from "./session.js";

/** @type {Record<string, string>} */
const PURPOSES = {
  cache: "Calibration cache",
  qdq: "Q/DQ model",
  rtx: "TensorRT for RTX",
  11: "TensorRT 11",
  dla: "DLA",
};

/**
 * Add the buttons.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
export function toolbar(page, session) {
  const { store } = page;
  const button = (
    /** @type {string} */ id,
    /** @type {string} */ text,
    /** @type {() => void} */ onclick,
  ) => h("button", { class: "button", id: `edit-${id}`, onclick }, text);
  const undo = button("undo", "Undo", () => void step(session, "undo"));
  const redo = button("redo", "Redo", () => void step(session, "redo"));
  const purpose = h("select", {
    id: "edit-purpose",
    "aria-label": "What the ranges are for",
    title: "What the ranges are for: it decides which are needed",
  });
  purpose.addEventListener("change", async () => {
    const name = purpose.value;
    if (!(await session.takeTyped()) || !(await session.run({ kind: "purpose", name }))) draw();
  });
  const accept = button("accept", "Accept all estimates", async () => {
    const isDone = await session.run({ kind: "accept", tensors: null });
    if (isDone && accept.hidden) save.focus(); // the button at hand is gone
  });
  const save = button("save", "Save", () => void saveFile(page, session));
  const exporting = button("export", "Export…", () => void exportDialog(session));
  const banner = h("p", { class: "banner", role: "alert", hidden: true });
  const estimate = button("estimate", "Estimate", () => void estimateMissing(page, session));
  estimate.title = "Run the network on made inputs, and propose what is missing";
  fill(
    page.header.actions,
    purpose,
    undo,
    redo,
    estimate,
    accept,
    button("paste", "Paste…", () => void pasteDialog(page, session)),
    save,
    exporting,
    button("help", "?", () => void helpDialog(page)),
    button("stop", "Stop", () => void stop(page, session)),
  );
  page.header.actions.closest("header")?.after(banner);

  function draw() {
    const { edit } = session;
    undo.disabled = edit.undo === null;
    redo.disabled = edit.redo === null;
    undo.title =
      edit.undo === null ? "Nothing to undo (Ctrl+Z)" : `Undo: ${edit.undo} (Ctrl+Z)`;
    redo.title =
      edit.redo === null ? "Nothing to redo (Ctrl+Y)" : `Redo: ${edit.redo} (Ctrl+Y)`;
    if (purpose.options.length !== edit.purposes.length) {
      fill(
        purpose,
        edit.purposes.map((name) => h("option", { value: name }, PURPOSES[name] ?? name)),
      );
    }
    purpose.value = edit.for;
    purpose.disabled = edit.purposes.length < 2;
    const proposed = Object.keys(edit.estimates).length;
    accept.hidden = proposed === 0;
    accept.textContent = `Accept ${plural(proposed, "estimate")}`;
    accept.title = edit.estimates_are_old
      ? "Made before the last changes: Estimate makes them anew"
      : "Take every range that was estimated";
    const isUnsaved = edit.dirty || !edit.exists;
    save.className = `button ${isUnsaved ? "primary" : ""}`;
    save.textContent = edit.dirty ? "Save •" : edit.exists ? "Saved" : "Save";
    save.title = `Write ${shown(edit.file, 200)} (Ctrl+S)`;
    const name = edit.file.split(/[\\/]/).pop() ?? edit.file;
    document.title = `${edit.dirty ? "• " : ""}${shown(name, 60)} – setrange edit`;
    banner.hidden = !session.isLost;
    fill(
      banner,
      session.isLost && "The editor does not answer: it was ended, or this machine is asleep. ",
      session.isLost &&
        edit.dirty &&
        "What was not saved is still in this page: Copy JSON in the table copies every range that is shown.",
    );
    document.documentElement.dataset.busy = String(session.waiting > 0);
  }

  store.on("data", draw);
  session.watch(draw);
  draw();
  document.addEventListener("keydown", (event) => {
    if (
      !(event.ctrlKey || event.metaKey) ||
      event.altKey ||
      document.querySelector("dialog[open]") !== null
    )
      return;
    const key = event.key.toLowerCase();
    const isInField =
      event.target instanceof HTMLElement &&
      event.target.matches("input, textarea") &&
      /** @type {HTMLInputElement} */ (event.target).value !== "";
    if (key === "s") {
      event.preventDefault();
      void saveFile(page, session);
    } else if (!isInField && key === "z") {
      event.preventDefault();
      void step(session, event.shiftKey ? "redo" : "undo");
    } else if (!isInField && key === "y") {
      event.preventDefault();
      void step(session, "redo");
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if ((session.edit.dirty || session.waiting > 0) && !session.isEnding)
      event.preventDefault();
  });
  watchDisk(page, session);
}

/**
 * Undo or redo, when all that was typed is answered.
 * @param {import("./session.js").Session} session
 * @param {"undo"|"redo"} kind
 */
async function step(session, kind) {
  await session.last;
  if (session.edit[kind] === null) session.page.toast(`There is nothing to ${kind}.`);
  else await session.run({ kind });
}

/**
 * Write the ranges file; where somebody else has changed it, ask.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 * @returns {Promise<boolean>}
 */
export async function saveFile(page, session) {
  if (!(await session.takeTyped())) return false;
  try {
    await session.ask("/api/save");
  } catch (error) {
    if (!(error instanceof Refused) || error.conflict !== "ranges") {
      session.tell(error);
      return false;
    }
    const answer = await page.dialog({
      title: "The file was changed by somebody else",
      body: h("p", null, sentence(shown(error.message, 600))),
      buttons: [
        { text: "Write over it", value: "force" },
        { text: "Load it again", value: "reload" },
        { text: "Cancel", value: "cancel", primary: true },
      ],
    });
    if (answer !== "force" && answer !== "reload") return false;
    try {
      if (answer === "reload") {
        await session.ask("/api/reload");
        page.toast("Loaded again");
        return false;
      }
      await session.ask("/api/save", { force: true });
    } catch (again) {
      session.tell(again);
      return false;
    }
  }
  page.toast(`Saved ${shown(session.edit.file, 120)}`);
  return true;
}

/**
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
async function estimateMissing(page, session) {
  page.toast("The network runs on made inputs…");
  try {
    const answer = await session.ask("/api/estimate");
    const proposed = answer.proposed ?? 0;
    page.toast(
      proposed === 0
        ? "Nothing is missing that can be estimated."
        : `${plural(proposed, "range")} estimated. Accept them one by one, or all.`,
    );
  } catch (error) {
    session.tell(error);
  }
}

/**
 * For whoever has no keyboard for pasting.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
async function pasteDialog(page, session) {
  const area = h("textarea", {
    rows: 10,
    cols: 50,
    "aria-label": "Names and numbers",
    spellcheck: "false",
    autofocus: true,
  });
  const answer = await page.dialog({
    title: "Paste ranges",
    body: h(
      "div",
      null,
      h(
        "p",
        null,
        "Rows with a name and one number (amax) or two (min, max), as a spreadsheet has them; or numbers alone, for the rows that are marked or from the selected row downward.",
      ),
      area,
    ),
    buttons: [
      { text: "Cancel", value: "" },
      { text: "Paste", value: "paste", primary: true },
    ],
  });
  if (answer === "paste" && area.value.trim() !== "") await paste(session, area.value);
}

/** @param {Page} page */
async function helpDialog(page) {
  const keys = [
    [
      "Enter, F2, or a digit",
      "type the range of the selected row: 6 means −6 to 6; 0 6, 0..6 or 0; 6 means 0 to 6",
    ],
    ["Enter, Tab, ↓ / ↑", "take it, and go to the next row or the one before"],
    ["Escape", "leave it as it was; unmark"],
    ["Shift+↓, Shift+↑, Space, Ctrl+A", "mark rows"],
    ...ACTIONS.map((action) => [
      action.key.length > 1 ? action.key : action.key.toUpperCase(),
      `${action.text}: ${action.means.charAt(0).toLowerCase()}${action.means.slice(1)}`,
    ]),
    ["Ctrl+V", "paste a column, with names or without"],
    ["Ctrl+Z, Ctrl+Y", "undo, redo"],
    ["Ctrl+S", "save"],
    ["/", "search"],
  ];
  await page.dialog({
    title: "Keys",
    body: h(
      "dl",
      { class: "keys" },
      keys.map(([key, means]) =>
        h("div", { class: "term" }, h("dt", null, h("kbd", null, key)), h("dd", null, means)),
      ),
    ),
    buttons: [{ text: "Close", value: "", primary: true }],
  });
}

/**
 * End the editor.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
async function stop(page, session) {
  let force = false;
  if (!(await session.takeTyped())) return;
  if (session.edit.dirty) {
    const answer = await page.dialog({
      title: "There are changes that are not saved",
      body: h("p", null, `Save them to ${shown(session.edit.file, 200)}?`),
      buttons: [
        { text: "Cancel", value: "" },
        { text: "End without saving", value: "force" },
        { text: "Save and end", value: "save", primary: true },
      ],
    });
    if (answer === null) return;
    if (answer === "save" && !(await saveFile(page, session))) return;
    force = answer === "force";
  }
  try {
    await session.queue(() => session.connection.post("/api/stop", { force }));
  } catch (error) {
    session.tell(error);
    return;
  }
  session.isEnding = true;
  fill(
    document.body,
    h(
      "p",
      { class: "empty ended", role: "status" },
      "The editor has ended. You can close this page.",
    ),
  );
}

/**
 * When the page is looked at again, look whether somebody else changed the files, and show what
 * another page of this editor has changed.
 * @param {Page} page
 * @param {import("./session.js").Session} session
 */
function watchDisk(page, session) {
  let told = "";
  window.addEventListener("focus", async () => {
    if (session.isEnding) return;
    try {
      const found = await session.connection.get("/api/disk");
      session.isLost = false;
      const now = `${found.ranges} ${found.model}`;
      if (found.ranges && now !== told)
        page.toast(
          "The ranges file was changed by another program. Save asks what to do about it.",
          "warning",
        );
      if (found.model && now !== told)
        page.toast("The model was changed. Start the editor again to see it.", "warning");
      told = now;
      if (found.version !== session.edit.version)
        await session.queue(async () =>
          page.store.setData(await session.connection.get("/api/data")),
        );
    } catch (error) {
      if (!session.isLost) session.tell(error);
    }
    session.changed();
  });
}
