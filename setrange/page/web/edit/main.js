// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The page of the editor: it asks its server for the data, and adds what edits.

import { start } from "../app.js";
import { fill, h } from "../dom.js";
import { editByKeys, markedBar } from "./actions.js";
import { editCells } from "./cells.js";
import { Connection, takeToken } from "./connection.js";
import { editFields } from "./fields.js";
import { neededList } from "./needed.js";
import { Session, sentence } from "./session.js";
import { toolbar } from "./toolbar.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
const connection = new Connection(takeToken());

/** @param {Page} page */
function editing(page) {
  const session = new Session(page, connection);
  neededList(page, session);
  toolbar(page, session);
  editCells(page, session);
  editByKeys(page, session);
  markedBar(page, session);
  editFields(page, session);
}

connection.get("/api/data").then(
  (data) => {
    const first = data.edit.needed.length > 0 ? "needed" : "table";
    start(root, data, { plugins: [editing], first });
    const foot = document.querySelector(".foot");
    if (foot !== null)
      foot.textContent = `Made by ${data.tool}. This page talks to this machine only.`;
    /** @type {HTMLElement|null} */ (document.querySelector(".needed-list input"))?.focus();
  },
  (error) => fill(root, h("p", { class: "empty", role: "alert" }, sentence(error.message))),
);
