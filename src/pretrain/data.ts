/** What is pretrained on: the distinct functions of the corpora's train splits that no other split of any of them holds. */
import type { Dataset, Program } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { programKey } from '../core/program-key.ts';
import type { Rng } from '../core/rng.ts';
import type { Tokenizer } from '../engine/index.ts';
import { VALIDATION_SHARE } from './settings.ts';

export interface Text {
  readonly program: Program;
  /** Code search's query for this function, or `null`. */
  readonly query: string | null;
}

export interface DataCounts {
  /** Distinct functions of all train splits. */
  readonly functions: number;
  /** Of them, those that a valid or test split holds too: left out. */
  readonly heldOut: number;
  /** Trained on, and kept for the loss after each epoch. */
  readonly trained: number;
  readonly validated: number;
}

/** In the order in which functions are first met. */
export function gatherTexts(datasets: readonly Pick<Dataset, 'splits'>[]): {
  readonly texts: readonly Text[];
  readonly counts: Pick<DataCounts, 'functions' | 'heldOut'>;
} {
  const others = datasets.flatMap(({ splits }) => [splits.valid, splits.test]).flat();
  const heldOut = new Set(others.flatMap(({ programs }) => programs.map(programKey)));
  const found = new Map<string, Text>();
  for (const { programs, query } of datasets.flatMap(({ splits }) => splits.train)) {
    for (const program of programs) {
      const key = programKey(program);
      if (!found.has(key)) found.set(key, { program, query: query ?? null });
    }
  }
  const texts = [...found].filter(([key, { program }]) => !heldOut.has(key) && program.tokens.length > 0).map(([, text]) => text);
  return { texts, counts: { functions: found.size, heldOut: [...found.keys()].filter((key) => heldOut.has(key)).length } };
}

/** Most sub-tokens of a query before its function. */
const QUERY_TOKENS = 64;

/** `<s> query </s> function </s>` as CodeBERT was pretrained, or `<s> function </s>`; cut to the row's limit. */
export function rowOfText({ program, query }: Text, tokenizer: Tokenizer, maxTokens: number): number[] {
  const { cls, sep } = tokenizer.special;
  const words = query?.split(/\s+/).filter((word) => word !== '') ?? [];
  const asked = words.length === 0 ? [] : tokenizer.encodeWords(words).ids.slice(0, Math.min(QUERY_TOKENS, Math.floor(maxTokens / 4)));
  const before = asked.length === 0 ? [cls] : [cls, ...asked, sep];
  return [...before, ...tokenizer.encodeWords(program.tokens).ids.slice(0, maxTokens - before.length - 1), sep];
}

/** A seeded share of the rows apart. */
export function splitRows<Row>(rows: readonly Row[], rng: Rng): { readonly train: readonly Row[]; readonly valid: readonly Row[] } {
  const count = Math.max(1, Math.round(VALIDATION_SHARE * rows.length));
  if (rows.length <= count)
    throw new UserError('pretraining', `${rows.length} functions are left to train on`, 'corpora with at least two');
  const apart = new Set(rng.sample([...rows.keys()], count));
  return { train: rows.filter((_, index) => !apart.has(index)), valid: rows.filter((_, index) => apart.has(index)) };
}
