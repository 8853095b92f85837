// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// Types of what an editor has beside the report's data; no browser reads this file.

interface NamedEntry {
  name: string;
  min: number | null;
  max: number | null;
  why?: string;
}

interface Estimate {
  min: number;
  max: number;
  doubt: number;
  why: string;
}

interface EditData {
  version: number;
  dirty: boolean;
  undo: string | null;
  redo: string | null;
  file: string;
  exists: boolean;
  model: string;
  for: string;
  purposes: string[];
  needed: { tensor: number; text: string }[];
  following: number;
  given: number[];
  fp16: number[];
  estimates: Record<string, Estimate>;
  estimates_are_old: boolean;
  patterns: NamedEntry[];
  others: NamedEntry[];
  lost: NamedEntry[];
}

interface EditedData extends ReportData {
  edit: EditData;
}

interface Splice {
  place: string[];
  at: number;
  gone: number;
  new: unknown[];
}

interface Patch extends Partial<Omit<EditedData, "tensors">> {
  tensors: Record<number, Record<string, unknown>>;
  dropped: Record<string, string[]>;
  splices: Splice[];
}

interface Answer {
  data?: EditedData;
  patch?: Patch;
  message?: string;
  label?: string;
  tensors?: number[];
  proposed?: number;
}

interface ExportKind {
  id: string;
  title: string;
  name: string;
  endings: string[];
  release: boolean;
  fp16: boolean;
  unavailable: string | null;
}

interface JobData {
  job: number;
  output: string;
  status: number | null;
  cancelled: boolean;
}
