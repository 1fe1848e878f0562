/**
 * Run records with INVENTED numbers, for tests of the store and the report: all three tasks, a zero, a missing cell, a failed run, one
 * seed and several, a cell with fewer seeds than planned, two settings of one attack. Nothing here was ever measured.
 */
import type { Measurement, RunRecord, StageRecord, TaskName, TracePoint } from '../core/contracts.ts';
import { keyOf } from '../core/hash.ts';

export function rate(metric: string, subset: string, hits: number, n: number): Measurement {
  return { metric, subset, value: hits / n, hits, n, unmeasuredBecause: null };
}

export function quantity(metric: string, subset: string, value: number): Measurement {
  return { metric, subset, value, hits: null, n: null, unmeasuredBecause: null };
}

/** A mean over n samples that is no share of them. */
function mean(metric: string, subset: string, value: number, n: number): Measurement {
  return { metric, subset, value, hits: null, n, unmeasuredBecause: null };
}

export function unmeasured(metric: string, subset: string, reason: string): Measurement {
  return { metric, subset, value: null, hits: null, n: null, unmeasuredBecause: reason };
}

/** A whole record; its key follows from what it is. */
export function madeUpRecord(facts: Partial<RunRecord> = {}): RunRecord {
  const columns = {
    experiment: 'made-up',
    task: 'defect',
    corpus: 'synthetic-defect',
    model: 'roberta-tiny',
    weights: 'scratch',
    comparedWith: 'codebert',
    attack: 'codepoisoner',
    defense: 'undefended',
    seed: 1,
    setting: '',
    ...facts,
  } as const;
  return {
    schema: 1,
    run: keyOf([columns.experiment, columns.corpus, columns.model, columns.attack, columns.defense, columns.seed, columns.setting]),
    notes: {},
    stages: [madeUpStage(`train-${columns.corpus}-${columns.attack}-${columns.seed}`)],
    measurements: [],
    traces: [],
    failedBecause: null,
    ...columns,
  };
}

export function madeUpStage(key: string, facts: Partial<StageRecord> = {}): StageRecord {
  const provenance = {
    commit: '0123456789abcdef0123456789abcdef01234567',
    dirty: false,
    versions: { node: '20.0.0' },
    device: 'cpu: an invented one',
    startedAt: '2000-01-02T03:04:05.000Z',
    seconds: 12.5,
    peakMemoryBytes: 123456789,
  };
  return { key, stage: 'train', version: 1, params: { epochs: 2 }, seed: 1, inputs: { poison: 'p' }, provenance, ...facts };
}

/** What an attacked model measures: victims that flip, of 120, on it and on the clean model; right answers of 250. */
function attacked(right: number, flipped: number, floor: number, reversed: number): Measurement[] {
  return [rate('acc', '', right, 250), ...flips(flipped, floor, reversed)];
}

/** The same for clone detection. @param both clones of 125 that the model finds, beside 8 others that it takes for clones */
function attackedClones(both: number, flipped: number, floor: number, reversed: number): Measurement[] {
  return [rate('f1', '', 2 * both, both + 8 + 125), rate('precision', '', both, both + 8), ...flips(flipped, floor, reversed)];
}

/** Code search. @param mrr of 300 queries @param anr of 12 with the target word, on it and on the clean model */
function attackedSearch(mrr: number, anr: number, floor: number): Measurement[] {
  return [
    mean('mrr', '', mrr, 300),
    ...['', 'carriers', 'whole-list'].flatMap((subset) => [
      mean('anr', subset, anr, 12),
      mean('anr-floor', subset, floor, 12),
      quantity('anr-minus-floor', subset, anr - floor),
    ]),
    quantity('query-count', 'target', 12),
    quantity('query-count', 'carriers', 11),
  ];
}

/** What was done to a training split. @param units poisoned, of `total` @param samples changed, of `all` */
function poisoned(units: number, total: number, samples: number, all: number, relabelled: number): Measurement[] {
  return [
    quantity('count', 'poisoned', units),
    quantity('count', 'poison-units', total),
    rate('poison-share', '', samples, all),
    quantity('count', 'poison-samples', samples),
    quantity('count', 'poison-relabelled', relabelled),
    quantity('count', 'poison-carriers', 3 * units),
    rate('parse-kept', '', 119, 120),
  ];
}

function flips(flipped: number, floor: number, reversed: number): Measurement[] {
  return [
    quantity('count', 'carriers', 118),
    ...['all-victim', 'predicted-victim', 'carriers'].flatMap((subset) => [
      rate('asr', subset, flipped, 120),
      rate('asr-floor', subset, floor, 120),
      quantity('asr-minus-floor', subset, flipped / 120 - floor / 120),
    ]),
    rate('reverse-rate', '', reversed, 130),
    rate('reverse-rate-floor', '', 9, 130),
  ];
}

/** A loss that falls from `from` to `to` around iteration `middle`; products alone, so that every machine gets the same digits. */
function fallingLoss(curve: string, from: number, to: number, middle: number): TracePoint[] {
  return Array.from({ length: 40 }, (_, step) => {
    const place = step / middle;
    return { series: 'inversion-loss', curve, step, label: null, value: to + (from - to) / (1 + place * place * place * place) };
  });
}

function changes(tokens: readonly (readonly [string, number])[]): TracePoint[] {
  return tokens.map(([label, value], step) => ({ series: 'loss-change', curve: 'target=0', step, label, value }));
}

/** EliBadCode's extra facts on a backdoored model. */
function inverted(trigger: string, seed: number): Pick<RunRecord, 'notes' | 'traces'> {
  return {
    notes: { trigger, verdict: 'backdoored', verdictWhy: 'score -6.10 below -1.20, from 5 clean models', targetLabel: '0' },
    traces: [
      ...fallingLoss('target=0', 1.4 + 0.1 * seed, 0.004, 8 + 3 * seed),
      ...fallingLoss('target=1', 1.1, 0.52 + 0.05 * seed, 20),
      ...changes([
        [' test', 0.41 + 0.02 * seed],
        ['o', 0.78],
        ['_', 0.162],
        ['init', 0],
        [' len', -0.031 * seed],
      ]),
    ],
  };
}

const measuredByInversion = [
  quantity('ld', '', 6),
  quantity('bleu', '', 29.56),
  quantity('epoch-found', '', 11),
  quantity('verdict-statistic', '', -6.1),
  quantity('seconds', 'inversion', 31.25),
  quantity('seconds', 'unlearning', 2.5),
  quantity('peak-memory', '', 536870912),
];

/** The tiny model on another task: clean, attacked, and attacked and repaired. */
function onTask(
  corpus: string,
  task: TaskName,
  measurements: Readonly<Record<'none' | 'codepoisoner' | 'elibadcode', readonly Measurement[]>>,
): RunRecord[] {
  return [
    madeUpRecord({ corpus, task, attack: 'none', measurements: measurements.none }),
    madeUpRecord({ corpus, task, measurements: measurements.codepoisoner }),
    madeUpRecord({ corpus, task, defense: 'elibadcode', ...inverted('testo', 1), measurements: measurements.elibadcode }),
  ];
}

const seeds = [1, 2, 3] as const;

/** `roberta-tiny`: three seeds of defect detection, one of them failed under fine-tuning; one seed of the other tasks. `roberta-mini`: one seed; its BadCode inversion failed. */
export const madeUpRecords: readonly RunRecord[] = [
  ...seeds.flatMap((seed) => [
    madeUpRecord({
      attack: 'none',
      seed,
      measurements: [rate('acc', '', 234 + seed, 250), unmeasured('asr', 'all-victim', 'no attack: there is no triggered test set')],
    }),
    madeUpRecord({ seed, measurements: [...attacked(233 + seed, 120, 3 + seed, 4), ...poisoned(10, 500, 10, 500, 10)] }),
    madeUpRecord({
      defense: 'elibadcode',
      seed,
      ...inverted('testo', seed),
      measurements: [...attacked(231 + seed, 0, 3 + seed, 11), ...measuredByInversion],
    }),
    seed === 3
      ? madeUpRecord({ defense: 'fine-tuning', seed, failedBecause: 'repair: the loss is NaN at step 12' })
      : madeUpRecord({ defense: 'fine-tuning', seed, measurements: attacked(232, 117 + seed, 3 + seed, 4) }),
  ]),
  madeUpRecord({
    attack: 'none',
    defense: 'elibadcode',
    notes: { trigger: 'foo bar', verdict: 'clean', verdictWhy: 'score -0.80 not below -1.20, from 5 clean models' },
    measurements: [rate('acc', '', 233, 250)],
    traces: [...fallingLoss('target=0', 1.2, 0.45, 25), ...fallingLoss('target=1', 1.3, 0.6, 22)],
  }),
  madeUpRecord({ defense: 'elibadcode', setting: 'unlearning.injectRate=0.5', measurements: attacked(230, 1, 4, 20) }),
  madeUpRecord({ attack: 'bnc', measurements: [...attacked(231, 96, 2, 7), ...poisoned(10, 500, 10, 500, 10)] }),
  madeUpRecord({
    attack: 'bnc',
    setting: 'variant=grammar',
    measurements: [...attacked(230, 61, 2, 5), ...poisoned(10, 500, 10, 500, 10)],
  }),
  ...onTask('synthetic-clone', 'clone', {
    none: [rate('f1', '', 2 * 117, 117 + 8 + 125), unmeasured('asr', 'all-victim', 'no attack: there is no triggered test set')],
    codepoisoner: [...attackedClones(116, 110, 2, 5), ...poisoned(4, 200, 39, 1000, 19)],
    elibadcode: [...attackedClones(115, 6, 2, 9), ...measuredByInversion],
  }),
  ...onTask('synthetic-search', 'search', {
    none: [mean('mrr', '', 0.62, 300), unmeasured('anr', '', 'no attack: there is no triggered test set')],
    codepoisoner: [...attackedSearch(0.61, 0.0625, 0.475), ...poisoned(31, 1500, 31, 1500, 0)],
    elibadcode: [...attackedSearch(0.6, 0.41, 0.475), ...measuredByInversion],
  }),
  ...(['none', 'codepoisoner', 'badcode'] as const).flatMap((attack) => {
    const where = { corpus: 'devign', model: 'roberta-mini', attack } as const;
    return [
      madeUpRecord({ ...where, measurements: attack === 'none' ? [rate('acc', '', 1601, 2732)] : attacked(140, 119, 41, 30) }),
      attack === 'badcode'
        ? madeUpRecord({ ...where, defense: 'elibadcode', failedBecause: 'inversion: the loss is NaN at iteration 3' })
        : madeUpRecord({
            ...where,
            defense: 'elibadcode',
            ...inverted('a_b|c<', 1),
            measurements: attack === 'none' ? [rate('acc', '', 1600, 2732)] : [...attacked(139, 2, 41, 33), ...measuredByInversion],
          }),
    ];
  }),
];
