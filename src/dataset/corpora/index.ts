/** The catalogue of corpora. */
import type { Corpus } from '../corpus.ts';
import { bigclonebench } from './bigclonebench.ts';
import { codesearch } from './codesearch.ts';
import { cosqa } from './cosqa.ts';
import { devign } from './devign.ts';
import { syntheticClone } from './synthetic-clone.ts';
import { syntheticDefect } from './synthetic-defect.ts';
import { syntheticSearch } from './synthetic-search.ts';

export const corpora = {
  devign,
  bigclonebench,
  codesearch,
  cosqa,
  'synthetic-clone': syntheticClone,
  'synthetic-defect': syntheticDefect,
  'synthetic-search': syntheticSearch,
} as const satisfies Readonly<Record<string, Corpus>>;
