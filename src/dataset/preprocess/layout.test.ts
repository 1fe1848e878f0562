/** Changed tokens as text again: what stays keeps its place, what is new stands where the language wants it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Language } from '../../core/contracts.ts';
import { makeProgram } from '../../testing/program.ts';
import { align } from './align.ts';
import { countErrors, parseCounts } from './errors.ts';
import { renderSource } from './layout.ts';
import { preprocess } from './preprocess.ts';

async function rendered(source: string, language: Language, change: (tokens: readonly string[], at: number) => string[]): Promise<string> {
  const program = await preprocess(source, language);
  return renderSource(program, change(program.tokens, program.bodyStart ?? 0), language);
}
const insert =
  (text: string) =>
  (tokens: readonly string[], at: number): string[] =>
    tokens.toSpliced(at, 0, ...text.split(' '));

describe('renderSource', () => {
  test('nothing changed: the text itself', async () => {
    const source = 'int  f(void)\n{\n\treturn 0;\n}';
    expect(await rendered(source, 'c', (tokens) => [...tokens])).toBe(source);
  });
  test('a name everywhere', async () => {
    const rename = (tokens: readonly string[]): string[] => tokens.map((token) => (token === 'foo' ? 'bar_x' : token));
    expect(await rendered('int foo(int a)\n{ return foo(a -1); }', 'c', rename)).toBe('int bar_x(int a)\n{ return bar_x(a -1); }');
  });
  test('a constant that becomes several tokens', async () => {
    const unfold = (tokens: readonly string[]): string[] =>
      tokens.flatMap((token) => (token === '20' ? '( 4 + 6 ) * 2'.split(' ') : token));
    expect(await rendered('int f() {\n  return a +20;\n}', 'c', unfold)).toBe('int f() {\n  return a +( 4 + 6 ) * 2;\n}');
  });
  test('a new name and a new statement at once', async () => {
    const both = (tokens: readonly string[], at: number): string[] =>
      insert('int b ;')(tokens, at).map((token) => (token === 'a' ? 'c' : token));
    expect(await rendered('int f(int a)\n{\n  return a;\n}', 'c', both)).toBe('int f(int c)\n{\n  int b ;\n  return c;\n}');
  });
  test('at a body’s start: the gap of what follows, also where the new tokens begin like it', async () => {
    expect(await rendered('int f() {\n  int a;\n}', 'c', insert('int b ;'))).toBe('int f() {\n  int b ;\n  int a;\n}');
    expect(await rendered('def f():\n    import a', 'python', insert('import b'))).toBe('def f():\n    import b\n    import a');
    expect(await rendered('int f(){}', 'c', insert('int b ;'))).toBe('int f(){ int b ; }');
  });
  test('a Python body on its header’s line becomes a block', async () => {
    expect(await rendered('  def f(a: int): return a', 'python', insert('if b : c'))).toBe(
      '  def f(a: int):\n      if b : c\n      return a',
    );
  });
  test('behind a statement: a line with the indentation of that statement', async () => {
    const program = await preprocess('def f(a):\n  if a:\n    b(1,\n2)\n  return a', 'python');
    const [inner, last] = [program.statementEnds[0]!, program.statementEnds.at(-1)!];
    expect(renderSource(program, program.tokens.toSpliced(inner, 0, 'x'), 'python')).toBe(
      'def f(a):\n  if a:\n    b(1,\n2)\n    x\n  return a',
    );
    expect(renderSource(program, program.tokens.toSpliced(last, 0, 'x'), 'python')).toBe(
      'def f(a):\n  if a:\n    b(1,\n2)\n  return a\n  x',
    );
  });
  test('elsewhere: blanks', async () => {
    const program = await preprocess('int f(int a) { return g(a); }', 'c');
    expect(renderSource(program, program.tokens.toSpliced(11, 0, 'x', 'y'), 'c')).toBe('int f(int a) { return g(a x y ); }');
  });
});

describe('align', () => {
  const word = fc.array(fc.constantFrom<string>('a', 'b', 'c'), { maxLength: 12 });
  test('edits in order turn one list into the other', () => {
    fc.assert(
      fc.property(word, word, fc.array(fc.nat(12)), (clean, changed, places) => {
        const edits = align(clean, changed, new Set(places));
        const made = edits
          .toReversed()
          .reduce((tokens, { start, end, replacement }) => tokens.toSpliced(start, end - start, ...replacement), clean);
        expect(made).toEqual(changed);
        expect(edits.every((edit, index) => index === 0 || edits[index - 1]!.end <= edit.start)).toBe(true);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
  test('an insertion stands at the last of the possible places that is given', () => {
    const [clean, changed] = [
      ['x', 'a', 'b'],
      ['x', 'a', 'b', 'a', 'b'],
    ];
    expect(align(clean, changed, new Set([1]))).toEqual([{ start: 1, end: 1, replacement: ['a', 'b'] }]);
    expect(align(clean, changed, new Set([1, 3]))).toEqual([{ start: 3, end: 3, replacement: ['a', 'b'] }]);
    expect(align(clean, changed, new Set([0]))).toEqual([{ start: 3, end: 3, replacement: ['a', 'b'] }]);
  });
});

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
    const rename = (tokens: readonly string[]): string[] => tokens.map((token) => (token === 'f' ? 'g' : token));
    const triggered = [
      { ...whole, tokens: rename(whole.tokens) },
      null,
      { ...broken, tokens: rename(broken.tokens) },
      makeProgram('int f ( { }'),
    ];
    expect(await parseCounts([whole, whole, broken, whole], triggered, 'c')).toEqual({ carriers: 3, kept: 2 });
  });
});
