/** The filter of P 6.2: input sub-tokens whose word embedding is close to one of the inverted trigger's are left out. */
import type { Program } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import { type HostTensor, openModel, type WordChange } from '../../train/index.ts';
import type { Provided, Purified, PurifiedSample, PurifyInputs } from '../contracts.ts';
import type { FilterSettings } from './shape.ts';

type Inputs = Provided<'victim'> & Pick<PurifyInputs, 'samples' | 'inversion'>;

/** Score of an input: the largest cosine of any of its sub-tokens with one of the trigger's. */
export function dropSimilar({ task, victim, samples, inversion }: Inputs, { similarity }: FilterSettings): Purified {
  if (inversion === null || similarity === null)
    throw new UserError('purification', 'there is no inverted trigger to compare with', 'invert');
  const { tokenizer, parameters } = openModel(victim.model, task);
  const { ids } = inversion.options[inversion.chosen]!.anchored;
  const [table] = parameters.find(({ key }) => key === 'words')!.tensors; // Every network has it, as one tensor.
  const closest = cosinesWith(ids, victim.tensors.get(table!)!);
  const known = new Map<Program, Filtered>();
  const filtered = (program: Program): Filtered => {
    const found = known.get(program) ?? filter(tokenizer.encodeWords(program.tokens), closest, similarity);
    known.set(program, found);
    return found;
  };
  const dropped = [...closest.keys()].filter((id) => closest[id]! > similarity).map((id) => tokenizer.piece(id));
  return {
    samples: samples.map((sample) => (sample === null ? null : ofSample(sample.programs.map(filtered)))),
    facts: { 'left out': dropped.join(' ') },
  };
}

interface Filtered {
  readonly score: number;
  readonly changes: readonly Omit<WordChange, 'program'>[];
}

function ofSample(programs: readonly Filtered[]): PurifiedSample {
  return {
    score: Math.max(...programs.map(({ score }) => score)),
    changes: programs.flatMap(({ changes }, program) => changes.map((change) => ({ program, ...change }))),
  };
}

/** Words that hold a sub-token to leave out, with what is left of them. A program never becomes empty: then it stays as it is. */
function filter(
  { ids, wordOf }: { readonly ids: readonly number[]; readonly wordOf: readonly number[] },
  closest: Float32Array,
  similarity: number,
): Filtered {
  const score = ids.reduce((most, id) => Math.max(most, closest[id]!), -1);
  const hit = new Set(wordOf.filter((_, place) => closest[ids[place]!]! > similarity));
  const left = (word: number): number[] => ids.filter((id, place) => wordOf[place] === word && closest[id]! <= similarity);
  const changes = [...hit].map((word) => ({ word, ids: left(word) }));
  const isEmpty = ids.every((id) => closest[id]! > similarity);
  return { score, changes: isEmpty ? [] : changes };
}

/** Of every piece of the vocabulary: the largest cosine with one of these. */
function cosinesWith(ids: readonly number[], { shape, data }: HostTensor): Float32Array {
  const [rows, width] = shape as readonly [number, number];
  const unit = (id: number): Float32Array => {
    const row = data.subarray(id * width, (id + 1) * width);
    const norm = Math.hypot(...row);
    return row.map((value) => (norm === 0 ? 0 : value / norm));
  };
  const trigger = ids.map(unit);
  return Float32Array.from({ length: rows }, (_, id) => {
    const own = unit(id);
    return Math.max(...trigger.map((other) => other.reduce((sum, value, i) => sum + value * own[i]!, 0)));
  });
}
