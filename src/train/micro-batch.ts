/**
 * How many rows of a batch are computed at once, so that a training step stays within a device's memory. Estimates, from what the
 * traced step keeps for its backward pass; up to 15 % above the resident memory measured on the CPU.
 */
import { UserError } from '../core/errors.ts';
import type { Network, Read } from './network.ts';
import { flatSize } from './parameters.ts';
import type { RowShape } from './row-shape.ts';
import type { Partition } from './steps.ts';
import type { Task } from './task.ts';

const FLOAT = 4;
/** ONNX Runtime lays a program's second run out in one block, beside the blocks that the first run was given. */
const LAYOUTS = 2;

/**
 * Vectors as long as the trained parameters, by what holds them. The state counts before and after an update; that of a batch in
 * parts has the gradient's sums besides, and the program that makes the update of them.
 */
const VECTORS = {
  whole: { state: 6, program: 14 },
  parts: { state: 17, program: 8 },
} as const;
/** The same of the frozen parameters: themselves; their views in a program. */
const FROZEN = { state: 1, program: 2 } as const;
/** Vectors besides in the program that makes steps relative to each parameter: on the CPU one (RoBERTa) to four (T5) were measured. */
const RELATIVE_STEPS = 4;

export interface MemoryLimits {
  readonly network: Pick<Network, 'rowFloats'>;
  readonly task: Pick<Task, 'streams' | 'isDivisible'> & { readonly read: Read };
  readonly partition: Partition;
  /** Elements of the dropout pool. */
  readonly poolSize: number;
  /** Whether steps are relative to each parameter; default: no. */
  readonly isRelative?: boolean;
  readonly batchSize: number;
  /** Longest rows of each stream. */
  readonly tokens: readonly number[];
  /** Bytes that all of it may take. */
  readonly budget: number;
}

export interface MemoryPlan {
  /** Samples with rows of these lengths to compute at once: the batch when it fits, else one of its equal parts, of one sample at least. */
  readonly rows: (tokens: readonly number[]) => number;
  /** What a compiled program holds on to. */
  readonly bytes: (rows: RowShape) => number;
  /** What all compiled programs may hold on to. */
  readonly available: number;
}

/** A batch that does not fit and cannot be computed in parts is a `UserError`. */
export function planMemory({
  network,
  task,
  partition: { trained, frozen },
  poolSize,
  isRelative = false,
  batchSize,
  tokens: longest,
  budget,
}: MemoryLimits): MemoryPlan {
  const [changing, fixed] = [FLOAT * flatSize(trained), FLOAT * flatSize(frozen)];
  const available = (kind: keyof typeof VECTORS): number =>
    budget - FLOAT * poolSize - VECTORS[kind].state * changing - FROZEN.state * fixed;
  const program = (kind: keyof typeof VECTORS): number =>
    (VECTORS[kind].program + (isRelative ? RELATIVE_STEPS : 0)) * changing + FROZEN.program * fixed;
  const rows = (tokens: readonly number[]): number => {
    const row = sampleBytes(network, task, tokens);
    const whole = program('whole') + batchSize * row;
    if (whole <= available('whole')) return batchSize;
    if (!task.isDivisible) throw tooLarge(batchSize, budget - available('whole') + whole, budget);
    return evenRows(batchSize, Math.max(1, Math.floor((available('parts') - program('parts')) / Math.max(1, row))));
  };
  return {
    rows,
    bytes: ({ batch, tokens }) => program(batch === batchSize ? 'whole' : 'parts') + batch * sampleBytes(network, task, tokens),
    available: available(rows(longest) === batchSize ? 'whole' : 'parts'),
  };
}

/** What a training step takes whose batch is computed whole, the state it changes included. */
export function stepBytes({
  network,
  task,
  partition: { trained, frozen },
  poolSize,
  batchSize,
  tokens,
}: Omit<MemoryLimits, 'budget' | 'isRelative'>): number {
  const parameters = FLOAT * (VECTORS.whole.state + VECTORS.whole.program) * flatSize(trained);
  const fixed = FLOAT * (FROZEN.state + FROZEN.program) * flatSize(frozen);
  return parameters + fixed + FLOAT * poolSize + batchSize * sampleBytes(network, task, tokens);
}

function tooLarge(batchSize: number, bytes: number, budget: number): UserError {
  const gib = (size: number): string => `${(size / 2 ** 30).toFixed(1)} GiB`;
  return new UserError(
    'training.batchSize',
    `${batchSize} samples take about ${gib(bytes)}, ${gib(budget)} may be used; each is compared with all others, so they cannot be computed in parts`,
    'a smaller batch, a smaller model, or more memory (--memory)',
  );
}

/** What a sample takes in a step, padding included. */
function sampleBytes(
  network: Pick<Network, 'rowFloats'>,
  { streams, read }: Pick<Task, 'streams'> & { readonly read: Read },
  tokens: readonly number[],
): number {
  return streams.reduce((sum, { rows }, stream) => sum + rows.length * rowBytes(network, tokens[stream]!, read), 0);
}

/** Rows of a part when a batch is cut evenly into as few parts as the limit allows. */
export const evenRows = (batchSize: number, limit: number): number => Math.ceil(batchSize / Math.ceil(batchSize / limit));

/** What a row takes in a step. */
export const rowBytes = (network: Pick<Network, 'rowFloats'>, tokens: number, read: Read): number =>
  FLOAT * LAYOUTS * network.rowFloats(tokens, read);
