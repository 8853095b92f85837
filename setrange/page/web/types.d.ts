// SPDX-FileCopyrightText: 2026 setrange contributors
// SPDX-License-Identifier: Apache-2.0
// Types of the page's data, for people and for `tsc --checkJs`; no browser reads this file.

/** One tensor: an item of `check --json` with additions. Its id is its index in `tensors`. */
interface TensorData {
  name: string;
  key: string;
  source: SourceName;
  min: number | null;
  max: number | null;
  amax: number | null;
  scale: number | null;
  why: string;
  entry: string | null;
  kind: string;
  node: string;
  doubt?: number;
  anchors?: string[];
  note?: string;
  value: string | null;
  what: string;
  dtype: string;
  shape: number[] | null;
  layer: number | null;
  consumers: number[];
  names?: Record<string, string | null>;
  need?: string;
  operands?: number[];
  measured?: MeasuredData;
  int8?: ComparedData;
  type?: string;
}

type SourceName = "given" | "derived" | "estimated" | "bound" | "missing" | "not needed";

interface MeasuredData {
  min: number;
  max: number;
  count?: number;
  not_finite?: number;
  histogram?: { of: "values" | "magnitudes"; low: number; high: number; counts: number[] };
}

interface ComparedData {
  kind: string;
  amax: number | null;
  min: number | null;
  max: number | null;
  clipped: number | null;
  width: number | null;
  sqnr: number | null;
  share?: number | null;
  alone?: number | null;
}

interface LayerData {
  index: number;
  kind: string;
  name: string;
  node: string;
  op: string;
  inputs: number[];
  outputs: number[];
  type?: string;
  fused?: string;
  asked?: string;
  weights?: { name: string; sqnr: number | null }[];
}

interface FindingData {
  code: string;
  level: "note" | "warning" | "error";
  message: string;
  tensor?: string;
  help?: string;
}

interface ReportData {
  setrange: 1;
  report: 1;
  tool: string;
  model: string;
  trt: string;
  profile: string;
  fill: string;
  target: string;
  named_by: string | null;
  for: string;
  confidence: string;
  verdict: { level: "good" | "warning" | "error"; text: string };
  counts: Record<SourceName, number>;
  tensors: TensorData[];
  layers: LayerData[];
  inputs: number[];
  outputs: number[];
  findings: FindingData[];
  unresolved: { entry: string; code: string; why: string }[];
  pages: Record<string, { title: string; text: string }>;
  releases: string[];
  measured: { model: string; method: string; samples: number; random: boolean } | null;
  compared: {
    ranges: string;
    dtype: string;
    samples: number;
    metric: string;
    value: number | null;
    threshold: number | null;
    passed: boolean | null;
    outputs: {
      name: string;
      sqnr: number | null;
      cosine: number | null;
      top1: number | null;
    }[];
  } | null;
  engine: { text: string; counts: Record<string, number> } | null;
  tuned?: TunedData;
}

interface TunedScore {
  value: number | null;
  macs: number;
  bytes: number;
}

interface TunedSide {
  samples: number;
  copies: number;
  before: TunedScore;
  after: TunedScore;
}

/** What a search for ranges and fallbacks did. */
interface TunedData {
  target: string;
  unit: string;
  wanted: number;
  is_cost: boolean;
  reached: boolean;
  fallback: string;
  search: TunedSide;
  judging: TunedSide | null;
  path: (TunedScore & {
    change: "start" | "ranges" | "weights" | "precision";
    names: string[];
    count: number;
    judged: number | null;
  })[];
}

/** What an element may hold: strings become text. */
type Child = Node | string | number | null | undefined | false | readonly Child[];

/** What a plugin gets: the parts of the page. */
interface Page {
  store: import("./store.js").Store;
  header: { actions: HTMLElement };
  tabs: import("./tabs.js").Tabs;
  table: import("./table.js").Table;
  panel: import("./panel.js").Panel;
  network: import("./network.js").NetworkView;
  toast(text: string, level?: string): void;
  dialog(options: {
    title: string;
    body: Node;
    buttons: { text: string; value: string; primary?: boolean }[];
  }): Promise<string | null>;
}

declare const dagre: typeof import("./vendor/dagre");
declare const uPlot: typeof import("./vendor/uPlot").default;
type uPlot = import("./vendor/uPlot").default;
