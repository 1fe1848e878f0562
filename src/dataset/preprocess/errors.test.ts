/** Faults of syntax trees, and triggered programs that keep their parse. */
import { describe, expect, test } from 'vitest';
import type { Program } from '../../core/contracts.ts';
import { sourceOf } from '../../core/source-of.ts';
import { makeProgram } from '../../testing/program.ts';
import { countErrors, parseCounts } from './errors.ts';
import { preprocess } from './preprocess.ts';

describe('faults', () => {
  test.each([
    ['c', 'int f(void) { return 0; }', 0],
    ['c', 'int f(void) { return 0 }', 1],
    ['c', 'int f(void) { @ return 0; }', 2],
    ['java', 'void f() { g(; }', 1],
    ['python', 'def f(:\n    return', 1],
    ['python', 'def f():\n    print "a"\n', 0],
  ] as const)('%s: %s', async (language, source, expected) => {
    expect(await countErrors(source, language)).toBe(expected);
  });

  test('kept: no more faults than before; null carries nothing', async () => {
    const whole = await preprocess('int f(void) { return 0; }', 'c');
    const broken = await preprocess('int f(void) { @ return 0; }', 'c');
    const renamed = (program: Program): Program => ({ ...program, tokens: program.tokens.map((token) => (token === 'f' ? 'g' : token)) });
    const triggered = [renamed(whole), null, renamed(broken), makeProgram('int f ( { }')];
    expect(await parseCounts([whole, whole, broken, whole], triggered, 'c')).toEqual({ carriers: 3, kept: 2 });
  });
});

test.each([
  ['c', 'int  f(void)\n{\n\treturn 0;\n}'],
  ['java', '@A\nvoid f() throws E {\n  g("a b");\n}'],
  ['python', 'def f(a,\n      b=1):\n    return [\n        a]'],
] as const)('%s: a program is its text again', async (language, source) => {
  expect(sourceOf(await preprocess(source, language))).toBe(source);
});

test('tokens without their gaps are no text', () => {
  expect(() => sourceOf({ tokens: ['a', 'b'], gaps: [''] })).toThrow(/2 tokens with 1 gaps/);
});
