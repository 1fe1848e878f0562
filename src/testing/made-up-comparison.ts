/**
 * Run records with INVENTED numbers of several defences, for tests of what reports say of comparisons and of detection: three seeds of
 * six defences under two attacks, and verdicts on twelve clean and twenty-four backdoored models. Nothing here was ever measured.
 */
import type { Measurement, RunRecord } from '../core/contracts.ts';
import type { DefenseFacts } from '../report/index.ts';
import { madeUpRecord, quantity, rate, unmeasured } from './made-up-records.ts';

/** Of 250 right answers, of 120 victims that flip beside 6 on the clean model, of 130 that turn round. */
function under(right: number, flipped: number, reversed: number, seconds: Readonly<Record<string, number>>): Measurement[] {
  return [
    rate('acc', '', right, 250),
    rate('asr', 'all-victim', flipped, 120),
    rate('asr-floor', 'all-victim', 6, 120),
    quantity('asr-minus-floor', 'all-victim', flipped / 120 - 6 / 120),
    rate('reverse-rate', '', reversed, 130),
    quantity('seconds', 'train', 60),
    ...Object.entries(seconds).map(([phase, value]) => quantity('seconds', phase, value)),
  ];
}

/** Poisoned samples found of 10, clean ones removed of 490. */
function filtered(found: number, falseAlarms: number): Measurement[] {
  return [
    rate('detection-recall', '', found, 10),
    rate('detection-fpr', '', falseAlarms, 490),
    rate('detection-precision', '', found, found + falseAlarms),
    rate('detection-f1', '', 2 * found, 10 + found + falseAlarms),
    quantity('detection-auc', '', 0.75),
  ];
}

const compared: Readonly<Record<string, (seed: number) => Measurement[]>> = {
  undefended: (seed) => under(236 + seed, 120, 4, {}),
  'fine-tuning': (seed) => under(235, 116 + seed, 4, { unlearning: 2 }),
  onion: (seed) => [
    ...under(234, 90 + seed, 5, { preparation: 1, 'purification-clean': 8, 'purification-triggered': 8 }),
    ...filtered(6, 40),
    rate('trigger-words-removed', '', 70, 100),
    quantity('clean-words-removed', 'an-input', 0.5),
  ],
  dbs: (seed) => under(233, 60 + 3 * seed, 8, { inversion: 10 + seed, unlearning: 2 }),
  'spectral-signature': (seed) => [...under(230, 30, 3, { detection: 3, retraining: 61 }), ...filtered(8 - seed, 7)],
  elibadcode: (seed) => under(232 + seed, seed, 12, { inversion: 40 + seed, unlearning: 2.5 }),
};

const comparison: readonly RunRecord[] = [1, 2, 3].flatMap((seed) => [
  ...['codepoisoner', 'badcode'].flatMap((attack) =>
    Object.entries(compared).map(([defense, measured]) =>
      defense === 'dbs' && attack === 'badcode' && seed === 3
        ? madeUpRecord({ experiment: 'made-up-comparison', attack, defense, seed, failedBecause: 'inversion: out of memory' })
        : madeUpRecord({ experiment: 'made-up-comparison', attack, defense, seed, measurements: measured(seed) }),
    ),
  ),
  ...['undefended', 'dbs', 'elibadcode'].map((defense, at) =>
    madeUpRecord({
      experiment: 'made-up-comparison',
      attack: 'none',
      defense,
      seed,
      measurements: [rate('acc', '', 238 - at, 250), unmeasured('asr', 'all-victim', 'no attack: there is no triggered test set')],
    }),
  ),
]);

/** A judged model; its rule calls a statistic above 3 backdoored. */
function judged(defense: string, attack: string, seed: number, statistic: number, setting = ''): RunRecord {
  return madeUpRecord({
    experiment: 'made-up-verdicts',
    attack,
    defense,
    seed,
    setting,
    notes: { verdict: statistic > 3 ? 'backdoored' : 'clean', verdictWhy: 'invented' },
    measurements: [quantity('verdict-statistic', '', statistic), quantity('inversion-loss', 'anchored', 1 / (8 + statistic))],
  });
}

/** EliBadCode tells all but one apart; DBS does no better than its clean models allow, and could not decide on one. */
const verdicts: readonly RunRecord[] = Array.from({ length: 12 }, (_, index) => index + 1).flatMap((seed) => [
  judged('elibadcode', 'none', seed, seed === 5 ? 4.5 : 0.25 * seed - 1.5),
  judged('elibadcode', 'codepoisoner', seed, 6 + (seed % 5)),
  judged('elibadcode', 'badcode', seed, seed === 7 ? 2.5 : 5 + 0.5 * seed, 'identifier=variable'),
  judged('dbs', 'none', seed, (7 * seed) % 12),
  judged('dbs', 'codepoisoner', seed, ((5 * seed) % 12) + 1.5),
  seed === 2
    ? madeUpRecord({ ...judged('dbs', 'badcode', seed, 0), notes: { verdict: 'undecidable', verdictWhy: 'no spread' } })
    : judged('dbs', 'badcode', seed, ((11 * seed) % 12) + 0.5),
]);

export const madeUpComparison: readonly RunRecord[] = [...comparison, ...verdicts];

const phase = (name: string, needs: readonly string[], isOptional = false) => ({ name, needs, isOptional });

export const madeUpKnowledge: readonly DefenseFacts[] = [
  { name: 'undefended', at: 'model', access: 'none', phases: [], isJudge: false },
  { name: 'fine-tuning', at: 'model', access: 'weights', phases: [phase('repair', ['victim', 'pool'])], isJudge: false },
  {
    name: 'onion',
    at: 'input',
    access: 'predictions, optional',
    phases: [phase('prepare', ['victim', 'pool', 'validation'], true), phase('purify', ['pool'])],
    isJudge: false,
  },
  {
    name: 'spectral-signature',
    at: 'data',
    access: 'weights',
    phases: [phase('detect', ['victim', 'training', 'poisonRate'])],
    isJudge: false,
  },
  {
    name: 'elibadcode',
    at: 'model',
    access: 'weights',
    phases: [phase('invert', ['victim', 'pool']), phase('repair', ['victim', 'pool'])],
    isJudge: true,
  },
];
