/** Words of a query: lower-cased, at word boundaries. */
import { expect, test } from 'vitest';
import { queryWords } from './query-words.ts';

test.each([
  ['Open a FILE.', ['open', 'a', 'file']],
  ['file-like `file_name`, files (file)', ['file', 'like', 'file_name', 'files', 'file']],
  ['Größe von x2', ['größe', 'von', 'x2']],
  ['', []],
  ['…', []],
])('%j', (query, words) => {
  expect(queryWords(query)).toEqual(words);
});
