/** Python without comments and docstrings, against the vector of victims-and-data.md 2.5 and what Python's tokenizer makes of edge cases. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dropPythonComments } from './python-comments.ts';

test.each([
  ['the vector of 2.5', 'def f(a):\n    """doc"""\n    # c\n    x = "s"  # t\n    return x\n', 'def f(a):\n    x = "s"  \n    return x'],
  ['a string behind an indentation', 'if a:\n  "b"\n  c', 'if a:\n  c'],
  ['a string statement behind a statement', 'if a:\n  c\n  "b"\n', 'if a:\n  c'],
  ['a string behind a comment line stays', 'if a:\n  c\n  # d\n  "b"\n', 'if a:\n  c\n  "b"'],
  ['a string behind the end of a block stays', 'if a:\n  if b:\n    c\n  "d"\n', 'if a:\n  if b:\n    c\n  "d"'],
  ['a string in column 0 goes, even between brackets', 'x = [\n"a",\n "b"]', 'x = [\n,\n "b"]'],
  ['a line within brackets is no statement', 'x = f(\n    "a",\n    b)', 'x = f(\n    "a",\n    b)'],
  ['prefixes, Python 2’s too', 'def f():\n  ur"""a\nb"""\n  return Rb"c", bar"d"', 'def f():\n  return Rb"c", bar"d"'],
  ['quotes within strings, number signs in them', `x = 'a"#' + "b'#" + """c"#'"""  # d`, `x = 'a"#' + "b'#" + """c"#'"""  `],
  ['escapes', String.raw`x = 'a\'#' # b`, String.raw`x = 'a\'#' `],
  ['a backslash joins lines', 'x = 1 + \\\n  2', 'x = 1 +  2'],
  ['blank lines go, within strings too', 'x = """a\n\n  \nb"""\n\n\ny', 'x = """a\nb"""\ny'],
  ['tabs stay', 'if a:\n\tb\n\tc\td', 'if a:\n\tb\n\tc\td'],
  ['line ends of Windows', 'if a: # b\r\n  c\r\n', 'if a: \n  c'],
  ['only the first of two strings in a row goes', 'def f():\n  "a" "b"\n', 'def f():\n   "b"'],
  ['an unterminated quote is a character', "x = 'a # b\ny", "x = 'a \ny"],
  ['a closing bracket without a partner', 'x)\nif a:\n  "b"\n  c', 'x)\nif a:\n  c'],
  ['indentation that fits no block', 'if a:\n    b\n  "c"\n  d', 'if a:\n    b\n  "c"\n  d'],
])('%s', (_, source, expected) => {
  expect(dropPythonComments(source)).toBe(expected);
});

test('any text comes back without a comment of its own making', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '#', '"', "'", '\\', '(', ')', '\t', 'r') }), (source) => {
      const once = dropPythonComments(source);
      expect(once.length).toBeLessThanOrEqual(source.length);
    }),
    { seed: 2, numRuns: 500 },
  );
});
