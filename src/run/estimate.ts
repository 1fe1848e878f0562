/**
 * How long a plan's stages will take before they run: passes of a sample through its model, from the plan alone, the operations of a pass
 * (victims-and-data.md 7), and a rate that was measured. Passes through a victim are all that is counted.
 */
import { z } from 'zod';
import type { Dataset, SplitName, TaskName } from '../core/contracts.ts';
import { lookUp } from '../core/errors.ts';
import { readCard } from '../dataset/card.ts';
import { corpora } from '../dataset/corpora/index.ts';
import type { Plan, StageName, StageNode } from '../plan/contracts.ts';
import { stageNames } from '../plan/contracts.ts';
import { stagesToRun } from '../plan/render.ts';
import {
  inputLength,
  inputsOf,
  inversionPasses,
  longestRows,
  type ModelConfig,
  openModel,
  rowLengths,
  sampleFlops,
  TRAINING_PASSES,
  type TrainingConfig,
} from '../train/index.ts';

export interface Measured {
  /** Floating-point operations a second of such a model's passes. @param batchSize `null`: as many samples as the engine takes at once */
  readonly rate: (model: ModelConfig, batchSize: number | null) => Promise<number>;
  /** The stage's value where it is known; rows are else taken to be as long as the model allows. */
  readonly dataset: (node: StageNode) => Promise<Dataset | null>;
}

export interface StageEstimate {
  readonly stage: StageName;
  readonly count: number;
  /** `null`: a stage of this kind is not estimated. */
  readonly seconds: number | null;
}

/** By kind of stage, in the order of the data flow, of stages that are not done. */
export async function estimatePlan(plan: Plan, isDone: (key: string) => boolean, measured: Measured): Promise<StageEstimate[]> {
  const left = stagesToRun(plan)
    .filter((key) => !isDone(key))
    .map((key) => plan.nodes.get(key)!);
  const lengths = new Map<string, Promise<readonly number[]>>();
  const seconds = new Map<StageName, (number | null)[]>();
  for (const node of left) {
    const work = workOf(node, plan.nodes);
    let own: number | null = null;
    if (work !== null) {
      const { network, task, config } = openModel(work.model, work.task);
      const identity = JSON.stringify([work.dataset.key, config, work.batchSize, work.byLength]);
      const tokens = lengths.get(identity) ?? meanRows(work, measured);
      lengths.set(identity, tokens);
      own =
        (work.passes * sampleFlops(network, task, await tokens)) /
        (await measured.rate(work.model, work.isTraining ? work.batchSize : null));
    }
    seconds.set(node.stage, [...(seconds.get(node.stage) ?? []), own]);
  }
  return stageNames.flatMap((stage) => {
    const all = seconds.get(stage) ?? [];
    const total = all.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
    return all.length === 0 ? [] : [{ stage, count: all.length, seconds: total }];
  });
}

export interface Work {
  readonly model: ModelConfig;
  readonly task: TaskName;
  readonly dataset: StageNode;
  /** Samples that are padded together, those of like length or any. */
  readonly batchSize: number;
  readonly byLength: boolean;
  /** Whether it goes in batches of that size; else in the engine's own. */
  readonly isTraining: boolean;
  /** Samples passed forward; in training each counts as three. */
  readonly passes: number;
}

type Nodes = Plan['nodes'];

const tuning = z.looseObject({
  epochs: z.number(),
  batchSize: z.number(),
  trainable: z.string(),
  dropout: z.number(),
  encoderDropout: z.boolean(),
});
const inversion = z.looseObject({ iterations: z.number(), samples: z.number(), repeat: z.number(), options: z.string() });

/** What a stage passes through a victim; `null` where it passes nothing, or its parameters do not say how much. */
export function workOf(node: StageNode, nodes: Nodes): Work | null {
  const passes = passesOf[node.stage];
  if (passes === undefined) return null;
  const dataset = datasetBelow(node, nodes);
  const model = victimParams(node, nodes);
  const name = (dataset.params as { readonly name: string }).name;
  const own = { model: model.model, task: lookUp<{ readonly task: TaskName }>(corpora, name, 'corpus').task, dataset };
  const found = passes(node, {
    nodes,
    model: openModel(own.model, own.task),
    training: model.training,
    samples: (split) => samplesIn(dataset, split),
  });
  return found === null ? null : { ...own, ...found };
}

interface Scene {
  readonly nodes: Nodes;
  readonly model: ReturnType<typeof openModel>;
  readonly training: TrainingConfig;
  readonly samples: (split: SplitName) => number;
}

type Passes = (node: StageNode, scene: Scene) => Pick<Work, 'batchSize' | 'byLength' | 'isTraining' | 'passes'> | null;

const passesOf: Readonly<Partial<Record<StageName, Passes>>> = {
  train: (_, { training: { epochs, batchSize, order }, samples }) => ({
    batchSize,
    byLength: order === 'by-length',
    isTraining: true,
    passes: epochs * (TRAINING_PASSES * samples('train') + samples('valid')),
  }),
  predict: (_, { training: { batchSize }, samples }) => ({ batchSize, byLength: true, isTraining: false, passes: samples('test') }),
  invert(node, { model: { task }, training: { batchSize } }) {
    const found = inversion.safeParse((node.params as Readonly<Record<string, unknown>>)['inversion']);
    if (!found.success) return null;
    const halves = found.data.options === 'labels' ? 1 : 2;
    return { batchSize, byLength: true, isTraining: false, passes: (task.classes === null ? 1 : 2 * halves) * inversionPasses(found.data) };
  },
  repair(node, { nodes, model: { task }, samples }) {
    const found = tuning.safeParse((node.params as Readonly<Record<string, unknown>>)['unlearning']);
    const pool = nodes.get(node.inputs['pool'] ?? '');
    if (!found.success || pool === undefined) return null;
    const { epochs, batchSize, trainable, dropout, encoderDropout } = found.data;
    const count = (pool.params as { readonly ratio: number }).ratio * samples('train');
    const isWhole = trainable === 'all' || task.classes === null;
    // A head alone: the encoder has no backward pass, and where it always gives the same vectors it is asked once.
    const each = isWhole ? TRAINING_PASSES * epochs : encoderDropout && dropout > 0 ? epochs : 1;
    return { batchSize, byLength: false, isTraining: true, passes: count * each };
  },
};

/** Every stage rests on one corpus. */
function datasetBelow(node: StageNode, nodes: Nodes): StageNode {
  if (node.stage === 'dataset') return node;
  const [first] = Object.values(node.inputs);
  return datasetBelow(nodes.get(first!)!, nodes);
}

/** Parameters of the training stage that a victim comes from. */
function victimParams(node: StageNode, nodes: Nodes): { readonly model: ModelConfig; readonly training: TrainingConfig } {
  if (node.stage !== 'train') return victimParams(nodes.get(node.inputs['victim']!)!, nodes);
  return node.params as unknown as { model: ModelConfig; training: TrainingConfig }; // As the plan made them of a checked experiment.
}

/** As the corpus's parameters say, or its card where they say `all`. */
function samplesIn({ params }: StageNode, split: SplitName): number {
  const { name, ...sizes } = params as { readonly name: string } & Readonly<Record<string, unknown>>;
  const size = sizes[split];
  return typeof size === 'number' ? size : readCard(name).counts[split].samples;
}

/** Samples whose rows are looked at. */
const LOOKED_AT = 512;

/** Row lengths of each stream in the mean of its batches, as they are padded. */
async function meanRows(
  { model: config, task: taskName, dataset, batchSize, byLength }: Work,
  measured: Measured,
): Promise<readonly number[]> {
  const model = openModel(config, taskName);
  const data = await measured.dataset(dataset);
  if (data === null) return longestRows(model.task, config.maxTokens);
  const drawn = inputsOf(model, data.splits.train.slice(0, LOOKED_AT));
  const inputs = byLength ? drawn.toSorted((a, b) => inputLength(a) - inputLength(b)) : drawn;
  const batches = Array.from({ length: Math.ceil(inputs.length / batchSize) }, (_, index) =>
    rowLengths(inputs.slice(index * batchSize, (index + 1) * batchSize), model.task, config.maxTokens),
  );
  return model.task.streams.map((_, stream) => batches.reduce((sum, lengths) => sum + lengths[stream]!, 0) / batches.length);
}
