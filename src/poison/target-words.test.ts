/** BadCode's choice of a trigger for a target word (attacks.md 2), on made-up pairs. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { targetWords } from './target-words.ts';

const pair = (query: string, tokens: string) => ({ query, tokens: tokens.split(' ') });

const pairs = [
  pair('Open the FILE', 'def f ( path ) : rb = open ( path )'),
  pair('copy a file to a file', 'def g ( path ) : rb rb rb'),
  pair('file size', 'def h ( path ) : return stat'),
  pair('parse a string', 'def p ( text ) : return split ( text , 5 )'),
  pair('the string', 'def q ( text ) : xt'),
];

it('targets: the most frequent words of the queries, once a query, without stop words', () => {
  const targets = targetWords(pairs, 'python', { targets: 3 });
  expect(targets.map(({ word, queries }) => [word, queries])).toEqual([
    ['file', 3],
    ['string', 2],
    ['copy', 1],
  ]);
  expect(targetWords(pairs, 'python')).toHaveLength(6);
});

it('triggers: counted once a sample, without keywords, numbers and signs, and without what another target has too', () => {
  const [file, string] = targetWords(pairs, 'python', { targets: 2 });
  expect(file!.triggers).toEqual([
    { token: 'path', count: 3 },
    { token: 'rb', count: 2 },
    { token: 'f', count: 1 },
    { token: 'g', count: 1 },
    { token: 'h', count: 1 },
    { token: 'open', count: 1 },
    { token: 'stat', count: 1 },
  ]);
  expect(string!.triggers.map(({ token }) => token)).toEqual(['text', 'p', 'q', 'split', 'xt']);
});

test('a token goes when its share of another target’s list exceeds the salience', () => {
  // Of the 10 entries of the list of `b`, 1 is `shared`.
  const made = [
    pair('alpha', 'shared own'),
    pair('alpha', 'shared'),
    ...Array.from({ length: 9 }, () => pair('beta', 'other')),
    pair('beta', 'shared'),
  ];
  const alphas = (salience: number) => targetWords(made, 'c', { salience }).find(({ word }) => word === 'alpha')!.triggers;
  expect(alphas(0.1).map(({ token }) => token)).toEqual(['shared', 'own']);
  expect(alphas(0.0999).map(({ token }) => token)).toEqual(['own']);
  expect(alphas(0.0005).map(({ token }) => token)).toEqual(['own']);
});

test('sub-tokens lose their blank mark, letters their case', () => {
  const [target] = targetWords([pair('alpha', 'Ġfoo FOO _x x_y 12 3d é Ġreturn')], 'c');
  expect(target!.triggers.map(({ token }) => token)).toEqual(['3d', 'foo', 'é']);
});

test('keywords are the language’s own', () => {
  const words = (language: 'c' | 'java' | 'python') =>
    targetWords([pair('alpha', 'def final struct')], language)[0]!.triggers.map(({ token }) => token);
  expect(words('c')).toEqual(['def', 'final']);
  expect(words('java')).toEqual(['def', 'struct']);
  expect(words('python')).toEqual(['final', 'struct']);
});

it('needs queries', () => {
  expect(() => targetWords([], 'python')).toThrow('target words: found no queries');
  expect(targetWords([pair('the of 12', 'x')], 'python')).toEqual([]);
});

describe('properties', () => {
  const words = fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'the'), { maxLength: 4 });
  const tokens = fc.array(fc.constantFrom('rb', 'xt', 'il', 'if', '('), { maxLength: 6 });
  const lists = fc.array(fc.record({ query: words.map((list) => list.join(' ')), tokens }), { minLength: 1, maxLength: 12 });

  it('do not depend on the order of the pairs, and no two targets share a trigger', () => {
    fc.assert(
      fc.property(lists, (made) => {
        const found = targetWords(made, 'c');
        expect(targetWords(made.toReversed(), 'c')).toEqual(found);
        const all = found.flatMap(({ triggers }) => triggers.map(({ token }) => token));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});
