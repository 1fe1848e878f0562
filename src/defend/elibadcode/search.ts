/** The search for one target: greedy coordinate gradient over the trigger vocabulary (method.md 4; P 4.4). */
import { UserError } from '../../core/errors.ts';
import type { Rng } from '../../core/rng.ts';
import type { StageContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import type { Model, ModelInput, Scorer, TrainingMode } from '../../train/index.ts';
import type { InversionOption } from '../contracts.ts';
import { drawCandidates } from './candidates.ts';
import { compileChoices, type ChoiceProgram } from './gradient.ts';
import type { Half } from './position.ts';
import { decodeSearch, encodeSearch, type KnownScores, type SearchState, type Trigger, type TriggerScore } from './resume.ts';
import type { InversionSettings } from './shape.ts';
import { decoderTriggerOf } from './slopes.ts';
import { stamp, stampAtConstant, type Host, type Stamped } from './stamp.ts';

export interface Search {
  readonly model: Model;
  /** In evaluation mode: places, anchoring, and the search under `mode: eval`. */
  readonly scorer: Scorer;
  /** Scores the search's candidates: another one under `mode: train`. */
  readonly candidateScorer: Scorer;
  readonly trainingMode: TrainingMode | null;
  readonly settings: InversionSettings;
  /** T, ids ascending. */
  readonly vocabulary: readonly number[];
  readonly target: number;
  readonly half: Half;
  readonly hosts: readonly Host[];
}

/** The row of one host with the trigger in, as ids; `position.candidates` may name a constant place instead of the row's own. */
export function candidateRow({ model, settings }: Pick<Search, 'model' | 'settings'>, host: Host, trigger: readonly number[]): Stamped {
  const { special } = model.tokenizer;
  const { maxTokens } = model.config;
  const { candidates } = settings.position;
  return candidates === 'same'
    ? stamp(host, trigger, { maxTokens, sep: special.sep })
    : stampAtConstant(host.ids, trigger, { maxTokens, ...special, place: candidates });
}

/**
 * In evaluation mode. Equal triggers are scored once, and one scored before is not scored again: without dropout a trigger has one score on the hosts of
 * a search.
 */
export async function scoreOnce(search: Search, triggers: readonly Trigger[], known: KnownScores): Promise<TriggerScore[]> {
  const fresh = [...new Map(triggers.map((trigger) => [trigger.join(), trigger]))].filter(([key]) => !known.has(key));
  const scores = await scoreTriggers(
    search,
    fresh.map(([, trigger]) => trigger),
  );
  fresh.forEach(([key], index) => known.set(key, scores[index]!));
  return triggers.map((trigger) => known.get(trigger.join())!);
}

/** Losses in evaluation mode, as `scoreOnce`. */
export function lossesOnce(search: Search, known: KnownScores): (triggers: readonly Trigger[]) => Promise<number[]> {
  return async (triggers) => (await scoreOnce(search, triggers, known)).map(({ loss }) => loss);
}

/** @param rng chooses dropout masks where the scorer needs them */
export async function scoreTriggers(
  search: Search,
  triggers: readonly Trigger[],
  scorer = search.scorer,
  rng?: Rng,
): Promise<TriggerScore[]> {
  const { hosts, target } = search;
  const inputs = triggers.flatMap((trigger) => hosts.map((host): ModelInput => [candidateRow(search, host, trigger).row, ...host.others]));
  const scored = await scorer.score(inputs, Array<number>(inputs.length).fill(target), rng);
  return triggers.map((_, index) => {
    const own = scored.slice(index * hosts.length, (index + 1) * hosts.length);
    const hits = own.filter(({ probability }) => (probability > 0.5 ? 1 : 0) === target).length;
    return { loss: own.reduce((sum, { loss }) => sum + loss, 0) / own.length, asr: hits / own.length };
  });
}

/** @param finished options before this one, saved beside the running search */
export async function runSearch(
  search: Search,
  context: StageContext & { readonly engine: Engine },
  finished: readonly InversionOption[],
): Promise<SearchState> {
  const { settings, vocabulary, target, hosts, model, scorer, trainingMode } = search;
  const saved = context.resume.load();
  const state = (saved === null ? null : decodeSearch(saved, finished.length)) ?? startState(search, context.rng.fork('start'));
  const gradient = await compileChoices(context.engine, model, scorer, {
    ...{ hosts, target, vocabulary, mode: trainingMode, decoderTrigger: decoderTriggerOf(settings, model) },
    ...{ triggerTokens: settings.triggerTokens, topK: settings.topK },
  });
  const save = (): void => context.resume.save(encodeSearch(finished, state));
  try {
    for (let iteration = state.losses.length; iteration < settings.iterations; iteration++) {
      // A state without a score has no form that could be read back, and nothing to lose.
      if (context.signal.aborted && state.losses.length > 0) save();
      context.signal.throwIfAborted();
      const asr = await improve(search, state, gradient, iteration, context.rng.fork('iteration').fork(iteration));
      const detail = { loss: state.best.loss, asr };
      context.progress({ phase: `inversion, target ${target}`, done: iteration + 1, total: settings.iterations, detail });
      if (context.resume.isDue?.() ?? true) save();
    }
  } finally {
    await gradient.release();
  }
  return state;
}

/** One iteration. @returns the share that its best candidate flips */
async function improve(
  search: Search,
  state: SearchState,
  gradient: Pick<ChoiceProgram, 'run'>,
  iteration: number,
  rng: Rng,
): Promise<number> {
  const { settings, vocabulary, trainingMode } = search;
  const { positions, magnitude } = await gradient.run(state.incumbent.ids, rng.fork('gradient dropout'));
  requireFinite('gradient', magnitude, iteration);
  const choices = positions.map((place) => place.map((position) => vocabulary[position]!));
  const candidates = drawCandidates(state.incumbent.ids, choices, settings, state.tried, rng);
  const scores = await (trainingMode === null
    ? scoreOnce(search, candidates, state.known)
    : scoreTriggers(search, candidates, search.candidateScorer, rng.fork('scoring dropout')));
  const winner = scores.reduce((best, { loss }, index) => (loss < scores[best]!.loss ? index : best), 0);
  const { loss, asr } = scores[winner]!;
  requireFinite('loss', loss, iteration);
  const found = { ids: candidates[winner]!, loss, iteration };
  if (settings.accept === 'best-candidate' || loss <= state.incumbent.loss) state.incumbent = found;
  if (loss < state.best.loss) state.best = found;
  state.losses.push(loss);
  state.asrs.push(asr);
  state.triggers.push(found.ids);
  return asr;
}

/** A random trigger. It is never scored, so the first iteration's best candidate always takes its place. */
function startState({ vocabulary, settings }: Search, rng: Rng): SearchState {
  const ids = Array.from({ length: settings.triggerTokens }, () => rng.pick(vocabulary));
  const start = { ids, loss: Number.POSITIVE_INFINITY, iteration: -1 };
  return { incumbent: start, best: start, losses: [], asrs: [], triggers: [], tried: new Set(), known: new Map() };
}

function requireFinite(what: string, value: number, iteration: number): void {
  if (Number.isFinite(value)) return;
  throw new UserError('inversion', `the ${what} became ${value} in iteration ${iteration + 1}`, 'a model with finite weights');
}
