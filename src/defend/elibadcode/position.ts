/** Phase (b): the place in each sample where its trigger stands (method.md 3; P 4.3). */
import type { Program, Sample } from '../../core/contracts.ts';
import type { Rng } from '../../core/rng.ts';
import type { Model, Scorer } from '../../train/index.ts';
import { makeRow } from '../../train/index.ts';
import type { InversionSettings } from './settings.ts';
import type { Host } from './stamp.ts';

export type Half = 'any' | 'first' | 'second';

export interface Placement {
  readonly host: Host;
  /** No identifier could carry the trigger: it stands right after the first special token. */
  readonly fallback: boolean;
}

/** One way to mask a sample: the words replaced by `<unk>`, and what the row becomes. */
interface Masking {
  readonly firstWord: number;
  readonly row: number[];
  /** Sub-token index of the first masked word, in the original and in the masked row alike. */
  readonly index: number;
}

/** @param half restricts the places to one half of the row (the authors' scan options) */
export async function placeTriggers(
  model: Model,
  scorer: Scorer,
  samples: readonly Sample[],
  settings: InversionSettings,
  half: Half,
  rng: Rng,
): Promise<Placement[]> {
  const { position, triggerTokens } = settings;
  const prepared = samples.map((sample) => prepare(model, sample, position, { half, room: model.config.maxTokens - triggerTokens - 1 }));
  const rows = prepared.flatMap(({ original, maskings }) => [original, ...maskings.map(({ row }) => row)]);
  const labels = prepared.flatMap(({ maskings }, i) => Array<number>(maskings.length + 1).fill(samples[i]!.label));
  const scored = position.choose === 'random' ? [] : await scorer.score(rows, labels);
  let next = 0;
  return prepared.map(({ original, maskings }, i) => {
    const [own, ...masked] = position.choose === 'random' ? [] : scored.slice(next, next + maskings.length + 1);
    next += maskings.length + 1;
    if (maskings.length === 0) return { host: { ids: original, position: 1 }, fallback: true };
    const order = rankMaskings(
      position.choose,
      masked.map(({ loss, probability }) => ({ change: Math.abs(loss - own!.loss), probability })),
      maskings.length,
      rng.fork(i),
    );
    const chosen = maskings[order[Math.min(position.rank, order.length) - 1]!]!;
    return { host: hostOf(chosen, original, position), fallback: false };
  });
}

/** Indices of the maskings, best place first; ties go to the first in source order. */
export function rankMaskings(
  choose: InversionSettings['position']['choose'],
  maskings: readonly { readonly change: number; readonly probability: number }[],
  count: number,
  rng: Rng,
): number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  if (choose === 'random') return rng.shuffle(indices);
  const cost = (index: number): number => (choose === 'least-change' ? maskings[index]!.change : -maskings[index]!.probability);
  return indices.sort((a, b) => cost(a) - cost(b));
}

/** The masked row without its first mask, or the original row with the trigger before that place. */
function hostOf({ row, index, firstWord }: Masking, original: readonly number[], position: InversionSettings['position']): Host {
  const at = position.index === 'word' ? Math.min(firstWord, original.length - 1) : index;
  // The authors' code moves a place beyond the row's middle, or before its first sub-token, to 1.
  const place = position.index === 'word' && (at <= 0 || at > original.length / 2) ? 1 : at;
  if (position.host === 'original') return { ids: original, position: place };
  return { ids: position.index === 'word' ? row : row.toSpliced(index, 1), position: place };
}

function prepare(
  { tokenizer, config, task }: Model,
  sample: Sample,
  position: InversionSettings['position'],
  { half, room }: { readonly half: Half; readonly room: number },
): { readonly original: number[]; readonly maskings: Masking[] } {
  const tokens = task.tokens(sample);
  const { ids, wordOf } = tokenizer.encodeWords(tokens);
  const original = makeRow(ids, tokenizer.special, config.maxTokens);
  const firstPiece = new Map<number, number>();
  wordOf.forEach((word, piece) => {
    if (!firstPiece.has(word)) firstPiece.set(word, piece);
  });
  const maskings: Masking[] = [];
  for (const words of wordGroups(sample.programs[0]!, tokens, position)) {
    const first = words[0]!;
    const index = (firstPiece.get(first) ?? Number.POSITIVE_INFINITY) + 1;
    const isFirstHalf = index <= original.length / 2;
    // Candidates only where the trigger and the closing special token fit.
    if (index > room || (half === 'first' && !isFirstHalf) || (half === 'second' && isFirstHalf)) continue;
    const masked = new Set(words);
    const row = maskWords(ids, wordOf, masked, tokenizer.special.unk);
    maskings.push({ firstWord: first, index, row: makeRow(row, tokenizer.special, config.maxTokens) });
  }
  return { original, maskings };
}

/** Word indices masked together, in source order: all places of a name, or one place at a time. */
function wordGroups(program: Program, tokens: readonly string[], { identifiers, mask }: InversionSettings['position']): number[][] {
  const names = new Set(program.variables);
  if (identifiers === 'name-and-variables' && program.functionName !== null) names.add(program.functionName);
  const places = tokens.map((token, word) => ({ token, word })).filter(({ token }) => names.has(token));
  if (mask === 'occurrence') return places.map(({ word }) => [word]);
  const byName = new Map<string, number[]>();
  for (const { token, word } of places) byName.set(token, [...(byName.get(token) ?? []), word]);
  return [...byName.values()];
}

/** One unk id in place of each masked word's sub-tokens. */
function maskWords(ids: readonly number[], wordOf: readonly number[], masked: ReadonlySet<number>, unk: number): number[] {
  return ids.flatMap((id, piece) => {
    const word = wordOf[piece]!;
    if (!masked.has(word)) return [id];
    return wordOf[piece - 1] === word ? [] : [unk];
  });
}
