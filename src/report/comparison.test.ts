/**
 * Comparisons of defences and detection over populations, from made-up runs. Snapshots lie in `snapshots-comparison/`: look at them, and
 * after a wanted change write them anew with `npx vitest run src/report -u`.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromRecord } from '../store/runs.ts';
import { readReported } from '../store/reported.ts';
import { madeUpComparison, madeUpKnowledge } from '../testing/made-up-comparison.ts';
import { madeUpRecord, quantity, rate } from '../testing/made-up-records.ts';
import { svgOf } from './figure.ts';
import { figure9 } from './figures/figure-9.ts';
import { roc } from './figures/roc.ts';
import { csvOf } from './formats/csv.ts';
import { latexOf } from './formats/latex.ts';
import { markdownOf } from './formats/markdown.ts';
import type { ReportInput, TableMember } from './grid.ts';
import { heldOut, type JudgedModel, populationsOf, scoresOf, thresholdOf } from './populations.ts';
import { familiesOf, fillSlots, slotsByVictim, type VictimSlots } from './slots.ts';
import type { Row, Table } from './table.ts';
import { defenses } from './tables/defenses.ts';
import { detection } from './tables/detection.ts';
import { knowledge } from './tables/knowledge.ts';
import { table1 } from './tables/table-1.ts';
import { table4 } from './tables/table-4.ts';
import { table8 } from './tables/table-8.ts';
import { table9 } from './tables/table-9.ts';

type Records = readonly ReturnType<typeof madeUpRecord>[];

function victimsOf(records: Records): VictimSlots[] {
  return slotsByVictim(
    fillSlots(
      records.map((record) => fromRecord(record).run),
      null,
      null,
    ),
  );
}

function inputOf(records: Records = madeUpComparison): ReportInput {
  const families = familiesOf(victimsOf(records));
  return {
    families,
    victims: families.flatMap(({ victims }) => victims),
    reported: readReported(),
    knowledge: madeUpKnowledge,
    pretrainings: [],
  };
}

/** Intervals are drawn anew in each build, so every member is built once. */
const builtBy = new Map<TableMember, Table[]>();
function built(member: TableMember): Table[] {
  if (!builtBy.has(member)) builtBy.set(member, member.build(inputOf()));
  return builtBy.get(member)!;
}

const members: readonly TableMember[] = [defenses, detection, knowledge, table4, table9];

test.each(members.map((member) => [member.name, member] as const))('%s looks as it did', async (name, member) => {
  const tables = built(member);
  expect(tables.length).toBeGreaterThan(0);
  await expect(markdownOf(member.title, tables)).toMatchFileSnapshot(`snapshots-comparison/${name}.md`);
  await expect(csvOf(tables)).toMatchFileSnapshot(`snapshots-comparison/${name}.csv`);
  expect(latexOf(name, member.title, tables)).toContain('\\end{table*}');
});

test('the ROC curves look as they did', async () => {
  const [figure, ...others] = roc.build(inputOf());
  expect(others).toEqual([]);
  expect(figure!.name).toBe('roc-made-up-verdicts-roberta-tiny-synthetic-defect-codebert');
  await expect(await svgOf(figure!)).toMatchFileSnapshot('snapshots-comparison/roc.svg');
});

test('figure 9 draws EliBadCode’s inversions, and no other defence’s', () => {
  const traced = (defense: string, values: readonly number[]) =>
    madeUpRecord({
      ...{ defense, attack: 'codepoisoner' },
      traces: values.map((value, at) => ({ series: 'inversion-loss', curve: 'target=0', step: at + 1, label: null, value })),
    });
  const [figure, ...others] = figure9.build(inputOf([traced('elibadcode', [3, 2]), traced('dbs', [8, 7])]));
  expect(others).toEqual([]);
  const drawn = (figure!.spec as unknown as { data: { values: { line: string; loss: number }[] } }).data.values;
  expect(drawn.filter(({ line }) => line !== 'paper').map(({ loss }) => loss)).toEqual([3, 2]);
  expect(figure9.build(inputOf([traced('dbs', [8, 7])]))).toEqual([]);
});

test('a causal decoder stands in Table 8 alone, beside its own published numbers; encoders stand in Table 1', () => {
  const decoder = (defense: string, hits: number) =>
    madeUpRecord({
      model: 'gpt-bigcode-tiny',
      comparedWith: 'starcoder-1b',
      defense,
      measurements: [rate('asr', 'all-victim', hits, 120)],
    });
  const input = inputOf([madeUpRecord(), decoder('undefended', 120), decoder('elibadcode', 3)]);
  expect(table1.build(input).map(({ title }) => title)).toEqual([expect.stringContaining('beside CodeBERT')]);
  const [table, ...others] = table8.build(input);
  expect(others).toEqual([]);
  expect(table!.title).toBe('gpt-bigcode-tiny (scratch) on synthetic-defect, beside StarCoder-1B (experiment made-up)');
  expect(table!.columns.map(({ title }) => title)).toEqual(['Undefended', 'ONION', 'DBS', 'AttDef', 'EliBadCode']);
  const { cells } = rowOf(table!, 'CodePoisoner', 'Defect detection', 'ASR');
  expect(cells.map(({ value }) => value)).toEqual([1, null, null, null, 0.025]);
  expect(cells.map(({ reported }) => reported?.value)).toEqual([96.57, 53.05, 20.23, 28.34, 2.87]);
  // The paper has it for CodePoisoner alone.
  expect(new Set(table!.rows.map(({ labels }) => labels[0]))).toEqual(new Set(['CodePoisoner']));
});

test('what there are no runs for has no table and no figure', () => {
  const input = inputOf([madeUpRecord()]);
  for (const { build } of members) expect(build(input)).toEqual([]);
  expect(roc.build(input)).toEqual([]);
});

function tableNamed(member: TableMember, start: string): Table {
  return built(member).find(({ title }) => title.startsWith(start))!;
}
const valuesOf = ({ cells }: Row): (number | null)[] => cells.map(({ value }) => value);
const rowOf = ({ rows }: Table, ...labels: readonly string[]): Row =>
  rows.find((row) => labels.every((label) => row.labels.includes(label)))!;

describe('defences', () => {
  test('seconds are those of the defence’s own phases, summed', () => {
    const table = tableNamed(defenses, 'roberta-tiny');
    expect(table.columns.map(({ title }) => title)).toEqual([
      'Undefended',
      'Fine-tuning',
      'ONION',
      'DBS',
      'EliBadCode',
      'Spectral signature',
    ]);
    const seconds = rowOf(table, 'CodePoisoner', 'seconds of the defence');
    expect(valuesOf(seconds)).toEqual([null, 2, 17, 14, 44.5, 64]);
    expect(seconds.cells[0]!.missingBecause).toBe('no defence phase');
    expect(rowOf(table, 'CodePoisoner', 'ASR').cells[4]).toMatchObject({ value: 2 / 120, seeds: [1, 2, 3], reported: { value: 0.24 } });
    expect(rowOf(table, 'BadCode', 'ASR').cells[3]!.shortfall).toEqual(['seed 3: failed: inversion: out of memory']);
    expect(table.notes.join(' ')).toContain(
      'Spectral signature acts on training data, before the victim is trained anew; the suspect model by its weights; training list',
    );
  });

  test('the order is compared where three have both values: 0.24, 90, 98.80, 100 are the paper’s for CodePoisoner', () => {
    const table = tableNamed(defenses, 'Order');
    // Ours: EliBadCode, DBS, ONION, fine-tuning; theirs: EliBadCode, ONION, fine-tuning, DBS. d = 0, 2, −1, −1: 1 − 36/60.
    const poisoner = rowOf(table, 'CodePoisoner');
    expect(poisoner.labels.slice(3)).toEqual(['EliBadCode, DBS, ONION, Fine-tuning', 'EliBadCode, ONION, Fine-tuning, DBS']);
    expect(poisoner.cells.map(({ value }) => value)).toEqual([4, expect.closeTo(0.4, 12), expect.any(Number)]);
    const badcode = rowOf(table, 'BadCode').cells[1]!.value!;
    expect(rowOf(table, 'All').cells[1]!.value).toBeCloseTo((0.4 + badcode) / 2, 12);
  });

  test('pairs share task, attack and seed; a failed run is in none', () => {
    const table = tableNamed(defenses, 'EliBadCode against');
    const dbs = rowOf(table, 'DBS', 'ASR − floor');
    // Seeds 1, 2, 3 and 1, 2: seed − (60 + 3 seed).
    expect(valuesOf(dbs)).toEqual([5, expect.closeTo(-(62 + 64 + 66 + 62 + 64) / 5 / 120, 12), 1, 2 / 32, 2 / 32, 2 / 8]);
    expect(dbs.cells[0]!.runs).toHaveLength(10);
    expect(rowOf(table, 'DBS', 'seconds of the defence').cells[1]!.value).toBeCloseTo(30.5, 12);
    expect(table.rows.some(({ labels }) => labels[0] === 'Undefended' && labels[1]!.startsWith('seconds'))).toBe(false);
  });
});

test('table 9 has the ratio seed by seed, and the quotient of the paper’s times', () => {
  const { cells } = rowOf(tableNamed(table9, 'roberta-tiny'), 'CodePoisoner', 'inversion');
  expect(cells[2]!.value).toBeCloseTo((11 / 41 + 12 / 42 + 13 / 43) / 3, 12);
  expect(cells[2]!.reported).toMatchObject({ value: 298 / 1360, status: 'computed' });
});

describe('detection', () => {
  test('verdicts are counted, an attack’s own setting does not part a population, scores rank', () => {
    const table = tableNamed(detection, 'Verdicts');
    expect(table.rows.map(({ labels }) => labels.slice(1))).toEqual([
      ['DBS', '', '−ln of the inversion loss'],
      ['EliBadCode', '', 'verdict statistic'],
    ]);
    const [clean, fpr, , backdoored, recall, , precision, area] = rowOf(table, 'EliBadCode').cells;
    expect([clean!.value, backdoored!.value]).toEqual([12, 24]);
    expect(fpr).toMatchObject({ hits: 1, n: 12, interval: { method: 'wilson' }, reported: { value: 0 } });
    expect([recall!.hits, precision!.hits, precision!.n]).toEqual([23, 23, 24]);
    // One clean model, 4.5, lies above one backdoored one, 2.5.
    expect(area!.value).toBeCloseTo(1 - 1 / (12 * 24), 12);
    // Without seed 5 the largest clean score is 1.5; with it 4.5, which hides 2.5 alone.
    const [heldFpr, heldRecall, threshold] = rowOf(table, 'EliBadCode').cells.slice(9);
    expect([heldFpr!.hits, heldFpr!.n, heldRecall!.hits, heldRecall!.n]).toEqual([1, 12, 23, 24]);
    expect(threshold!.value).toBeCloseTo((11 * 4.5 * 3 + 1.5 * 3) / 36, 12);
    const dbs = rowOf(table, 'DBS').cells;
    expect([dbs[5]!.value, dbs[4]!.n]).toEqual([1, 24]);
  });

  test('filters have a row an attack', () => {
    const table = tableNamed(detection, 'Samples');
    expect(table.rows).toHaveLength(4);
    expect(rowOf(table, 'CodePoisoner', 'Spectral signature').cells[0]!.value).toBeCloseTo(0.6, 12);
    expect(rowOf(table, 'CodePoisoner', 'ONION').cells[5]!.value).toBeCloseTo(0.7, 12);
  });

  const judged = (attack: string, seed: number, facts: Parameters<typeof madeUpRecord>[0]) =>
    madeUpRecord({ defense: 'dbs', attack, seed, notes: { verdict: 'clean' }, ...facts });
  const losses = (loss: number, statistic: number) => ({
    measurements: [quantity('verdict-statistic', '', statistic), quantity('inversion-loss', 'anchored', loss)],
  });

  test('a statistic that is the loss itself is turned: the lower loss is the more suspicious', () => {
    const [population] = populationsOf(victimsOf([judged('none', 1, losses(0.5, 0.5)), judged('badcode', 1, losses(0.001, 0.001))])[0]!);
    expect(population!.score).toBe('−ln of the inversion loss');
    const { backdoored, clean } = scoresOf(population!)!;
    expect(backdoored[0]).toBeGreaterThan(clean[0]!);
  });

  test('a defence’s setting parts populations, by the clean models that have it', () => {
    const setting = 'inversion.topK=8';
    const records = [
      judged('none', 1, losses(0.5, 1)),
      judged('none', 1, { ...losses(0.5, 1), setting }),
      judged('badcode', 1, { ...losses(0.5, 2), setting: `identifier=variable;${setting}` }),
      judged('badcode', 2, { ...losses(0.5, 2), setting: 'identifier=variable' }),
      judged('badcode', 3, { failedBecause: 'the loss is NaN', notes: {} }),
    ];
    const populations = populationsOf(victimsOf(records)[0]!);
    expect(populations.map((population) => [population.setting, population.models.length, population.shortfall])).toEqual([
      ['', 2, ['badcode, seed 3: the loss is NaN']],
      [setting, 2, []],
    ]);
  });

  test('a threshold lets at most 5 % of clean models through, and no model has a part in its own', () => {
    expect(thresholdOf([3, 1, 2])).toBe(3);
    expect(thresholdOf(Array.from({ length: 20 }, (_, index) => index))).toBe(18);
    const slot = populationsOf(victimsOf([judged('none', 1, losses(0.5, 1))])[0]!)[0]!.models[0]!.slot;
    const model = (seed: number, isBackdoored: boolean, score: number): JudgedModel => ({
      slot: { ...slot, seed },
      isBackdoored,
      verdict: 'clean',
      score,
    });
    // Seed 1 is judged by seed 2's clean model alone, whatever its own says.
    const called = heldOut([model(1, false, 9), model(1, true, 5), model(2, false, 2), model(2, true, 5)]);
    expect(called.map(({ isFlagged, threshold }) => [isFlagged, threshold])).toEqual([
      [true, 2],
      [true, 2],
      [false, 9],
      [false, 9],
    ]);
    expect(heldOut([model(1, false, 1), model(1, true, 2)])).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 60 }), (clean) => {
        const threshold = thresholdOf(clean);
        expect(clean.filter((score) => score > threshold).length).toBeLessThanOrEqual(0.05 * clean.length);
      }),
    );
  });
});
