/** Parameters and local variables, language by language, and what looks like one and is none. */
import { expect, test } from 'vitest';
import { preprocess } from './preprocess.ts';

test.each([
  ['plain, pointer, array and function parameters', 'int f(int a, char **b, T c[4], int (*d)(int no), ...) { return 0; }', 'a b c d'],
  ['old style', 'int f(a, b) int a; char *b; { return a; }', 'a b'],
  [
    'declarators of all kinds',
    'void f(void) { int a, *b, c[2], d = no, *e = &a, (*g)(int no) = h; static T i[] = {no}; }',
    'a b c d e g i',
  ],
  ['in for, in blocks, once', 'void f() { for (int i = 0; i < n; i++) { int j; } for (int i = 0;;) ; }', 'i j'],
  [
    'no function, type, field, label or prototype',
    'int f(void) { struct s { int x; } y; typedef int t; int g(int z); y.x = h(); l: ; }',
    'y',
  ],
  ['a function that gives a pointer', 'char *f(const char *s) { return s; }', 's'],
])('C: %s', async (_, source, expected) => {
  expect((await preprocess(source, 'c')).locals.join(' ')).toBe(expected);
});

test.each([
  ['parameters', 'void f(int a, final String... b, int[] c) { }', 'a b c'],
  ['declarations', 'void f() { int a = no, b; String[] c = {no}; int d[] = null; }', 'a b c d'],
  ['for, catch, try', 'void f() { for (int i = 0;;) ; for (T t : no) ; try (In in = no()) { } catch (A | B e) { } }', 'i t in e'],
  ['lambdas', 'void f() { g(x -> x, (y, z) -> y, (int v) -> v); }', 'x y z v'],
  ['patterns', 'void f() { if (no instanceof Foo foo) { } }', 'foo'],
  ['no field, method or type', 'void f() { this.a = b(); c.d = e; new T() { int h; void m(int p) { } }; }', 'p'],
])('Java: %s', async (_, source, expected) => {
  expect((await preprocess(source, 'java')).locals.join(' ')).toBe(expected);
});

test.each([
  ['parameters, but for self', 'def f(self, a, b=no, c: T = no, d: T, *e, g, **h): pass', 'a b c d e g h'],
  ['tuples of Python 2', 'def f(a, (b, c)): pass', 'a b c'],
  ['assignments', 'def f():\n    a = b = no\n    c, (d, *e) = no\n    [g] = no\n    h += 1\n    i: T = no', 'a b c d e g h i'],
  ['targets', 'def f():\n  for a, b in no: pass\n  with no() as c, no as (d, e): pass\n  try: pass\n  except no as g: pass', 'a b c d e g'],
  ['within expressions', 'def f():\n    return [a for a in no if (b := a)], lambda c, d=1: c', 'b a c d'],
  ['no attribute, item, call, keyword', 'def f():\n    a.b = 1\n    c[d] = 2\n    e(g=3)\n    import h\n    def i(): pass', ''],
  ['no global', 'def f():\n    global a\n    a, b = 1, 2', 'b'],
  ['no field of a class within', 'def f():\n    class A:\n        b = 1\n        def g(self, c): d = c', 'c d'],
])('Python: %s', async (_, source, expected) => {
  const { locals } = await preprocess(source, 'python');
  expect([...locals].sort().join(' ')).toBe(expected.split(' ').sort().join(' '));
});
