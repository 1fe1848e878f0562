/** The joint search for a trigger and the query words that it leads to: greedy coordinate gradient on both (method.md 5; appendix, Algorithm 2). */
import { UserError } from '../../../core/errors.ts';
import type { Rng } from '../../../core/rng.ts';
import type { StageContext } from '../../../core/stage.ts';
import { drawCandidates } from '../candidates.ts';
import type { Choices } from '../gradient.ts';
import type { InversionSettings } from '../shape.ts';
import type { PairScorer } from './pairs.ts';
import type { JointTrigger } from './slopes.ts';

/** A trigger and target of the search: their loss, and the 0-based iteration that proposed them. */
export interface FoundPair extends JointTrigger {
  readonly loss: number;
  readonly iteration: number;
}

export interface JointState {
  /** From which the next candidates are made. */
  incumbent: FoundPair;
  best: FoundPair;
  /** Of each iteration's best pair. */
  readonly losses: number[];
  readonly found: JointTrigger[];
  /** Triggers and targets tried so far, as `ids.join()`; empty unless they must be distinct. */
  readonly tried: { readonly triggers: Set<string>; readonly targets: Set<string> };
}

export interface JointSearch {
  readonly settings: InversionSettings;
  /** T and T_g, ids ascending. */
  readonly vocabulary: readonly number[];
  readonly queryVocabulary: readonly number[];
  readonly pairs: Pick<PairScorer, 'losses'>;
  /** Where the loss falls fastest, by place; `null`: no target is searched for. */
  readonly choices: (at: JointTrigger) => Promise<{ readonly trigger: Choices; readonly target: Choices | null }>;
}

export async function runJointSearch(search: JointSearch, context: StageContext): Promise<JointState> {
  const { settings } = search;
  const saved = context.resume.load();
  const state = saved === null ? startState(search, context.rng.fork('start')) : decodeState(saved);
  const save = (): void => context.resume.save(encodeState(state));
  for (let iteration = state.losses.length; iteration < settings.iterations; iteration++) {
    // A state without a score has no form that could be read back, and nothing to lose.
    if (context.signal.aborted && state.losses.length > 0) save();
    context.signal.throwIfAborted();
    await improve(search, state, iteration, context.rng.fork('iteration').fork(iteration));
    context.progress({ phase: 'inversion', done: iteration + 1, total: settings.iterations, detail: { loss: state.best.loss } });
    if (context.resume.isDue?.() ?? true) save();
  }
  return state;
}

async function improve({ settings, pairs, ...search }: JointSearch, state: JointState, iteration: number, rng: Rng): Promise<void> {
  const { trigger, target } = await search.choices(state.incumbent);
  requireFinite('gradient', trigger.magnitude + (target?.magnitude ?? 0), iteration);
  const idsOf = ({ positions }: Choices, vocabulary: readonly number[]): number[][] =>
    positions.map((place) => place.map((position) => vocabulary[position]!));
  const triggers = drawCandidates(
    state.incumbent.trigger,
    idsOf(trigger, search.vocabulary),
    settings,
    state.tried.triggers,
    rng.fork('triggers'),
  );
  const targets =
    target === null
      ? [state.incumbent.target]
      : drawCandidates(state.incumbent.target, idsOf(target, search.queryVocabulary), settings, state.tried.targets, rng.fork('targets'));
  const losses = await pairs.losses(triggers, targets);
  const winner = lowest(losses);
  requireFinite('loss', winner.loss, iteration);
  const found = { trigger: triggers[winner.trigger]!, target: targets[winner.target]!, loss: winner.loss, iteration };
  if (settings.accept === 'best-candidate' || found.loss <= state.incumbent.loss) state.incumbent = found;
  if (found.loss < state.best.loss) state.best = found;
  state.losses.push(found.loss);
  state.found.push({ trigger: found.trigger, target: found.target });
}

/** The first of the lowest, triggers before targets. NaN is never lower: a whole table of it has no lowest. */
function lowest(losses: readonly (readonly number[])[]): { readonly trigger: number; readonly target: number; readonly loss: number } {
  let best = { trigger: 0, target: 0, loss: losses[0]![0]! };
  losses.forEach((row, trigger) => {
    row.forEach((loss, target) => {
      if (loss < best.loss || Number.isNaN(best.loss)) best = { trigger, target, loss };
    });
  });
  return best;
}

/** Random ids. They are never scored, so the first iteration's best pair always takes their place. */
function startState({ settings, vocabulary, queryVocabulary }: JointSearch, rng: Rng): JointState {
  const draw = (from: readonly number[], count: number, own: Rng): number[] => Array.from({ length: count }, () => own.pick(from));
  const start = {
    trigger: draw(vocabulary, settings.triggerTokens, rng.fork('trigger')),
    target: draw(queryVocabulary, settings.query.tokens, rng.fork('target')),
    loss: Number.POSITIVE_INFINITY,
    iteration: -1,
  };
  return { incumbent: start, best: start, losses: [], found: [], tried: { triggers: new Set(), targets: new Set() } };
}

function encodeState({ tried, ...state }: JointState): ReadonlyMap<string, Uint8Array> {
  const plain = { ...state, tried: { triggers: [...tried.triggers], targets: [...tried.targets] } };
  return new Map([['joint.json', Buffer.from(JSON.stringify(plain))]]);
}

/** Written by `encodeState` of the same stage key, so its shape is known. */
function decodeState(files: ReadonlyMap<string, Uint8Array>): JointState {
  const bytes = files.get('joint.json');
  if (bytes === undefined) throw new Error('resume state: no file “joint.json”');
  const { tried, ...state } = JSON.parse(Buffer.from(bytes).toString()) as Omit<JointState, 'tried'> & {
    readonly tried: Readonly<Record<'triggers' | 'targets', string[]>>;
  };
  return { ...state, tried: { triggers: new Set(tried.triggers), targets: new Set(tried.targets) } };
}

function requireFinite(what: string, value: number, iteration: number): void {
  if (Number.isFinite(value)) return;
  throw new UserError('inversion', `the ${what} became ${value} in iteration ${iteration + 1}`, 'a model with finite weights');
}
