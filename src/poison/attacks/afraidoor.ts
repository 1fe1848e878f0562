/** AFRAIDOOR: every local name gives way to the one that pulls a crafting model most towards the attack's target (attacks.md 3). */
import { z } from 'zod';
import { defineAttack } from '../define-attack.ts';
import { renameAll } from '../insert.ts';

/** The crafting model and the search for names; which of them a language allows is the crafting's business. */
const crafting = z
  .strictObject({
    width: z.int().min(2).max(4096).default(256).describe('of embedding and encoder, a direction; the decoder has twice as much'),
    layers: z.int().min(1).max(8).default(2).describe('of encoder and decoder'),
    epochs: z.int().min(1).max(100).default(10).describe('passes over the clean training programs'),
    vocabulary: z.int().min(2).max(100_000).default(15_000).describe('sub-words of the source side'),
    targetVocabulary: z.int().min(2).max(100_000).default(5_000).describe('sub-words of function names'),
    target: z.array(z.string().min(1)).min(1).default(['load', 'data']).describe('sub-words of the name that the model is pulled to'),
    maxTokens: z.int().min(2).max(4096).default(128).describe('longest row while training, sub-words'),
    gradientTokens: z.int().min(2).max(4096).default(250).describe('sub-words of a program through which gradients are taken'),
    batchSize: z.int().min(1).max(4096).default(128).describe('programs a step'),
    learningRate: z.number().positive().max(1).default(1e-3).describe('of Adam, times 0.1 after each epoch'),
    locals: z.enum(['locals-and-parameters']).default('locals-and-parameters').describe('which names are replaced'),
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
      setting: 'crafting.locals',
      source: 'locals in the paper; locals, parameters, fields, `True` and `False` in the code',
      ours: 'locals and parameters',
      why: 'both are names that a function may choose freely',
    },
    {
      setting: 'crafting.width',
      source: '512, with a decoder of 1,024',
      ours: '256, with a decoder of 512',
      why: 'small hardware',
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
