/** Devign: defect detection over C functions of FFmpeg and QEMU, divided as CodeXGLUE divides it (victims-and-data.md 1). */
import { z } from 'zod';
import { readCard } from '../card.ts';
import type { Corpus } from '../corpus.ts';
import { corpusFolders } from '../locate.ts';
import { loadSplit, openFiles, splitNames, type Source } from './devign/load.ts';

const size = (what: string) =>
  z
    .union([z.int().min(1), z.literal('all')])
    .default('all')
    .describe(`functions of the ${what} split, a seeded draw with its share of labels, or "all"`);

const params = z.strictObject({
  train: size('training'),
  valid: size('validation'),
  test: size('test'),
  checksum: z.enum(['verify', 'ignore']).default('verify').describe('whether files of an edition the card does not list are an error'),
});

const source = (): Source => ({ card: readCard('devign'), folders: corpusFolders('devign') });

export const devign: Corpus<z.infer<typeof params>> = {
  name: 'devign',
  title: 'Devign',
  cite: 'Zhou et al., NeurIPS 2019; CodeXGLUE (Lu et al., 2021)',
  departures: [
    {
      setting: 'grammar',
      source: 'C++ grammar, byte columns read as character columns',
      ours: 'C grammar, offsets in characters',
      why: 'the functions are C, and tokens shift behind text that is not ASCII (victims-and-data.md 2.2)',
    },
    {
      setting: 'function name',
      source: 'the token before the first parenthesis',
      ours: 'the name in the syntax tree, else the token before the first parenthesis',
      why: 'the two differ on macro-made definitions (victims-and-data.md 2.3)',
    },
  ],
  task: 'defect',
  language: 'c',
  params,
  async identify({ checksum }) {
    const files = await openFiles(source(), checksum);
    return Object.fromEntries(splitNames.map((split) => [split, files[split].sum]));
  },
  async load({ checksum, ...sizes }, context) {
    const { card, folders } = source();
    const files = await openFiles({ card, folders }, checksum);
    return {
      train: await loadSplit('train', files.train.path, card, sizes.train, context),
      valid: await loadSplit('valid', files.valid.path, card, sizes.valid, context),
      test: await loadSplit('test', files.test.path, card, sizes.test, context),
    };
  },
};
