/** How names of records read in tables: titles, units, which way is better. A name that is not listed stands for itself. */
import type { TaskName } from '../core/contracts.ts';

/** `rate`: a fraction shown in percent. `points`: a difference of rates. `score`: 0..1, shown as such. */
export type Unit = 'rate' | 'points' | 'score' | 'count' | 'bleu' | 'characters' | 'iterations' | 'seconds' | 'bytes' | 'none';
export type Direction = 'higher' | 'lower' | 'neither';

export interface Quantity {
  readonly metric: string;
  readonly subset: string;
  readonly title: string;
  readonly unit: Unit;
  /** Which way is better for the defender. */
  readonly direction: Direction;
  /** The `setting` under which `reported.csv` has the same quantity; `null`: the paper lacks it. */
  readonly paperSetting: string | null;
  /**
   * What `hits` of `n` are: `share`, samples among samples; `dice`, 2·tp of 2·tp + fp + fn, which F1 is; `exact`, set and not drawn,
   * so that no interval belongs to it.
   */
  readonly counts: 'share' | 'dice' | 'exact';
}

export function quantity(
  metric: string,
  subset: string,
  title: string,
  unit: Unit,
  direction: Direction,
  paperSetting: string | null = null,
): Quantity {
  return { metric, subset, title, unit, direction, paperSetting, counts: unit === 'count' ? 'exact' : 'share' };
}

/** exhibits.md 2. */
export const quantities = {
  acc: quantity('acc', '', 'ACC', 'rate', 'higher', ''),
  f1: { ...quantity('f1', '', 'F1', 'rate', 'higher', ''), counts: 'dice' },
  mrr: quantity('mrr', '', 'MRR', 'score', 'higher', ''),
  asr: quantity('asr', 'all-victim', 'ASR', 'rate', 'lower', ''),
  anr: quantity('anr', '', 'ANR', 'rate', 'higher', ''),
  asrPredicted: quantity('asr', 'predicted-victim', 'ASR, victims called right', 'rate', 'lower'),
  floor: quantity('asr-floor', 'all-victim', 'floor: ASR of the clean model', 'rate', 'neither'),
  aboveFloor: quantity('asr-minus-floor', 'all-victim', 'ASR − floor', 'points', 'lower'),
  reverse: quantity('reverse-rate', '', 'reverse rate', 'rate', 'lower'),
  reverseFloor: quantity('reverse-rate-floor', '', 'floor: reverse rate of the clean model', 'rate', 'neither'),
  anrFloor: quantity('anr-floor', '', 'floor: ANR of the clean model', 'rate', 'neither'),
  aboveAnrFloor: quantity('anr-minus-floor', '', 'ANR − floor', 'points', 'higher'),
  anrWhole: quantity('anr', 'whole-list', 'ANR over the whole list', 'rate', 'higher'),
  poisoned: quantity('count', 'poisoned', 'units poisoned', 'count', 'neither'),
  poisonUnits: quantity('count', 'poison-units', 'units', 'count', 'neither'),
  poisonShare: { ...quantity('poison-share', '', 'share of samples', 'rate', 'neither'), counts: 'exact' },
  poisonSamples: quantity('count', 'poison-samples', 'samples changed', 'count', 'neither'),
  poisonRelabelled: quantity('count', 'poison-relabelled', 'relabelled', 'count', 'neither'),
  poisonCarriers: quantity('count', 'poison-carriers', 'training carriers', 'count', 'neither'),
  testCarriers: quantity('count', 'carriers', 'test carriers', 'count', 'neither'),
  queryCarriers: quantity('query-count', 'carriers', 'test queries', 'count', 'neither'),
  parseKept: quantity('parse-kept', '', 'parse kept', 'rate', 'neither'),
  ld: quantity('ld', '', 'LD', 'characters', 'lower', ''),
  bleu: quantity('bleu', '', 'BLEU', 'bleu', 'higher', ''),
  epochFound: quantity('epoch-found', '', 'iteration found', 'iterations', 'lower', ''),
  inversionLoss: quantity('inversion-loss', 'best', 'best inversion loss', 'none', 'lower'),
  statistic: quantity('verdict-statistic', '', 'verdict statistic', 'none', 'neither'),
  inversionSeconds: quantity('seconds', 'inversion', 'inversion', 'seconds', 'lower', 'phase=inversion'),
  unlearningSeconds: quantity('seconds', 'unlearning', 'unlearning', 'seconds', 'lower', 'phase=unlearning'),
  peakMemory: quantity('peak-memory', '', 'peak memory', 'bytes', 'lower'),
  /** Summed in reports over `defensePhases`. */
  defenseSeconds: quantity('seconds', 'defence', 'seconds of the defence', 'seconds', 'lower'),
  detectionRecall: quantity('detection-recall', '', 'recall', 'rate', 'higher'),
  detectionFpr: quantity('detection-fpr', '', 'FPR', 'rate', 'lower'),
  detectionPrecision: quantity('detection-precision', '', 'precision', 'rate', 'higher'),
  detectionF1: { ...quantity('detection-f1', '', 'F1', 'rate', 'higher'), counts: 'dice' },
  detectionAuc: quantity('detection-auc', '', 'AUC', 'none', 'higher'),
  triggerWordsRemoved: quantity('trigger-words-removed', '', 'trigger words removed', 'rate', 'higher'),
  cleanWordsRemoved: quantity('clean-words-removed', 'an-input', 'words removed a clean input', 'none', 'lower'),
} as const satisfies Readonly<Record<string, Quantity>>;

/** Subsets of `seconds` that a defence takes: all but the training of the victim that it defends. */
export const defensePhases = [
  'detection',
  'retraining',
  'inversion',
  'unlearning',
  'preparation',
  'purification-clean',
  'purification-triggered',
] as const;

export interface TaskWords {
  readonly title: string;
  /** What the loss of an inversion is a mean of. */
  readonly lossUnit: string;
  readonly clean: Quantity;
  readonly attack: Quantity;
  /** What the clean model gives in place of `attack`, and what is left without it. */
  readonly floor: Quantity;
  readonly aboveFloor: Quantity;
  /** The side effect of unlearning that `attack` rewards, or `null`. */
  readonly reverse: Quantity | null;
  /** Test samples on which `attack` is measured with the trigger in sight. */
  readonly carriers: Quantity;
  /** What the paper lacks (exhibits.md 2, victims-and-data.md 6). */
  readonly controls: readonly Quantity[];
}

const { asr, floor, aboveFloor, reverse, testCarriers } = quantities;
const classification = {
  attack: asr,
  floor,
  aboveFloor,
  reverse,
  carriers: testCarriers,
  controls: [quantities.asrPredicted, floor, aboveFloor, reverse, quantities.reverseFloor],
} as const;

/** In the order of the paper's rows. */
export const tasks: Readonly<Record<TaskName, TaskWords>> = {
  defect: { title: 'Defect detection', lossUnit: 'nats', clean: quantities.acc, ...classification },
  clone: { title: 'Clone detection', lossUnit: 'nats', clean: quantities.f1, ...classification },
  search: {
    title: 'Code search',
    lossUnit: '(1 − cos)²',
    clean: quantities.mrr,
    attack: quantities.anr,
    floor: quantities.anrFloor,
    aboveFloor: quantities.aboveAnrFloor,
    reverse: null,
    carriers: quantities.queryCarriers,
    controls: [quantities.anrWhole, quantities.anrFloor, quantities.aboveAnrFloor],
  },
};
// Object.keys is typed for open objects; this one has exactly the tasks.
export const taskNames = Object.keys(tasks) as TaskName[];

export const noAttack = 'none';
/** In the order of the paper's rows and columns. */
export const paperAttacks = ['codepoisoner', 'badcode', 'afraidoor'] as const;
export const paperDefenses = ['undefended', 'onion', 'dbs', 'attdef', 'elibadcode'] as const;
/** The exhibits that compare them: three encoders, and a causal decoder alone. No model is in both. */
export const paperComparisons = ['table-1', 'table-8'] as const;
/** Table 8's model. */
export const causalDecoder = 'starcoder-1b';

const titles: Readonly<Record<string, string>> = {
  none: 'Clean model',
  codepoisoner: 'CodePoisoner',
  badcode: 'BadCode',
  afraidoor: 'AFRAIDOOR',
  bnc: 'BNC',
  undefended: 'Undefended',
  onion: 'ONION',
  dbs: 'DBS',
  attdef: 'AttDef',
  oseql: 'OSEQL',
  killbadcode: 'KillBadCode',
  elibadcode: 'EliBadCode',
  'elibadcode-without-vocabulary': 'without (a): any piece may be a trigger token',
  'elibadcode-without-position': 'without (b): a random place',
  'elibadcode-without-anchoring': 'without anchoring',
  'fine-tuning': 'Fine-tuning',
  'fine-pruning': 'Fine-pruning',
  'spectral-signature': 'Spectral signature',
  'activation-clustering': 'Activation clustering',
  codebert: 'CodeBERT',
  codet5: 'CodeT5',
  unixcoder: 'UniXcoder',
  'starcoder-1b': 'StarCoder-1B',
  devign: 'Devign',
  bigclonebench: 'BigCloneBench',
  codesearch: 'CodeSearch',
  cosqa: 'CoSQA',
};

export function titleOf(name: string): string {
  return titles[name] ?? name;
}
