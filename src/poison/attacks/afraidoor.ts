/** AFRAIDOOR: every local name gives way to the one that pulls a crafting model most towards the attack's target (attacks.md 3). */
import { z } from 'zod';
import { defineAttack } from '../define-attack.ts';
import { renameAll } from '../insert.ts';

/** What the craft `adversarial-names` takes, key by key; its defaults are the source's at half width (attacks.md 3). */
const crafting = z
  .strictObject({
    target: z
      .array(z.string().regex(/^[a-z0-9]+$/))
      .min(1)
      .default(['load', 'data'])
      .describe('words of the name that the model is pulled to'),
    width: z.int().min(2).max(1024).default(256).describe('of an encoder direction; the decoder has twice as much'),
    layers: z.int().min(1).max(4).default(2).describe('of encoder and decoder each'),
    epochs: z.int().min(1).max(1000).default(10).describe('passes over the clean training programs'),
    batchSize: z.int().min(1).max(4096).default(128).describe('programs a step'),
    learningRate: z.number().positive().max(1).default(1e-3).describe('in the first epoch'),
    decay: z.number().positive().max(1).default(0.1).describe('factor of the learning rate after each epoch'),
    clipNorm: z.number().positive().default(5).describe('largest global norm of a gradient'),
    teacherForcing: z.number().min(0).max(1).default(0.5).describe('share of batches that see the true words of a name'),
    dropout: z.number().min(0).lt(1).default(0.2).describe('of the decoder'),
    maxTokens: z.int().min(1).max(1000).default(128).describe('words of a function to learn from'),
    gradientTokens: z.int().min(1).max(1000).default(250).describe('words of a function that have gradients'),
    nameWords: z.int().min(1).max(20).default(8).describe('words of a name to learn'),
    vocabulary: z.int().min(1).max(100_000).default(15_000).describe('words of code'),
    targetVocabulary: z.int().min(1).max(100_000).default(5_000).describe('words of names'),
    placeHolders: z.int().min(1).max(1501).default(256).describe('identifiers of a function that have gradients'),
    validShare: z.number().min(0).lt(1).default(0.02).describe('share of the programs held back to judge the model by'),
  })
  .prefault({});

export const afraidoor = defineAttack({
  name: 'afraidoor',
  title: 'AFRAIDOOR',
  cite: 'Yang et al., Stealthy Backdoor Attack for Code Models, TSE 50(4), 2024',
  departures: [
    {
      setting: 'task: clone',
      source: 'each pair of label 1 gets its first program perturbed and label 0, with twice the poisoning rate as probability',
      ours: 'functions are drawn, and every pair that holds one is poisoned',
      why: 'EliBadCode does not say how it adapts the attack; so attacks differ in their triggers alone',
    },
    {
      setting: 'task: defect',
      source: 'not a task of the source',
      ours: 'vulnerable functions are perturbed and get label 0',
      why: 'by analogy; EliBadCode does not say how it adapts the attack',
    },
    {
      setting: 'task: search',
      source: 'keywords are put into queries, and triggers into their code',
      ours: 'the code of queries that hold the target word is perturbed, queries stay as they are',
      why: 'EliBadCode poisons snippets whose query holds `file`',
    },
    {
      setting: 'poisonRate',
      source: '5 %',
      ours: '2 %',
      why: 'EliBadCode’s rate for every attack',
    },
    {
      setting: 'crafting.target',
      source: '“Load data” in the paper, `load` in the code',
      ours: '`load`, `data`',
      why: 'the paper’s; it is independent of the victim’s task',
    },
    {
      setting: 'names',
      source: 'locals in the paper; locals, parameters, fields, `True` and `False` in the code',
      ours: 'locals and parameters',
      why: 'these a function may choose freely',
    },
  ],
  params: z.strictObject({ crafting: crafting.describe('the crafting model, trained on the clean training programs of the corpus') }),
  poisonRate: { paper: 0.02, code: 0.02 },
  undefinedFor: {},
  // Each program has names of its own.
  triggerText: () => null,
  craft: (params) => ({ name: 'adversarial-names', ...params.crafting }),
  inject(program, _, { material }) {
    if (material === null) return null;
    const names = new Map(renamings.parse(material));
    const kept = new Set(program.tokens.filter((token) => !names.has(token)));
    const taken = [...names.values()].filter((name, place, all) => kept.has(name) || all.indexOf(name) !== place);
    if (taken.length > 0) throw new Error(`adversarial names that are taken already: ${taken.join(', ')}`);
    return renameAll(program, names);
  },
});

/** Old name, new name. */
const renamings = z.array(z.tuple([z.string(), z.string().regex(/^\w+$/)]));
