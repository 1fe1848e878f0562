/** The stage that trains a victim: best checkpoint by the task's validation metric (victims-and-data.md 4.6). */
import type { Predictions, Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { presentAmong } from '../core/present.ts';
import type { Rng } from '../core/rng.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import { compactModel } from './compact.ts';
import type { EpochRecord, HostTensor, LabelledData, ModelConfig, TrainingConfig, Victim, WordChange } from './contracts.ts';
import { fit } from './fit.ts';
import { decodeTensors, encodeTensors } from './files.ts';
import { changedInput, inputsOf, openModel, startingTensors } from './model.ts';
import { predictInputs } from './predictor.ts';
import { adaptersOf, mergeAdapters } from './lora.ts';
import { initialTensors, type Parameter } from './parameters.ts';
import { scorableModel, type ScorableModel } from './scorer.ts';
import type { Partition } from './steps.ts';

/** Bumped when a change of code changes numbers. */
export const trainVersion = 5;
export const predictVersion = 3;

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
  // A filter of the list may have left out all of it.
  if (samples.length === 0) throw new UserError('training', 'the list has no sample', 'one that is left with some');
  const model = openModel(config, task);
  const start = startingTensors(model, context.rng.fork('initial values'));
  const [trainInputs, validInputs] = [inputsOf(model, samples), inputsOf(model, valid)];
  const compact = compactModel(model, [...trainInputs, ...validInputs]);
  const validSet = { inputs: compact.inputs(validInputs), labels: valid.map(({ label }) => label) };

  const { partition, tensors, changed } = whatToTrain(compact.model, compact.tensors(start), training, context.rng);

  const { kept } = await fit<Kept>(
    engine,
    {
      model: compact.model,
      partition,
      tensors,
      data: { inputs: compact.inputs(trainInputs), labels: samples.map(({ label }) => label) },
      options: { ...training, encoderDropout: true },
    },
    context,
    {
      start: { history: [], best: new Map() },
      async afterEpoch({ index, trainLoss, trained }, { history, best }) {
        const own = changed(trained);
        const predictions = await predictInputs(engine, compact.model, new Map([...tensors, ...own]), validSet.inputs, validSet.labels);
        const validMetric = model.task.score(predictions, validSet.labels, training.threshold);
        const isBest = history.every((earlier) => earlier.validMetric < validMetric);
        return { history: [...history, { epoch: index, trainLoss, validMetric }], best: isBest ? own : best };
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

type Tensors = ReadonlyMap<string, HostTensor>;

interface Trainable {
  readonly partition: Partition;
  /** The model's, and what is trained besides. */
  readonly tensors: Tensors;
  /** Of what was trained: the model's tensors that it changes. */
  readonly changed: (trained: Tensors) => Tensors;
}

/** Every parameter, or the head and LoRA's additions. */
function whatToTrain({ network, parameters }: ScorableModel, start: Tensors, { lora }: TrainingConfig, rng: Rng): Trainable {
  if (lora === undefined) return { partition: { trained: parameters, frozen: [] }, tensors: start, changed: (trained) => trained };
  const adapters = adaptersOf(network, lora);
  const added = adapters.flatMap(({ a, b }) => [a, b]);
  const isHead = ({ key }: Parameter): boolean => key.startsWith('head.');
  const tensors = new Map([...start, ...initialTensors(added, rng.fork('lora'))]);
  return {
    partition: { trained: [...added, ...parameters.filter(isHead)], frozen: parameters.filter((one) => !isHead(one)), adapters },
    tensors,
    changed(trained) {
      const ofHead = [...trained].filter(([name]) => start.has(name));
      return new Map([...mergeAdapters(adapters, parameters, new Map([...tensors, ...trained])), ...ofHead]);
    },
  };
}

export interface PredictInputs {
  readonly task: LabelledData['task'];
  readonly victim: Victim;
  readonly samples: readonly (Sample | null)[];
  /** Aligned with the samples: words that the model reads as something else; absent: none anywhere. */
  readonly changes?: readonly (readonly WordChange[])[];
}

/** The stage that predicts; `null` for `null`. */
export async function predict(
  { task, victim, samples, changes }: PredictInputs,
  { engine, progress }: Pick<StageContext, 'progress'> & { readonly engine: Engine },
): Promise<Predictions> {
  const model = openModel(victim.model, task);
  const { entries, spread } = presentAmong(
    samples.map((sample, index) => (sample === null ? null : { sample, changes: changes?.[index] ?? [] })),
  );
  const plain = inputsOf(
    model,
    entries.map(({ sample }) => sample),
  );
  const inputs = entries.map((own, index) =>
    own.changes.length === 0 ? plain[index]! : changedInput(model, own.sample, plain[index]!, own.changes),
  );
  const labels = entries.map(({ sample }) => sample.label);
  const found = await predictInputs(engine, scorableModel(model), victim.tensors, inputs, labels, (done, total) =>
    progress({ phase: 'encoding', done, total }),
  );
  return found.kind === 'labels'
    ? { kind: 'labels', probabilities: spread(found.probabilities) }
    : { kind: 'vectors', codes: spread(found.codes), queries: spread(found.queries) };
}

/** Whether the trigger survives the cut at L: the triggered input differs from the clean one. `false` where there is no triggered sample. */
export function triggerVisible({
  task,
  model: config,
  clean,
  triggered,
}: {
  readonly task: LabelledData['task'];
  readonly model: ModelConfig;
  readonly clean: readonly Sample[];
  readonly triggered: readonly (Sample | null)[];
}): boolean[] {
  const model = openModel(config, task);
  const plain = inputsOf(model, clean);
  const present = triggered.filter((sample) => sample !== null);
  const carrying = inputsOf(model, present).values();
  return clean.map((_, index) => {
    if ((triggered[index] ?? null) === null) return false;
    const [own, other] = [plain[index]!, carrying.next().value!];
    return own.some((row, r) => row.join() !== other[r]!.join());
  });
}
