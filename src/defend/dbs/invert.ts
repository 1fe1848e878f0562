/** DBS' trigger inversion: each label tried as target at each place, the lowest loss chosen (defenses.md 1). */
import { UserError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import { inputsOf, type Model, openModel, openScorer, scorableModel, type Scorer } from '../../train/index.ts';
import type { DefenseInputs, Inversion, InversionOption, PhaseContext } from '../contracts.ts';
import { stampedInput } from '../elibadcode/host-batches.ts';
import { foundAt } from '../elibadcode/invert.ts';
import { type Host, stamp } from '../elibadcode/stamp.ts';
import { triggerVocabulary } from '../elibadcode/vocabulary.ts';
import { drawOfLabel, labelsOf } from '../pool.ts';
import { scoreOf } from '../verdict.ts';
import { finishedOptions, type SoftSearch } from './resume.ts';
import { runSearch, type Search } from './search.ts';
import type { DbsInversion } from './settings.ts';

/** Where a row is too short for a place: right after its first special token. */
const FALLBACK_POSITION = 1;

export async function invertSoftly(inputs: DefenseInputs, settings: DbsInversion, context: PhaseContext): Promise<Inversion> {
  const { engine, rng } = context;
  const model = openModel(inputs.victim.model, inputs.task);
  const vocabulary = triggerVocabulary(model.tokenizer, inputs.language, settings.vocabulary);
  checkPlaces(settings, model.config.maxTokens);
  const plans = optionPlans(labelsOf(inputs.pool), settings);
  const scorer = await openScorer(engine, scorableModel(model), inputs.victim.tensors);
  const saved = context.resume.load();
  const options: InversionOption[] = saved === null ? [] : finishedOptions(saved);
  try {
    for (const { target, victims, position } of plans.slice(options.length)) {
      // One draw a target: all its places see the same samples.
      const own = rng.fork(`target ${target}`);
      const { triggerTokens } = settings;
      const placed = placeTriggers(model, inputs, { victims, position, samples: settings.samples }, own.fork('samples'));
      const hosts = placed.map(({ host }) => host);
      const search = { model, parameters: scorer.parameters, settings, vocabulary, target, triggerTokens, hosts };
      const found = await runSearch(search, { ...context, rng: own.fork(`place ${position}`) }, options);
      options.push({
        ...(await describeSearch(search, model, scorer, found)),
        places: placed.map(({ sample, host }) => ({ sample, index: host.position })),
        fallbackPositions: placed.filter(({ isFallback }) => isFallback).length,
        ...(settings.positions.length === 1 ? {} : { place: position }),
      });
    }
  } finally {
    await scorer.close();
  }
  const chosen = options.reduce((best, option, index) => (option.best.loss < options[best]!.best.loss ? index : best), 0);
  return { options, chosen, score: scoreOf(options[chosen]!) };
}

/** The trigger and the special tokens around it must fit. */
function checkPlaces({ triggerTokens, positions }: DbsInversion, maxTokens: number): void {
  const last = maxTokens - triggerTokens - 1;
  const place = Math.max(...positions);
  if (last < FALLBACK_POSITION) {
    const problem = `${triggerTokens} tokens and two special ones do not fit ${maxTokens}`;
    throw new UserError('inversion.triggerTokens', problem, `at most ${maxTokens - 2}`);
  }
  if (place > last) {
    throw new UserError('inversion.positions', `${triggerTokens} tokens at index ${place} do not fit ${maxTokens}`, `at most ${last}`);
  }
}

interface OptionPlan {
  readonly target: number;
  /** The labels that the trigger flips. */
  readonly victims: readonly number[];
  readonly position: number;
}

function optionPlans(labels: readonly number[], { targets, positions }: DbsInversion): OptionPlan[] {
  if (labels.length < 2)
    throw new UserError('clean samples', `all have the label ${labels[0] ?? 'none'}`, 'samples of at least two labels');
  const tried = targets === 'all' ? labels : targets;
  const unknown = tried.find((target) => !labels.includes(target));
  if (unknown !== undefined) throw new UserError('inversion.targets', `no clean sample has the label ${unknown}`, labels.join(', '));
  return tried.flatMap((target) =>
    positions.map((position) => ({ target, victims: labels.filter((label) => label !== target), position })),
  );
}

interface Placed {
  readonly sample: string;
  readonly host: Host;
  readonly isFallback: boolean;
}

function placeTriggers(
  model: Model,
  { pool }: Pick<DefenseInputs, 'pool'>,
  { victims, position, samples: count }: Pick<OptionPlan, 'victims' | 'position'> & { readonly samples: number },
  rng: Rng,
): Placed[] {
  const samples = victims.flatMap((label) => drawOfLabel(pool, label, count, rng.fork(label)));
  return inputsOf(model, samples).map(([ids = [], ...others], index) => {
    // Inside the row: before its last special token at the latest.
    const isFallback = position >= ids.length;
    const place = isFallback ? FALLBACK_POSITION : position;
    return { sample: samples[index]!.id, host: { ids, position: place, others }, isFallback };
  });
}

type Described = Omit<InversionOption, 'places' | 'fallbackPositions'>;

async function describeSearch(search: Search, { tokenizer, config }: Model, scorer: Scorer, state: SoftSearch): Promise<Described> {
  const { hosts, target, vocabulary } = search;
  const limits = { maxTokens: config.maxTokens, sep: tokenizer.special.sep };
  const idsOf = (tokens: readonly number[]): number[] => tokens.map((position) => vocabulary[position]!);
  const { best, lowest } = state.schedule;
  const found = best ?? lowest;
  if (found === null) throw new Error('a search without an epoch has no trigger');
  const ids = idsOf(found.tokens);
  const scored = await scorer.score(
    hosts.map((host) => stampedInput(host, ids, limits)),
    Array<number>(hosts.length).fill(target),
  );
  const loss = scored.reduce((sum, one) => sum + one.loss, 0) / scored.length;
  const text = tokenizer.decode(ids);
  return {
    target,
    query: null,
    half: 'any',
    losses: state.losses,
    asrs: state.asrs,
    triggers: state.triggers.map(idsOf).map((trigger) => ({ ids: trigger, text: tokenizer.decode(trigger) })),
    // With the tokens themselves: a mixture's loss says nothing of a trigger that is text.
    best: { loss, iteration: found.epoch, ids, text },
    foundAt: foundAt(state.losses),
    tokenChanges: [],
    anchored: { ids, text, loss, empty: false },
    retokenised: tokenizer.encode(` ${text}`).join() === ids.join() ? 'same' : 'different',
    rankBeyond: 0,
    cutOff: hosts.filter((host) => stamp(host, ids, limits).kept < ids.length).length,
    ...(found.isDiscrete ? {} : { notDiscrete: true }),
  };
}
