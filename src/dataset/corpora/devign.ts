/** Devign: defect detection over C functions of FFmpeg and QEMU, divided as CodeXGLUE divides it (victims-and-data.md 1). */
import { z } from 'zod';
import type { SplitName } from '../../core/contracts.ts';
import { readCard } from '../card.ts';
import type { Corpus } from '../corpus.ts';
import { checksumParam, openFiles, sumsOf, type Source } from '../files.ts';
import { corpusFolders } from '../locate.ts';
import { sizeOf } from '../sizes.ts';
import { layouts, loadSplit } from './devign/load.ts';

const params = z.strictObject({
  train: sizeOf('functions of the training split'),
  valid: sizeOf('functions of the validation split'),
  test: sizeOf('functions of the test split'),
  checksum: checksumParam,
});

const source = (): Source<SplitName> => ({ card: readCard('devign'), layouts, folders: corpusFolders('devign') });

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
  identify: async ({ checksum }) => sumsOf(await openFiles(source(), checksum)),
  async load({ checksum, ...sizes }, context) {
    const { files } = await openFiles(source(), checksum);
    const load = (split: SplitName): ReturnType<typeof loadSplit> =>
      loadSplit(split, files[split][0]!.path, readCard('devign'), sizes[split], context);
    return { train: await load('train'), valid: await load('valid'), test: await load('test') };
  },
};
