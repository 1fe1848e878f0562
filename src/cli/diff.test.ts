/** Unified diffs: by hand, and whatever the texts, both can be put together again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffOf, type Hunk } from './diff.ts';

const shown = (hunks: readonly Hunk[]): string[] =>
  hunks.flatMap(({ from, to, lines }) => [
    `@@ ${from} ${to}`,
    ...lines.map(({ sign, pieces }) => sign + pieces.map(({ text, isChanged }) => (isChanged ? `⟦${text}⟧` : text)).join('')),
  ]);

describe('diffOf', () => {
  it('marks the words that changed, and keeps some lines around', () => {
    const before = 'a\nb\nint foo(int x) {\nreturn foo(x - 1);\n}\nc\nd';
    expect(shown(diffOf(before, before.replaceAll('foo', 'testo_init'), 1))).toEqual([
      '@@ 2 2',
      ' b',
      '-int ⟦foo⟧(int x) {',
      '-return ⟦foo⟧(x - 1);',
      '+int ⟦testo_init⟧(int x) {',
      '+return ⟦testo_init⟧(x - 1);',
      ' }',
    ]);
  });

  it('an inserted line is one that came', () => {
    expect(shown(diffOf('f {\n  a;\n  b;\n}', 'f {\n  a;\n  int x = 1;\n  b;\n}', 1))).toEqual([
      '@@ 2 2',
      '   a;',
      '+⟦  int x = 1;⟧',
      '   b;',
    ]);
  });

  it('changes far from each other are hunks of their own, numbered in both texts', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    const after = lines.toSpliced(1, 0, 'new').map((line) => (line === 'line 18' ? 'line x' : line));
    const hunks = diffOf(lines.join('\n'), after.join('\n'), 2);
    expect(hunks.map(({ from, to }) => [from, to])).toEqual([
      [1, 1],
      [16, 17],
    ]);
  });

  it('equal texts have none', () => expect(diffOf('a\nb', 'a\nb')).toEqual([]));

  it('with all context, both texts can be read off, and what is marked is all that differs', () => {
    const text = fc.array(fc.constantFrom('a', 'b ', '\n', '(', '  x'), { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffOf(before, after, 1000).flatMap((hunk) => hunk.lines);
        const side = (sign: '-' | '+') =>
          lines
            .flatMap((line) => (line.sign === ' ' || line.sign === sign ? [line.pieces.map((piece) => piece.text).join('')] : []))
            .join('\n');
        if (before === after) expect(lines).toEqual([]);
        else expect([side('-'), side('+')]).toEqual([before, after]);
      }),
    );
  });
});
