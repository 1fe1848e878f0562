/** Which runs make a sweep or an ablation, what the paper has beside them, and that nothing appears where there is nothing to compare. */
import { expect, test } from 'vitest';
import type { RunRecord } from '../core/contracts.ts';
import { readReported } from '../store/reported.ts';
import { fromRecord } from '../store/runs.ts';
import { madeUpAblations } from '../testing/made-up-ablations.ts';
import { madeUpRecord, madeUpRecords } from '../testing/made-up-records.ts';
import { ablationsOf } from './ablations.ts';
import { figures } from './figures/index.ts';
import type { ReportInput } from './grid.ts';
import { familiesOf, fillSlots, slotsByVictim, type VictimSlots } from './slots.ts';
import { parseSetting, sweeps, sweptAttacks } from './sweep.ts';
import { sweepTable } from './tables/sweeps.ts';
import { table5 } from './tables/table-5.ts';
import { table6 } from './tables/table-6.ts';
import { table7 } from './tables/table-7.ts';

const reported = readReported();

function inputOf(records: readonly RunRecord[]): ReportInput {
  const families = familiesOf(
    slotsByVictim(
      fillSlots(
        records.map((record) => fromRecord(record).run),
        null,
        null,
      ),
    ),
  );
  return { families, victims: families.flatMap(({ victims }) => victims), reported, knowledge: [], pretrainings: [] };
}

const input = inputOf(madeUpAblations);
const ablated = ({ victims }: typeof input) => victims.find(({ experiment }) => experiment === 'made-up-ablations')!;
const victim = ablated(input);
const valuesOf = (of: VictimSlots, sweep: keyof typeof sweeps): [string, number][] =>
  sweptAttacks(of, sweeps[sweep], reported).flatMap(({ points }) =>
    points.filter(({ slots }) => slots.length > 0).map(({ value, slots }): [string, number] => [value, slots.length]),
  );

test('settings are read as they are written', () => {
  expect([...parseSetting('a.b=1;c=x=y')]).toEqual([
    ['a.b', '1'],
    ['c', 'x=y'],
  ]);
});

test('a sweep has the entries that differ in its setting alone, and the first entry where its note says', () => {
  expect(valuesOf(victim, 'samples')).toEqual([
    ['5', 1],
    ['10', 1],
    // Two seeds of the first entry.
    ['12', 2],
    ['20', 1],
    ['30', 1],
  ]);
  const both = madeUpRecord({ experiment: 'made-up-ablations', defense: 'elibadcode', setting: 'inversion.samples=25;inversion.topK=8' });
  expect(valuesOf(ablated(inputOf([...madeUpAblations, both])), 'samples')).toEqual(valuesOf(victim, 'samples'));
  const unknown = madeUpAblations.map((record) => ({ ...record, notes: {} }));
  expect(valuesOf(ablated(inputOf(unknown)), 'samples').map(([value]) => value)).toEqual(['5', '10', '20', '30']);
});

test('the paper’s points stand at their values, also where we have none', () => {
  const { points } = sweptAttacks(victim, sweeps.injectRate, reported)[0]!;
  expect(points.map(({ value, slots, reported: row }) => [value, slots.length, row['acc']?.value, row['asr']?.value])).toEqual([
    ['0.1', 1, 62.8, 100],
    ['0.2', 1, 62.5, 0.2],
    ['0.3', 0, 61.3, 0],
    ['0.5', 2, 60.6, 0],
    // `1.0` in the paper's rows.
    ['1', 1, 51.5, 0],
  ]);
  const alone = sweptAttacks({ ...victim, comparedWith: null }, sweeps.injectRate, reported)[0]!.points;
  expect(alone.map(({ value }) => value)).toEqual(['0.1', '0.2', '0.5', '1']);
});

test('every sweep of the paper has all of its published points', () => {
  const counts = Object.values(sweeps).map((sweep) =>
    sweptAttacks(victim, sweep, reported).flatMap(({ points }) => points.flatMap((point) => Object.values(point.reported))),
  );
  const listed = Object.values(sweeps).map(
    ({ exhibit }) => reported.filter((row) => row.exhibit === exhibit && row.defense === 'elibadcode').length,
  );
  expect(counts.map((rows) => rows.length)).toEqual(listed);
  expect(listed.slice(0, -1).every((count) => count > 3)).toBe(true);
});

test('what was not found is drawn at the last iteration, as the paper draws it', () => {
  const [figure] = figures.find(({ name }) => name === 'figure-11')!.build(input);
  const spec = JSON.parse(JSON.stringify(figure!.spec)) as { vconcat: { hconcat: { data: { values: Record<string, unknown>[] } }[] }[] };
  const found = spec.vconcat[0]!.hconcat[2]!.data.values.filter(({ at }) => at === '5' || at === '12');
  expect(found.map(({ series, at, value, outcome }) => [series, at, value, outcome])).toEqual([
    ['Paper: CodeBERT', '5', 100, 'not found'],
    ['ours', '5', 40, 'not found'],
    ['ours', '12', 33, 'measured'],
  ]);
});

test('ablations stand under the paper’s names, and only beside each other', () => {
  expect(ablationsOf(victim.slots).map(({ defense, slots }) => [defense, slots.length])).toEqual([
    ['elibadcode-without-vocabulary', 1],
    ['elibadcode-without-position', 1],
    ['elibadcode-without-anchoring', 1],
    ['elibadcode', 2],
  ]);
  expect(ablationsOf(victim.slots.filter(({ setting }) => setting === ''))).toEqual([]);
});

test('Tables 5, 6 and 7: ours beside the paper’s', () => {
  const cellsOf = (table: typeof table5, experiment: string, row: number) => {
    const { columns, rows } = table.build(input).find(({ title }) => title.includes(experiment))!;
    return Object.fromEntries(columns.map(({ title }, at) => [title, rows[row]!.cells[at]!.reported?.value]));
  };
  expect(cellsOf(table5, 'made-up-ablations', 0)).toMatchObject({ ACC: 63.73, ASR: 100, 'iteration found': null, LD: 9, BLEU: 12.36 });
  expect(cellsOf(table6, 'made-up-ablations', 0)).toEqual({ LD: 16, BLEU: 19.62 });
  // The second row of a trigger is EliBadCode's: the paper has no undefended one.
  expect(cellsOf(table7, 'made-up-triggers', 1)).toMatchObject({ 'Defect detection: ACC': 62.74, 'Clone detection: ASR': 6.34 });
  expect(cellsOf(table7, 'made-up-triggers', 0)).not.toMatchObject({ 'Defect detection: ACC': 62.74 });
  expect(table7.build(input)[0]!.rows.map(({ labels }) => labels.slice(0, 3))).toEqual([
    ['testo_initRet', '5', 'Undefended'],
    ['testo_initRet', '5', 'EliBadCode'],
    ['testo_init_retVal_getFrame', '10', 'Undefended'],
    ['testo_init_retVal_getFrame', '10', 'EliBadCode'],
  ]);
});

test('without such runs there is no such table or figure', () => {
  const without = inputOf(madeUpRecords);
  for (const table of [table5, table6, table7, sweepTable]) expect(table.build(without)).toEqual([]);
  const named = figures.filter(({ name }) => /^figure-(5|7|8|11|12|13)$/.test(name));
  expect(named).toHaveLength(6);
  for (const figure of named) expect(figure.build(without)).toEqual([]);
});
