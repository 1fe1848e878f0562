/** The stages themselves: the one place that knows which verb computes which stage, and hands it its inputs. */
import type {
  CraftChoice,
  Dataset,
  Language,
  Measurement,
  PoisonedSet,
  Predictions,
  Program,
  Sample,
  TaskName,
  TriggeredSet,
} from '../core/contracts.ts';
import { lookUp } from '../core/errors.ts';
import type { Json } from '../core/hash.ts';
import { craft, type Crafted, craftVersion, type Snippet } from '../craft/index.ts';
import { type DatasetParams, loadDataset, stageVersion as datasetVersion } from '../dataset/dataset.ts';
import { parseCounts } from '../dataset/preprocess/errors.ts';
import { type Defense, defenses, drawPool, type Inversion, poolVersion, type Verdict } from '../defend/index.ts';
import { evaluate, stageVersion as evaluateVersion } from '../evaluate/evaluate.ts';
import type { StageName } from '../plan/contracts.ts';
import { attacks } from '../poison/attacks/index.ts';
import { spaced } from '../poison/cut-tokens.ts';
import { insertStatement } from '../poison/insert.ts';
import {
  type AttackChoice,
  hostsOf,
  poison,
  type PoisonInputs,
  type PoisonParams,
  stageVersion as poisonVersion,
  trigger,
} from '../poison/poison.ts';
import {
  type ModelConfig,
  predict,
  predictVersion,
  train,
  type TrainingConfig,
  trainVersion,
  triggerVisible,
  type Victim,
} from '../train/index.ts';
import { emptySummary, type Stage, type StageCall, type StageTable } from './contracts.ts';
import {
  summarizeCrafted,
  summarizeInversion,
  summarizePoison,
  summarizeRepaired,
  summarizeTriggered,
  summarizeVerdict,
  summarizeVictim,
} from './summaries.ts';
import { datasetCodec, jsonCodec, poisonedCodec, predictionsCodec, samplesCodec, triggeredCodec, victimCodec } from './values.ts';

/** Of each stage's code; a defence's phases carry the defence's own version besides. */
export const stageVersions: Readonly<Record<StageName, number>> = {
  dataset: datasetVersion,
  craft: craftVersion,
  poison: poisonVersion.poison,
  trigger: poisonVersion.trigger,
  train: trainVersion,
  pool: poolVersion,
  predict: predictVersion,
  invert: 1,
  verdict: 1,
  repair: 1,
  evaluate: evaluateVersion,
};

/**
 * What plays which role. A plan connects stages by role and its own code wrote the parameters from a checked experiment, so the
 * types of inputs and parameters are stated here, once, and not checked again.
 */
interface Roles {
  readonly dataset: Dataset;
  readonly craft?: Crafted;
  readonly poison?: PoisonedSet;
  readonly trigger?: TriggeredSet;
  readonly pool: readonly Sample[];
  readonly victim: Victim;
  readonly samples: Dataset | TriggeredSet;
  readonly inversion?: Inversion;
  readonly clean: Predictions;
  readonly triggered?: Predictions;
  readonly floorClean?: Predictions;
  readonly floorTriggered?: Predictions;
}

const rolesOf = (call: StageCall): Roles => call.inputs as unknown as Roles;
const onEngine = async (call: StageCall): Promise<StageCall['context'] & { engine: Awaited<ReturnType<StageCall['engine']>> }> => ({
  ...call.context,
  engine: await call.engine(),
});

interface PhaseParams {
  readonly defense: string;
  readonly task: TaskName;
  readonly language: Language;
  readonly [part: string]: Json;
}

const dataset: Stage<Dataset> = {
  usesEngine: false,
  compute: (call) => loadDataset(call.params as DatasetParams, call.context),
  ...datasetCodec,
  summarize: () => emptySummary,
};

const crafted: Stage<Crafted> = {
  usesEngine: true,
  async compute(call) {
    const { task, language, splits } = rolesOf(call).dataset;
    const params = call.params as { readonly craft: CraftChoice; readonly rule: PoisonParams['rule'] };
    const clean = [...new Set(splits.train.flatMap(({ programs }) => programs))];
    const parses = async (host: Program, { at, tokens }: Snippet): Promise<boolean> => {
      const { kept } = await parseCounts([host], [insertStatement(host, at, spaced(tokens), language)], language);
      return kept === 1;
    };
    return craft(params.craft, { language, clean, hosts: hostsOf(task, splits, params.rule), parses }, await onEngine(call));
  },
  ...jsonCodec<Crafted>(),
  summarize: summarizeCrafted,
};

const poisoned: Stage<PoisonedSet> = {
  usesEngine: false,
  compute: (call) => poison(poisonInputs(call, 'train'), call.params as PoisonParams, call.context),
  ...poisonedCodec,
  summarize: summarizePoison,
};

const triggered: Stage<TriggeredSet> = {
  usesEngine: false,
  async compute(call) {
    const inputs = poisonInputs(call, 'test');
    const { samples, forms } = trigger(inputs, call.params as { readonly attack: AttackChoice }, call.context);
    return { samples, parsing: await parseCounts([...forms.keys()], [...forms.values()], inputs.language) };
  },
  ...triggeredCodec,
  summarize: summarizeTriggered,
};

function poisonInputs(call: StageCall, split: 'train' | 'test'): PoisonInputs {
  const { dataset: data, craft: made } = rolesOf(call);
  return { task: data.task, language: data.language, samples: data.splits[split], materials: made?.materials ?? null };
}

const trained: Stage<Victim> = {
  usesEngine: true,
  async compute(call) {
    const { dataset: data, poison: set } = rolesOf(call);
    const samples = { task: data.task, train: set?.samples ?? data.splits.train, valid: data.splits.valid };
    return train(samples, call.params as { readonly model: ModelConfig; readonly training: TrainingConfig }, await onEngine(call));
  },
  ...victimCodec,
  summarize: summarizeVictim,
};

const pool: Stage<readonly Sample[]> = {
  usesEngine: false,
  compute: (call) => drawPool(rolesOf(call).dataset.splits.train, (call.params as { readonly ratio: number }).ratio, call.context.rng),
  ...samplesCodec,
  summarize: () => emptySummary,
};

const predicted: Stage<Predictions> = {
  usesEngine: true,
  async compute(call) {
    const { victim, samples } = rolesOf(call);
    const rows = 'splits' in samples ? samples.splits.test : samples.samples;
    return predict({ task: (call.params as { readonly task: TaskName }).task, victim, samples: rows }, await onEngine(call));
  },
  ...predictionsCodec,
  summarize: () => emptySummary,
};

const inverted: Stage<Inversion> = {
  usesEngine: true,
  async compute(call) {
    const { defense, task, language, ...params } = call.params as PhaseParams;
    const { victim, pool: clean } = rolesOf(call);
    const phase = phaseOf(lookUp<Defense>(defenses, defense, 'defense').invert, defense);
    return phase({ task, language, victim, pool: clean }, params, await onEngine(call));
  },
  ...jsonCodec<Inversion>(),
  summarize: summarizeInversion,
};

const judged: Stage<Verdict> = {
  usesEngine: false,
  compute(call) {
    const { defense, ...params } = call.params as PhaseParams;
    const { inversion, ...references } = call.inputs as Readonly<Record<string, Inversion>>;
    const scores = Object.values(references).map(({ score }) => score);
    return phaseOf(lookUp<Defense>(defenses, defense, 'defense').judge, defense)(inversion!, scores, params);
  },
  ...jsonCodec<Verdict>(),
  summarize: summarizeVerdict,
};

const repaired: Stage<Victim> = {
  usesEngine: true,
  async compute(call) {
    const { defense, task, language, ...params } = call.params as PhaseParams;
    const { victim, pool: clean, inversion } = rolesOf(call);
    const phase = phaseOf(lookUp<Defense>(defenses, defense, 'defense').repair, defense);
    return phase({ task, language, victim, pool: clean, inversion: inversion ?? null }, params, await onEngine(call));
  },
  ...victimCodec,
  summarize: summarizeRepaired,
};

interface EvaluateParams {
  readonly model: ModelConfig;
  readonly attack: AttackChoice | null;
  /** Settings of the task's rule of who is poisoned; the target word is code search's. */
  readonly rule: { readonly targetWord?: string } | null;
}

const evaluated: Stage<readonly Measurement[]> = {
  usesEngine: false,
  compute(call) {
    const roles = rolesOf(call);
    const { model, attack, rule } = call.params as EvaluateParams;
    const { task, splits } = roles.dataset;
    const { trigger: set, inversion, floorClean, floorTriggered } = roles;
    const option = inversion?.options[inversion.chosen] ?? null;
    return evaluate({
      task,
      samples: splits.test,
      targetWord: rule?.targetWord ?? null,
      clean: roles.clean,
      triggered: roles.triggered ?? null,
      visible: set === undefined ? null : triggerVisible({ task, model, clean: splits.test, triggered: set.samples }),
      floor: floorClean !== undefined && floorTriggered !== undefined ? { clean: floorClean, triggered: floorTriggered } : null,
      trueTrigger: attack === null ? null : triggerTextOf(attack),
      invertedTrigger: option?.anchored.text ?? null,
      invertedTarget: option?.query?.text ?? null,
      seed: call.context.rng.fork('evaluate').seed32(),
    });
  },
  ...jsonCodec<readonly Measurement[]>(),
  summarize: (measurements) => ({ ...emptySummary, measurements }),
};

function triggerTextOf({ name, ...params }: AttackChoice): string | null {
  return lookUp(attacks, name, 'attack').triggerText(params);
}

function phaseOf<Phase>(phase: Phase | null, defense: string): Phase {
  if (phase === null) throw new Error(`the plan asks for a phase that ${defense} does not have`);
  return phase;
}

export const stages: StageTable = {
  dataset,
  craft: crafted,
  poison: poisoned,
  trigger: triggered,
  train: trained,
  pool,
  predict: predicted,
  invert: inverted,
  verdict: judged,
  repair: repaired,
  evaluate: evaluated,
};
