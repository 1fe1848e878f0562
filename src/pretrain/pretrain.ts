/** Pretraining: an objective learned on rows of code, from drawn values, with the loss on rows apart after every epoch. */
import type { Dataset } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { StageContext } from '../core/stage.ts';
import { dropoutPool, planDropout, type DropoutPlan, type Engine } from '../engine/index.ts';
import type { HostTensor, RowShape } from '../train/index.ts';
import { fitRows } from '../train/fit.ts';
import { planMemory } from '../train/micro-batch.ts';
import { openUpdates, type Batch, type Updates } from '../train/updates.ts';
import type { DataCounts } from './data.ts';
import { drawnRows, lossesAsRead } from './drawn-rows.ts';
import { preparePretraining, type Prepared, type Start } from './prepare.ts';
import { CLIP_NORM, type PretrainingSettings } from './settings.ts';
import { validationLoss, type ValidationRows } from './validation.ts';

/** Bumped when a change of code changes numbers. */
export const pretrainVersion = 1;

export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss: number;
  /** On the rows apart. */
  readonly validLoss: number;
}

export interface Pretrained {
  readonly config: Json;
  /** With Hugging Face's names. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly counts: DataCounts;
  readonly curve: readonly CurvePoint[];
  /** Of the tokenizer: the identity that a path is not. */
  readonly tokenizerDigest: string;
}

/** @param start what `settings.start` names; `null` where it names nothing */
export async function pretrain(
  settings: PretrainingSettings,
  datasets: readonly Pick<Dataset, 'splits'>[],
  context: StageContext & { readonly engine: Engine },
  start: Start | null,
): Promise<Pretrained> {
  const { engine, rng } = context;
  const prepared = preparePretraining(settings, datasets, rng, start);
  const { config, open, parameters, tensors, train, tokenizer, counts } = prepared;
  const { updates, rows, close } = await openRows(engine, settings, prepared, context);
  const weights = train.map(open.weight);
  const valid = validationRows(prepared, rows, context);
  try {
    const { trained, kept } = await fitRows<readonly CurvePoint[]>(
      engine,
      {
        ...{ partition: { trained: parameters, frozen: [] }, tensors, updates, lengths: train.map(({ length }) => length) },
        options: { ...settings, order: 'by-length' },
        batchOf: (some, epoch): Batch => ({
          rows: some.map((row) => epoch * train.length + row),
          labels: some.map(() => 0),
          // A row's loss is a mean: so the batch's is one over all predicted sub-tokens.
          weights: some.map((row) => weights[row]!),
        }),
      },
      context,
      {
        start: [],
        async afterEpoch({ index, trainLoss, trained: own }, curve) {
          return [...curve, { epoch: index, trainLoss, validLoss: await validationLoss(engine, valid, parameters, own) }];
        },
        encode: (curve) => new Map([['curve', Buffer.from(JSON.stringify(curve))]]),
        decode: (files) => JSON.parse(Buffer.from(files.get('curve')!).toString()) as CurvePoint[],
      },
    );
    return { config, tensors: prepared.expand(trained), counts, curve: kept, tokenizerDigest: tokenizer.digest };
  } finally {
    await close();
  }
}

interface OpenRows {
  readonly updates: Updates;
  /** Rows of the longest length that fit memory at once. */
  readonly rows: number;
  readonly close: () => Promise<void>;
}

async function openRows(
  engine: Engine,
  { batchSize, dropout: probability, relativeSteps: isRelative }: PretrainingSettings,
  { open, parameters, train, valid }: Prepared,
  { rng }: StageContext,
): Promise<OpenRows> {
  const partition = { trained: parameters, frozen: [] };
  const longest = open.tokensOf([...train, ...valid]);
  const dropout = ({ batch, tokens }: RowShape, poolSize?: number): DropoutPlan =>
    planDropout(probability, batch, open.dropoutSites(tokens), poolSize);
  const largest = dropout({ batch: batchSize, tokens: longest });
  const pool = await engine.upload(dropoutPool(largest, rng.fork('dropout pool')));
  const memory = planMemory({
    network: open,
    task: { streams: open.streams, read: 'all', isDivisible: open.isDivisible },
    ...{ partition, poolSize: largest.poolSize, isRelative, batchSize, tokens: longest, budget: engine.memoryBudget },
  });
  const updates = openUpdates(engine, {
    ...{ task: lossesAsRead, partition, batchSize, pool, memory, rule: { clipNorm: CLIP_NORM, isRelative } },
    source: drawnRows(open, train, rng.fork('hidden')),
    dropout: (shape) => dropout(shape, largest.poolSize),
  });
  const close = async (): Promise<void> => {
    await updates.close();
    pool.dispose();
  };
  return { updates, rows: memory.rows(longest), close };
}

function validationRows({ open, valid }: Prepared, batch: number, { rng }: StageContext): ValidationRows {
  return {
    source: drawnRows(open, valid, rng.fork('hidden of validation rows')),
    lengths: valid.map(({ length }) => length),
    weights: valid.map(open.weight),
    batch: Math.min(batch, valid.length),
  };
}
