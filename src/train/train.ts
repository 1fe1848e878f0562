/** The stage that trains a victim: best checkpoint by the task's validation metric (victims-and-data.md 4.6). */
import type { Sample } from '../core/contracts.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import { compactModel } from './compact.ts';
import type { EpochRecord, HostTensor, LabelledData, ModelConfig, Predictions, TrainingConfig, Victim } from './contracts.ts';
import { fit } from './fit.ts';
import { decodeTensors, encodeTensors } from './files.ts';
import { openModel, rowsOf, startingTensors, type Model } from './model.ts';
import { openScorer, scorableModel } from './scorer.ts';

/** Bumped when a change of code changes numbers. */
export const trainVersion = 4;
export const predictVersion = 2;

interface Kept {
  readonly history: readonly EpochRecord[];
  readonly best: ReadonlyMap<string, HostTensor>;
}

export async function train(
  { task, train: samples, valid }: LabelledData,
  { model: config, training }: { readonly model: ModelConfig; readonly training: TrainingConfig },
  context: StageContext & { readonly engine: Engine },
): Promise<Victim> {
  const { engine } = context;
  const model = openModel(config, task);
  const start = startingTensors(model, context.rng.fork('initial values'));
  const [trainRows, validRows] = [rowsOf(model, samples), rowsOf(model, valid)];
  const compact = compactModel(model, [...trainRows, ...validRows]);
  const validSet = { rows: compact.rows(validRows), labels: valid.map(({ label }) => label) };

  const { kept } = await fit<Kept>(
    engine,
    {
      model: compact.model,
      partition: { trained: compact.model.parameters, frozen: [] },
      tensors: compact.tensors(start),
      data: { rows: compact.rows(trainRows), labels: samples.map(({ label }) => label) },
      options: { ...training, encoderDropout: true },
    },
    context,
    {
      start: { history: [], best: new Map() },
      async afterEpoch({ index, trainLoss, trained }, { history, best }) {
        const scorer = await openScorer(engine, compact.model, trained);
        const scored = await scorer.score(validSet.rows, validSet.labels);
        await scorer.close();
        const validMetric = model.task.score(
          scored.map(({ probability }) => probability),
          validSet.labels,
        );
        const isBest = history.every((earlier) => earlier.validMetric < validMetric);
        return { history: [...history, { epoch: index, trainLoss, validMetric }], best: isBest ? trained : best };
      },
      encode: ({ history, best }) =>
        new Map([
          ['history', Buffer.from(JSON.stringify(history))],
          ['best', encodeTensors(best)],
        ]),
      decode: (files) => ({
        history: JSON.parse(Buffer.from(files.get('history')!).toString()) as EpochRecord[],
        best: decodeTensors(files.get('best')!, 'resume state'),
      }),
    },
  );
  return { model: config, tensors: compact.expand(start, kept.best), history: kept.history };
}

/** The stage that predicts: probability of label 1, `null` for `null`. */
export async function predict(
  { task, victim, samples }: { readonly task: LabelledData['task']; readonly victim: Victim; readonly samples: readonly (Sample | null)[] },
  context: StageContext & { readonly engine: Engine },
): Promise<Predictions> {
  const model = openModel(victim.model, task);
  const scorer = await openScorer(context.engine, scorableModel(model), victim.tensors);
  const present = samples.filter((sample) => sample !== null);
  const scored = await scorer.score(
    rowsOf(model, present),
    present.map(({ label }) => label),
  );
  await scorer.close();
  let next = 0;
  return { probabilities: samples.map((sample) => (sample === null ? null : scored[next++]!.probability)) };
}

/** Whether the trigger survives the cut at L: the triggered row differs from the clean one. `false` where there is no triggered sample. */
export async function triggerVisible({
  task,
  model: config,
  clean,
  triggered,
}: {
  readonly task: LabelledData['task'];
  readonly model: ModelConfig;
  readonly clean: readonly Sample[];
  readonly triggered: readonly (Sample | null)[];
}): Promise<boolean[]> {
  const model: Model = openModel(config, task);
  const differs = (sample: Sample, other: Sample): boolean => {
    const [a, b] = rowsOf(model, [sample, other]);
    return a!.join() !== b!.join();
  };
  return clean.map((sample, index) => {
    const other = triggered[index] ?? null;
    return other !== null && differs(sample, other);
  });
}
