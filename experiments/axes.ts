/** What experiments share: the paper's grid (exhibits.md 3) and its training settings (victims-and-data.md 4.6). */
import type { AttackInput, CorpusInput, DefenseInput, ModelInput } from '../src/config/define.ts';

/** At least three for anything in a table (victims-and-data.md 6). */
export const seeds = [1, 2, 3] as const;

/** Clean models on which verdicts are calibrated: at least five, of other seeds (method.md 7). */
export const referenceSeeds = [11, 12, 13, 14, 15] as const;

export const corpora: readonly CorpusInput[] = [{ name: 'devign' }, { name: 'bigclonebench' }, { name: 'codesearch' }];

export const attacks: readonly AttackInput[] = [{ name: 'codepoisoner' }, { name: 'badcode' }, { name: 'afraidoor' }];

/** Table 1's columns, and the control of Tables 2 and 3. */
export const defenses: readonly DefenseInput[] = [
  { name: 'undefended' },
  { name: 'fine-tuning' },
  { name: 'onion' },
  { name: 'dbs' },
  { name: 'attdef' },
  { name: 'elibadcode' },
];

/**
 * The paper's victims, from the weights their authors published: a run fetches them from the hub, and where there is none a plan says
 * which files to place where. Rows: 400 sub-tokens, 256 for code search.
 */
export const models: readonly ModelInput[] = [
  ...pretrained('roberta', 'codebert', 'hub:microsoft/codebert-base', {
    defect: { epochs: 5, batchSize: 32, learningRate: 2e-5 },
    clone: { epochs: 2, batchSize: 16, learningRate: 5e-5, warmup: 0.5 },
    search: { epochs: 10, batchSize: 64, learningRate: 2e-5, warmup: 0 },
  }),
  ...pretrained('t5', 'codet5', 'hub:Salesforce/codet5-base', {
    defect: { epochs: 5, batchSize: 16, learningRate: 5e-5 },
    clone: { epochs: 2, batchSize: 8, learningRate: 5e-5, warmup: 0.5 },
    search: { epochs: 1, batchSize: 16, learningRate: 5e-5, warmup: 0 },
  }),
  ...pretrained('roberta', 'unixcoder', 'hub:microsoft/unixcoder-base', {
    defect: { epochs: 5, batchSize: 8, learningRate: 2e-5 },
    clone: { epochs: 2, batchSize: 16, learningRate: 5e-5, warmup: 0.5 },
    search: { epochs: 10, batchSize: 32, learningRate: 2e-5, warmup: 0 },
  }),
];

type Tuned = Extract<ModelInput, { readonly name: 'roberta' | 't5' }>;

/** One entry a task, because training differs; warm-up of one epoch is half of two. */
function pretrained(
  name: Tuned['name'],
  comparedWith: 'codebert' | 'codet5' | 'unixcoder',
  weights: string,
  training: Readonly<Record<'defect' | 'clone' | 'search', NonNullable<Tuned['training']>>>,
): ModelInput[] {
  return (['defect', 'clone', 'search'] as const).map((task) => ({
    name,
    size: 'base',
    weights,
    tokenizer: weights,
    maxTokens: task === 'search' ? 256 : 400,
    comparedWith,
    tasks: [task],
    training: training[task],
  }));
}

/** Generated corpora, of a difficulty that a model of two layers learns from scratch on two cores. */
export const generated = {
  defect: {
    name: 'synthetic-defect',
    train: 3000,
    valid: 300,
    test: 1000,
    maxTokens: 50,
    // The defects a model learns first; four more take it longer than a quick start allows.
    kinds: [
      'late-null-check',
      'use-after-free',
      'allocation-overflow',
      'late-length-check',
      'late-index-check',
      'off-by-one',
      'unchecked-result',
      'late-zero-check',
    ],
  },
  clone: {
    name: 'synthetic-clone',
    train: 6000,
    valid: 300,
    test: 1000,
    maxTokens: 64,
    // All 31 would take more pairs, and a larger model.
    themes: ['bound', 'sign', 'growth', 'power', 'bits', 'squares', 'quantifier', 'steps'],
    rewriting: 0,
  },
  search: { name: 'synthetic-search', train: 4000, valid: 200, test: 1000 },
} as const satisfies Readonly<Record<'defect' | 'clone' | 'search', CorpusInput>>;

const tiny = { name: 'roberta', size: 'tiny', maxTokens: 96, comparedWith: 'codebert' } as const;

/** What learns them. */
export const tinyVictims = {
  defect: { ...tiny, tasks: ['defect'], training: { epochs: 9, batchSize: 8, learningRate: 5e-4, dropout: 0, order: 'by-length' } },
  clone: {
    ...tiny,
    tasks: ['clone'],
    training: { epochs: 8, batchSize: 16, learningRate: 1e-3, warmup: 0.1, dropout: 0, order: 'by-length' },
  },
  search: {
    ...tiny,
    tasks: ['search'],
    training: { epochs: 6, batchSize: 32, learningRate: 1e-3, warmup: 0.1, dropout: 0, order: 'by-length' },
  },
} as const satisfies Readonly<Record<'defect' | 'clone' | 'search', ModelInput>>;

/** What makes a victim one of StarCoder's architecture, beside its published row. */
export const decoder = { name: 'gpt-bigcode', comparedWith: 'starcoder-1b' } as const;

/**
 * Of n-gram models of generated code: it has few words, most of them often or once, and no counts between, from which the discounts of
 * single words could be estimated. These are KenLM's own for such text.
 */
export const tinyDiscounts = [0.5, 1, 1.5] as const;

/** AFRAIDOOR's crafting model for them: small too; with the source's decay of 0.1 an epoch so few functions teach it nothing. */
export const tinyCrafting = {
  width: 64,
  epochs: 4,
  batchSize: 32,
  learningRate: 5e-3,
  decay: 0.7,
  maxTokens: 64,
  gradientTokens: 128,
  placeHolders: 32,
} as const;

/**
 * How they are tuned. The paper's batch of 32 makes 19 steps of so small a pool, and ASR stays at 100 %: hence smaller batches, in
 * unlearning and in its control. Every parameter learns: the head alone forgets the trigger too, but CodePoisoner's costs it 3 points of
 * accuracy on defect detection instead of 1.
 */
export const tinyTuning = { trainable: 'all', learningRate: 5e-4, epochs: 2, batchSize: 8 } as const;

/**
 * The trigger goes in as the sub-tokens that were inverted: `o` is the one that counts in `Ġtest o _ init`; as text it would come back as
 * another sub-token, `Ġo`, and ASR would stay at 100 %.
 */
export const tinyUnlearning = { ...tinyTuning, injectRate: 0.5, form: 'ids' } as const;

/** Fewer samples, iterations and candidates than the paper's 30, 100 and 64. */
export const tinyInversion = { samples: 12, iterations: 40, repeat: 32, accept: 'not-worse' } as const;

/** Real code for models of four layers: a share of the lists, so that all victims are trained within an hour. */
export const miniCorpora = [
  { name: 'devign' },
  { name: 'bigclonebench', train: 20_000, valid: 2000 },
  { name: 'codesearch', train: 25_000 },
] as const satisfies readonly CorpusInput[];

const mini = { name: 'roberta', size: 'mini', comparedWith: 'codebert' } as const;

/** Victims of four layers, from scratch, for real code: meant for a GPU. */
export const miniVictims = {
  defect: { ...mini, tasks: ['defect'], maxTokens: 400, training: { epochs: 5, batchSize: 32, learningRate: 2e-4, order: 'by-length' } },
  clone: { ...mini, tasks: ['clone'], maxTokens: 400, training: { epochs: 3, batchSize: 32, learningRate: 2e-4, order: 'by-length' } },
  search: {
    ...mini,
    tasks: ['search'],
    maxTokens: 256,
    training: { epochs: 8, batchSize: 64, learningRate: 5e-4, warmup: 0.1, order: 'by-length' },
  },
} as const satisfies Readonly<Record<'defect' | 'clone' | 'search', ModelInput>>;

/** The same, trained for less long, so that three seeds of four models on three tasks fit a GPU's hour; all of them alike. */
export const miniVictimsBriefly = {
  defect: { ...miniVictims.defect, training: { ...miniVictims.defect.training, epochs: 3 } },
  clone: { ...miniVictims.clone, training: { ...miniVictims.clone.training, epochs: 2 } },
  search: { ...miniVictims.search, training: { ...miniVictims.search.training, epochs: 5 } },
} as const satisfies Readonly<Record<'defect' | 'clone' | 'search', ModelInput>>;

/** AFRAIDOOR's crafting model for them: with the source's decay of 0.1 an epoch it hardly learns after the second. */
export const miniCrafting = { epochs: 5, decay: 0.5, gradientTokens: 128 } as const;

/** How they are tuned: every parameter learns, in unlearning and in its control. */
export const miniTuning = { trainable: 'all', learningRate: 2e-4 } as const;

/** Unlearning: the trigger goes in as the sub-tokens that were inverted. */
export const miniUnlearning = { ...miniTuning, injectRate: 0.5, form: 'ids' } as const;

/** What the paper sweeps: Figures 11, 12, 13, 5, 7. */
export const paperSweeps = {
  samples: [5, 10, 15, 20, 25, 30],
  topK: [8, 16, 32, 64, 128],
  repeat: [8, 16, 32, 64, 128],
  ranks: [1, 2, 3, 4, 6, 9],
  injectRates: [0.1, 0.2, 0.3, 0.5, 1],
} as const;

/** A model for every stand-in and task, beside the same model from scratch: pretraining is what differs. */
export function withStandIns(size: 'tiny' | 'mini', victims: Readonly<Record<'defect' | 'clone' | 'search', ModelInput>>): ModelInput[] {
  const standIns = [
    { name: 'roberta', comparedWith: 'codebert' },
    { name: 'roberta', comparedWith: 'unixcoder' },
    { name: 't5', comparedWith: 'codet5' },
  ] as const;
  const each = Object.values(victims);
  return [
    ...each,
    ...standIns.flatMap((own) =>
      each.map((model): ModelInput => ({ ...model, ...own, weights: `pretrained:${own.comparedWith}-standin-${size}` })),
    ),
  ];
}

/** What the smallest stand-ins share: generated code, two layers, a minute or a few on two cores. */
export const tinyPretraining = {
  size: 'tiny',
  tokenizer: 'gpt2',
  maxTokens: 96,
  corpora: [
    { ...generated.defect, train: 1000 },
    { ...generated.search, train: 600 },
  ],
  epochs: 4,
  batchSize: 16,
  learningRate: 1e-3,
  warmup: 0.1,
  dropout: 0.1,
  seed: 1,
} as const;

/** What the stand-ins for real code share: train-side functions of all three corpora, rows of 400, four layers; for a GPU. */
export const miniPretraining = {
  size: 'mini',
  tokenizer: 'gpt2',
  maxTokens: 400,
  // Whole, whatever part of them an experiment uses: so is what is held out.
  corpora,
  epochs: 6,
  batchSize: 64,
  learningRate: 1e-3,
  warmup: 0.06,
  dropout: 0.1,
  seed: 1,
} as const;

/**
 * How T5 is pretrained, as its authors did: its initial values differ too much for one rate (words 1, queries of four layers 0.008), and at
 * 1e-3 six epochs on real code left it at 4.29 nats.
 */
export const relativeSteps = { relativeSteps: true, learningRate: 1e-2 } as const;
