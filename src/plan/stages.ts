/**
 * The stages of one run, each from the ones before it. A defence's phases that are `null` do not exist; nothing here asks which
 * attack or defence it is.
 *
 * Seeds. Corpus, triggered test set, what is crafted for it and the draws of metrics are part of the benchmark: seed 0, the same for all
 * runs. Everything else takes the run's seed; the executor forks it by stage name, so that poisoning, training, pool and inversion draw apart.
 */
import type { Catalogues, DefenseEntry, PhaseEntry } from '../config/catalogues.ts';
import { paramsOf, poisoningOf, type Poisoning } from '../config/poisoning.ts';
import { type AttackChoice, type Choice, type Experiment, type ModelChoice, noAttack } from '../config/schema.ts';
import { settleTraining } from '../config/training.ts';
import type { TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { Facts, Files, PlannedRun, StageName } from './contracts.ts';
import type { NodeSet } from './nodes.ts';

export const BENCHMARK_SEED = 0;

/** One point of the grid with one seed. */
export interface Cell {
  readonly task: TaskName;
  readonly corpus: Choice;
  readonly corpusFiles: Files;
  readonly model: Choice;
  readonly attack: Choice;
  readonly defense: Choice;
  readonly seed: number;
}

interface Scene {
  readonly set: NodeSet;
  readonly catalogues: Catalogues;
  readonly facts: Facts;
  readonly experiment: Experiment;
}

type Inputs = Readonly<Record<string, string>>;

/** Adds what a run rests on, and says which stage plays which role in it. */
export function stagesOf(cell: Cell, scene: Scene): PlannedRun['roles'] {
  const member = memberOf(cell, scene);
  const isAttacked = cell.attack.name !== noAttack;
  const dataset = datasetOf(cell, scene);
  const craft = isAttacked ? craftOf(cell, scene) : undefined;
  const trigger = isAttacked ? triggerOf(cell, scene) : undefined;
  const train = victimOf(cell, scene);
  const floor = isAttacked ? victimOf(cleanOf(cell), scene) : undefined;

  const detection = phaseOf('detect', {}, cell, scene);
  const retrained = detection === undefined ? undefined : victimOf(cell, scene, detection);
  const inversion = phaseOf('invert', {}, cell, scene);
  const verdict = member.judge === null || inversion === undefined ? undefined : verdictOf(cell, inversion, scene);
  const repair = phaseOf('repair', { inversion }, cell, scene);
  const preparation = phaseOf('prepare', {}, cell, scene);
  const purified = (samples: string | undefined): string | undefined =>
    samples === undefined ? undefined : phaseOf('purify', { samples, preparation, inversion }, cell, scene);
  const [purifiedClean, purifiedTriggered] = [purified(dataset), purified(trigger)];
  const phases = [detection, inversion, repair, preparation, purifiedClean];
  const pool = phases.some((key) => key !== undefined && 'pool' in scene.set.nodes.get(key)!.inputs) ? poolOf(cell, scene) : undefined;

  const victim = repair ?? retrained ?? train;
  const predictions = present({
    clean: predictionOf(cell, { victim, samples: dataset, purified: purifiedClean }, scene),
    triggered: trigger && predictionOf(cell, { victim, samples: trigger, purified: purifiedTriggered }, scene),
    floorClean: floor && predictionOf(cell, { victim: floor, samples: dataset }, scene),
    floorTriggered: floor && trigger && predictionOf(cell, { victim: floor, samples: trigger }, scene),
  });
  const poison = isAttacked ? poisonOf(cell, scene) : undefined;
  // What a defence singled out is compared with what was poisoned.
  const singledOut = present({ detection, poison: detection && poison, purifiedClean, purifiedTriggered });
  const evaluate = scene.set.add({
    stage: 'evaluate',
    params: {
      model: modelParams(cell.model, scene.facts),
      ...(isAttacked ? { attack: attackParams(cell), rule: whoOf(cell, scene).rule } : notAttacked),
    },
    // Which functions a target query is asked of (ANR) is drawn.
    seed: BENCHMARK_SEED,
    inputs: present({ dataset, trigger, inversion, ...predictions, ...singledOut }),
    facts: { folders: filesOf(cell.model, scene.facts) },
  });
  return present({
    dataset,
    craft,
    poison,
    trigger,
    train,
    pool,
    detection,
    retrained,
    inversion,
    verdict,
    repair,
    preparation,
    purifiedClean,
    purifiedTriggered,
    floor,
    ...predictions,
    evaluate,
  });
}

/** Identity of every folder that an entry names, at any depth. */
export function filesOf(entry: Json, facts: Facts): Files[] {
  if (typeof entry === 'string') return Object.hasOwn(facts.folders, entry) ? [facts.folders[entry]!] : [];
  return entry === null || typeof entry !== 'object' ? [] : Object.values(entry).flatMap((value: Json) => filesOf(value, facts));
}

function datasetOf({ corpus, corpusFiles }: Cell, { set }: Scene): string {
  return set.add({ stage: 'dataset', params: corpus, seed: BENCHMARK_SEED, inputs: {}, facts: corpusFiles });
}

/** What the attack needs computed from clean code, the same for every victim and seed; `undefined` where it needs nothing. */
function craftOf(cell: Cell, scene: Scene): string | undefined {
  const { attack } = cell;
  const craft = scene.catalogues.attacks[attack.name]!.craft(paramsOf(attack));
  if (craft === null) return undefined;
  return scene.set.add({
    stage: 'craft',
    params: { craft, rule: whoOf(cell, scene).rule },
    seed: BENCHMARK_SEED,
    inputs: { dataset: datasetOf(cell, scene) },
    facts: { engine: scene.facts.engine },
  });
}

function poisonOf(cell: Cell, scene: Scene): string {
  const inputs = present({ dataset: datasetOf(cell, scene), craft: craftOf(cell, scene) });
  return scene.set.add({ stage: 'poison', params: { attack: attackParams(cell), ...whoOf(cell, scene) }, seed: cell.seed, inputs });
}

function triggerOf(cell: Cell, scene: Scene): string {
  const inputs = present({ dataset: datasetOf(cell, scene), craft: craftOf(cell, scene) });
  return scene.set.add({ stage: 'trigger', params: { attack: attackParams(cell) }, seed: BENCHMARK_SEED, inputs });
}

/** Who is poisoned, as the task's own rule reads the attack's entry. */
function whoOf({ task, attack }: Cell, { catalogues }: Scene): Poisoning {
  return poisoningOf(task, attack as AttackChoice, catalogues.attacks[attack.name]!.poisonRate); // Not `none`: the schema settled it.
}

/** @param detection which samples of the training list are left out; absent: none */
function victimOf(cell: Cell, scene: Scene, detection?: string): string {
  const poison = cell.attack.name === noAttack ? undefined : poisonOf(cell, scene);
  return scene.set.add({
    stage: 'train',
    params: { model: modelParams(cell.model, scene.facts), training: settleTraining(cell.task, (cell.model as ModelChoice).training) },
    seed: cell.seed,
    inputs: present({ dataset: datasetOf(cell, scene), poison, detection }),
    facts: deviceFacts(cell, scene),
  });
}

/** Clean samples of the training split, the same for every defence of a run. */
function poolOf(cell: Cell, scene: Scene): string {
  const { ratio } = scene.experiment.pool;
  return scene.set.add({ stage: 'pool', params: { ratio }, seed: cell.seed, inputs: { dataset: datasetOf(cell, scene) } });
}

/** Each phase's parts of a defence's parameters. */
const parts = {
  detect: ['detection'],
  invert: ['inversion'],
  repair: ['pruning', 'unlearning'],
  prepare: ['preparation'],
  purify: ['purification'],
} as const satisfies Partial<Record<StageName, readonly string[]>>;

/**
 * A phase of the cell's defence, with its own parts of the parameters alone: one inversion serves many repairs. `undefined` where the
 * defence does not have it, or its parameters do not ask for it.
 */
function phaseOf(
  stage: keyof typeof parts,
  more: Readonly<Record<string, string | undefined>>,
  cell: Cell,
  scene: Scene,
): string | undefined {
  const { defense, task, seed } = cell;
  const { [stage]: phase, version, settle, access } = memberOf(cell, scene);
  const { name, ...given } = defense;
  const settings = (settle?.(given, task) ?? given) as Readonly<Record<string, Json>>; // What a schema for objects parses to.
  if (phase === null || phase.applies?.(settings) === false) return undefined;
  const { language } = scene.catalogues.corpora[cell.corpus.name]!;
  const own = parts[stage].filter((part) => part in settings).map((part) => [part, settings[part]!] as const);
  const ownFiles = filesOf(Object.fromEntries(own), scene.facts);
  return scene.set.add({
    stage,
    params: { defense: name, task, language, ...Object.fromEntries(own) },
    seed,
    inputs: present({ ...neededBy(phase, cell, scene), ...more }),
    facts: {
      ...(access === 'none' ? { engine: scene.facts.engine } : deviceFacts(cell, scene)),
      // A language model, say.
      ...(ownFiles.length === 0 ? {} : { defense: ownFiles }),
    },
    memberVersion: version,
  });
}

/** What a phase is given, by role. */
function neededBy({ needs }: PhaseEntry, cell: Cell, scene: Scene): Readonly<Record<string, string | undefined>> {
  const asks = (need: PhaseEntry['needs'][number]): boolean => needs.includes(need);
  const poison = cell.attack.name === noAttack ? undefined : poisonOf(cell, scene);
  const wantsList = asks('training') || asks('poisonRate');
  return {
    victim: asks('victim') ? victimOf(cell, scene) : undefined,
    pool: asks('pool') ? poolOf(cell, scene) : undefined,
    dataset: asks('validation') || wantsList ? datasetOf(cell, scene) : undefined,
    poison: wantsList ? poison : undefined,
  };
}

/** Calibrated on clean models of other seeds; a reference model under test is left out (method.md 7). */
function verdictOf(cell: Cell, inversion: string, scene: Scene): string {
  const { attack, defense, seed } = cell;
  const others = scene.experiment.calibration.seeds.filter((reference) => attack.name !== noAttack || reference !== seed);
  const references = others.map((reference) => [
    `reference${reference}`,
    phaseOf('invert', {}, { ...cleanOf(cell), seed: reference }, scene)!,
  ]);
  return scene.set.add({
    stage: 'verdict',
    params: { defense: defense.name, verdict: defense['verdict'] ?? {} },
    seed: null,
    inputs: { inversion, ...(Object.fromEntries(references) as Inputs) },
    memberVersion: memberOf(cell, scene).version,
  });
}

function predictionOf(cell: Cell, roles: Readonly<Record<string, string | undefined>>, scene: Scene): string {
  return scene.set.add({
    stage: 'predict',
    params: { task: cell.task },
    seed: null,
    inputs: present(roles),
    facts: deviceFacts(cell, scene),
  });
}

function cleanOf(cell: Cell): Cell {
  return { ...cell, attack: { name: noAttack } };
}

function memberOf({ defense }: Cell, { catalogues }: Scene): DefenseEntry {
  return catalogues.defenses[defense.name]!;
}

function deviceFacts({ model }: Cell, { facts }: Scene): Readonly<Record<string, Json>> {
  return { engine: facts.engine, folders: filesOf(model, facts) };
}

/** The model as a stage is told of it, without what cannot change a number: training has its own place, the published row is for reports. */
function modelParams({ training: _, ...model }: Choice, { places }: Facts): Json {
  const placed = (value: Json): Json => (typeof value === 'string' && Object.hasOwn(places, value) ? places[value]! : value);
  return { ...Object.fromEntries(Object.entries(model).map(([key, value]) => [key, placed(value)])), comparedWith: null };
}

/** The attack without who is poisoned: the test set does not depend on it. */
function attackParams({ attack }: Cell): Json {
  return { name: attack.name, ...paramsOf(attack) };
}

const notAttacked = { attack: null, rule: null } as const;

/** Without the entries that do not exist. */
function present<T extends Readonly<Record<string, string | undefined>>>(entries: T): { readonly [K in keyof T]?: string } & Inputs {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as { readonly [K in keyof T]: string };
}
