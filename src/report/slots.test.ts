/** Which run stands in which place of the grid. */
import { expect, test } from 'vitest';
import type { TaskName } from '../core/contracts.ts';
import { fromRecord, type StoredRun } from '../store/runs.ts';
import { madeUpRecord, madeUpRecords, madeUpStage } from '../testing/made-up-records.ts';
import { familiesOf, fillSlots, type Planned, slotsByVictim } from './slots.ts';

const stored = (facts: Parameters<typeof madeUpRecord>[0] = {}): StoredRun => fromRecord(madeUpRecord(facts)).run;
const plannedFrom = (run: StoredRun, facts: Partial<Planned> = {}): Planned => ({ ...run, notRunBecause: null, ...facts });
const startedAt = (time: string) => [madeUpStage('s', { provenance: { ...madeUpStage('s').provenance, startedAt: time } })];

test('a planned run is filled by its key, whatever experiment stored it', () => {
  const run = stored({ experiment: 'quickstart' });
  const [slot] = fillSlots([run], [plannedFrom(run, { experiment: 'table-1' })], 'table-1');
  expect(slot).toMatchObject({ experiment: 'table-1', isStale: false, filledBy: { run: run.run } });
});

test('a run of the same identity under another key fills the slot and is marked as stale; one of another identity does not', () => {
  const run = stored();
  expect(fillSlots([run], [plannedFrom(run, { run: 'newkey' })], 'made-up')[0]).toMatchObject({
    isStale: true,
    filledBy: { run: run.run },
  });
  for (const other of [{ seed: 2 }, { setting: 'rate=0.1' }, { corpus: 'devign' }, { weights: 'file' }, { experiment: 'else' }] as const) {
    expect(fillSlots([run], [plannedFrom(run, { run: 'newkey', ...other })], 'made-up')[0]).toMatchObject({
      isStale: false,
      filledBy: null,
    });
  }
});

test('a planned run that is nowhere leaves an empty slot with its reason', () => {
  expect(fillSlots([], [plannedFrom(stored(), { notRunBecause: 'not here' })], 'made-up')[0]).toMatchObject({
    filledBy: null,
    notRunBecause: 'not here',
  });
});

test('without a plan, the newest success of an identity stands, in whatever order runs are read', () => {
  const runs = [
    stored({ run: 'older', stages: startedAt('2001-01-01T00:00:00Z') }),
    stored({ run: 'newer', stages: startedAt('2002-01-01T00:00:00Z') }),
    stored({ run: 'newest', stages: startedAt('2003-01-01T00:00:00Z'), failedBecause: 'x' }),
  ];
  for (const order of [runs, [...runs].reverse()])
    expect(fillSlots(order, null, null).map((slot) => slot.filledBy?.run)).toEqual(['newer']);
  expect(fillSlots(runs, null, 'another experiment')).toEqual([]);
});

test('of runs that share a cached first stage, the one whose last stage is later is the newest', () => {
  const run = (key: string, last: string): StoredRun =>
    stored({ run: key, stages: [...startedAt('2001-01-01T00:00:00Z'), ...startedAt(last)] });
  // The key and the characters alone would say the opposite.
  const runs = [run('b', '2002-01-01T00:00:00Z'), run('a', '2002-01-01T00:00:00.500Z')];
  for (const order of [runs, [...runs].reverse()]) expect(fillSlots(order, null, null).map((slot) => slot.filledBy?.run)).toEqual(['a']);
});

test('a run known without its last stage counts from its first; of equals the later key stands', () => {
  const run = (key: string, last: string | null): StoredRun => {
    const one = stored({ run: key, stages: startedAt('2001-01-01T00:00:00Z') });
    return { ...one, provenance: { ...one.provenance, lastStageAt: last } };
  };
  const filledBy = (...runs: StoredRun[]) => fillSlots(runs, null, null).map((slot) => slot.filledBy?.run);
  expect(filledBy(run('b', null), run('a', '2001-01-01T00:00:01Z'))).toEqual(['a']);
  expect(filledBy(run('a', null), run('b', '2001-01-01T00:00:00Z'))).toEqual(['b']);
});

test('victims are told apart; clean models, the paper’s attacks and the control come in the order they are read in', () => {
  const others = [stored({ attack: 'zebra' }), stored({ attack: 'made-up-attack' })];
  const victims = slotsByVictim(fillSlots([...madeUpRecords.map((record) => fromRecord(record).run), ...others], null, null));
  expect(victims.map(({ model, corpus }) => `${model} ${corpus}`)).toEqual([
    'roberta-tiny synthetic-defect',
    'roberta-tiny synthetic-clone',
    'roberta-tiny synthetic-search',
    'roberta-mini devign',
  ]);
  expect([...new Set(victims[0]!.slots.map((slot) => slot.attack))]).toEqual(['none', 'codepoisoner', 'bnc', 'made-up-attack', 'zebra']);
  const attacked = victims[0]!.slots.filter((slot) => slot.attack === 'codepoisoner').map((slot) => `${slot.defense} ${slot.seed}`);
  expect(attacked.slice(0, 7)).toEqual([
    'undefended 1',
    'undefended 2',
    'undefended 3',
    'fine-tuning 1',
    'fine-tuning 2',
    'fine-tuning 3',
    'elibadcode 1',
  ]);
});

test('a family is one kind of victim on all its tasks, in the paper’s order; another weight or model is another family', () => {
  const on = (task: TaskName, corpus: string, facts: Parameters<typeof madeUpRecord>[0] = {}) => stored({ task, corpus, ...facts });
  const runs = [
    on('search', 's1'),
    on('defect', 'd2'),
    on('defect', 'd1'),
    on('clone', 'c1'),
    on('defect', 'd1', { weights: 'file' }),
    on('defect', 'd1', { model: 'roberta-mini' }),
    on('defect', 'd1', { comparedWith: null }),
  ];
  const families = familiesOf(slotsByVictim(fillSlots(runs, null, null)));
  expect(families.map(({ victims }) => victims.map(({ corpus }) => corpus))).toEqual([['d2', 'd1', 'c1', 's1'], ['d1'], ['d1'], ['d1']]);
});

test('the family on which most was tried comes first, counted in pairs of attack and defence and not in seeds', () => {
  const seeds = [1, 2, 3].map((seed) => stored({ model: 'many-seeds', seed, attack: 'badcode' }));
  const attacks = ['badcode', 'codepoisoner'].map((attack) => stored({ model: 'two-attacks', attack }));
  const models = (runs: Parameters<typeof fillSlots>[0]) =>
    familiesOf(slotsByVictim(fillSlots(runs, null, null))).map(({ model }) => model);
  expect(models([...seeds, ...attacks])).toEqual(['two-attacks', 'many-seeds']);
  expect(models(seeds.concat(attacks.slice(1)))).toEqual(['many-seeds', 'two-attacks']);
});
