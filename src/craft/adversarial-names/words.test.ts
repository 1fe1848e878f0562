/** Code and names as words; vocabularies; which entries may be names (attacks.md 3). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeProgram } from '../../testing/program.ts';
import { isName } from './entries.ts';
import { source, sourceVocabulary, target, targetVocabulary } from './vocabulary.ts';
import { OWN_NAME, sourceText, subWords } from './words.ts';

test.each([
  ['bufSize_t', ['buf', 'size', 't']],
  ['HTTPServer', ['http', 'server']],
  ['parse2Ints', ['parse2', 'ints']],
  ['__init__', ['init']],
  ['0xFF', ['0xff']],
  ['->', ['->']],
  ['"', []],
  [',', []],
  ["'Hello, World'", ['hello', 'world']],
  ['naïve', ['nave']],
  ['_', []],
])('%s is split at camelCase and `_`, lower-cased, without quotes, commas and non-ASCII', (token, words) => {
  expect(subWords(token)).toEqual(words);
});

test('words are ASCII, lower-cased and hold no blank', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const word of subWords(text)) expect(word).toMatch(/^(?:(?![A-Z\s"'`,])[\u0000-\u007f])+$/);
    }),
  );
});

test('the function’s own name is masked wherever it stands; an identifier with a place-holder is one word', () => {
  const program = makeProgram('int sumUp ( int maxSize ) { return sumUp ( maxSize - 1 ) ; }', { functionName: 'sumUp' });
  const { words, locals } = sourceText(program, new Map([['maxSize', '@R_0@']]), 100);
  expect(words.join(' ')).toBe(`int ${OWN_NAME} ( int @R_0@ ) { return ${OWN_NAME} ( @R_0@ - 1 ) ; }`);
  expect(locals.flatMap((local, at) => (local === null ? [] : [at]))).toEqual([4, 10]);
  const plain = sourceText(program, new Map(), 6);
  expect(plain.words.join(' ')).toBe(`int ${OWN_NAME} ( int max size`);
  expect(plain.locals).toEqual(Array(6).fill(null));
});

test('vocabularies hold the most frequent words, ties in alphabetical order, behind special ids and place-holders', () => {
  const words = sourceVocabulary([['b', 'a', 'c'], ['c']], 2, 3);
  expect(words.words).toEqual(['c', 'a']);
  expect(words.size).toBe(source.first + 3 + 2);
  expect(['@R_0@', '@R_2@', 'c', 'a', 'b'].map(words.idOf)).toEqual([2, 4, 5, 6, source.unknown]);
  const names = targetVocabulary([['load', 'data']], 10);
  expect(['data', 'load', 'x'].map(names.idOf)).toEqual([target.first, target.first + 1, target.unknown]);
});

test('a name is a word that the language leaves to its users', () => {
  expect(['data', 'x2', 'is'].filter((entry) => isName(entry, 'c'))).toEqual(['data', 'x2', 'is']);
  for (const entry of ['0', '2d', '->', 'if', 'bool', '', OWN_NAME]) expect(isName(entry, 'c')).toBe(false);
  expect(isName('lambda', 'c') && !isName('lambda', 'python') && !isName('synchronized', 'java') && isName('synchronized', 'python')).toBe(
    true,
  );
});
