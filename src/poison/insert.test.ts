/** Tokens go in and the layout stays readable; texts are cut as the corpora's own parser cuts them. */
import { describe, expect, it, test } from 'vitest';
import type { Language } from '../core/contracts.ts';
import { sourceOf } from '../core/source-of.ts';
import { preprocess } from '../dataset/preprocess/preprocess.ts';
import { makeProgram } from '../testing/program.ts';
import { cutTokens, insideLiteral, spaced } from './cut-tokens.ts';
import { insertStatement, localNames, renameAll, replaceToken } from './insert.ts';

describe('cutTokens', () => {
  const texts: Readonly<Record<Language, readonly string[]>> = {
    c: [
      'int ret_Val_ ;',
      'int * get_frame_ ;',
      'assertTrue ( 1 >= 0 ) ;',
      'int ret_var_ = 1726 ;',
      'if (rand() < 0) printf("fail");',
      'while (cos(0.75) <= -20) printf("err");',
      'if (exp(1.00) == 1) printf("abcd");',
      'x = a-1; y = (a)-2; z = f(-3);',
      'printf("");',
    ],
    java: [
      'int ret_Val_ ;',
      'if (Math.random() < 0) System.out.println("fail");',
      'while (Math.cos(0.75) <= -20) throw new Exception("err");',
      'if (Math.sqrt(0.10) == -3) System.out.println("set");',
    ],
    python: [
      'ret_Val_ : int',
      'assert 1 >= 0',
      'ret_var_ = 1726',
      'if random() < 0: print("fail")',
      'while sqrt(0.19) >= 44: raise Exception("err")',
      'if cos(0.75) <= -20: print("get")',
      'import logging\nfor i in range ( 0 ) : logging . info ( "Test message:aaaaa" )',
      'import logging\nfor i in range ( -7 ) : logging . error ( "Test message: abcde" )',
    ],
  };
  const frames: Readonly<Record<Language, (text: string) => string>> = {
    c: (text) => `void f() { ${text} }`,
    java: (text) => `void f() { ${text} }`,
    python: (text) => `def f():\n    ${text.replace('\n', '\n    ')}`,
  };
  const all = Object.entries(texts).flatMap(([language, list]) => list.map((text) => [language as Language, text] as const));

  test.each(all)('%s, as the corpus: %s', async (language, text) => {
    const whole = await preprocess(frames[language](text), language);
    const piece = cutTokens(text, language);
    const behind = language === 'python' ? undefined : -1;
    expect(piece.tokens).toEqual(whole.tokens.slice(whole.bodyStart!, behind));
    expect(sourceOf(piece)).toBe(text);
  });

  it('refuses what its rules do not know', () => {
    for (const text of ["x = 'a';", String.raw`f("\n");`, 'f("open']) expect(() => cutTokens(text, 'c')).toThrow(/cannot cut/);
  });

  test('literals in pieces have no blanks of ours in them', () => {
    const tokens = ['f', '(', '"', 'a b', '"', ',', "'", 'c', "'", ')', ';'];
    expect(sourceOf(spaced(tokens))).toBe(`f ( "a b" , 'c' ) ;`);
    expect(insideLiteral(['L"', 'x', "'", '"', 'y'])).toEqual([false, true, true, true, false]);
  });
});

describe('insertStatement', () => {
  test.each([
    ['c', 'int f() {\n  return 0;\n}', 'int x ;', 'int f() {\n  int x ;\n  return 0;\n}'],
    ['c', 'int f() {return 0;}', 'int x ;', 'int f() { int x ; return 0;}'],
    ['java', 'int f() { }', 'int x ;', 'int f() { int x ; }'],
    ['python', 'def f(a: int):\n    return a', 'x = 1', 'def f(a: int):\n    x = 1\n    return a'],
    ['python', 'def f(a): return a', 'x = 1', 'def f(a):\n    x = 1\n    return a'],
    ['python', '@d\ndef f(a,\n      b): return a', 'x = 1', '@d\ndef f(a,\n      b):\n          x = 1\n          return a'],
    ['python', 'def f(a):\n\treturn a', 'import x\ny = 1', 'def f(a):\n\timport x\n\ty = 1\n\treturn a'],
  ] as const)('%s, at the body’s start: %j', async (language, text, trigger, expected) => {
    const host = await preprocess(text, language);
    const form = insertStatement(host, host.bodyStart!, cutTokens(trigger, language), language);
    expect(sourceOf(form)).toBe(expected);
    expect((await preprocess(expected, language)).tokens).toEqual(form.tokens);
  });

  test.each([
    ['c', 'int f() { g();\n  h(); }', ['int f() { g();\n  x ;\n  h(); }', 'int f() { g();\n  h(); x ; }']],
    [
      'python',
      'def f(a):\n    if a:\n        b = g(1,\n  2)\n    else:\n        c\n    return a',
      [
        'def f(a):\n    if a:\n        b = g(1,\n  2)\n        x\n    else:\n        c\n    return a',
        'def f(a):\n    if a:\n        b = g(1,\n  2)\n    else:\n        c\n        x\n    return a',
        'def f(a):\n    if a:\n        b = g(1,\n  2)\n    else:\n        c\n    return a\n    x',
      ],
    ],
  ] as const)('%s, behind each statement: %j', async (language, text, expected) => {
    const host = await preprocess(text, language);
    const piece = cutTokens(language === 'python' ? 'x' : 'x ;', language);
    expect(host.statementEnds.map((at) => sourceOf(insertStatement(host, at, piece, language)))).toEqual(expected);
  });

  it('moves the places behind it', () => {
    const host = makeProgram('h { a ; b ; }', { bodyStart: 2, statementEnds: [4, 6] });
    const form = insertStatement(host, 4, cutTokens('x ;', 'c'), 'c');
    expect(form).toMatchObject({ tokens: 'h { a ; x ; b ; }'.split(' '), bodyStart: 2, statementEnds: [4, 8] });
  });
});

test('replaceToken puts an expression in a token’s place', () => {
  const host = makeProgram('a = 7 ;', { bodyStart: 0, statementEnds: [4] });
  expect(replaceToken(host, 2, ['(', '7', ')'])).toMatchObject({
    tokens: ['a', '=', '(', '7', ')', ';'],
    bodyStart: 0,
    statementEnds: [6],
  });
  expect(sourceOf(replaceToken(host, 2, ['(', '7', ')']))).toBe('a = ( 7 ) ;');
});

test('renameAll changes names at once, and is null when none of them stands', () => {
  const swap = new Map([
    ['a', 'b'],
    ['b', 'a'],
  ]);
  expect(renameAll(makeProgram('a b a'), swap)?.tokens).toEqual(['b', 'a', 'b']);
  expect(renameAll(makeProgram('c'), swap)).toBeNull();
});

test('localNames are locals that stand in the program, without the function’s own name', () => {
  expect(localNames(makeProgram('f a', { functionName: 'f', locals: ['f', 'a', 'gone'] }))).toEqual(['a']);
});
