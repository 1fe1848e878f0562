/** The plan: which stages a run rests on, what is shared, and that keys change exactly when something that matters changes. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../config/schema.ts';
import type { Json } from '../core/hash.ts';
import { fakeCatalogues, fakeExperiment } from '../testing/catalogues.ts';
import type { Facts, Plan, PlannedRun, Role, StageNode } from './contracts.ts';
import { only } from './filter.ts';
import { plan } from './plan.ts';
import { render } from './render.ts';

const versions = {
  dataset: 1,
  craft: 1,
  poison: 1,
  trigger: 1,
  train: 1,
  pool: 1,
  detect: 1,
  invert: 1,
  verdict: 1,
  repair: 1,
  prepare: 1,
  purify: 1,
  predict: 1,
  evaluate: 1,
};
const facts: Facts = { versions, engine: 'fake/cpu', corpora: [{ files: {} }], folders: {}, places: {} };

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

  it('trains anew without what a defence of the data leaves out, and measures the new victim', () => {
    const p = planOf({ defenses: [{ name: 'undefended' }, { name: 'sift' }] });
    const { roles } = runOf(p, 'rename', 'sift');
    const inputsOf = (role: Role): StageNode['inputs'] => p.nodes.get(roles[role]!)!.inputs;
    expect(inputsOf('detection')).toEqual({
      victim: roles.train,
      dataset: roles.dataset,
      poison: runOf(p, 'rename', 'undefended').roles.poison,
    });
    expect(inputsOf('retrained')).toEqual({ ...p.nodes.get(roles.train!)!.inputs, detection: roles.detection });
    expect(inputsOf('clean')).toEqual({ victim: roles.retrained, samples: roles.dataset });
    expect(inputsOf('evaluate')).toMatchObject({ detection: roles.detection, poison: inputsOf('detection')['poison'] });
    const clean = runOf(p, 'none', 'sift').roles;
    expect(p.nodes.get(clean.detection!)!.inputs).toEqual({ victim: clean.train, dataset: clean.dataset });
    expect(p.nodes.get(clean.retrained!)!.params).toEqual(p.nodes.get(clean.train!)!.params);
  });

  it('passes clean and triggered inputs through a filter, which is shared by all victims where it looks at none', () => {
    const models = [{ name: 'roberta' }, { name: 'roberta', training: { epochs: 9 } }];
    const p = planOf({ models, defenses: [{ name: 'filter' }] });
    const runs = p.runs.filter(({ attack }) => attack === 'rename');
    const [first, second] = runs.map(({ roles }) => roles);
    expect(first!.train).not.toBe(second!.train);
    expect(first!.purifiedTriggered).toBe(second!.purifiedTriggered);
    const nodeOf = (role: Role): StageNode => p.nodes.get(first![role]!)!;
    expect(nodeOf('purifiedClean').inputs).toEqual({ pool: first!.pool, samples: first!.dataset });
    expect(nodeOf('purifiedTriggered').inputs).toEqual({ pool: first!.pool, samples: first!.trigger });
    expect(nodeOf('triggered').inputs).toEqual({ victim: first!.train, samples: first!.trigger, purified: first!.purifiedTriggered });
    expect(nodeOf('floorTriggered').inputs).toEqual({ victim: first!.floor, samples: first!.trigger });
    expect(first!.preparation).toBeUndefined();
    expect(runOf(p, 'none', 'filter').roles.purifiedTriggered).toBeUndefined();
  });

  it('knows what a defence names by its bytes, as it knows models', () => {
    const defenses = [{ name: 'filter', purification: { model: 'file:lm' } }];
    const key = (files: Facts['folders'][string]): string | undefined =>
      runOf(planOf({ defenses }, { folders: { 'file:lm': files } }), 'rename', 'filter').roles.purifiedClean;
    expect(key({ files: { a: '1' } })).toBe(key({ files: { a: '1' } }));
    expect(key({ files: { a: '1' } })).not.toBe(key({ files: { a: '2' } }));
    const lacking = runOf(planOf({ defenses }, { folders: { 'file:lm': { missing: 'no folder lm' } } }), 'rename', 'filter');
    expect(lacking.notRunBecause).toBe('no folder lm');
  });

  it('prepares a filter only where its settings ask for it', () => {
    const p = planOf({ attacks: [{ name: 'rename' }], defenses: [{ name: 'filter', preparation: { tuned: true } }] });
    const { roles } = runOf(p, 'rename', 'filter');
    expect(p.nodes.get(roles.preparation!)!.inputs).toEqual({ victim: roles.train, dataset: roles.dataset });
    expect(p.nodes.get(roles.preparation!)!.params).toMatchObject({ defense: 'filter', preparation: { tuned: true } });
    expect(p.nodes.get(roles.purifiedClean!)!.inputs['preparation']).toBe(roles.preparation);
  });

  it('says why a run is not run', () => {
    const p = planOf({ corpora: [{ name: 'toy-search' }], attacks: [{ name: 'rename' }, { name: 'adapt' }] });
    expect(runOf(p, 'rename', 'undefended').notRunBecause).toContain('rename is not defined for search: there is no name');
    expect(runOf(p, 'adapt', 'undefended').notRunBecause).toBeNull();
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

describe('three tasks', () => {
  const corpora = [{ name: 'toy' }, { name: 'toy-clone' }, { name: 'toy-search' }];
  const three: Partial<Facts> = { corpora: corpora.map(() => ({ files: {} })) };
  const planThree = (changes: Readonly<Record<string, Json>> = {}, factChanges: Partial<Facts> = {}): Plan =>
    planOf({ corpora, attacks: [{ name: 'none' }, { name: 'rename' }, { name: 'adapt' }], ...changes }, { ...three, ...factChanges });
  const runIn = (from: Plan, task: string, attack: string): PlannedRun =>
    from.runs.find((run) => run.task === task && run.attack === attack && run.defense === 'undefended')!;
  const nodeOf = (from: Plan, task: string, attack: string, role: Role): StageNode =>
    from.nodes.get(runIn(from, task, attack).roles[role]!)!;
  const tasks = ['defect', 'clone', 'search'];

  it('plans every cell of every task but those an attack is not defined for', () => {
    const p = planThree();
    const notRun = p.runs.filter(({ notRunBecause }) => notRunBecause !== null);
    expect(p.runs).toHaveLength(27);
    expect(notRun.map(({ task, attack }) => `${task} ${attack}`)).toEqual(['search rename', 'search rename', 'search rename']);
    expect(notRun[0]!.notRunBecause).toBe('rename is not defined for search: there is no name to rename');
  });

  it('asks each task’s rule who is poisoned, at the task’s own rate or the attack’s', () => {
    const p = planThree();
    expect(tasks.map((task) => nodeOf(p, task, 'adapt', 'poison').params)).toEqual([
      { attack: { name: 'adapt', words: 50, place: 'first' }, rate: 0.05, selection: 'exact', rule: {} },
      { attack: { name: 'adapt', words: 50, place: 'first' }, rate: 0.05, selection: 'exact', rule: { unit: 'functions' } },
      { attack: { name: 'adapt', words: 50, place: 'first' }, rate: 1, selection: 'exact', rule: { targetWord: 'file' } },
    ]);
    const given = planThree({ attacks: [{ name: 'adapt', poisonRate: 0.5, profile: 'code' }] });
    expect(tasks.map((task) => nodeOf(given, task, 'adapt', 'poison').params)).toMatchObject(
      tasks.map(() => ({ rate: 0.5, selection: 'bernoulli' })),
    );
    const code = planThree({ attacks: [{ name: 'rename', profile: 'code' }] });
    expect(nodeOf(code, 'clone', 'rename', 'poison').params).toMatchObject({ rate: 0.05 });
  });

  it('trains each task as its victims are trained, where an experiment says nothing', () => {
    const settingsIn = (p: Plan): Json[] => tasks.map((task) => (nodeOf(p, task, 'none', 'train').params as { training: Json }).training);
    expect(settingsIn(planThree())).toMatchObject([
      { epochs: 5, batchSize: 32, learningRate: 2e-5, warmup: 0.1, dropout: 0.1 },
      { epochs: 2, batchSize: 16, learningRate: 5e-5, warmup: 0.5, dropout: 0.1 },
      { epochs: 10, batchSize: 64, learningRate: 2e-5, warmup: 0, dropout: 0.1 },
    ]);
    // One epoch of warm-up, however many there are.
    expect(settingsIn(planThree({ models: [{ name: 'roberta', training: { epochs: 4, batchSize: 8 } }] }))).toMatchObject([
      { epochs: 4, batchSize: 8, warmup: 0.1 },
      { epochs: 4, batchSize: 8, warmup: 0.25 },
      { epochs: 4, batchSize: 8, warmup: 0 },
    ]);
  });

  it('crafts where an attack asks for it: once for all seeds and victims, and for both train and test', () => {
    const p = planThree({ seeds: [1, 2], models: [{ name: 'roberta' }, { name: 'roberta', size: 'mini' }] });
    const crafts = [...p.nodes.values()].filter(({ stage }) => stage === 'craft');
    expect(crafts).toHaveLength(3);
    expect(crafts.map(({ seed, params }) => ({ seed, params }))).toEqual([
      { seed: 0, params: { craft: { name: 'toy-names', words: 50 }, rule: {} } },
      { seed: 0, params: { craft: { name: 'toy-names', words: 50 }, rule: { unit: 'functions' } } },
      { seed: 0, params: { craft: { name: 'toy-names', words: 50 }, rule: { targetWord: 'file' } } },
    ]);
    for (const task of tasks) {
      const { craft, dataset } = runIn(p, task, 'adapt').roles;
      expect(nodeOf(p, task, 'adapt', 'craft').inputs).toEqual({ dataset });
      for (const role of ['poison', 'trigger'] as const) expect(nodeOf(p, task, 'adapt', role).inputs).toEqual({ dataset, craft });
    }
    expect(runIn(p, 'clone', 'rename').roles).not.toHaveProperty('craft');
    expect(nodeOf(p, 'clone', 'rename', 'poison').inputs).not.toHaveProperty('craft');
  });

  it.each<[string, Readonly<Record<string, Json>>, Partial<Facts>, string[]]>([
    ['the seed, the rate or a parameter it does not ask for', { poisonRate: 0.5, place: 'last' }, {}, []],
    ['what it is asked for', { words: 20 }, {}, tasks],
    ['which functions are drawn', { unit: 'label-one-pairs' }, {}, ['clone']],
    ['the target word', { targetWord: 'return' }, {}, ['search']],
    ['the engine', {}, { engine: 'fake/gpu' }, tasks],
  ])('crafts anew for %s where that matters', (_, settings, factChanges, changed) => {
    const p = planThree();
    const other = planThree({ attacks: [{ name: 'adapt', ...settings }], seeds: [2] }, factChanges);
    const keys = (from: Plan): (string | undefined)[] => tasks.map((task) => runIn(from, task, 'adapt').roles.craft);
    expect(tasks.filter((_task, i) => keys(p)[i] !== keys(other)[i])).toEqual(changed);
  });

  it('a setting of one task’s rule leaves other tasks’ keys as they are, and makes no second run there', () => {
    const p = planThree({ attacks: [{ name: 'adapt' }] });
    const other = planThree({ attacks: [{ name: 'adapt', targetWord: 'return' }] });
    const stagesIn = (from: Plan, task: string): Set<string> =>
      new Set(from.runs.filter((run) => run.task === task).flatMap(({ stages }) => stages));
    expect(stagesIn(other, 'defect')).toEqual(stagesIn(p, 'defect'));
    expect(stagesIn(other, 'clone')).toEqual(stagesIn(p, 'clone'));
    expect(nodeOf(other, 'search', 'adapt', 'evaluate').params).toMatchObject({ rule: { targetWord: 'return' } });
    // The test set is the same whatever word the queries hold, unless material was crafted for other functions.
    const both = planThree({ attacks: [{ name: 'adapt' }, { name: 'adapt', targetWord: 'return' }], defenses: [{ name: 'undefended' }] });
    expect(both.runs.map(({ task, setting }) => [task, setting])).toEqual([
      ['defect', ''],
      ['clone', ''],
      ['search', ''],
      ['search', 'targetWord=return'],
    ]);
  });

  it('`only` takes several values of every key', () => {
    const seeds = [1, 2, 3];
    const models = ['tiny', 'mini', 'base'].map((size) => ({ name: 'roberta', size }));
    const p = planThree({ seeds, models });
    expect(p.runs).toHaveLength(3 * 3 * 3 * 3 * 3);
    const all = {
      task: ['clone', 'search'],
      corpus: ['toy-clone', 'toy-search'],
      model: ['roberta-tiny', 'roberta-mini'],
      attack: ['none', 'adapt'],
      defense: ['tune', 'inverse'],
      seed: ['1', '3'],
    };
    for (const [key, [first, second]] of Object.entries(all)) {
      const one = only(p, [`${key}=${first}`]).runs;
      expect(one).toHaveLength(81);
      expect(only(p, [`${key}=${first}`, `${key}=${second}`]).runs).toHaveLength(162);
    }
    const terms = Object.entries(all).flatMap(([key, values]) => values.map((value) => `${key}=${value}`));
    expect(only(p, terms).runs).toHaveLength(2 * 2 * 2 * 2 * 2);
    expect(only(p, ['task=search', 'attack=adapt']).runs).toHaveLength(27);
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
  it('tells weights of one architecture apart', () => {
    const models = [{ name: 'roberta' }, { name: 'roberta', weights: 'file:lm' }];
    const p = planOf({ models }, { folders: { 'file:lm': { files: {} } } });
    const [scratch, read] = ['scratch', 'file:lm'].map((weights) => only(p, [`weights=${weights}`]).runs);
    expect(scratch!.map(({ weights }) => weights)).toEqual(scratch!.map(() => 'scratch'));
    expect(scratch!.length + read!.length).toBe(p.runs.length);
    expect(read).toHaveLength(scratch!.length);
  });
  it('refuses an unknown key or value with what there is', () => {
    expect(() => only(planOf(), ['attac=rename'])).toThrow(/did you mean “attack”/);
    expect(() => only(planOf(), ['attack=renam'])).toThrow(/did you mean “rename”[^]*none, rename/);
    expect(() => only(planOf(), ['attack'])).toThrow(/key=value/);
  });
});

describe('render', () => {
  it('shows every run with its state and what is left', () => {
    const filter = { name: 'filter', purification: { model: 'file:lm' } };
    const changes = { attacks: [{ name: 'rename' }], defenses: [{ name: 'undefended' }, { name: 'inverse' }, filter] };
    const p = planOf(changes, { folders: { 'file:lm': { missing: 'file:lm: there is no folder lm' } } });
    const undefended = new Set(runOf(p, 'rename', 'undefended').stages);
    expect(render(p, (key) => undefended.has(key))).toMatchInlineSnapshot(`
      "toy-run: A toy

      task    corpus  model                    attack  defense     seed  state
      defect  toy     roberta-tiny (codebert)  rename  undefended  1     done
      defect  toy     roberta-tiny (codebert)  rename  inverse     1     partly done: 13 of 20 stages left
      defect  toy     roberta-tiny (codebert)  rename  filter      1     not run [1]

      [1] file:lm: there is no folder lm
      3 runs: 1 done, 1 partly done, 0 to do, 1 not run
      13 of 23 stages to compute: train 2, pool 3, invert 3, verdict 1, repair 1, predict 2, evaluate 1
      "
    `);
  });
});
