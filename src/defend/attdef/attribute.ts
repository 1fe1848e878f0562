/** Integrated Gradients (defenses.md 5): how much of a prediction each sub-token of a sample's programs carries. */
import { groupBy } from '../../core/group-by.ts';
import { awaitedLater } from '../../core/promises.ts';
import type { ResumeSlot } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import {
  disposeParameters,
  makeBatch,
  rowLengths,
  sampleTokens,
  uploadParameters,
  vector,
  type HostTensor,
  type ModelInput,
  type ResidentParameters,
} from '../../train/index.ts';
import type { ScorableModel as AttributedModel } from '../../train/scorer.ts';
import { openRows, type SavedRows } from '../saved-rows.ts';
import { attributionProgram } from './attribution-program.ts';

export interface Attribution {
  /** f of the whole input: probability of the predicted class, or the cosine of code and query. */
  readonly value: number;
  /** Of each program's row, one number a sub-token, special ones included. */
  readonly rows: readonly Float64Array[];
}

export interface AttributionOptions {
  /** Points of the path: s/steps of the embeddings for s = 1 … steps. */
  readonly steps: number;
  readonly signal: AbortSignal;
  readonly done: (samples: number) => void;
  readonly resume: ResumeSlot;
}

type AttributionEngine = Pick<Engine, 'compile' | 'upload' | 'batchTokens' | 'memoryBudget'>;

/** In the order of `inputs`, each of which has all of its task's rows. */
export async function attribute(
  engine: AttributionEngine,
  model: AttributedModel,
  tensors: ReadonlyMap<string, HostTensor>,
  inputs: readonly ModelInput[],
  options: AttributionOptions,
): Promise<Attribution[]> {
  const saved = openRows(options.resume, { name: 'attributions', settings: options.steps }, inputs);
  const parameters = await uploadParameters(engine, model.parameters, tensors);
  let finished = 0;
  try {
    const lengthsOf = (index: number): string => rowLengths([inputs[index]!], model.task, model.maxTokens).join();
    for (const [lengths, indices] of groupBy([...inputs.keys()], lengthsOf)) {
      const group = { tokens: lengths.split(',').map(Number), inputs: indices.map((index) => inputs[index]!) };
      const done = (count: number): void => options.done(finished + count);
      const isKnown = indices.every((index) => saved.rows[index] !== undefined);
      if (isKnown) done(indices.length);
      else await attributeGroup({ engine, model, parameters }, group, { saved, indices }, { ...options, done });
      finished += indices.length;
    }
  } finally {
    disposeParameters(parameters);
  }
  return inputs.map((input, index) => restored(saved.rows[index]!, input, model));
}

interface Scene {
  readonly engine: AttributionEngine;
  readonly model: AttributedModel;
  readonly parameters: ResidentParameters;
}

/** Samples whose rows are padded to the same lengths. */
interface Group {
  readonly tokens: readonly number[];
  readonly inputs: readonly ModelInput[];
}

/** Where the group's attributions are kept: of sample b in row `indices[b]`. */
interface Kept {
  readonly saved: SavedRows;
  readonly indices: readonly number[];
}

/** Batches that are prepared and handed over while a GPU works on those before. */
const AHEAD = 3;

async function attributeGroup(
  { engine, model, parameters }: Scene,
  { tokens, inputs }: Group,
  { saved, indices }: Kept,
  { steps, signal, done }: AttributionOptions,
): Promise<void> {
  const limit = tokensAtOnce(engine, model, tokens);
  const perSample = sampleTokens(model.task, tokens);
  const calls = Math.ceil(steps / Math.min(steps, Math.max(1, Math.floor(limit / perSample))));
  const points = Math.ceil(steps / calls);
  // Batches of one size, so that one program serves the group.
  const most = Math.max(1, Math.floor(limit / (points * perSample)));
  const batch = Math.ceil(inputs.length / Math.ceil(inputs.length / most));
  const program = await engine.compile(attributionProgram(model, { batch, tokens }, points));
  const underWay: Promise<void>[] = [];
  try {
    for (let first = 0; first < inputs.length; first += batch) {
      const part = inputs.slice(first, first + batch);
      // A batch is computed whole or not at all: of another size it would be rounded differently.
      if (part.every((_, b) => saved.rows[indices[first + b]!] !== undefined)) continue;
      const rows = makeBatch(part, model.task, { batch, tokens }, model.network);
      const sums = part.map((input) => emptySums(input, model));
      for (let call = 0; call < calls; call++) {
        signal.throwIfAborted();
        const path = pathOf(call * points, points, steps);
        const { fetched } = await program.start({ ...parameters, ...rows, ...path.values });
        const added = fetched.then(({ attributions, values }) => {
          part.forEach((_, b) => addTo(sums[b]!, attributions.subarray((b * attributions.length) / batch), tokens[0]!));
          // The last point is the whole input.
          if (call === calls - 1)
            part.forEach((_, b) => (saved.rows[indices[first + b]!] = stored(signed(sums[b]!, values[b * points + path.last]!, model))));
        });
        underWay.push(awaitedLater(added));
        if (underWay.length > AHEAD) await underWay.shift();
      }
      done(first + part.length);
      if (!saved.isOverdue()) continue;
      await Promise.all(underWay);
      saved.save();
    }
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
    await program.release();
  }
}

/** A program's second run is laid out beside the blocks of the first (src/train/micro-batch.ts), and the parameters need room too. */
const FLOAT_BYTES = 4;
const LAYOUTS = 2;
const ACTIVATIONS = 0.5;

/** Sub-tokens that one call computes: what inference takes at once, and no more than a backward pass has memory for. */
function tokensAtOnce(
  { batchTokens, memoryBudget }: AttributionEngine,
  { network, task }: AttributedModel,
  tokens: readonly number[],
): number {
  const floats = task.streams.reduce((sum, { rows }, stream) => sum + rows.length * network.rowFloats(tokens[stream]!, task.read), 0);
  const samples = (ACTIVATIONS * memoryBudget) / (LAYOUTS * FLOAT_BYTES * floats);
  return Math.min(batchTokens, Math.floor(samples * sampleTokens(task, tokens)));
}

/** `points` points of the path from number `first` on; those beyond the last count nothing. */
function pathOf(first: number, points: number, steps: number) {
  const shares = Array.from({ length: points }, (_, index) => Math.min(first + index + 1, steps) / steps);
  const weights = shares.map((_, index) => (first + index < steps ? 1 / steps : 0));
  return { values: { points: vector(shares), weights: vector(weights) }, last: Math.min(points, steps - first) - 1 };
}

/** One sum a sub-token of each row of the first stream. */
const emptySums = (input: ModelInput, { task }: AttributedModel): Float64Array[] =>
  task.streams[0]!.rows.map((row) => new Float64Array(input[row]!.length));

/** @param attributions of one sample, rows padded to `tokens` */
function addTo(sums: readonly Float64Array[], attributions: Float32Array, tokens: number): void {
  sums.forEach((row, r) => row.forEach((_, place) => (row[place]! += attributions[r * tokens + place]!)));
}

/** Of the predicted class: label 0's probability is what label 1's lacks, and so are its attributions. */
function signed(rows: readonly Float64Array[], value: number, { task }: AttributedModel): Attribution {
  if (task.probabilities === null || value > 0.5) return { value, rows };
  return { value: 1 - value, rows: rows.map((row) => row.map((attribution) => -attribution)) };
}

/** The value, and the rows behind it. */
const stored = ({ value, rows }: Attribution): Float64Array => Float64Array.from([value, ...rows.flatMap((row) => [...row])]);

function restored(row: Float64Array, input: ModelInput, { task }: AttributedModel): Attribution {
  let at = 1;
  return { value: row[0]!, rows: task.streams[0]!.rows.map((place) => row.subarray(at, (at += input[place]!.length))) };
}
