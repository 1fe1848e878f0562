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
import {
  asInputs,
  type Defense,
  defenses,
  type Detection,
  drawPool,
  type Inversion,
  type Need,
  type Phase,
  poolVersion,
  type Purified,
  type Resources,
  type Verdict,
  withoutNames,
} from '../defend/index.ts';
import { changedWords, evaluate, type SingledOut, stageVersion as evaluateVersion } from '../evaluate/evaluate.ts';
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
  summarizeDetection,
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
  detect: 1,
  invert: 1,
  verdict: 1,
  repair: 1,
  prepare: 1,
  purify: 1,
  predict: predictVersion,
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
  readonly detection?: Detection;
  readonly inversion?: Inversion;
  readonly preparation?: Json;
  /** Of the samples that are predicted. */
  readonly purified?: Purified;
  readonly purifiedClean?: Purified;
  readonly purifiedTriggered?: Purified;
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
    const roles = rolesOf(call);
    const removed = new Set(roles.detection?.removed);
    const { task, splits } = roles.dataset;
    const samples = { task, train: trainingList(roles).filter((_, index) => !removed.has(index)), valid: splits.valid };
    return train(samples, call.params as { readonly model: ModelConfig; readonly training: TrainingConfig }, await onEngine(call));
  },
  ...victimCodec,
  summarize: summarizeVictim,
};

/** What a victim was trained on. */
function trainingList({ dataset: data, poison: set }: Pick<Roles, 'dataset' | 'poison'>): readonly Sample[] {
  return set?.samples ?? data.splits.train;
}

const pool: Stage<readonly Sample[]> = {
  usesEngine: false,
  compute: (call) => drawPool(rolesOf(call).dataset.splits.train, (call.params as { readonly ratio: number }).ratio, call.context.rng),
  ...samplesCodec,
  summarize: () => emptySummary,
};

const predicted: Stage<Predictions> = {
  usesEngine: true,
  async compute(call) {
    const { victim, samples, purified: changed } = rolesOf(call);
    const changes = changed?.samples.map((sample) => sample?.changes ?? []);
    const { task } = call.params as { readonly task: TaskName };
    const inputs = { task, victim, samples: testSamples(samples), ...(changes === undefined ? {} : { changes }) };
    return predict(inputs, await onEngine(call));
  },
  ...predictionsCodec,
  summarize: () => emptySummary,
};

/** The test split, clean or triggered. */
const testSamples = (samples: Dataset | TriggeredSet): readonly (Sample | null)[] =>
  'splits' in samples ? samples.splits.test : samples.samples;

const detected: Stage<Detection> = {
  usesEngine: true,
  compute: (call) => runPhase('detect', call, {}),
  ...jsonCodec<Detection>(),
  summarize: summarizeDetection,
};

const inverted: Stage<Inversion> = {
  usesEngine: true,
  compute: (call) => runPhase('invert', call, {}),
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
  compute: (call) => runPhase('repair', call, { inversion: rolesOf(call).inversion ?? null }),
  ...victimCodec,
  summarize: summarizeRepaired,
};

const prepared: Stage<Json> = {
  usesEngine: true,
  compute: (call) => runPhase('prepare', call, {}),
  ...jsonCodec<Json>(),
  summarize: () => emptySummary,
};

const purified: Stage<Purified> = {
  usesEngine: true,
  compute(call) {
    const { samples, preparation, inversion } = rolesOf(call);
    const found = { prepared: preparation ?? null, inversion: inversion ?? null };
    return runPhase('purify', call, { samples: asInputs(testSamples(samples)), ...found });
  },
  ...jsonCodec<Purified>(),
  summarize: ({ facts }) => ({ ...emptySummary, notes: facts }),
};

/** A phase of the defence that the parameters name, given what it asks for and no more. @returns what that phase gives */
async function runPhase<Value>(name: 'detect' | 'invert' | 'repair' | 'prepare' | 'purify', call: StageCall, more: object): Promise<Value> {
  const { defense, task, language, ...params } = call.params as PhaseParams;
  const phase = lookUp<Defense>(defenses, defense, 'defense')[name] as Phase<object, Value> | null; // `more` is what it takes besides.
  const { needs, run } = phaseOf(phase, defense);
  const roles = rolesOf(call);
  const provided = Object.fromEntries(needs.map((need) => [need, resources[need](roles)]));
  return run({ task, language, ...provided, ...more }, params, await onEngine(call));
}

const resources: { readonly [N in Need]: (roles: Roles) => Resources[N] } = {
  victim: ({ victim }) => victim,
  pool: (roles) => roles.pool,
  validation: (roles) => roles.dataset.splits.valid,
  training: (roles) => withoutNames(trainingList(roles)),
  poisonRate: (roles) => (roles.poison?.poisoned.length ?? 0) / trainingList(roles).length,
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
      singledOut: singledOut(roles),
      seed: call.context.rng.fork('evaluate').seed32(),
    });
  },
  ...jsonCodec<readonly Measurement[]>(),
  summarize: (measurements) => ({ ...emptySummary, measurements }),
};

/** What a defence of data or inputs singled out, beside what carries a trigger; `null` for one that singles nothing out. */
function singledOut({ dataset: data, detection, poison: set, trigger: triggeredSet, ...roles }: Roles): SingledOut | null {
  if (detection !== undefined) return { kind: 'samples', ...detection, poisoned: set?.poisoned ?? [] };
  const { purifiedClean, purifiedTriggered } = roles;
  if (purifiedClean === undefined) return null;
  const triggeredSamples = triggeredSet?.samples ?? [];
  return {
    kind: 'inputs',
    clean: purifiedClean.samples,
    triggered: purifiedTriggered?.samples ?? null,
    triggerWords: data.splits.test.map((sample, index) => changedWords(sample, triggeredSamples[index] ?? null)),
  };
}

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
  detect: detected,
  invert: inverted,
  verdict: judged,
  repair: repaired,
  prepare: prepared,
  purify: purified,
  predict: predicted,
  evaluate: evaluated,
};
