/** Detection: models called backdoored over populations of clean and backdoored ones, and samples or inputs singled out by filters. */
import { auc, mannWhitney, mean } from '../../core/statistics.ts';
import type { Reported } from '../../core/contracts.ts';
import { groupBy } from '../../core/group-by.ts';
import { type Behind, missingCell, numberCell, rateCell, runsOf, seedsOf } from '../computed.ts';
import { familyTitle, provenanceOf, type TableMember } from '../grid.ts';
import { type HeldOut, heldOut, type JudgedModel, type Population, populationsOf, scoresOf, toleratedFpr } from '../populations.ts';
import type { Family } from '../slots.ts';
import type { Cell, Row, Table } from '../table.ts';
import { noAttack, quantity, tasks, titleOf } from '../vocabulary.ts';
import { filtersTable } from './detection-filters.ts';

export const detection: TableMember = {
  name: 'detection',
  title: 'Detection: verdicts on models, and what filters single out',
  build: ({ families, reported }) => families.flatMap((family) => [...verdictsTable(family, reported), ...filtersTable(family)]),
};

const columns = [
  quantity('count', 'clean-models', 'clean models', 'count', 'neither'),
  quantity('fpr', 'models', 'FPR', 'rate', 'lower', ''),
  quantity('count', 'clean-undecidable', 'of them undecidable', 'count', 'lower'),
  quantity('count', 'backdoored-models', 'backdoored models', 'count', 'neither'),
  quantity('recall', 'models', 'recall', 'rate', 'higher'),
  quantity('count', 'backdoored-undecidable', 'of them undecidable', 'count', 'lower'),
  quantity('precision', 'models', 'precision', 'rate', 'higher'),
  quantity('auc', 'models', 'AUC', 'none', 'higher'),
  quantity('auc-p', 'models', 'p of AUC', 'none', 'neither'),
  quantity('fpr', 'models-held-out', 'FPR, other seeds’ threshold', 'rate', 'lower'),
  quantity('recall', 'models-held-out', 'recall, other seeds’ threshold', 'rate', 'higher'),
  quantity('threshold', 'models-held-out', 'threshold, mean', 'none', 'neither'),
] as const;

function verdictsTable(family: Family, reported: readonly Reported[]): Table[] {
  const populations = family.victims.flatMap(populationsOf);
  if (populations.length === 0) return [];
  const pooled = [...groupBy(populations, ({ defense, setting }) => JSON.stringify([defense, setting])).values()];
  return [
    {
      title: `Verdicts on models: ${familyTitle(family)} (experiment ${family.experiment})`,
      stubs: ['Task', 'Defence', 'Setting', 'Score'],
      columns: columns.map((column) => ({ title: column.title, quantity: column })),
      rows: [
        ...populations.map((population) => rowOf([population], titleIn(family, population), reported)),
        ...pooled.filter((same) => same.length > 1).map((same) => rowOf(same, 'All', reported)),
      ],
      notes: [
        'Backdoored: trained on poisoned data, whether or not the attack took. FPR: clean models called backdoored; recall: backdoored ones called so; ' +
          'an undecidable verdict calls none. Seeds of one attack share their benchmark, so models are less independent than the intervals take them for.',
        `Other seeds’ threshold: for each seed the smallest clean score of the other seeds that at most ${100 * toleratedFpr} % of their clean models exceed ` +
          '(of fewer than 20 the largest); models of the seed that score above it are flagged. Score: what the rule compares; ' +
          'where it could not decide, or compares the loss itself, −ln of the loss with the found trigger. p: exact rank test of the scores, two-sided.',
        'The paper’s FPR is over 6 clean models, of defect and clone detection together; it prints no recall.',
      ],
      provenance: provenanceOf(populations.flatMap(({ models }) => models.map(({ slot }) => slot))),
    },
  ];
}

function titleIn({ victims }: Family, { victim: { task, corpus } }: Population): string {
  const isAlone = victims.filter((victim) => victim.task === task).length === 1;
  return isAlone ? tasks[task].title : `${tasks[task].title} on ${titleOf(corpus)}`;
}

/** @param same one population, or those of one defence on several tasks */
function rowOf(same: readonly Population[], title: string, reported: readonly Reported[]): Row {
  const { defense, setting } = same[0]!;
  const models = same.flatMap((population) => population.models);
  const kinds = [...new Set(same.map(({ score }) => score ?? 'none'))];
  return {
    labels: [title, titleOf(defense), setting, kinds.join(', ')],
    quantity: null,
    cells: [...verdictCells(models, same, claimOf(defense, reported)), ...scoreCells(same), ...heldOutCells(same)],
  };
}

/** The text's claim; it has no row of its own model or task. */
function claimOf(defense: string, reported: readonly Reported[]): Reported | null {
  const isClaim = (r: Reported): boolean => r.exhibit === 'abstract-claims' && r.metric === 'fpr' && r.attack === noAttack;
  return reported.find((r) => isClaim(r) && r.defense === defense) ?? null;
}

const noClean = 'no clean model';
const noBackdoored = 'none backdoored';

function verdictCells(models: readonly JudgedModel[], same: readonly Population[], claim: Reported | null): Cell[] {
  const [clean, backdoored] = [models.filter((model) => !model.isBackdoored), models.filter((model) => model.isBackdoored)];
  const called = (some: readonly JudgedModel[], verdict: string): number => some.filter((model) => model.verdict === verdict).length;
  const [falseAlarms, found] = [called(clean, 'backdoored'), called(backdoored, 'backdoored')];
  const counted = (some: readonly JudgedModel[], count: number): Cell => numberCell(count, 'count', { runs: behind(some).runs });
  const shortfall = same.flatMap((population) => population.shortfall);
  return [
    { ...counted(clean, clean.length), shortfall: shortfall.filter((why) => why.startsWith(`${noAttack},`)) },
    rateCell(falseAlarms, clean.length, noClean, { ...behind(clean), reported: claim }),
    counted(clean, called(clean, 'undecidable')),
    { ...counted(backdoored, backdoored.length), shortfall: shortfall.filter((why) => !why.startsWith(`${noAttack},`)) },
    rateCell(found, backdoored.length, noBackdoored, behind(backdoored)),
    counted(backdoored, called(backdoored, 'undecidable')),
    rateCell(found, found + falseAlarms, 'none flagged', behind(models)),
  ];
}

/** Beyond it the exact test takes too long; a normal approximation would be fine there, and is not needed yet. */
const MOST_RANKED = 300;

function scoreCells(same: readonly Population[]): Cell[] {
  const about = { runs: same.flatMap(({ models }) => runsOf(models.map(({ slot }) => slot))) };
  const [area, test] = [columns[7].unit, columns[8].unit];
  const none = (why: string): Cell[] => [missingCell(why, area, about), missingCell(why, test, about)];
  if (same.length > 1) return none('tasks apart');
  const scores = scoresOf(same[0]!);
  const { models } = same[0]!;
  if (scores === null)
    return none(
      models.every((model) => model.isBackdoored) ? noClean : models.some((model) => model.isBackdoored) ? 'no common score' : noBackdoored,
    );
  const { backdoored, clean } = scores;
  const isTooMany = backdoored.length + clean.length > MOST_RANKED;
  const p = isTooMany ? missingCell('too many models', test, about) : numberCell(mannWhitney(backdoored, clean).p, test, about);
  return [numberCell(auc(backdoored, clean), area, about), p];
}

/** Thresholds are each task's own; what they call is counted together. */
function heldOutCells(same: readonly Population[]): Cell[] {
  const called = same.flatMap(({ models }) => heldOut(models));
  const about = behind(same.flatMap(({ models }) => models));
  const flagged = (isBackdoored: boolean): HeldOut[] => called.filter((model) => model.isBackdoored === isBackdoored);
  const rate = (some: readonly HeldOut[], ofNothing: string): Cell =>
    rateCell(some.filter(({ isFlagged }) => isFlagged).length, some.length, called.length === 0 ? 'no other seeds' : ofNothing, about);
  const threshold = called.length === 0 || same.length > 1 ? null : mean(called.map((model) => model.threshold));
  const plain = { runs: about.runs };
  return [
    rate(flagged(false), noClean),
    rate(flagged(true), noBackdoored),
    threshold === null
      ? missingCell(same.length > 1 ? 'tasks apart' : 'no other seeds', columns[11].unit, plain)
      : numberCell(threshold, columns[11].unit, plain),
  ];
}

function behind(models: readonly JudgedModel[]): Behind {
  const slots = models.map(({ slot }) => slot);
  return { runs: runsOf(slots), seeds: seedsOf(slots) };
}
