/** Preprocessing against the vectors of victims-and-data.md 2.5 and its edge cases. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../../core/errors.ts';
import { stripComments } from './comments.ts';
import { preprocess } from './preprocess.ts';

describe('stripComments', () => {
  test('the C vector of 2.5: literals stay, a comment is one blank, blank lines go', () => {
    const source =
      'int f(char *s) /* hi */\n{\n  // c1\n  s = "// not /* c";\n  char q = \'"\'; // end\n\n  return 0; /* multi\nline */ }\n';
    const expected = 'int f(char *s)  \n{\n  s = "// not /* c";\n  char q = \'"\';  \n  return 0;   }';
    expect(stripComments(source, 'c')).toBe(expected);
    expect(stripComments(source, 'java')).toBe(expected);
  });
  test('escapes do not end a literal', () => {
    expect(stripComments(String.raw`p = "a\"//b"; c = '\''; // x`, 'c')).toBe(String.raw`p = "a\"//b"; c = '\'';  `);
  });
  test('an unterminated quote or comment stays text', () => {
    expect(stripComments('a " b // c', 'c')).toBe('a " b  ');
    expect(stripComments('a /* b', 'c')).toBe('a /* b');
  });
  test('a language without a rule is refused by name', () => {
    expect(() => stripComments('x = 1', 'python')).toThrow(new UserError('comment removal', 'not defined for python', 'c, java'));
  });
});

describe('preprocess', () => {
  test('the variables vector of 2.5', async () => {
    const source =
      'static int foo(AVCtx *c, int n, const char *s) { int i, x = 3; int *q; char arr[4]; c->pos = n + 1; for (i = 0; i < n; i++) arr[i] = x ? i : 0; switch (n) { case FOO: break; } bar(i, s, &x); return x == i; }';
    const program = await preprocess(source, 'c');
    expect(program.variables).toEqual(['foo', 'c', 's', 'i', 'q', 'c', 'n', 'i', 'n', 'FOO', 'x', 'i']);
    expect(program.functionName).toBe('foo');
    expect(program.tokens.slice(0, 9)).toEqual(['static', 'int', 'foo', '(', 'AVCtx', '*', 'c', ',', 'int']);
    expect(program.tokens).toHaveLength(93);
  });
  test('a C string literal falls into quote, content, quote; comments are no tokens', async () => {
    const program = await preprocess('void g(void) { puts("a b"); /* c */ put(\'x\'); }', 'c');
    expect(program.tokens.join('|')).toBe('void|g|(|void|)|{|puts|(|"|a b|"|)|;|put|(|\'|x|\'|)|;|}');
  });
  test('offsets stay right behind text that is not ASCII', async () => {
    const program = await preprocess('int naïve(int ß) { return f("é中😀", ß) + last; }', 'c');
    expect(program.tokens.join(' ')).toBe('int naïve ( int ß ) { return f ( " é中😀 " , ß ) + last ; }');
    expect(program.functionName).toBe('naïve');
  });
  test.each([
    ['pointers and parentheses', 'char **(*pick(int a))(void) { return 0; }', 'pick'],
    ['a macro-made name keeps the macro, as both rules do', 'static void RENAME(rgb)(int a) { return; }', 'RENAME'],
    ['a body that does not parse', 'static T *pick(int a) { if (a) #endif } else if (b) { c(); } @', 'pick'],
    ['no definition: the token before the first parenthesis', 'DEFINE_THING(a, b)', 'DEFINE_THING'],
    ['no parenthesis', 'int x;', null],
    ['nothing at all', '', null],
    ['a parenthesis first', '(x)', null],
  ])('function name: %s', async (_, source, expected) => {
    expect((await preprocess(source, 'c')).functionName).toBe(expected);
  });
  test('a token over several lines is joined, an empty one dropped', async () => {
    const program = await preprocess('#define A(x) \\\n  x + 1\n#if 0\nint a;\n#endif\n', 'c');
    expect(program.tokens.every((token) => token !== '' && !token.includes('\n'))).toBe(true);
    expect(program.tokens).toContain('#endif');
  });
  test('trees are freed: memory outside the heap stays flat over many functions', async () => {
    const source = `int f(int a) { ${'a = a + 1; if (a > 2) { g(a, 3); } '.repeat(60)} return a; }`;
    const repeat = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) await preprocess(source, 'c');
      return process.memoryUsage().external;
    };
    const before = await repeat(100);
    // Undeleted, 600 trees of this size hold 60 MB and more.
    expect((await repeat(600)) - before).toBeLessThan(15e6);
  });
  test('a language without a grammar is refused by name', async () => {
    await expect(preprocess('class A {}', 'java')).rejects.toThrow('no grammar for java\n  accepted: c');
  });
});
