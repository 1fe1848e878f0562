/** Where another statement may stand: behind whole statements of the body, and nowhere that the language forbids. */
import { expect, test } from 'vitest';
import type { Language } from '../../core/contracts.ts';
import { sourceOf } from '../../core/source-of.ts';
import { spaced } from '../../poison/cut-tokens.ts';
import { insertStatement } from '../../poison/insert.ts';
import { countErrors } from './errors.ts';
import { preprocess } from './preprocess.ts';

/** The text with `^` at each place. */
async function marked(source: string, language: Language): Promise<string> {
  const program = await preprocess(source, language);
  const places = new Set(program.statementEnds);
  const text = program.tokens.map((token, index) => (places.has(index) ? '^ ' : '') + token).join(' ');
  return text + (places.has(program.tokens.length) ? ' ^' : '');
}

test.each([
  ['c', 'int f(int a) { int b; a = 1; return a; }', 'int f ( int a ) { int b ; ^ a = 1 ; ^ return a ; ^ }'],
  ['c', 'void f() { if (a) x; else y; }', 'void f ( ) { if ( a ) x ; else y ; ^ }'],
  ['c', 'void f() { if (a) { x; } else { y; } }', 'void f ( ) { if ( a ) { x ; ^ } else { y ; ^ } ^ }'],
  ['c', 'void f() { do x; while (a); }', 'void f ( ) { do x ; while ( a ) ; ^ }'],
  [
    'c',
    'void f() { switch (a) { case 1: x; break; default: y; } }',
    'void f ( ) { switch ( a ) { case 1 : x ; ^ break ; ^ default : y ; ^ } ^ }',
  ],
  ['c', 'int x; void f() { y; } int z;', 'int x ; void f ( ) { y ; ^ } int z ;'],
  ['java', 'void f() { int b = 1; if (a) return; else { x(); } }', 'void f ( ) { int b = 1 ; ^ if ( a ) return ; else { x ( ) ; ^ } ^ }'],
  [
    'java',
    'void f() { try { x(); } catch (E e) { } finally { y(); } }',
    'void f ( ) { try { x ( ) ; ^ } catch ( E e ) { } finally { y ( ) ; ^ } ^ }',
  ],
  ['java', 'int f() { g(x -> { y(); }); }', 'int f ( ) { g ( x -> { y ( ) ; ^ } ) ; ^ }'],
  [
    'python',
    'def f():\n    a = 1\n    if a:\n        b\n    else:\n        c\n    return a',
    'def f ( ) : a = 1 ^ if a : b ^ else : c ^ return a ^',
  ],
  ['python', 'def f():\n    a; b\n    if a: c\n    d', 'def f ( ) : a ; b if a : c ^ d ^'],
  ['python', 'def f(): return a', 'def f ( ) : return a'],
  ['python', 'def f():\n    x = g(1,\n        2)\n    y', 'def f ( ) : x = g ( 1 , 2 ) ^ y ^'],
] as const)('%s: %s', async (language, source, expected) => {
  expect(await marked(source, language)).toBe(expected);
});

test('a statement with a fault in it, or before one, ends nowhere', async () => {
  expect(await marked('void f() { a; MACRO(b) c; d; }', 'c')).not.toContain('^ c');
  expect(await marked('void f() { if (a) b; @ else c; }', 'c')).not.toContain('^ else');
});

const statements = { c: 'g ( 0 ) ;', java: 'g ( 0 ) ;', python: 'g ( 0 )' };
test.each([
  [
    'c',
    'int f(int a)\n{\n  if (a)\n    return 1;\n  else\n    a--;\n  switch (a) { case 1: break; }\n  do { a++; } while (a < 9);\n  return a;\n}',
  ],
  ['java', 'int f(int a) {\n  for (;;) {\n    if (a > 1) break;\n  }\n  try { h(); } catch (E e) { throw e; }\n  return a;\n}'],
  [
    'python',
    'def f(a):\n  try:\n    if a: return 1\n    x = h(1,\n  2)\n  except E:\n    while a:\n      a -= 1\n    else:\n      y\n  return a\n',
  ],
  ['python', 'def f(a: int): return a'],
  ['python', 'class A:\n    def f(self):\n\n        return [\n            1]\n'],
] as const)('%s: a statement at each place leaves a tree without faults: %s', async (language, source) => {
  const program = await preprocess(source, language);
  const places = [program.bodyStart!, ...program.statementEnds];
  for (const place of places) {
    const changed = insertStatement(program, place, spaced(statements[language].split(' ')), language);
    const text = sourceOf(changed);
    expect([text, await countErrors(text, language)]).toEqual([text, 0]);
    expect((await preprocess(text, language)).tokens).toEqual(changed.tokens);
  }
});
