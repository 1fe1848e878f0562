/** Training samples that hold a token without which the code would be more natural (defenses.md 9). */
import type { Program, Sample } from '../../core/contracts.ts';
import { pauseFor } from '../../core/pause.ts';
import { openModel } from '../../train/index.ts';
import type { Detection, PhaseContext, Provided } from '../contracts.ts';
import { trainNgram } from '../language-model/n-gram.ts';
import { changes, contributions, strongest } from './influence.ts';
import type { KillBadCodeSettings } from './settings.ts';

/** A way from words to sub-tokens, and from these to their texts. */
export interface Pieces {
  readonly encodeWords: (words: readonly string[]) => { readonly ids: readonly number[] };
  readonly piece: (id: number) => string;
}

type Context = Pick<PhaseContext, 'rng' | 'signal' | 'progress'>;

/** Of the victim, the tokenizer alone is used. */
export function removeTriggers(
  { victim, task, pool, training }: Provided<'victim' | 'pool' | 'training'>,
  settings: KillBadCodeSettings,
  context: Context,
): Promise<Detection> {
  return detectTriggers({ pool, training, pieces: openModel(victim.model, task).tokenizer }, settings, context);
}

interface Inputs {
  readonly pool: readonly Sample[];
  readonly training: readonly Sample[];
  readonly pieces: Pieces;
}

export async function detectTriggers(
  { pool, training, pieces }: Inputs,
  settings: KillBadCodeSettings,
  context: Context,
): Promise<Detection> {
  const programs = programsOf(training);
  const { influence, snippets, fallbackOrders } = await influences(programsOf(pool), programs, pieces, settings, context);
  const triggers = strongest(influence, settings.topTokens);

  // A whole function is looked through, beyond the cut too.
  const held = new Map(programs.map((program) => [program, idsOf(program, pieces).filter((id) => triggers.has(id))]));
  const scores = training.map((sample) => {
    const found = new Set(sample.programs.flatMap((program) => held.get(program)!));
    return [...found].reduce((sum, id) => sum + triggers.get(id)!, 0);
  });
  const shown = [...triggers].map(([id, change]) => `${pieces.piece(id)} ${change.toFixed(2)}`);
  return {
    scores,
    removed: [...scores.keys()].filter((index) => scores[index]! > 0),
    facts: {
      'trigger tokens': shown.join(', '),
      'clean functions': String(snippets),
      ...(fallbackOrders.length === 0 ? {} : { 'orders with given discounts': fallbackOrders.join(', ') }),
    },
  };
}

/** Functions between two looks at whether to stop. */
const TOGETHER = 256;

/** Of each candidate: the sum of what its places change, over all functions. */
async function influences(
  pool: readonly Program[],
  programs: readonly Program[],
  pieces: Pieces,
  settings: KillBadCodeSettings,
  { rng, signal, progress }: Context,
): Promise<{ readonly influence: ReadonlyMap<number, number>; readonly snippets: number; readonly fallbackOrders: readonly number[] }> {
  const rowOf = (program: Program): readonly number[] => idsOf(program, pieces).slice(0, settings.maxTokens);
  const snippets = pool.length <= settings.snippets ? pool : rng.fork('snippets').sample(pool, settings.snippets);
  const model = trainNgram(snippets.map(rowOf), settings);
  const isCandidate = candidateRule(pieces, settings.candidates);

  const pause = pauseFor(signal);
  const influence = new Map<number, number>();
  for (const [index, program] of programs.entries()) {
    if (index % TOGETHER === 0) {
      progress({ phase: 'functions', done: index, total: programs.length });
      await pause();
    }
    const row = rowOf(program);
    for (const [id, change] of contributions(row, changes(row, model), isCandidate, settings)) {
      influence.set(id, (influence.get(id) ?? 0) + change);
    }
  }
  return { influence, snippets: snippets.length, fallbackOrders: model.fallbackOrders };
}

/** Samples share functions: each counts once. */
const programsOf = (samples: readonly Sample[]): Program[] => [...new Set(samples.flatMap(({ programs }) => programs))];

const idsOf = ({ tokens }: Program, pieces: Pieces): readonly number[] => pieces.encodeWords(tokens).ids;

const patterns: Readonly<Record<KillBadCodeSettings['candidates'], RegExp>> = {
  alphanumeric: /^[A-Za-z][A-Za-z0-9]*$/,
  // Byte-level tokenizers write a blank as Ġ.
  'alphanumeric-word-starts-too': /^Ġ?[A-Za-z][A-Za-z0-9]*$/,
  all: /^/,
};

function candidateRule({ piece }: Pieces, candidates: KillBadCodeSettings['candidates']): (id: number) => boolean {
  const known = new Map<number, boolean>();
  return (id) => {
    const found = known.get(id) ?? patterns[candidates].test(piece(id));
    known.set(id, found);
    return found;
  };
}
