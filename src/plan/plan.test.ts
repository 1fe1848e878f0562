/** The plan: which stages a run rests on, what is shared, and that keys change exactly when something that matters changes. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../config/schema.ts';
import type { Json } from '../core/hash.ts';
import { fakeCatalogues, fakeExperiment } from '../testing/catalogues.ts';
import type { Facts, Plan, PlannedRun } from './contracts.ts';
import { only } from './filter.ts';
import { plan } from './plan.ts';
import { render } from './render.ts';

const versions = { dataset: 1, poison: 1, trigger: 1, train: 1, pool: 1, predict: 1, invert: 1, verdict: 1, repair: 1, evaluate: 1 };
const facts: Facts = { versions, engine: 'fake/cpu', corpora: [{ files: {} }], folders: {} };

function planOf(changes: Readonly<Record<string, Json>> = {}, factChanges: Partial<Facts> = {}): Plan {
  return plan(parseExperiment({ ...fakeExperiment, ...changes }, fakeCatalogues, 'toy.ts'), fakeCatalogues, { ...facts, ...factChanges });
}

function runOf(from: Plan, attack: string, defense: string): PlannedRun {
  const found = from.runs.find((run) => run.attack === attack && run.defense === defense);
  if (found === undefined) throw new Error(`no run ${attack} x ${defense}`);
  return found;
}

const stageNamesOf = (from: Plan, keys: readonly string[]): string[] => keys.map((key) => from.nodes.get(key)!.stage);

describe('plan', () => {
  it('gives an undefended run training, prediction and evaluation, and the clean floor beside an attack', () => {
    const p = planOf();
    const clean = runOf(p, 'none', 'undefended');
    expect(stageNamesOf(p, clean.stages)).toEqual(['dataset', 'train', 'predict', 'evaluate']);
    const attacked = runOf(p, 'rename', 'undefended');
    expect(Object.keys(attacked.roles).sort()).toEqual(
      ['clean', 'dataset', 'evaluate', 'floor', 'floorClean', 'floorTriggered', 'poison', 'train', 'trigger', 'triggered'].sort(),
    );
    expect(attacked.roles.floor).toBe(clean.roles.train);
    expect(attacked.roles.floorClean).toBe(clean.roles.clean);
  });

  it('lists every stage after its inputs', () => {
    const p = planOf();
    for (const { stages } of p.runs) {
      for (const [i, key] of stages.entries()) {
        for (const input of Object.values(p.nodes.get(key)!.inputs)) expect(stages.slice(0, i)).toContain(input);
      }
    }
    expect(p.runs).toHaveLength(6);
  });

  it('runs the whole defence on the clean model too, and shares the reference inversions', () => {
    const p = planOf();
    const attacked = p.nodes.get(runOf(p, 'rename', 'inverse').roles.verdict!)!.inputs;
    const clean = p.nodes.get(runOf(p, 'none', 'inverse').roles.verdict!)!.inputs;
    expect(Object.keys(attacked).sort()).toEqual(['inversion', 'reference11', 'reference12']);
    expect(clean['reference11']).toBe(attacked['reference11']);
    expect(clean['inversion']).not.toBe(attacked['inversion']);
  });

  it('leaves a reference model out of its own calibration, and only a clean one', () => {
    const p = planOf({ seeds: [11] });
    expect(Object.keys(p.nodes.get(runOf(p, 'none', 'inverse').roles.verdict!)!.inputs).sort()).toEqual(['inversion', 'reference12']);
    expect(Object.keys(p.nodes.get(runOf(p, 'rename', 'inverse').roles.verdict!)!.inputs)).toHaveLength(3);
  });

  it('feeds the inversion to the repair, and one inversion serves several repairs', () => {
    const rates = [0.1, 0.2].map((injectRate) => ({ name: 'inverse', unlearning: { injectRate } }));
    const p = planOf({ attacks: [{ name: 'rename' }], defenses: rates });
    const [low, high] = p.runs;
    expect(low!.roles.inversion).toBe(high!.roles.inversion);
    expect(low!.roles.repair).not.toBe(high!.roles.repair);
    expect(p.nodes.get(low!.roles.repair!)!.inputs['inversion']).toBe(low!.roles.inversion);
    expect(p.runs.map(({ setting }) => setting)).toEqual(['', 'unlearning.injectRate=0.2']);
  });

  it('says why a run is not run', () => {
    const p = planOf({ attacks: [{ name: 'rename' }, { name: 'afraidoor' }], defenses: [{ name: 'undefended' }, { name: 'dbs' }] });
    expect(runOf(p, 'afraidoor', 'undefended').notRunBecause).toContain('afraidoor is not implemented: its crafting model');
    expect(runOf(p, 'rename', 'dbs').notRunBecause).toContain('dbs is not implemented');
    expect(runOf(p, 'rename', 'undefended').notRunBecause).toBeNull();
    const missing = planOf({}, { corpora: [{ missing: 'toy is not here' }] });
    expect(missing.runs.every(({ notRunBecause }) => notRunBecause === 'toy is not here')).toBe(true);
    expect(missing.nodes.size).toBe(0);
  });

  it('takes a model only where its entry is for the task', () => {
    const models = [
      { name: 'roberta', tasks: ['defect'], training: { epochs: 5 } },
      { name: 'roberta', tasks: ['clone'], training: { epochs: 2 } },
    ];
    const p = planOf({ models });
    expect(p.runs).toHaveLength(6);
    expect(p.runs.every(({ setting }) => setting === '')).toBe(true);
  });
});

describe('keys', () => {
  const keysOf = (p: Plan): Set<string> => new Set(p.runs.flatMap(({ stages }) => stages));
  const base = keysOf(planOf());

  it.each<[string, Readonly<Record<string, Json>>]>([
    ['the title', { title: 'Another' }],
    ['the name', { name: 'another' }],
    ['the published row', { models: [{ name: 'roberta', comparedWith: null }] }],
    ['a default written out', { attacks: [{ name: 'none' }, { name: 'rename', trigger: 'testo_init' }] }],
    ['a profile that gives the same values', { attacks: [{ name: 'none' }, { name: 'rename', profile: 'paper' }] }],
  ])('stay when %s changes', (_, change) => {
    expect(keysOf(planOf(change))).toEqual(base);
  });

  it.each<[string, Readonly<Record<string, Json>>, string[]]>([
    ['the learning rate', { models: [{ name: 'roberta', training: { learningRate: 1e-4 } }] }, ['dataset', 'poison', 'trigger', 'pool']],
    [
      'the trigger',
      { attacks: [{ name: 'none' }, { name: 'rename', trigger: 'x' }] },
      ['dataset', 'train', 'pool', 'predict', 'invert', 'verdict', 'repair', 'evaluate'],
    ],
    [
      'the poison rate',
      { attacks: [{ name: 'none' }, { name: 'rename', poisonRate: 0.1 }] },
      ['dataset', 'trigger', 'train', 'pool', 'predict', 'invert', 'verdict', 'repair', 'evaluate'],
    ],
    ['the corpus', { corpora: [{ name: 'toy', train: 10 }] }, []],
    ['the seed', { seeds: [2] }, ['dataset', 'trigger', 'train', 'pool', 'invert']],
  ])('change below %s and nowhere else', (_, change, kept) => {
    const p = planOf(change);
    const keys = keysOf(p);
    expect(keys).not.toEqual(base);
    const same = [...keys].filter((key) => base.has(key));
    // Kept stages are those of the clean models and of what does not depend on the change.
    expect([...new Set(stageNamesOf(p, same))].sort()).toEqual([...kept].sort());
  });

  it.each<[string, Partial<Facts>]>([
    ['a stage’s version', { versions: { ...versions, train: 2 } }],
    ['the engine', { engine: 'fake/gpu' }],
    ['the corpus’s files', { corpora: [{ files: { 'train.parquet': 'abc' } }] }],
  ])('change with %s', (_, change) => {
    const changed = keysOf(planOf({}, change));
    expect([...changed].filter((key) => planOf({}, change).nodes.get(key)!.stage === 'train' && base.has(key))).toEqual([]);
  });

  it('know weights by what they are, not by where they lie', () => {
    const with_ = (folder: string, sum: string): Set<string> =>
      keysOf(planOf({ models: [{ name: 'roberta', weights: folder }] }, { folders: { [folder]: { files: { weights: sum } } } }));
    expect(with_('file:a', '1')).toEqual(with_('file:b', '1'));
    expect(with_('file:a', '1')).not.toEqual(with_('file:a', '2'));
  });

  it('of runs tell cells and experiments apart', () => {
    const runs = [...planOf({ seeds: [1, 2] }).runs, ...planOf({ name: 'another' }).runs].map(({ run }) => run);
    expect(new Set(runs).size).toBe(runs.length);
  });
});

describe('only', () => {
  it('takes alternatives of one key and all of several', () => {
    const p = planOf({ seeds: [1, 2] });
    expect(only(p, ['attack=rename', 'defense=tune', 'defense=inverse', 'seed=2']).runs).toHaveLength(2);
  });
  it('refuses an unknown key or value with what there is', () => {
    expect(() => only(planOf(), ['attac=rename'])).toThrow(/did you mean “attack”/);
    expect(() => only(planOf(), ['attack=renam'])).toThrow(/did you mean “rename”[^]*none, rename/);
    expect(() => only(planOf(), ['attack'])).toThrow(/key=value/);
  });
});

describe('render', () => {
  it('shows every run with its state and what is left', () => {
    const p = planOf({ attacks: [{ name: 'rename' }, { name: 'afraidoor' }], defenses: [{ name: 'undefended' }, { name: 'inverse' }] });
    const undefended = new Set(runOf(p, 'rename', 'undefended').stages);
    expect(render(p, (key) => undefended.has(key))).toMatchInlineSnapshot(`
      "toy-run: A toy

      task    corpus  model                    attack     defense     seed  state
      defect  toy     roberta-tiny (codebert)  rename     undefended  1     done
      defect  toy     roberta-tiny (codebert)  rename     inverse     1     partly done: 13 of 20 stages left
      defect  toy     roberta-tiny (codebert)  afraidoor  undefended  1     not run [1]
      defect  toy     roberta-tiny (codebert)  afraidoor  inverse     1     not run [1]

      [1] afraidoor is not implemented: its crafting model comes later
      4 runs: 1 done, 1 partly done, 0 to do, 2 not run
      13 of 23 stages to compute: train 2, pool 3, predict 2, invert 3, verdict 1, repair 1, evaluate 1
      "
    `);
  });
});
