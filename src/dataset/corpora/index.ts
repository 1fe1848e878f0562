/** The catalogue of corpora, and those that are planned. */
import type { Corpus } from '../corpus.ts';
import { devign } from './devign.ts';
import { syntheticDefect } from './synthetic-defect.ts';

export const corpora = { devign, 'synthetic-defect': syntheticDefect } as const satisfies Readonly<Record<string, Corpus>>;

/** Named by the paper or by our experiments, not implemented yet: name -> reason. */
export const planned: Readonly<Record<string, string>> = {
  bigclonebench: 'clone detection needs the Java grammar and pairs of functions, which come with the clone task',
  codesearch: 'code search needs Python preprocessing and queries, which come with the search task',
  'synthetic-clone': 'a generator of clone pairs comes with the clone task',
  'synthetic-search': 'a generator of queries and functions comes with the search task',
};
