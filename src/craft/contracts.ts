/** The nouns of crafting: what an attack computes from clean code before it can be injected. */
import type { Language, Member, Program } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';

export interface CraftInputs {
  readonly language: Language;
  /** Distinct clean functions to learn from. */
  readonly clean: readonly Program[];
  /** Distinct functions to craft for. */
  readonly hosts: readonly Program[];
  /** Whether a host still parses as it did with a statement in it. */
  readonly parses: (host: Program, snippet: Snippet) => Promise<boolean>;
}

/** A statement to put in. */
export interface Snippet {
  /** Index of the host's token before which it stands. */
  readonly at: number;
  readonly tokens: readonly string[];
}

export interface CraftEpoch {
  /** From 0. */
  readonly epoch: number;
  readonly trainLoss: number;
  /** What the crafting model is judged by on functions it did not learn from, or `null`: none were held back. */
  readonly validMetric: number | null;
}

export interface Crafted {
  /** By `programKey` of the host; a host for which there is nothing has no entry. */
  readonly materials: Readonly<Record<string, Json>>;
  /** Empty where nothing is trained in epochs. */
  readonly history: readonly CraftEpoch[];
  /** To show, not to compute with. */
  readonly facts: Readonly<Record<string, string>>;
}

export type CraftContext = StageContext & { readonly engine: Engine };

/** A member of the catalogue. */
export interface Craft<Params = Json> extends Member<Params> {
  craft(params: Params, inputs: CraftInputs, context: CraftContext): Promise<Crafted>;
}
