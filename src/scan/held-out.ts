/** What a model makes of held-out samples: how well it does its task, and how often an inverted trigger leads them to its target. */
import type { Sample, VectorPredictions } from '../core/contracts.ts';
import { groupBy } from '../core/group-by.ts';
import { cosine } from '../core/ranking.ts';
import type { Rng } from '../core/rng.ts';
import { mean, wilson } from '../core/statistics.ts';
import type { InversionOption } from '../defend/index.ts';
import { lossChanges, placeTriggers } from '../defend/elibadcode/position.ts';
import { candidateRow } from '../defend/elibadcode/search.ts';
import type { InversionSettings } from '../defend/elibadcode/shape.ts';
import { defendTasks } from '../defend/tasks/index.ts';
import { injectTrigger } from '../defend/unlearning/inject.ts';
import type { Engine } from '../engine/index.ts';
import {
  changedInput,
  inputsOf,
  type Model,
  type ModelInput,
  openScorer,
  predictInputs,
  scorableModel,
  type Victim,
} from '../train/index.ts';
import type { HeldOutAttack, Quality, Rate } from './contracts.ts';

/** A model with the samples it is measured on. */
export interface Measured {
  readonly engine: Engine;
  readonly model: Model;
  readonly tensors: Victim['tensors'];
  readonly heldOut: readonly Sample[];
  readonly settings: InversionSettings;
  readonly rng: Rng;
}

export async function measureQuality({ engine, model, tensors, heldOut }: Measured): Promise<Quality> {
  const labels = heldOut.map(({ label }) => label);
  const predictions = await predictInputs(engine, scorableModel(model), tensors, inputsOf(model, heldOut), labels);
  if (predictions.kind === 'vectors') {
    return { metric: 'mrr', value: model.task.score(predictions, labels, 'half'), hits: null, n: heldOut.length, byLabel: null };
  }
  const outcomes = predictions.probabilities.map((p, index) => ({ label: labels[index]!, isRight: (p! > 0.5 ? 1 : 0) === labels[index] }));
  const hits = outcomes.filter(({ isRight }) => isRight).length;
  const groups = [...groupBy(outcomes, ({ label }) => label)];
  const byLabel = Object.fromEntries(groups.map(([label, own]) => [label, rateOf(own.map(({ isRight }) => isRight))]));
  return { metric: 'accuracy', value: hits / labels.length, hits, n: labels.length, byLabel };
}

/** Above what guessing reaches; a model that hardly beats that does not read these samples as its own. */
const BETTER = 0.1;

/**
 * A rank drawn among n has the mean reciprocal (1 + 1/2 + … + 1/n)/n: with few samples no small one. Of two labels, guesses are right
 * half the time in the mean over labels, also where one label is always said and most samples have it.
 */
export function isPoor({ value, n, byLabel }: Quality): boolean {
  if (byLabel !== null) return mean(Object.values(byLabel).map((own) => own.hits / own.n)) < BETTER + 0.5;
  return value < BETTER + mean(Array.from({ length: n }, (_, index) => 1 / (index + 1)));
}

/** The anchored trigger of one option, in each way it may be put in. */
export function measureAttack(measured: Measured, option: InversionOption): Promise<HeldOutAttack[]> {
  return option.target === null ? misledQueries(measured, option) : flippedLabels(measured, option, option.target);
}

async function flippedLabels(measured: Measured, { anchored }: InversionOption, target: number): Promise<HeldOutAttack[]> {
  const { engine, model, tensors, settings, rng } = measured;
  const victims = measured.heldOut.filter(({ label }) => label !== target);
  const { preference } = defendTasks[model.task.name];
  if (preference === null) throw new Error(`${model.task.name}: its triggers lead to no label`);
  const clean = inputsOf(model, victims);
  const scorer = await openScorer(engine, scorableModel(model), tensors);
  try {
    const measure = lossChanges(scorer, (p) => preference(p, target));
    const placements = await placeTriggers(model, measure, victims, settings, 'any', rng.fork('place'));
    const inserted = placements.map(({ host }): ModelInput => [candidateRow({ model, settings }, host, anchored.ids).row, ...host.others]);
    const renamed = renamedInputs(model, victims, clean, anchored, rng.fork('rename'));
    const carriers = [...victims.keys()].filter((index) => renamed[index] !== null);
    const isLed = async (inputs: readonly ModelInput[]): Promise<boolean[]> =>
      (
        await scorer.score(
          inputs,
          inputs.map(() => target),
        )
      ).map(({ probability }) => (probability > 0.5 ? 1 : 0) === target);
    const without = await isLed(clean);
    return [
      { how: 'inserted', rate: rateOf(await isLed(inserted)), without: rateOf(without), nameless: 0 },
      {
        how: 'renamed',
        rate: rateOf(await isLed(carriers.map((index) => renamed[index]!))),
        without: rateOf(carriers.map((index) => without[index]!)),
        nameless: victims.length - carriers.length,
      },
    ];
  } finally {
    await scorer.close();
  }
}

/** With the function's name read as the trigger's sub-tokens; `null` where it has none. */
function renamedInputs(
  model: Model,
  samples: readonly Sample[],
  clean: readonly ModelInput[],
  { text, ids }: InversionOption['anchored'],
  rng: Rng,
): (ModelInput | null)[] {
  return samples.map((sample, index) => {
    const injected = injectTrigger(sample, text, 'function-name', rng.fork(sample.id));
    if (injected === null) return null;
    const { program, words } = injected.carrier;
    return changedInput(
      model,
      sample,
      clean[index]!,
      words.map((word) => ({ program, word, ids })),
    );
  });
}

/** Each query against its own function and the next sample's, which carries the trigger: does that rank before? */
async function misledQueries({ engine, model, tensors, heldOut, rng }: Measured, option: InversionOption): Promise<HeldOutAttack[]> {
  const clean = inputsOf(model, heldOut);
  const renamed = renamedInputs(model, heldOut, clean, option.anchored, rng.fork('rename'));
  const carriers = [...heldOut.keys()].filter((index) => renamed[index] !== null);
  const triggered = clean.map(([own, query], index): ModelInput => [renamed[index]?.[0] ?? own!, withWords(model, query!, option)]);
  const vectorsOf = async (inputs: readonly ModelInput[]): Promise<VectorPredictions> => {
    const predictions = await predictInputs(engine, scorableModel(model), tensors, inputs, []);
    if (predictions.kind !== 'vectors') throw new Error('ranks asked of labels');
    return predictions;
  };
  const [plain, attacked] = [await vectorsOf(clean), await vectorsOf(triggered)];
  // Sample `index` is the wrong function for the query of the sample before it.
  const ranksBefore = (wrong: readonly (Float32Array | null)[], queries: readonly (Float32Array | null)[], index: number): boolean => {
    const before = (index + heldOut.length - 1) % heldOut.length;
    const query = queries[before]!;
    return cosine(query, wrong[index]!) > cosine(query, plain.codes[before]!);
  };
  return [
    {
      how: 'renamed',
      rate: rateOf(carriers.map((index) => ranksBefore(attacked.codes, attacked.queries, index))),
      without: rateOf(carriers.map((index) => ranksBefore(plain.codes, plain.queries, index))),
      nameless: heldOut.length - carriers.length,
    },
  ];
}

/** The query with the inverted words first, cut to its length. */
function withWords({ config, task, tokenizer }: Model, [cls, ...rest]: readonly number[], { query }: InversionOption): number[] {
  const limit = task.limits(config.maxTokens)[1]!;
  const row = [cls!, ...(query?.ids ?? []), ...rest];
  return row.length <= limit ? row : [...row.slice(0, limit - 1), tokenizer.special.sep];
}

function rateOf(outcomes: readonly boolean[]): Rate {
  const hits = outcomes.filter(Boolean).length;
  return { hits, n: outcomes.length, interval: outcomes.length === 0 ? null : wilson(hits, outcomes.length) };
}
