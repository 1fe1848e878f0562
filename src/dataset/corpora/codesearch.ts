/** Code search as CodeSearchNet sets it up for Python: a docstring's first paragraph asks for its function (victims-and-data.md 1). */
import { z } from 'zod';
import type { SplitName } from '../../core/contracts.ts';
import { codeSearchSource, loadQueries } from '../code-search.ts';
import type { Corpus } from '../corpus.ts';
import { checksumParam, openFiles, sumsOf } from '../files.ts';
import { sizeOf } from '../sizes.ts';

const params = z.strictObject({
  train: sizeOf('functions of the training split'),
  valid: sizeOf('functions of the validation split'),
  test: sizeOf('functions of the test split'),
  undocumented: z
    .enum(['refuse', 'drop'])
    .default('refuse')
    .describe('what a function without a docstring is: an error that names its line, or left out'),
  checksum: checksumParam,
});

export const codesearch: Corpus<z.infer<typeof params>> = {
  name: 'codesearch',
  title: 'CodeSearchNet, Python',
  cite: 'Husain et al., 2019',
  departures: [
    {
      setting: 'repositories',
      source: 'CodeSearchNet’s, 251,820 training functions after CodeXGLUE’s filter',
      ours: 'edition “rebuilt”: seven of them and Debian’s Python packages, 50,000 training functions',
      why: 'the release could not be had; CodeSearchNet’s own files are read where a user has them (datasets/codesearch/README.md)',
    },
    {
      setting: 'query',
      source: 'docstring_tokens, joined by blanks',
      ours: 'the first paragraph of the docstring, white space as single blanks',
      why: 'the same words with their own punctuation; the edition “rebuilt” has no tokens of docstrings',
    },
    {
      setting: 'tabs',
      source: 'each column between tokens becomes a blank',
      ours: 'white space stays',
      why: 'a tab as one blank takes the indentation of lines behind a block’s first (src/dataset/preprocess/python-comments.ts)',
    },
  ],
  task: 'search',
  language: 'python',
  params,
  identify: async ({ checksum }) => sumsOf(await openFiles(codeSearchSource(), checksum)),
  async load({ checksum, undocumented, ...sizes }, context) {
    const files = await openFiles(codeSearchSource(), checksum);
    const load = (split: SplitName): ReturnType<typeof loadQueries> =>
      loadQueries(files, split, { size: sizes[split], undocumented }, context);
    return { train: await load('train'), valid: await load('valid'), test: await load('test') };
  },
};
