/** Preprocessing against the vectors of victims-and-data.md 2.5 and its edge cases. */
import { describe, expect, test } from 'vitest';
import type { Program } from '../../core/contracts.ts';
import { blankComments } from './comments.ts';
import { intern } from './intern.ts';
import { preprocess } from './preprocess.ts';

const textOf = ({ gaps, tokens }: Program): string => tokens.map((token, index) => `${gaps[index]!}${token}`).join('');

describe('comments of C and Java', () => {
  test('the C vector of 2.5: literals stay, a comment is one blank, blank lines go', () => {
    const source =
      'int f(char *s) /* hi */\n{\n  // c1\n  s = "// not /* c";\n  char q = \'"\'; // end\n\n  return 0; /* multi\nline */ }\n';
    const expected = 'int f(char *s)  \n{\n  s = "// not /* c";\n  char q = \'"\';  \n  return 0;   }';
    expect(blankComments(source)).toBe(expected);
  });
  test('escapes do not end a literal', () => {
    expect(blankComments(String.raw`p = "a\"//b"; c = '\''; // x`)).toBe(String.raw`p = "a\"//b"; c = '\'';  `);
  });
  test('an unterminated quote or comment stays text', () => {
    expect(blankComments('a " b // c')).toBe('a " b  ');
    expect(blankComments('a /* b')).toBe('a /* b');
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
  test('variables of Java and Python (2.5)', async () => {
    const java = 'void g() { int b = a, c; String t = "hi x"; char d = \'q\'; for (int i = 0; i < n; i++) h(i); }';
    expect((await preprocess(java, 'java')).variables).toEqual(['b', 'a', 'c', 't', 'd', 'i']);
    const python = 'def g(self):\n    x = a\n    y, z = x, 1\n    s = "hi there"\n    self.q = x\n';
    expect((await preprocess(python, 'python')).variables).toEqual(['x', 'a', 's', 'x']);
  });
  test('a Java string literal falls into three, a Python one stays whole (2.2)', async () => {
    expect((await preprocess('int f() { return g("a b"); }', 'java')).tokens.join('|')).toBe('int|f|(|)|{|return|g|(|"|a b|"|)|;|}');
    const python = await preprocess('def f():\n    return g("a b", f"{x}", r"\\n" "c")\n', 'python');
    expect(python.tokens.join('|')).toBe('def|f|(|)|:|return|g|(|"a b"|,|f"{x}"|,|r"\\n"|"c"|)');
  });
  test.each([
    ['a method', '@SuppressWarnings({"a"}) public <T> void run(int a) throws E { go(a); }', 'java', 'run'],
    ['a constructor outside a class, which the tree cannot name', 'public Foo(int a) { this.a = a; }', 'java', 'Foo'],
    ['a constructor of a class', 'class A { int b; A(int c) { b = c; } }', 'java', 'A'],
    ['a decorated function', '@wraps(g)\nasync def run(a): return a', 'python', 'run'],
    ['the outer one of two', 'def run(a):\n    def inner(): pass\n    return inner', 'python', 'run'],
  ] as const)('function name: %s', async (_, source, language, expected) => {
    expect((await preprocess(source, language)).functionName).toBe(expected);
  });
  test.each([
    ['int f(a) int a; { return a; }', 'c', 'int f ( a ) int a ; {'],
    ['@A({1}) void f(int[] a) { int[] b = {2}; }', 'java', '@ A ( { 1 } ) void f ( int [ ] a ) {'],
    ['def f(a: int): return a', 'python', 'def f ( a : int ) :'],
    ['@d\ndef f(a={1: 2}, *b) -> {3: 4}:\n    return a', 'python', '@ d def f ( a = { 1 : 2 } , * b ) -> { 3 : 4 } :'],
    ['def f():\n    """doc"""\n', 'python', 'def f ( ) :'],
  ] as const)('the body begins behind the head: %s', async (source, language, head) => {
    const { tokens, bodyStart } = await preprocess(source, language);
    expect(tokens.slice(0, bodyStart!).join(' ')).toBe(head);
  });
  test('no body', async () => {
    for (const language of ['c', 'java', 'python'] as const) expect((await preprocess('x', language)).bodyStart).toBeNull();
    expect((await preprocess('int x[] = { 1 };', 'c')).bodyStart).toBeNull();
  });
  test.each([
    ['int f(char *s)\t/* c */ {\r\n  return "a  b" [ 0 ]; // d\n}\n\n', 'c', 'int f(char *s)\t  {\r\n  return "a  b" [ 0 ];  \n}'],
    ['void  f() {\n  // a\n  g ( );\n}', 'java', 'void  f() {\n  g ( );\n}'],
    ['def f(a):\n\tb = a + \\\n\t\t1 # c\n\treturn  b', 'python', 'def f(a):\n\tb = a +\t\t1 \n\treturn  b'],
    ['def f():\n  return """a\nb"""', 'python', 'def f():\n  return """ab"""'],
  ] as const)('gaps and tokens joined are the text without comments: %s', async (source, language, expected) => {
    expect(textOf(await preprocess(source, language))).toBe(expected);
  });
  test.each([
    ['Python 2', 'def f(a, (b, c)):\n    print >>a, `b`, ur"x", 0777 <> c\n    exec "d" in e\n    raise E, "f"\n'],
    ['an unterminated string', "def f():\n    return 'abc\n"],
    ['an unterminated docstring', 'def f():\n    """abc\n    return 1\n'],
    ['brackets without partners', 'def f(:\n  ))) x = [\n'],
    ['indentation that fits nothing', '    def f():\n  x\n      y\n z'],
    ['no code', '\0\ud800 \u2028 ?'],
  ])('broken text has tokens: %s', async (_, source) => {
    for (const language of ['c', 'java', 'python'] as const) {
      const { tokens, gaps } = await preprocess(source, language);
      expect(tokens.length).toBeGreaterThan(0);
      expect(gaps).toHaveLength(tokens.length);
    }
  });
  test('equal strings are one string, and hold no part of the text they come from', () => {
    const [first, second] = ['the same long text'.repeat(2), 'the same long text'.repeat(2)].map((text) => intern(text.slice(1, -1)));
    expect(first).toBe(second);
    for (const text of ['', 'a', 'é', '中😀', '\ud800']) expect(intern(text)).toBe(text);
  });
});
