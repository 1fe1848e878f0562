/** AFRAIDOOR's names: each local of a function gets the one that pulls a clean name-prediction model most towards a target name. */
import { z } from 'zod';
import { programKey } from '../../core/program-key.ts';
import { craftNames, nameEntries, randomNames, type Naming, type NamingJob } from '../adversarial-names/craft-names.ts';
import { makeExamples, type Examples } from '../adversarial-names/examples.ts';
import { fit } from '../adversarial-names/fit.ts';
import { renamed, type Renaming } from '../adversarial-names/hosts.ts';
import { openJudge, type Judge } from '../adversarial-names/judge.ts';
import { sourceText } from '../adversarial-names/words.ts';
import type { CraftContext } from '../contracts.ts';
import { defineCraft } from '../define-craft.ts';

const share = (fallback: number) => z.number().min(0).max(1).default(fallback);

const params = z.strictObject({
  target: z
    .array(z.string().regex(/^[a-z0-9]+$/))
    .min(1)
    .default(['load', 'data'])
    .describe('words of the name that the model is pulled to; each must occur in some function’s name'),
  width: z
    .int()
    .min(2)
    .max(1024)
    .default(256)
    .describe('features of a word of code and of an encoder direction; the decoder has twice as many'),
  layers: z.int().min(1).max(4).default(2).describe('LSTM layers of encoder and decoder each'),
  epochs: z.int().min(1).max(1000).default(10).describe('passes over the clean functions'),
  batchSize: z.int().min(1).max(4096).default(128).describe('functions a step'),
  learningRate: z.number().positive().max(1).default(1e-3).describe('of Adam, in the first epoch'),
  decay: z.number().positive().max(1).default(0.1).describe('factor of the learning rate after each epoch'),
  clipNorm: z.number().positive().default(5).describe('largest global norm of a gradient'),
  teacherForcing: share(0.5).describe('share of batches that are told the true words of a name so far; the others see the model’s own'),
  dropout: z.number().min(0).lt(1).default(0.2).describe('between the decoder’s layers, while training'),
  maxTokens: z.int().min(1).max(1000).default(128).describe('words of a function to learn from'),
  gradientTokens: z
    .int()
    .min(1)
    .max(1000)
    .default(250)
    .describe('words of a function that have gradients; names that occur behind them alone are drawn'),
  nameWords: z.int().min(1).max(20).default(8).describe('words of a name to learn'),
  vocabulary: z.int().min(1).max(100_000).default(15_000).describe('words of code, the most frequent ones'),
  targetVocabulary: z.int().min(1).max(100_000).default(5_000).describe('words of names, the most frequent ones'),
  placeHolders: z
    .int()
    .min(1)
    .max(1501)
    .default(256)
    .describe('identifiers of a function that have gradients; names of further ones are drawn'),
  validShare: z.number().min(0).lt(1).default(0.02).describe('share of the clean functions held back to judge the model by'),
});

type Params = z.output<typeof params>;

/** Hosts on which the loss of the target is measured, for the record. */
const PROBES = 256;

export const adversarialNames = defineCraft({
  name: 'adversarial-names',
  title: 'Adversarial names',
  cite: 'Yang et al., Stealthy Backdoor Attack for Code Models, TSE 50(4), 2024',
  departures: [
    {
      setting: 'width',
      source: '512, the decoder 1,024',
      ours: '256, the decoder 512',
      why: 'small hardware; 512 is one parameter away',
    },
    {
      setting: 'initial weights',
      source: 'uniform ±0.08',
      ours: 'uniform ±0.08·√(512/width)',
      why: 'what a layer passes on grows with bound and width: at a width of 16, ±0.08 learns which names are frequent and nothing else',
    },
    {
      setting: 'placeHolders',
      source: '1,501',
      ours: '256',
      why: 'no function of the corpora has more locals; names beyond them are drawn at random',
    },
    {
      setting: 'gradientTokens',
      source: 'inputs over 250 words get random names only',
      ours: 'gradients on the first 250 words; an identifier that occurs behind them alone gets a random name',
      why: 'most of a long function’s identifiers can be attacked',
    },
    {
      setting: 'maxTokens',
      source: 'rows of 128 words at most; whether longer functions are cut or left out is not stated',
      ours: 'cut',
      why: 'half of Devign is longer',
    },
    {
      setting: 'names while attacking',
      source: 'dropout on; what the decoder is told of the target is not stated',
      ours: 'evaluation mode, each word of the target after the true one before it',
      why: 'the same function gives the same names, and the loss is that of the target alone',
    },
    {
      setting: 'valid names',
      source: '`\\w+`, no number, no keyword of Python or Java',
      ours: 'besides, no digit in front, and no keyword or built-in type of the function’s own language',
      why: 'the renamed function has to parse',
    },
    {
      setting: 'own name',
      source: 'the body is the input',
      ours: 'the whole function is, with a mark in place of its name wherever that occurs',
      why: 'parameters stand in the header; recursive calls would give the name away',
    },
    {
      setting: 'optimiser',
      source: 'Adam',
      ours: 'Adam whose epsilon joins √v before bias correction',
      why: 'the engine’s one optimiser; without weight decay it differs in nothing else',
    },
    {
      setting: 'attention',
      source: 'its form is not stated',
      ours: 'products of decoder and encoder states, padding masked',
      why: 'the simplest form; a function’s gradient must not depend on what it shares a batch with',
    },
    {
      setting: 'validShare',
      source: 'not stated',
      ours: '2 % of the clean functions judge the model and choose nothing: the last epoch’s is used',
      why: 'whether the model has learned anything has to be seen',
    },
  ],
  params,
  async craft(options, { language, clean, hosts }, context) {
    const { engine, rng } = context;
    const examples = makeExamples(clean, options, rng.fork('examples'));
    const { source, target, train, valid, aim } = examples;
    const shape = { width: options.width, layers: options.layers, sourceWords: source.size, targetWords: target.size };
    const words = Math.max(options.nameWords + 1, aim.length);
    const judge = openJudge(engine, shape, { words, maxTokens: Math.max(options.maxTokens, options.gradientTokens) });
    try {
      const { theta, history } = await fit(
        { shape, examples: train, options, judge: (trained) => judge.nameScore(trained, valid) },
        context,
      );
      const job = { shape, theta, vocabulary: source, language, aim, ...limitsOf(options) };
      const namings = await craftNames(job, hosts, context);
      const losses = await probe(judge, job, namings, context);
      theta.dispose();
      return {
        materials: Object.fromEntries(namings.map(({ program, renaming }) => [programKey(program), renaming])),
        history,
        facts: { ...factsOf(examples, namings, hosts.length), ...losses },
      };
    } finally {
      await judge.close();
    }
  },
});

const limitsOf = ({ gradientTokens, placeHolders }: Params) => ({ gradientTokens, placeHolders });

function factsOf({ source, target, train, valid }: Examples, namings: readonly Naming[], hosts: number): Record<string, string> {
  const names = namings.reduce((sum, { renaming }) => sum + renaming.length, 0);
  const chosen = namings.reduce((sum, { byGradient }) => sum + byGradient, 0);
  return {
    'functions learned from': `${train.length}, held back ${valid.length}`,
    vocabularies: `${source.words.length} words of code, ${target.words.length} of names`,
    'hosts with names': `${namings.length} of ${hosts}`,
    'names chosen by gradient': `${chosen} of ${names}`,
  };
}

/** −ln p of a word of the target, mean over some hosts: as they are, with crafted names, with free names drawn at random. */
async function probe(judge: Judge, job: NamingJob, namings: readonly Naming[], { rng }: CraftContext): Promise<Record<string, string>> {
  const probes = rng.fork('probes').sample(namings, Math.min(PROBES, namings.length));
  if (probes.length === 0) return {};
  const entries = nameEntries(job);
  const none = new Map<string, string>();
  const meanLoss = async (renamingOf: (naming: Naming) => Renaming): Promise<string> => {
    const examples = probes.map((naming) => {
      const { words } = sourceText(renamed(naming.program, renamingOf(naming)), none, job.gradientTokens);
      return { source: words.map(job.vocabulary.idOf), name: job.aim };
    });
    const losses = await judge.nameLosses(job.theta, examples);
    return (losses.reduce((sum, loss) => sum + loss, 0) / losses.length).toFixed(4);
  };
  return {
    'target loss, clean': await meanLoss(() => []),
    'target loss, crafted names': await meanLoss(({ renaming }) => renaming),
    'target loss, random names': await meanLoss((naming) =>
      randomNames(naming, entries, rng.fork('random').fork(programKey(naming.program))),
    ),
  };
}
