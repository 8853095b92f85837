// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The dialog that makes what `setrange apply` makes, and shows what it says.

import { fill, h } from "../dom.js";
import { shown } from "../format.js";
import { Refused } from "./connection.js";
import { sentence } from "./session.js";

/**
 * Show the dialog.
 * @param {import("./session.js").Session} session
 */
export async function exportDialog(session) {
  if (!(await session.takeTyped())) return;
  let choices;
  try {
    choices = await session.connection.get("/api/exports");
  } catch (error) {
    session.tell(error);
    return;
  }
  new ExportDialog(session, choices).open();
}

class ExportDialog {
  /**
   * @param {import("./session.js").Session} session
   * @param {{folder: string, release: string, kinds: ExportKind[]}} choices
   */
  constructor(session, choices) {
    this.session = session;
    this.choices = choices;
    this.replace = false;
    this.isRunning = false;
    this.isDone = false;
    const purpose = session.edit.for;
    this.kind = /** @type {ExportKind} */ (
      choices.kinds.find(
        (kind) => kind.id === (purpose === "cache" || purpose === "dla" ? "cache" : "qdq"),
      ) ?? choices.kinds[0]
    );
    this.name = h("input", {
      type: "text",
      name: "name",
      "aria-label": "File name",
      spellcheck: "false",
      autocomplete: "off",
      size: 36,
    });
    this.release = h("input", {
      type: "text",
      name: "trt",
      value: choices.release,
      size: 8,
      spellcheck: "false",
      autocomplete: "off",
    });
    this.releaseLabel = h("label", null, "for TensorRT ", this.release);
    this.fp16 = h("input", { type: "checkbox", name: "fp16" });
    this.fp16Label = h("label", null, this.fp16, " FP16 for what stays float");
    this.missing = h("input", { type: "checkbox", name: "allow_missing" });
    this.kinds = h(
      "fieldset",
      null,
      h("legend", null, "What"),
      choices.kinds.map((kind) => {
        const radio = h("input", {
          type: "radio",
          name: "what",
          value: kind.id,
          checked: kind === this.kind,
          disabled: kind.unavailable !== null,
        });
        radio.addEventListener("change", () => this.choose(kind));
        return h(
          "label",
          { title: kind.unavailable ?? "" },
          radio,
          ` ${kind.title}`,
          kind.unavailable !== null && h("span", { class: "muted" }, ` (${kind.unavailable})`),
        );
      }),
    );
    this.command = h("code", { class: "command" });
    this.output = h("pre", {
      class: "output",
      tabindex: "0",
      "aria-label": "Output",
      "aria-live": "polite",
    });
    this.status = h("p", { role: "status", class: "status" });
    this.go = h("button", { class: "button primary", type: "submit" });
    this.cancel = h(
      "button",
      { class: "button", type: "button", onclick: () => void this.end() },
      "Cancel the export",
    );
    this.close = h(
      "button",
      { class: "button", type: "button", onclick: () => this.element.close() },
      "Close",
    );
    this.form = h(
      "form",
      null,
      h("h2", null, "Export"),
      this.kinds,
      h(
        "p",
        null,
        h("label", null, "Name ", this.name),
        " ",
        this.releaseLabel,
        " ",
        this.fp16Label,
      ),
      h("p", { class: "muted" }, "In the folder ", h("bdi", null, shown(choices.folder, 200))),
      h(
        "p",
        null,
        h(
          "label",
          null,
          this.missing,
          " Write although ranges are missing: their layers run in FP16 or FP32",
        ),
      ),
      this.status,
      this.command,
      this.output,
      h("div", { class: "dialog-buttons" }, this.close, this.cancel, this.go),
    );
    this.element = h("dialog", { class: "export", "aria-label": "Export" }, this.form);
    for (const field of [this.name, this.release])
      field.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run();
    });
    this.element.addEventListener("cancel", (event) => {
      if (this.isRunning) event.preventDefault();
    });
    this.element.addEventListener("close", () => this.element.remove());
  }

  open() {
    this.choose(this.kind);
    document.body.append(this.element);
    this.element.showModal();
    this.name.focus();
  }

  /** @param {ExportKind} kind */
  choose(kind) {
    this.kind = kind;
    this.name.value = kind.name;
    this.releaseLabel.hidden = !kind.release;
    this.fp16Label.hidden = !kind.fp16;
    this.changed();
  }

  /** Something else is asked for than before. */
  changed() {
    this.replace = false;
    fill(this.status);
    this.draw();
  }

  draw() {
    const { edit } = this.session;
    const isUnsaved = edit.dirty || !edit.exists;
    this.go.textContent = this.replace
      ? "Replace it"
      : isUnsaved
        ? "Save and export"
        : "Export";
    this.go.disabled = this.isRunning;
    this.kinds.disabled = this.isRunning;
    this.close.disabled = this.isRunning;
    this.cancel.hidden = !this.isRunning;
    this.output.hidden = this.output.textContent === "";
    this.command.hidden = this.command.textContent === "";
  }

  async run() {
    const { session } = this;
    this.isRunning = true;
    this.isDone = false;
    fill(this.output);
    fill(this.command);
    fill(this.status, "…");
    this.draw();
    this.cancel.focus(); // the button that was pressed cannot be pressed now
    try {
      if (session.edit.dirty || !session.edit.exists) await session.ask("/api/save");
      const started = await session.connection.post("/api/export", {
        what: this.kind.id,
        name: this.name.value,
        trt: this.release.value,
        allow_missing: this.missing.checked,
        fp16: this.kind.fp16 && this.fp16.checked,
        replace: this.replace,
      });
      fill(this.command, shown(started.command, 2000));
      await this.follow(started.job);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.replace = error instanceof Refused && error.conflict === "exists";
      fill(this.status, h("span", { class: "refused" }, sentence(shown(message, 1000))));
    }
    this.isRunning = false;
    const hadFocus = document.activeElement === this.cancel;
    this.draw();
    if (hadFocus || document.activeElement === document.body) {
      (this.isDone ? this.close : this.go).focus();
    }
  }

  /** @param {number} number */
  async follow(number) {
    this.replace = false;
    fill(this.status, "It runs…");
    for (;;) {
      /** @type {JobData} */
      const job = await this.session.connection.get(`/api/job?number=${number}`);
      this.output.textContent = job.output
        .split("\n")
        .map((line) => shown(line, 4000))
        .join("\n");
      this.output.scrollTop = this.output.scrollHeight;
      this.draw();
      if (job.status === null) continue;
      this.isDone = job.status === 0;
      if (this.isDone) fill(this.status, h("span", { class: "done" }, "Done."));
      else
        fill(
          this.status,
          h(
            "span",
            { class: "refused" },
            job.cancelled
              ? "Cancelled: nothing was written."
              : `Nothing was written (exit status ${job.status}); the output says why.`,
          ),
        );
      return;
    }
  }

  async end() {
    try {
      await this.session.connection.post("/api/cancel");
    } catch (error) {
      this.session.tell(error);
    }
  }
}
