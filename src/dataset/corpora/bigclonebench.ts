/** BigCloneBench: clone detection over pairs of Java functions, divided as CodeXGLUE divides it (victims-and-data.md 1). */
import { z } from 'zod';
import { readCard } from '../card.ts';
import type { Corpus } from '../corpus.ts';
import { checksumParam, openFiles, sumsOf, type Source } from '../files.ts';
import { corpusFolders } from '../locate.ts';
import { sizeOf } from '../sizes.ts';
import { loadPairs, type Cut } from './bigclonebench/load.ts';
import { layouts, type Role } from './bigclonebench/read.ts';

const fraction = (split: string) => z.number().gt(0).max(1).default(1).describe(`share of the ${split} list, 0..1`);

const params = z.strictObject({
  train: sizeOf('pairs of the training split'),
  valid: sizeOf('pairs of the validation split'),
  test: sizeOf('pairs of the test split'),
  fractions: z
    .strictObject({ train: fraction('training'), valid: fraction('validation'), test: fraction('test') })
    .prefault({})
    .describe(
      'a seeded draw of each list, whatever its labels, before its size is applied. Of CodeXGLUE’s whole lists the authors train and ' +
        'validate on 0.1, and attack 0.01 of the test list',
    ),
  checksum: checksumParam,
});

const source = (): Source<Role> => ({ card: readCard('bigclonebench'), layouts, folders: corpusFolders('bigclonebench') });

export const bigclonebench: Corpus<z.infer<typeof params>> = {
  name: 'bigclonebench',
  title: 'BigCloneBench',
  cite: 'Svajlenko et al., ICSME 2014; Wang et al., SANER 2020; CodeXGLUE (Lu et al., 2021)',
  departures: [
    {
      setting: 'function name',
      source: 'the token before the first parenthesis',
      ours: 'the name in the syntax tree, else the token before the first parenthesis',
      why: 'the two differ on 112 of 9,133 functions, most of them annotated (victims-and-data.md 2.3)',
    },
    {
      setting: 'fractions',
      source: '10 % of each list, 1 % of the test list for attacks',
      ours: 'whole lists',
      why: 'the lists that can be had are already a balanced sample of that size (datasets/bigclonebench/README.md)',
    },
  ],
  task: 'clone',
  language: 'java',
  params,
  identify: async ({ checksum }) => sumsOf(await openFiles(source(), checksum)),
  async load({ checksum, fractions, ...sizes }, context) {
    const cut = (split: 'train' | 'valid' | 'test'): Cut => ({ size: sizes[split], fraction: fractions[split] });
    const cuts = { train: cut('train'), valid: cut('valid'), test: cut('test') };
    return loadPairs(await openFiles(source(), checksum), cuts, context);
  },
};
