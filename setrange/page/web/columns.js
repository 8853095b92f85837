// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// @ts-check
// The columns of the table.

import { decibels, number, percent, rangeText, shapeText, shown } from "./format.js";

/**
 * @typedef {{
 *   id: string, title: string, width: number, means?: string, isNumber?: boolean,
 *   cell: (i: number, tensor: TensorData) => string|Node,
 *   key?: (i: number, tensor: TensorData) => string|number|null,
 *   holds?: (data: ReportData) => boolean, grows?: boolean,
 * }} Column
 */

/** Letters of a name in a row. */
const NAME = 160;

/** @type {Column[]} */
export const COLUMNS = [
  {
    id: "index",
    title: "#",
    width: 56,
    isNumber: true,
    cell: (i) => String(i),
    key: (i) => i,
    means: "Place in the network",
  },
  {
    id: "name",
    title: "Tensor",
    width: 260,
    grows: true,
    cell: (_, t) => shown(t.name, NAME),
    key: (_, t) => t.name.slice(0, 2000),
    means: "Name in this release",
  },
  {
    id: "source",
    title: "Source",
    width: 112,
    cell: (_, t) => t.source,
    key: (_, t) => t.source,
    means: "Where the range is from",
  },
  {
    id: "range",
    title: "Range",
    width: 180,
    isNumber: true,
    cell: (_, t) => rangeText(t),
    key: (_, t) => t.min,
    means: "Smallest and largest value",
  },
  {
    id: "amax",
    title: "amax",
    width: 84,
    isNumber: true,
    cell: (_, t) => (t.amax === null ? "" : number(t.amax)),
    key: (_, t) => t.amax,
    means: "Largest magnitude; scale = amax / 127",
  },
  {
    id: "seen",
    title: "On data",
    width: 180,
    isNumber: true,
    holds: (d) => d.measured !== null,
    cell: (_, t) => (t.measured === undefined ? "" : rangeText(t.measured)),
    key: (_, t) =>
      t.measured === undefined ? null : Math.max(-t.measured.min, t.measured.max),
    means: "Smallest and largest value on data",
  },
  {
    id: "sqnr",
    title: "SQNR",
    width: 84,
    isNumber: true,
    holds: (d) => d.compared !== null,
    cell: (_, t) => (t.int8 === undefined ? "" : decibels(t.int8.sqnr)),
    key: (_, t) => t.int8?.sqnr ?? null,
    means: "Signal to quantization noise",
  },
  {
    id: "clipped",
    title: "Clipped",
    width: 84,
    isNumber: true,
    holds: (d) => d.compared !== null,
    cell: (_, t) => (t.int8 === undefined ? "" : percent(t.int8.clipped)),
    key: (_, t) => t.int8?.clipped ?? null,
    means: "Values beyond the range",
  },
  {
    id: "share",
    title: "Harm",
    width: 84,
    isNumber: true,
    holds: (d) => d.tensors.some((t) => t.int8?.share !== undefined),
    cell: (_, t) => (t.int8?.share === undefined ? "" : percent(t.int8.share)),
    key: (_, t) => t.int8?.share ?? null,
    means: "Share of the whole loss that this tensor alone causes",
  },
  {
    id: "type",
    title: "Type",
    width: 72,
    holds: (d) => d.engine !== null,
    cell: (_, t) => (t.type ?? "").toUpperCase(),
    key: (_, t) => t.type ?? null,
    means: "In the engine; empty where it is fused away",
  },
  {
    id: "kind",
    title: "Layer",
    width: 140,
    cell: (_, t) => t.kind,
    key: (_, t) => t.kind,
    means: "The layer that makes it",
  },
  {
    id: "what",
    title: "What it is",
    width: 260,
    grows: true,
    cell: (_, t) => shown(t.what, NAME),
    key: (_, t) => t.what,
    means: "In words of the ONNX model",
  },
  {
    id: "why",
    title: "From",
    width: 220,
    grows: true,
    cell: (_, t) => shown(t.need ?? t.why, NAME),
    key: (_, t) => t.need ?? t.why,
    means: "What the range follows from",
  },
  {
    id: "shape",
    title: "Shape",
    width: 130,
    cell: (_, t) => shapeText(t.shape),
    key: (_, t) => (t.shape ?? []).reduce((a, b) => a * Math.max(b, 1), 1),
    means: "-1 is shown as ?",
  },
];
