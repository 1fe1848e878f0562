/** From an experiment to its runs and the stages they rest on: pure, so that what a command will do can be printed before it does it. */
import type { Catalogues } from '../config/catalogues.ts';
import { entryFor } from '../config/poisoning.ts';
import type { Choice, Experiment } from '../config/schema.ts';
import type { TaskName } from '../core/contracts.ts';
import { canonicalJson, keyOf } from '../core/hash.ts';
import type { Facts, Plan, PlannedRun } from './contracts.ts';
import { makeNodeSet, type NodeSet } from './nodes.ts';
import { settingsOf } from './setting.ts';
import { type Cell, filesOf, stagesOf } from './stages.ts';

/** One point of the grid, all seeds. */
interface Point extends Omit<Cell, 'seed'> {
  readonly setting: string;
}

export function plan(experiment: Experiment, catalogues: Catalogues, facts: Facts): Plan {
  const set = makeNodeSet(facts.versions);
  const runs = grid(experiment, catalogues, facts).flatMap((point) => {
    const obstacle = obstacleTo(point, catalogues, facts);
    return experiment.seeds.map((seed) => {
      const own = obstacle === null ? stagesOf({ ...point, seed }, { set, catalogues, facts, experiment }) : {};
      return asRun(experiment.name, point, seed, own, set, obstacle);
    });
  });
  return { experiment: experiment.name, title: experiment.title, nodes: set.nodes, runs };
}

/** Corpus x model x attack x defence, models only where their entry is for the corpus's task. */
function grid(experiment: Experiment, catalogues: Catalogues, facts: Facts): Point[] {
  const named = ({ name }: Choice): string => name;
  const defenses = withSetting(experiment.defenses, named);
  return withSetting(experiment.corpora, named).flatMap(([corpus, ofCorpus], c) => {
    const task = taskOf(corpus, catalogues);
    const corpusFiles = facts.corpora[c]!;
    const attacks = withSetting(distinct(experiment.attacks.map((attack) => entryFor(task, attack))), named);
    const suited = experiment.models.filter(({ tasks }) => tasks === undefined || (tasks as readonly TaskName[]).includes(task));
    const models = withSetting(
      suited.map(({ tasks: _, ...model }) => model),
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

/** Entries that differ in what concerns other tasks alone are one. */
function distinct(choices: readonly Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [canonicalJson(choice), choice])).values()];
}

function withSetting(choices: readonly Choice[], groupOf: (choice: Choice) => string): [Choice, string][] {
  const settings = settingsOf(choices, groupOf);
  return choices.map((choice, i) => [choice, settings[i]!]);
}

function asRun(
  experiment: string,
  { task, corpus, model, attack, defense, setting }: Point,
  seed: number,
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

function modelColumns(model: Choice): string {
  return keyOf([model.name, model['size'] ?? null, model['weights'] ?? null, model['comparedWith'] ?? null]);
}

function taskOf(corpus: Choice, { corpora }: Catalogues): TaskName {
  return corpora[corpus.name]!.task; // The schema settled the name.
}

/** Why a cell cannot be run here: it is not defined for the task, or its files are not here. */
function obstacleTo({ task, corpusFiles, model, ...chosen }: Point, catalogues: Catalogues, facts: Facts): string | null {
  const choices = { attacks: chosen.attack, defenses: chosen.defense };
  for (const axis of ['attacks', 'defenses'] as const) {
    const { name } = choices[axis];
    const reason = catalogues[axis][name]?.undefinedFor[task]; // `none` is no attack.
    if (reason !== undefined) return `${name} is not defined for ${task}: ${reason}`;
  }
  const needed = [corpusFiles, ...filesOf(model, facts), ...filesOf(chosen.defense, facts)];
  return needed.flatMap((files) => ('missing' in files ? [files.missing] : []))[0] ?? null;
}
