/**
 * From an experiment to its runs and the stages they rest on: pure, so that what a command will do can be printed before it does it.
 *
 * Seeds. Corpus and triggered test set are part of the benchmark: seed 0, the same for all. Everything else takes the run's seed; the
 * executor forks it by stage name, so that training, poisoning and inversion draw apart.
 */
import type { Catalogues } from '../config/catalogues.ts';
import { type AttackChoice, type Choice, type Experiment, noAttack } from '../config/schema.ts';
import type { TaskName } from '../core/contracts.ts';
import { type Json, keyOf } from '../core/hash.ts';
import type { Facts, Files, Plan, PlannedRun } from './contracts.ts';
import { makeNodeSet, type NodeSet } from './nodes.ts';
import { settingsOf } from './setting.ts';

const BENCHMARK_SEED = 0;

/** One point of the grid, all seeds. */
interface Point {
  readonly task: TaskName;
  readonly corpus: Choice;
  readonly corpusFiles: Files;
  readonly model: Choice;
  readonly attack: Choice;
  readonly defense: Choice;
  readonly setting: string;
}

interface Cell extends Point {
  readonly seed: number;
}

type Inputs = Readonly<Record<string, string>>;

export function plan(experiment: Experiment, catalogues: Catalogues, facts: Facts): Plan {
  const set = makeNodeSet(facts.versions);
  const runs = grid(experiment, catalogues, facts).flatMap((point) => {
    const obstacle = obstacleTo(point, catalogues, facts);
    return experiment.seeds.map((seed) => {
      const cell = { ...point, seed };
      const own = obstacle === null ? stagesOf(cell, set, catalogues, facts, experiment.calibration.seeds) : {};
      return asRun(experiment.name, cell, own, set, obstacle);
    });
  });
  return { experiment: experiment.name, title: experiment.title, nodes: set.nodes, runs };
}

/** Corpus x model x attack x defence, models only where their entry is for the corpus's task. */
function grid(experiment: Experiment, catalogues: Catalogues, facts: Facts): Point[] {
  const named = ({ name }: Choice): string => name;
  const attacks = withSetting(experiment.attacks, named);
  const defenses = withSetting(experiment.defenses, named);
  return withSetting(experiment.corpora, named).flatMap(([corpus, ofCorpus], c) => {
    const task = taskOf(corpus, catalogues);
    const corpusFiles = facts.corpora[c] ?? { files: {} };
    const suited = experiment.models.filter(({ tasks }) => tasks === undefined || (tasks as readonly TaskName[]).includes(task));
    const models = withSetting(
      suited.map(({ tasks: _, ...model }) => model as Choice),
      modelColumns,
    );
    return models.flatMap(([model, ofModel]) =>
      attacks.flatMap(([attack, ofAttack]) =>
        defenses.map(([defense, ofDefense]): Point => {
          const setting = [ofCorpus, ofModel, ofAttack, ofDefense].filter((part) => part !== '').join(';');
          return { task, corpus, corpusFiles, model, attack, defense, setting };
        }),
      ),
    );
  });
}

function withSetting(choices: readonly Choice[], groupOf: (choice: Choice) => string): [Choice, string][] {
  const settings = settingsOf(choices, groupOf);
  return choices.map((choice, i) => [choice, settings[i]!]);
}

function asRun(
  experiment: string,
  { task, corpus, model, attack, defense, seed, setting }: Cell,
  own: PlannedRun['roles'],
  set: NodeSet,
  notRunBecause: string | null,
): PlannedRun {
  const columns = {
    experiment,
    corpus: corpus.name,
    model: typeof model['size'] === 'string' ? `${model.name}-${model['size']}` : model.name,
    weights: typeof model['weights'] === 'string' ? model['weights'] : 'none',
    comparedWith: typeof model['comparedWith'] === 'string' ? model['comparedWith'] : null,
    attack: attack.name,
    defense: defense.name,
    seed,
    setting,
  };
  const ends = [own.evaluate, own.verdict].filter((key) => key !== undefined);
  const stages = [...new Set(ends.flatMap((key) => set.below(key)))];
  return { run: keyOf({ ...columns, roles: own }), ...columns, task, roles: own, stages, notRunBecause };
}

/** The run's own stages. A defence's phases that are `null` do not exist; nothing here asks which defence it is. */
function stagesOf(cell: Cell, set: NodeSet, catalogues: Catalogues, facts: Facts, references: readonly number[]): PlannedRun['roles'] {
  const { model, attack, defense, seed } = cell;
  const member = catalogues.defenses.members[defense.name]!;
  const engine = { engine: facts.engine, folders: filesOf(model, facts) };
  const dataset = datasetOf(cell, set);
  const train = victimOf(cell, set, engine);
  const floor = victimOf({ ...cell, attack: { name: noAttack } }, set, engine);
  const trigger =
    attack.name === noAttack
      ? undefined
      : set.add({ stage: 'trigger', params: { attack: attackParams(attack) }, seed: BENCHMARK_SEED, inputs: { dataset } });

  const memberVersion = member.version;
  const phase = (stage: 'invert' | 'repair', part: string, inputs: Inputs, phaseSeed: number): string =>
    set.add({
      stage,
      params: { defense: defense.name, [part]: defense[part] ?? {} },
      seed: phaseSeed,
      inputs,
      facts: engine,
      memberVersion,
    });
  const inversionOf = (victim: string, phaseSeed: number): string => phase('invert', 'inversion', { victim, dataset }, phaseSeed);
  const inversion = member.invert === null ? undefined : inversionOf(train, seed);
  const repair = member.repair === null ? undefined : phase('repair', 'unlearning', given({ victim: train, dataset, inversion }), seed);
  const verdict =
    member.judge === null || inversion === undefined
      ? undefined
      : verdictOf(cell, set, memberVersion, inversion, references, (reference) => {
          const clean = victimOf({ ...cell, attack: { name: noAttack }, seed: reference }, set, engine);
          return inversionOf(clean, reference);
        });

  const predict = (victim: string, samples: string): string =>
    set.add({ stage: 'predict', params: { task: cell.task }, seed: null, inputs: { victim, samples }, facts: engine });
  const predictions = given({
    clean: predict(repair ?? train, dataset),
    triggered: trigger && predict(repair ?? train, trigger),
    floorClean: trigger && predict(floor, dataset),
    floorTriggered: trigger && predict(floor, trigger),
  });
  const evaluate = set.add({
    stage: 'evaluate',
    params: { model: modelParams(model), attack: attack.name === noAttack ? null : attackParams(attack) },
    seed: null,
    inputs: given({ dataset, trigger, inversion, ...predictions }),
    facts: { folders: engine.folders },
  });
  const poison = trigger && poisonOf(cell, set);
  return given({ dataset, poison, trigger, train, inversion, verdict, repair, ...predictions, floor: trigger && floor, evaluate });
}

/** Calibrated on clean models of other seeds: a reference model under test is left out (method.md 7). */
function verdictOf(
  { defense, seed, attack }: Cell,
  set: NodeSet,
  memberVersion: number,
  inversion: string,
  references: readonly number[],
  inversionOfClean: (seed: number) => string,
): string {
  const others = references.filter((reference) => attack.name !== noAttack || reference !== seed);
  const inputs = Object.fromEntries(others.map((reference) => [`reference${reference}`, inversionOfClean(reference)]));
  const params = { defense: defense.name, verdict: defense['verdict'] ?? {} };
  return set.add({ stage: 'verdict', params, seed: null, inputs: { inversion, ...inputs }, memberVersion });
}

function datasetOf({ corpus, corpusFiles }: Cell, set: NodeSet): string {
  return set.add({ stage: 'dataset', params: corpus, seed: BENCHMARK_SEED, inputs: {}, facts: corpusFiles });
}

function poisonOf(cell: Cell, set: NodeSet): string {
  const { poisonRate: rate, selection } = cell.attack as AttackChoice; // Implemented attacks were parsed with these keys.
  const params = { attack: attackParams(cell.attack), rate, selection };
  return set.add({ stage: 'poison', params, seed: cell.seed, inputs: { dataset: datasetOf(cell, set) } });
}

function victimOf(cell: Cell, set: NodeSet, engine: Json): string {
  const inputs = given({ dataset: datasetOf(cell, set), poison: cell.attack.name === noAttack ? undefined : poisonOf(cell, set) });
  const params = { model: modelParams(cell.model), training: cell.model['training'] ?? null };
  return set.add({ stage: 'train', params, seed: cell.seed, inputs, facts: engine });
}

/** The model without what cannot change a number: the tasks the entry is for, the published row it stands beside. */
function modelParams({ tasks: _, training: __, ...model }: Choice): Json {
  return { ...model, comparedWith: null };
}

/** The attack without how many are poisoned: the test set does not depend on it. */
function attackParams({ profile: _, poisonRate: __, selection: ___, ...attack }: Choice): Json {
  return attack;
}

/** Identity of every folder the model names. */
function filesOf(model: Choice, facts: Facts): Files[] {
  return Object.values(model).flatMap((value) => {
    const files = typeof value === 'string' ? facts.folders[value] : undefined;
    return files === undefined ? [] : [files];
  });
}

function modelColumns(model: Choice): string {
  return keyOf([model.name, model['size'] ?? null, model['weights'] ?? null, model['comparedWith'] ?? null]);
}

function taskOf(corpus: Choice, { corpora }: Catalogues): TaskName {
  const member = Object.hasOwn(corpora.members, corpus.name) ? corpora.members[corpus.name] : undefined;
  return member?.task ?? (corpus['task'] as TaskName); // The schema asks a planned corpus for it.
}

/** Why a cell cannot be run here: not written yet, not defined for the task, or its files are not here. */
function obstacleTo({ task, corpusFiles, model, ...chosen }: Point, catalogues: Catalogues, facts: Facts): string | null {
  const choices = { corpora: chosen.corpus, models: model, attacks: chosen.attack, defenses: chosen.defense };
  const axes = ['corpora', 'models', 'attacks', 'defenses'] as const;
  for (const axis of axes) {
    const { name } = choices[axis];
    const { members, planned } = catalogues[axis];
    if (name !== noAttack && !Object.hasOwn(members, name)) return `${name} is not implemented: ${planned[name]}`;
  }
  for (const axis of ['attacks', 'defenses'] as const) {
    const { name } = choices[axis];
    const reason = catalogues[axis].members[name]?.undefinedFor[task];
    if (reason !== undefined) return `${name} is not defined for ${task}: ${reason}`;
  }
  const needed = [corpusFiles, ...filesOf(model, facts)];
  return needed.flatMap((files) => ('missing' in files ? [files.missing] : []))[0] ?? null;
}

/** Without the entries that do not exist. */
function given<T extends Readonly<Record<string, string | undefined>>>(entries: T): { readonly [K in keyof T]?: string } & Inputs {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as { readonly [K in keyof T]: string };
}
