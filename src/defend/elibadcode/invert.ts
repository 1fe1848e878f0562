/**
 * Trigger inversion (method.md 4; P 4.4): greedy coordinate gradient over the trigger vocabulary at a place of its own in each
 * sample, once for every label tried as target; then anchoring (method.md 6).
 */
import { UserError } from '../../core/errors.ts';
import type { StageContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import { openModel, openScorer, scorableModel, type Model, type Scorer } from '../../train/index.ts';
import type { DefenseInputs, Inversion, InversionOption } from '../contracts.ts';
import { drawOfLabel, labelsOf } from '../pool.ts';
import { drawCandidates, mostNegative } from './candidates.ts';
import { compileGradient } from './gradient.ts';
import { placeTriggers, type Half } from './position.ts';
import { decodeSearch, encodeSearch, finishedOptions, type SearchState } from './resume.ts';
import type { InversionSettings } from './settings.ts';
import { stamp, type Host } from './stamp.ts';
import { triggerVocabulary } from './vocabulary.ts';

/** A best loss this low counts as "found" (Fig. 9: 0.08 one iteration before the paper says so, 0.01 at it). */
const FOUND_LOSS = 0.015;

interface Search {
  readonly model: Model;
  readonly scorer: Scorer;
  readonly settings: InversionSettings;
  readonly vocabulary: readonly number[];
  readonly target: number;
  readonly half: Half;
  readonly hosts: readonly Host[];
}

export async function invert(
  inputs: DefenseInputs,
  settings: InversionSettings,
  context: StageContext & { readonly engine: Engine },
): Promise<Inversion> {
  const model = openModel(inputs.victim.model, inputs.task);
  const vocabulary = triggerVocabulary(model.tokenizer, inputs.language, settings.vocabulary);
  checkSizes(settings, vocabulary.length, model.config.maxTokens);
  const scorer = await openScorer(context.engine, scorableModel(model), inputs.victim.tensors);
  const saved = context.resume.load();
  const options: InversionOption[] = saved === null ? [] : finishedOptions(saved);
  const plans = optionPlans(labelsOf(inputs.pool), settings.options);
  for (const { target, half } of plans.slice(options.length)) {
    // One draw a target: both halves of it see the same samples.
    const rng = context.rng.fork(`target ${target}`);
    const victims = labelsOf(inputs.pool).filter((label) => label !== target);
    const samples = victims.flatMap((label) => drawOfLabel(inputs.pool, label, settings.samples, rng.fork('samples').fork(label)));
    const placements = await placeTriggers(model, scorer, samples, settings, half, rng.fork(`place ${half}`));
    const search = { model, scorer, settings, vocabulary, target, half, hosts: placements.map(({ host }) => host) };
    const found = await runSearch(search, { ...context, rng: rng.fork(half) }, options);
    const option = await describe(search, found);
    options.push({ ...option, fallbackPositions: placements.filter(({ fallback }) => fallback).length });
  }
  await scorer.close();
  const chosen = options.reduce((best, option, index) => (option.best.loss < options[best]!.best.loss ? index : best), 0);
  // The loss is a mean of logarithms of floats: 0 would mean "beyond float32", not certainty.
  const score = Math.log(Math.max(options[chosen]!.anchored.loss, 1e-12));
  return { options, chosen, score };
}

function checkSizes({ topK, triggerTokens }: InversionSettings, vocabulary: number, maxTokens: number): void {
  if (topK > vocabulary) throw new UserError('inversion.topK', `${topK} of ${vocabulary} trigger tokens`, `at most ${vocabulary}`);
  if (triggerTokens + 2 > maxTokens) {
    throw new UserError(
      'inversion.triggerTokens',
      `${triggerTokens} tokens and two special ones do not fit ${maxTokens}`,
      `at most ${maxTokens - 2}`,
    );
  }
}

function optionPlans(labels: readonly number[], options: InversionSettings['options']): { target: number; half: Half }[] {
  const halves: readonly Half[] = options === 'labels' ? ['any'] : ['first', 'second'];
  return labels.flatMap((target) => halves.map((half) => ({ target, half })));
}

/** Every row with the trigger in, as ids; `position.candidates` may name a constant place instead of the row's own. */
function rowsWith({ model, settings, hosts }: Search, trigger: readonly number[]): number[][] {
  const limits = { maxTokens: model.config.maxTokens, sep: model.tokenizer.special.sep };
  const { candidates } = settings.position;
  return hosts.map(({ ids, position }) => {
    if (candidates === 'same') return stamp({ ids, position }, trigger, limits).row;
    // The constant place of a short row lies in its padding (method.md 4.1).
    const padded = [...ids, ...Array<number>(Math.max(0, candidates - ids.length)).fill(model.tokenizer.special.pad)];
    return stamp({ ids: padded, position: candidates }, trigger, limits).row;
  });
}

/** Mean loss for the target over all rows, and share predicted as it, for each trigger. */
async function scoreTriggers(search: Search, triggers: readonly (readonly number[])[]): Promise<{ loss: number; asr: number }[]> {
  const rows = triggers.flatMap((trigger) => rowsWith(search, trigger));
  const scored = await search.scorer.score(rows, Array<number>(rows.length).fill(search.target));
  const size = search.hosts.length;
  return triggers.map((_, index) => {
    const own = scored.slice(index * size, (index + 1) * size);
    const hits = own.filter(({ probability }) => (probability > 0.5 ? 1 : 0) === search.target).length;
    return { loss: own.reduce((sum, { loss }) => sum + loss, 0) / size, asr: hits / size };
  });
}

async function runSearch(
  search: Search,
  context: StageContext & { readonly engine: Engine },
  finished: readonly InversionOption[],
): Promise<SearchState> {
  const { settings, vocabulary, target } = search;
  const { triggerTokens, iterations, topK } = settings;
  const first = context.rng.fork('start');
  const saved = context.resume.load();
  const state: SearchState = (saved === null ? null : decodeSearch(saved, finished.length)) ?? {
    trigger: Array.from({ length: triggerTokens }, () => first.pick(vocabulary)),
    loss: Number.POSITIVE_INFINITY,
    best: { loss: Number.POSITIVE_INFINITY, iteration: 0, ids: [] },
    losses: [],
    asrs: [],
    tried: new Set(),
  };
  const gradient = await compileGradient(context.engine, search.model, search.scorer, {
    hosts: search.hosts,
    target,
    vocabulary,
    triggerTokens,
  });
  for (let iteration = state.losses.length; iteration < iterations; iteration++) {
    context.signal.throwIfAborted();
    const ranked = mostNegative(await gradient.run(state.trigger), vocabulary.length, topK);
    const choices = ranked.map((row) => row.map((index) => vocabulary[index]!));
    const candidates = drawCandidates(state.trigger, choices, settings, state.tried, context.rng.fork('iteration').fork(iteration));
    const scores = await scoreTriggers(search, candidates);
    const winner = scores.reduce((best, { loss }, index) => (loss < scores[best]!.loss ? index : best), 0);
    const { loss, asr } = scores[winner]!;
    if (!Number.isFinite(loss))
      throw new UserError('inversion', `the loss became ${loss} in iteration ${iteration}`, 'a model with finite weights');
    if (settings.accept === 'best-candidate' || loss < state.loss) {
      state.trigger = candidates[winner]!;
      state.loss = loss;
    }
    state.losses.push(loss);
    state.asrs.push(asr);
    if (loss < state.best.loss) state.best = { loss, iteration, ids: candidates[winner]! };
    context.progress({
      phase: `inversion, target ${target}`,
      done: iteration + 1,
      total: iterations,
      detail: { loss: state.best.loss, asr },
    });
    context.resume.save(encodeSearch(finished, state));
  }
  await gradient.release();
  return state;
}

async function describe(search: Search, { trigger, best, losses, asrs }: SearchState): Promise<Omit<InversionOption, 'fallbackPositions'>> {
  const { settings, model, target, half, hosts } = search;
  const { tokenizer } = model;
  const limits = { maxTokens: model.config.maxTokens, sep: tokenizer.special.sep };
  const ids = settings.return === 'best' ? best.ids : trigger;
  const changes = await tokenChanges(search, ids, settings.anchor.loss === 'search' ? best.loss : null);
  const keep = (change: number): boolean => (settings.anchor.change === 'signed' ? change : Math.abs(change)) > settings.anchor.beta;
  const kept = settings.anchor.enabled ? ids.filter((_, index) => keep(changes.changes[index]!)) : [...ids];
  const empty = kept.length === 0;
  const anchored = empty && settings.anchor.onEmpty === 'whole' ? [...ids] : kept;
  const [anchoredScore] = await scoreTriggers(search, [anchored]);
  const text = tokenizer.decode(ids);
  const foundAt = runningMinimum(losses).findIndex((loss) => loss <= FOUND_LOSS);
  return {
    target,
    half,
    losses,
    asrs,
    best: { loss: settings.return === 'best' ? best.loss : changes.whole, iteration: best.iteration, ids, text },
    foundAt: foundAt === -1 ? null : foundAt,
    tokenChanges: ids.map((id, index) => ({ text: tokenizer.decode([id]), change: changes.changes[index]! })),
    anchored: { ids: anchored, text: tokenizer.decode(anchored), loss: anchoredScore!.loss, empty },
    retokenised: tokenizer.encode(` ${text}`).join() === ids.join() ? 'same' : 'different',
    cutOff: hosts.filter((host) => stamp(host, ids, limits).kept < ids.length).length,
  };
}

/** Loss without token i minus loss with the whole trigger. */
async function tokenChanges(search: Search, ids: readonly number[], given: number | null): Promise<{ whole: number; changes: number[] }> {
  const [whole, ...without] = await scoreTriggers(search, [ids, ...ids.map((_, index) => ids.toSpliced(index, 1))]);
  return { whole: whole!.loss, changes: without.map(({ loss }) => loss - (given ?? whole!.loss)) };
}

const runningMinimum = (values: readonly number[]): number[] => {
  let minimum = Number.POSITIVE_INFINITY;
  return values.map((value) => (minimum = Math.min(minimum, value)));
};
