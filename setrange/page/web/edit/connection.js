// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// Requests to the editor's server. The secret of the address goes along as a header.

/** What the server refused; `conflict` says about what somebody has to decide. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {string|null} conflict
   */
  constructor(message, conflict) {
    super(message);
    this.conflict = conflict;
  }
}

/** The server does not answer. */
export class Lost extends Error {}

const KEY = "setrange-token";

/**
 * Take the secret out of the address, so that no history or screenshot has it.
 * @returns {string} empty where there is none
 */
export function takeToken() {
  const given = window.location.hash.slice(1);
  if (given !== "") {
    window.history.replaceState(null, "", window.location.pathname);
    try {
      window.sessionStorage.setItem(KEY, given);
    } catch {
      // Without a storage the page works until it is loaded again.
    }
    return given;
  }
  try {
    return window.sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** One page's line to its server. */
export class Connection {
  /** @param {string} token */
  constructor(token) {
    this.token = token;
  }

  /** @param {string} path */
  get(path) {
    return this.request(path, { method: "GET" });
  }

  /**
   * @param {string} path
   * @param {object} [body]
   */
  post(path, body = {}) {
    return this.request(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });
  }

  /**
   * @param {string} path
   * @param {RequestInit} how
   * @returns {Promise<any>}
   */
  async request(path, how) {
    let response;
    try {
      response = await fetch(path, {
        ...how,
        headers: { ...how.headers, "X-Setrange-Token": this.token },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
    } catch {
      throw new Lost("the editor does not answer; was it ended in the terminal?");
    }
    const body = await response
      .json()
      .catch(() => ({ error: `the editor answered ${response.status}` }));
    if (!response.ok)
      throw new Refused(
        body.error ?? `the editor answered ${response.status}`,
        body.conflict ?? null,
      );
    return body;
  }
}
