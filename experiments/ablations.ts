/**
 * EliBadCode's own ablations (Table 5; Figures 5, 7, 8, 11, 12, 13) where the paper makes them, CodePoisoner on defect detection, with a
 * generated corpus and a tiny victim; minutes on two cores. Every entry differs from the first in one setting, the paper's sweep but
 * for iterations, which the tiny sizes need fewer of.
 */
import { defineExperiment, type DefenseInput } from '../src/config/define.ts';
import { generated, paperSweeps, tinyInversion, tinyUnlearning, tinyVictims } from './axes.ts';

type Settings = Extract<DefenseInput, { readonly name: 'elibadcode' }>;

const { samples, topK, repeat, ranks, injectRates } = paperSweeps;

const inverted = (inversion: NonNullable<Settings['inversion']>): Settings => ({
  name: 'elibadcode',
  inversion: { ...tinyInversion, ...inversion },
  unlearning: tinyUnlearning,
});
const unlearned = (unlearning: NonNullable<Settings['unlearning']>): Settings => ({
  name: 'elibadcode',
  inversion: tinyInversion,
  unlearning: { ...tinyUnlearning, ...unlearning },
});

export default defineExperiment({
  name: 'ablations',
  title: 'EliBadCode without its parts and over its settings: CodePoisoner on defect detection, generated code',
  corpora: [generated.defect],
  models: [tinyVictims.defect],
  attacks: [{ name: 'codepoisoner' }],
  defenses: [
    { name: 'undefended' },
    inverted({}),
    // Table 5: without phase (a), phase (b), anchoring.
    inverted({ vocabulary: { rule: 'all' } }),
    inverted({ position: { choose: 'random' } }),
    inverted({ anchor: { enabled: false } }),
    // Where the sweep meets the first entry it has no entry of its own.
    ...samples.map((value) => inverted({ samples: value })),
    ...topK.filter((value) => value !== 64).map((value) => inverted({ topK: value })),
    ...repeat.filter((value) => value !== tinyInversion.repeat).map((value) => inverted({ repeat: value })),
    ...ranks.filter((value) => value !== 1).map((value) => inverted({ position: { rank: value } })),
    ...[20, 80, 150].map((value) => inverted({ iterations: value })),
    ...injectRates.filter((value) => value !== tinyUnlearning.injectRate).map((value) => unlearned({ injectRate: value })),
    ...(['last-layer', 'head'] as const).map((value) => unlearned({ trainable: value })),
  ],
  pool: { ratio: 0.2 },
  seeds: [1],
});
