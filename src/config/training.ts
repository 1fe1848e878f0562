/** The settings of training: what an experiment may say, and what a task's victims are trained with where it says nothing. */
import { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';

interface Row {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of all steps, or epochs. */
  readonly warmup: { readonly share: number } | { readonly epochs: number };
}

/** CodeBERT's rows of victims-and-data.md 4.6. */
const trainingDefaults: Readonly<Record<TaskName, Row>> = {
  defect: { epochs: 5, batchSize: 32, learningRate: 2e-5, warmup: { share: 0.1 } },
  clone: { epochs: 2, batchSize: 16, learningRate: 5e-5, warmup: { epochs: 1 } },
  search: { epochs: 10, batchSize: 64, learningRate: 2e-5, warmup: { share: 0 } },
};

const leftOut = (said: (row: Row) => string | number): string =>
  `left out: ${Object.entries(trainingDefaults)
    .map(([task, row]) => `${task} ${said(row)}`)
    .join(', ')}`;

/** `null`: the task's own, since one model entry may serve several tasks. */
export const training = z
  .strictObject({
    epochs: ofTask(z.int().min(1).max(1000)).describe(`passes over the training split; ${leftOut(({ epochs }) => epochs)}`),
    batchSize: ofTask(z.int().min(1).max(4096)).describe(`samples a step; ${leftOut(({ batchSize }) => batchSize)}`),
    learningRate: ofTask(z.number().positive().max(1)).describe(`peak learning rate; ${leftOut(({ learningRate }) => learningRate)}`),
    warmup: ofTask(z.number().min(0).max(1)).describe(
      `share of all steps spent warming up linearly; ${leftOut(({ warmup }) => ('share' in warmup ? warmup.share : 'one epoch'))}`,
    ),
    dropout: z.number().min(0).lt(1).default(0.1).describe('dropout probability'),
    clipNorm: z.number().positive().default(1).describe('largest global norm of a gradient'),
    threshold: z
      .enum(['half', 'best'])
      .default('half')
      .describe('of the best checkpoint of clone detection: p > 0.5, or the best of 0.01 … 0.99 as the authors’ validation'),
    lora: z
      .strictObject({
        rank: z.int().min(1).max(1024).describe('rows of A, columns of B'),
        alpha: z.number().positive().describe('the product B·A is scaled by alpha/rank'),
      })
      .exactOptional()
      .describe('left out: every parameter is trained; else the head, and low-rank additions to what makes queries, keys and values'),
    order: z.enum(['random', 'by-length']).default('random').describe('of the samples: random, as the authors; by-length pads less'),
  })
  .prefault({});

export type TrainingChoice = z.infer<typeof training>;

/** Settled for one task. */
export type Training = { readonly [Key in keyof TrainingChoice]: NonNullable<TrainingChoice[Key]> };

/** What a victim of a task is trained with. */
export function settleTraining(task: TaskName, choice: TrainingChoice): Training {
  const row = trainingDefaults[task];
  const epochs = choice.epochs ?? row.epochs;
  return {
    ...choice,
    epochs,
    batchSize: choice.batchSize ?? row.batchSize,
    learningRate: choice.learningRate ?? row.learningRate,
    warmup: choice.warmup ?? ('share' in row.warmup ? row.warmup.share : Math.min(1, row.warmup.epochs / epochs)),
  };
}

function ofTask<Schema extends z.ZodType>(schema: Schema): z.ZodDefault<z.ZodNullable<Schema>> {
  return schema.nullable().default(null);
}
