/** Phase (b): the place in each sample where its trigger stands (method.md 3; P 4.3). */
import type { Program, Sample } from '../../core/contracts.ts';
import type { Rng } from '../../core/rng.ts';
import type { Model, ModelInput, Scorer } from '../../train/index.ts';
import { makeRow, rowOf } from '../../train/index.ts';
import type { InversionSettings } from './shape.ts';
import type { Host } from './stamp.ts';

export type Half = 'any' | 'first' | 'second';
type PositionSettings = InversionSettings['position'];

export interface Placement {
  readonly host: Host;
  /** The trigger stands right after the first special token, because no identifier's place can carry it. */
  readonly fallback: boolean;
  /** There are fewer places than `position.rank`: this is the last of them. */
  readonly rankBeyond: boolean;
}

/** One way to mask a sample: the words replaced by `<unk>`, and what its first row becomes. */
export interface Masking {
  readonly row: readonly number[];
  /** Where the trigger would stand: the first masked word's sub-token index (the mask's own place in `row`), or its word index. */
  readonly place: number;
}

/** A sample's rows, and its first row masked in each of several ways. */
export interface MaskedInput {
  readonly original: readonly number[];
  readonly others: readonly (readonly number[])[];
  readonly masked: readonly (readonly number[])[];
}

/** What masking does to a sample. */
export interface MaskEffect {
  /** Size of the change of the loss, or of the cosine. */
  readonly change: number;
  /** What the authors' code takes the place with the largest of; `null` where there are no labels. */
  readonly preference: number | null;
}

/** Effects of each masking of each sample. */
export type MeasureMasks = (inputs: readonly MaskedInput[], samples: readonly Sample[]) => Promise<MaskEffect[][]>;

/** |l − l_i|: the loss of the sample's own label before and after. @param preference from the probability of label 1, masked */
export function lossChanges(scorer: Scorer, preference: (probability: number) => number): MeasureMasks {
  return async (inputs, samples) => {
    const rows = inputs.flatMap(({ original, others, masked }) => [original, ...masked].map((row): ModelInput => [row, ...others]));
    const labels = inputs.flatMap(({ masked }, i) => Array<number>(masked.length + 1).fill(samples[i]!.label));
    const scored = (await scorer.score(rows, labels)).values();
    return inputs.map(({ masked }) => {
      const own = scored.next().value!;
      return masked.map(() => {
        const { loss, probability } = scored.next().value!;
        return { change: Math.abs(loss - own.loss), preference: preference(probability) };
      });
    });
  };
}

/** @param half restricts the places to one half of the row (the authors' scan options) */
export async function placeTriggers(
  model: Model,
  measure: MeasureMasks,
  samples: readonly Sample[],
  { position, triggerTokens }: Pick<InversionSettings, 'position' | 'triggerTokens'>,
  half: Half,
  rng: Rng,
): Promise<Placement[]> {
  const allows = placeRule(position, half, model.config.maxTokens, triggerTokens);
  const prepared = samples.map((sample) => {
    const { original, others, maskings } = maskSample(model, sample, position);
    const candidates = position.fallback === 'none-fits' ? maskings.filter(({ place }) => allows(place, original.length)) : maskings;
    return { original, others, maskings: candidates };
  });
  const isScored = position.choose !== 'random';
  const inputs = prepared.map(({ original, others, maskings }) => ({ original, others, masked: maskings.map(({ row }) => row) }));
  const measuredOf = isScored ? await measure(inputs, samples) : inputs.map(() => []);
  return prepared.map(({ original, others, maskings }, i) => {
    const measured = measuredOf[i]!;
    const order = rankMaskings(position.choose, measured, maskings.length, rng.fork(i));
    const chosen = maskings[order[Math.min(position.rank, order.length) - 1] ?? -1];
    const rankBeyond = maskings.length > 0 && position.rank > maskings.length;
    return chosen === undefined || !allows(chosen.place, original.length)
      ? { host: { ids: original, position: 1, others }, fallback: true, rankBeyond }
      : { host: { ...hostOf(chosen, original, position), others }, fallback: false, rankBeyond };
  });
}

/** Whether a trigger may stand at a place of a row of some length. */
function placeRule({ fallback }: PositionSettings, half: Half, maxTokens: number, triggerTokens: number) {
  // The trigger and the closing special token must fit.
  const last = maxTokens - triggerTokens - 1;
  return (place: number, length: number): boolean => {
    // The authors' code halves the padded row, and looks at nothing else.
    const middle = (fallback === 'outside-half' ? maxTokens : length) / 2;
    if (half === 'second') return place > middle && place <= last;
    if (fallback === 'outside-half') return place > 0 && place <= middle;
    return place > 0 && place <= last && (half === 'any' || place <= middle);
  };
}

/** Indices of the maskings, best place first; ties go to the first in source order. */
export function rankMaskings(choose: PositionSettings['choose'], maskings: readonly MaskEffect[], count: number, rng: Rng): number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  if (choose === 'random') return rng.shuffle(indices);
  const cost = (index: number): number => {
    const { change, preference } = maskings[index]!;
    if (choose === 'least-change') return change;
    if (preference === null) throw new Error('places are chosen by a probability, and there are no labels');
    return -preference;
  };
  return indices.sort((a, b) => cost(a) - cost(b));
}

/** The masked row without its first mask, or the original row with the trigger before that place. */
function hostOf({ row, place }: Masking, original: readonly number[], { host, index }: PositionSettings): Omit<Host, 'others'> {
  if (host === 'original') return { ids: original, position: place };
  // A word's index does not say where its mask is: every mask stays.
  return { ids: index === 'word' ? row : row.toSpliced(place, 1), position: place };
}

/** A sample's rows, and one masked copy of the first for each name or place, in source order. Names that are not among the tokens give none. */
export function maskSample(
  { tokenizer, config, task }: Pick<Model, 'tokenizer' | 'config' | 'task'>,
  sample: Sample,
  position: PositionSettings,
): { readonly original: readonly number[]; readonly others: readonly (readonly number[])[]; readonly maskings: readonly Masking[] } {
  const [tokens = [], ...otherWords] = task.words(sample);
  const { ids, wordOf } = tokenizer.encodeWords(tokens);
  const [limit = 0] = task.limits(config.maxTokens);
  const original = makeRow(ids, tokenizer.special, limit);
  const others = otherWords.map((words, index) => rowOf({ config, tokenizer, task }, words, index + 1, new Map()));
  const firstPiece = new Map<number, number>();
  wordOf.forEach((word, piece) => {
    if (!firstPiece.has(word)) firstPiece.set(word, piece);
  });
  const maskings = wordGroups(sample.programs[0]!, tokens, position).flatMap((words) => {
    const piece = firstPiece.get(words[0]!);
    // A word whose text went into a neighbour's sub-token has no place of its own.
    if (piece === undefined) return [];
    const row = makeRow(maskWords(ids, wordOf, new Set(words), tokenizer.special.unk), tokenizer.special, limit);
    return [{ row, place: position.index === 'word' ? words[0]! : piece + 1 }];
  });
  return { original, others, maskings };
}

/** Word indices masked together, in source order: all places of a name, or one place at a time. */
function wordGroups(program: Program, tokens: readonly string[], { identifiers, mask }: PositionSettings): number[][] {
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
