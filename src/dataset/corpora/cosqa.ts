/** CoSQA: what people asked a web search engine, over Python functions of CodeSearchNet; trained on CodeSearchNet-style docstrings. */
import { z } from 'zod';
import { readCard } from '../card.ts';
import { codeSearchSource, loadQueries } from '../code-search.ts';
import type { Corpus } from '../corpus.ts';
import { checksumParam, openFiles, sumsOf, type Source } from '../files.ts';
import { corpusFolders } from '../locate.ts';
import { sizeOf } from '../sizes.ts';
import { layouts, loadCosqa, type Role } from './cosqa/load.ts';

const params = z.strictObject({
  train: sizeOf('functions of codesearch’s training split'),
  valid: sizeOf('functions of codesearch’s validation split'),
  test: sizeOf('functions of the code base, among them those that queries ask for'),
  undocumented: z
    .enum(['refuse', 'drop'])
    .default('refuse')
    .describe('what a function to train or validate on is that has no docstring: an error that names its line, or left out'),
  checksum: checksumParam,
});

const source = (): Source<Role> => ({ card: readCard('cosqa'), layouts, folders: corpusFolders('cosqa') });

export const cosqa: Corpus<z.infer<typeof params>> = {
  name: 'cosqa',
  title: 'CoSQA',
  cite: 'Huang et al., ACL 2021; training functions: Husain et al., 2019',
  departures: [
    {
      setting: 'training',
      source: '19,604 labelled pairs of a query and a function',
      ours: 'codesearch’s training and validation splits',
      why: 'the pairs could not be had; the 500 test queries and the code base could (datasets/cosqa/README.md)',
    },
  ],
  task: 'search',
  language: 'python',
  params,
  async identify({ checksum }) {
    const search = Object.entries(sumsOf(await openFiles(codeSearchSource(), checksum)));
    // Its test split is not read.
    const read = search.filter(([key]) => !key.startsWith('test'));
    return { ...Object.fromEntries(read), ...sumsOf(await openFiles(source(), checksum)) };
  },
  async load({ checksum, undocumented, ...sizes }, context) {
    const files = await openFiles(codeSearchSource(), checksum);
    return {
      train: await loadQueries(files, 'train', { size: sizes.train, undocumented }, context),
      valid: await loadQueries(files, 'valid', { size: sizes.valid, undocumented }, context),
      test: await loadCosqa(await openFiles(source(), checksum), sizes.test, context),
    };
  },
};
