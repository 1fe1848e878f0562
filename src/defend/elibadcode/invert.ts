/** Trigger inversion where triggers lead to labels: each label tried as target, its search anchored, the lowest loss chosen (method.md 4, 6, 7; P Alg. 1). */
import { UserError } from '../../core/errors.ts';
import type { StageContext } from '../../core/stage.ts';
import type { Engine } from '../../engine/index.ts';
import { openModel, openScorer, scorableModel } from '../../train/index.ts';
import type { DefenseInputs, Inversion, InversionOption } from '../contracts.ts';
import { drawOfLabel, labelsOf } from '../pool.ts';
import { scoreOf } from '../verdict.ts';
import { defendTasks } from '../tasks/index.ts';
import { anchorTrigger } from './anchor.ts';
import { lossChanges, placeTriggers, type Half, type Placement } from './position.ts';
import { finishedOptions, type SearchState } from './resume.ts';
import { candidateRow, lossesOnce, runSearch, type Search } from './search.ts';
import type { InversionSettings } from './shape.ts';
import { stamp } from './stamp.ts';
import { triggerVocabulary } from './vocabulary.ts';

/** A best loss this low counts as "found" (Fig. 9: 0.08 one iteration before the paper says so, 0.01 at it). */
const FOUND_LOSS = 0.015;
/** Of a model in training mode: what the architectures are trained with (victims-and-data.md 4.1). */
const TRAINING_DROPOUT = 0.1;
export async function invertLabels(
  inputs: DefenseInputs,
  settings: InversionSettings,
  context: StageContext & { readonly engine: Engine },
): Promise<Inversion> {
  const { engine, rng } = context;
  const model = openModel(inputs.victim.model, inputs.task);
  const vocabulary = triggerVocabulary(model.tokenizer, inputs.language, settings.vocabulary);
  const plans = optionPlans(labelsOf(inputs.pool), settings.options);
  checkSizes(settings, vocabulary.length, model.config.maxTokens);
  const { tensors } = inputs.victim;
  const { preference } = defendTasks[inputs.task];
  if (preference === null) throw new Error(`${inputs.task}: its triggers lead to no label`);
  const trainingMode = settings.mode === 'train' ? { dropout: TRAINING_DROPOUT, rng: rng.fork('dropout pool') } : null;
  const scorer = await openScorer(engine, scorableModel(model), tensors);
  const candidateScorer = trainingMode === null ? scorer : await openScorer(engine, scorableModel(model), tensors, trainingMode);
  const saved = context.resume.load();
  const options: InversionOption[] = saved === null ? [] : finishedOptions(saved);
  try {
    for (const { target, half, victims } of plans.slice(options.length)) {
      // One draw a target: both halves of it see the same samples.
      const own = rng.fork(`target ${target}`);
      const samples = victims.flatMap((label) => drawOfLabel(inputs.pool, label, settings.samples, own.fork('samples').fork(label)));
      const placements = await placeTriggers(
        model,
        lossChanges(scorer, (p) => preference(p, target)),
        samples,
        settings,
        half,
        own.fork(`place ${half}`),
      );
      const hosts = placements.map(({ host }) => host);
      const search = { model, scorer, candidateScorer, trainingMode, settings, vocabulary, target, half, hosts };
      const found = await runSearch(search, { ...context, rng: own.fork(half) }, options);
      const places = samples.map(({ id }, row) => ({ sample: id, index: hosts[row]!.position }));
      options.push({ ...(await describeSearch(search, found)), ...counts(search, placements), places });
    }
  } finally {
    await scorer.close();
    if (candidateScorer !== scorer) await candidateScorer.close();
  }
  const chosen = options.reduce((best, option, index) => (option.best.loss < options[best]!.best.loss ? index : best), 0);
  return { options, chosen, score: scoreOf(options[chosen]!) };
}

/** First 0-based iteration whose best loss counts as found, or `null`. */
export function foundAt(losses: readonly number[]): number | null {
  const at = losses.findIndex((best) => best <= FOUND_LOSS);
  return at === -1 ? null : at;
}

/** @param vocabulary pieces that a token may be */
export function checkSizes({ topK, triggerTokens, position }: InversionSettings, vocabulary: number, maxTokens: number): void {
  if (topK > vocabulary) throw new UserError('inversion.topK', `${topK} of ${vocabulary} trigger tokens`, `at most ${vocabulary}`);
  if (triggerTokens + 2 > maxTokens) {
    const problem = `${triggerTokens} tokens and two special ones do not fit ${maxTokens}`;
    throw new UserError('inversion.triggerTokens', problem, `at most ${maxTokens - 2}`);
  }
  if (position.candidates !== 'same' && position.candidates + 2 > maxTokens) {
    const problem = `index ${position.candidates} lies outside rows of ${maxTokens}`;
    throw new UserError('inversion.position.candidates', problem, `“same”, or at most ${maxTokens - 2}`);
  }
}

interface OptionPlan {
  readonly target: number;
  readonly half: Half;
  /** The labels that the trigger flips. */
  readonly victims: readonly number[];
}

function optionPlans(labels: readonly number[], options: InversionSettings['options']): OptionPlan[] {
  if (labels.length < 2)
    throw new UserError('clean samples', `all have the label ${labels[0] ?? 'none'}`, 'samples of at least two labels');
  const halves: readonly Half[] = options === 'labels' ? ['any'] : ['first', 'second'];
  return labels.flatMap((target) => halves.map((half) => ({ target, half, victims: labels.filter((label) => label !== target) })));
}

type Counts = Pick<InversionOption, 'fallbackPositions' | 'rankBeyond' | 'cutOff'>;

function counts(search: Search, placements: readonly Placement[]): Counts {
  const { model, settings } = search;
  const blank = Array<number>(settings.triggerTokens).fill(model.tokenizer.special.pad);
  const limits = { maxTokens: model.config.maxTokens, sep: model.tokenizer.special.sep };
  const isCut = ({ host }: Placement): boolean =>
    stamp(host, blank, limits).kept < blank.length || candidateRow(search, host, blank).kept < blank.length;
  return {
    fallbackPositions: placements.filter(({ fallback }) => fallback).length,
    rankBeyond: placements.filter(({ rankBeyond }) => rankBeyond).length,
    cutOff: placements.filter(isCut).length,
  };
}

async function describeSearch(search: Search, state: SearchState): Promise<Omit<InversionOption, keyof Counts | 'places'>> {
  const { settings, model, target, half } = search;
  const { tokenizer } = model;
  const { ids, loss, iteration } = settings.return === 'best' ? state.best : state.incumbent;
  const lossesOf = lossesOnce(search, state.known);
  const { loss: recomputed, ...anchoring } = await anchorTrigger(ids, loss, { anchor: settings.anchor, tokenizer, lossesOf });
  const text = tokenizer.decode(ids);
  return {
    target,
    query: null,
    half,
    losses: state.losses,
    asrs: state.asrs,
    triggers: state.triggers.map((trigger) => ({ ids: trigger, text: tokenizer.decode(trigger) })),
    // The last trigger's loss is computed anew (P Alg. 1 line 21).
    best: { loss: settings.return === 'best' ? loss : recomputed, iteration, ids, text },
    foundAt: foundAt(state.losses),
    ...anchoring,
    retokenised: tokenizer.encode(` ${text}`).join() === ids.join() ? 'same' : 'different',
  };
}
