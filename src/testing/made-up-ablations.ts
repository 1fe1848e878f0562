/**
 * Run records with INVENTED numbers of an experiment of ablations: EliBadCode without its parts, over its settings, and against longer
 * triggers; a search that found nothing, a place that failed, two seeds at one point. Nothing here was ever measured.
 */
import type { Measurement, RunRecord, TracePoint } from '../core/contracts.ts';
import { madeUpRecord, quantity, rate, unmeasured } from './made-up-records.ts';

/** Where the first entry stands. */
const centre = {
  'inversion.anchor.enabled': true,
  'inversion.iterations': 40,
  'inversion.position.choose': 'least-change',
  'inversion.position.rank': 1,
  'inversion.repeat': 32,
  'inversion.samples': 12,
  'inversion.topK': 64,
  'inversion.vocabulary.rule': 'word-characters',
  'unlearning.injectRate': 0.5,
  'unlearning.trainable': 'all',
} as const;

type Setting = Partial<Record<keyof typeof centre, string | number | boolean>>;

interface Outcome {
  readonly right?: number;
  readonly flipped?: number;
  /** Iteration; `null`: not found. */
  readonly found?: number | null;
  readonly loss?: number;
  readonly seconds?: number;
  readonly trigger?: string;
}

const spelled = (setting: object): string =>
  Object.entries(setting)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(';');

const losses = (steps: number): TracePoint[] =>
  Array.from({ length: steps }, (_, step) => ({
    series: 'inversion-loss',
    curve: 'target=0',
    step: step + 1,
    label: null,
    value: 1 / (step + 1),
  }));

/** @param right answers of 250 @param flipped victims of 120, 4 of them by the clean model too */
function labels(right: number, flipped: number): Measurement[] {
  return [
    rate('acc', '', right, 250),
    rate('asr', 'all-victim', flipped, 120),
    rate('asr-floor', 'all-victim', 4, 120),
    quantity('asr-minus-floor', 'all-victim', flipped / 120 - 4 / 120),
    rate('reverse-rate', '', 5, 130),
  ];
}

function inverted({ found = 30, loss = 0.004, seconds = 7, trigger = 'Testo' }: Outcome): Pick<RunRecord, 'notes' | 'measurements'> {
  return {
    notes: { trigger },
    measurements: [
      found === null ? unmeasured('epoch-found', '', 'no iteration brought the loss to 0.015') : quantity('epoch-found', '', found),
      quantity('inversion-loss', 'best', loss),
      quantity('seconds', 'inversion', seconds),
      quantity('ld', '', 6),
      quantity('bleu', '', 29.56),
    ],
  };
}

/** EliBadCode with one setting changed, or none. */
function variant(setting: Setting, outcome: Outcome = {}, seed = 1): RunRecord {
  const { notes, measurements } = inverted(outcome);
  const settings = { ...centre, ...setting };
  return madeUpRecord({
    experiment: 'made-up-ablations',
    defense: 'elibadcode',
    setting: spelled(setting),
    seed,
    notes: { ...notes, settings: spelled(settings) },
    measurements: [...labels(outcome.right ?? 231, outcome.flipped ?? 2), ...measurements],
    traces: losses(Number(settings['inversion.iterations'])),
  });
}

/** Longer triggers: beside defect detection also clone detection, whose longest was not run. */
function longer(trigger: string, flipped: number, tasks: readonly ('defect' | 'clone')[]): RunRecord[] {
  return tasks.flatMap((task) => {
    const where = { experiment: 'made-up-triggers', task, corpus: `synthetic-${task}`, setting: `trigger=${trigger}` } as const;
    const clean = task === 'clone' ? [rate('f1', '', 230, 248)] : [];
    return [
      madeUpRecord({ ...where, measurements: [...labels(232, 120), ...clean] }),
      madeUpRecord({
        ...where,
        defense: 'elibadcode',
        notes: { trigger: 'Testo' },
        measurements: [...labels(230, flipped), ...clean],
      }),
    ];
  });
}

const notFound = { flipped: 120, found: null, loss: 0.4 } as const;

export const madeUpAblations: readonly RunRecord[] = [
  madeUpRecord({ experiment: 'made-up-ablations', measurements: labels(233, 120) }),
  variant({}),
  variant({}, { right: 229, flipped: 5, found: 36 }, 2),
  variant({ 'inversion.vocabulary.rule': 'all' }, { ...notFound, loss: 0.03, trigger: ' x|y' }),
  variant({ 'inversion.position.choose': 'random' }, { found: 38 }),
  variant({ 'inversion.anchor.enabled': false }, { right: 226, trigger: 'TestoInfo' }),
  ...[5, 10].map((samples) => variant({ 'inversion.samples': samples }, notFound)),
  ...[20, 30].map((samples) => variant({ 'inversion.samples': samples }, { found: 40 - samples })),
  ...[8, 16].map((topK) => variant({ 'inversion.topK': topK }, notFound)),
  variant({ 'inversion.topK': 128 }, { flipped: 0, found: 12 }),
  ...[8, 16, 64, 128].map((repeat) => variant({ 'inversion.repeat': repeat }, { seconds: 1 + repeat / 5, flipped: 120 - (repeat % 100) })),
  ...[2, 3].map((rank) => variant({ 'inversion.position.rank': rank }, { found: 20 + 5 * rank, loss: 0.01 * rank })),
  variant({ 'inversion.position.rank': 6 }, notFound),
  variant({ 'inversion.iterations': 20 }, notFound),
  ...[0.1, 0.2, 1].map((rate) =>
    variant({ 'unlearning.injectRate': rate }, { right: Math.round(235 - 20 * rate), flipped: rate < 0.2 ? 110 : 1 }),
  ),
  variant({ 'unlearning.trainable': 'head' }, { flipped: 60 }),
  variant({ 'unlearning.trainable': 'last-layer' }, { flipped: 101, right: 232 }),
  ...longer('testo_initRet', 3, ['defect', 'clone']),
  ...longer('testo_init_retVal_getFrame', 9, ['defect']),
];
