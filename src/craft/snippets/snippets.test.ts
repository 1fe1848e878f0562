/** The n-gram model, statements drawn from it, and what is proposed for a host (attacks.md 1). */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { codeText, LINE_END } from './code-text.ts';
import { drawStatement } from './draw.ts';
import { countNgrams, type Ngrams } from './ngrams.ts';

const words = (text: string): string[] => text.split(' ');
const drawsOf = (model: Ngrams, context: readonly string[], count = 200): (string | null)[] =>
  Array.from({ length: count }, (_, seed) => model.next(context, makeRng(seed)));

describe('n-grams', () => {
  const model = countNgrams([words('a b c'), words('a b d'), words('x b e'), words('x b e')], { order: 3, support: 1 });

  it('draws what followed the longest context it has seen, in proportion', () => {
    const after = drawsOf(model, ['a', 'b']);
    expect(new Set(after)).toEqual(new Set(['c', 'd']));
    const share = after.filter((token) => token === 'c').length / after.length;
    expect(share).toBeGreaterThan(0.35); // binomial(200, ½): standard deviation 0.035
    expect(share).toBeLessThan(0.65);
    expect(new Set(drawsOf(model, ['z', 'b', 'x', 'b']))).toEqual(new Set(['e']));
  });

  it('looks at less where the context is new, and at nothing where its last token is', () => {
    expect(new Set(drawsOf(model, ['z', 'b']))).toEqual(new Set(['c', 'd', 'e']));
    expect(new Set(drawsOf(model, ['z']))).toEqual(new Set(['a', 'b', 'c', 'd', 'e', 'x', null]));
  });

  it('knows where a text begins and ends', () => {
    expect(new Set(drawsOf(model, []))).toEqual(new Set(['a', 'x']));
    expect(new Set(drawsOf(model, ['b', 'c']))).toEqual(new Set([null]));
    expect(new Set(drawsOf(model, ['a']))).toEqual(new Set(['b']));
  });

  it('passes over contexts seen less often than it must', () => {
    const careful = countNgrams([words('a b c'), words('x b e'), words('x b e')], { order: 3, support: 2 });
    expect(new Set(drawsOf(careful, ['a', 'b']))).toEqual(new Set(['c', 'e']));
  });

  test('counts are those of a model that looks through the whole text', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 2, max: 4 }), (first, second, order) => {
        const own = countNgrams([first, second], { order, support: 1 });
        const context = first.slice(0, 3);
        const followers = (length: number): (string | null)[] =>
          [first, second].flatMap((whole) =>
            [...whole, null].filter(
              (_, at) => at >= length && context.slice(context.length - length).every((token, i) => whole[at - length + i] === token),
            ),
          );
        const longest = Math.min(order - 1, context.length);
        const expected = new Set(
          followers(Array.from({ length: longest + 1 }, (_, i) => longest - i).find((length) => followers(length).length > 0)!),
        );
        for (const token of drawsOf(own, context, 30)) expect(expected.has(token)).toBe(true);
      }),
    );
  });
});

describe('code as text', () => {
  const program = makeProgram(words('def f ( x , y ) : z = [ x , y ] return z'), {});
  const gaps = program.gaps.with(8, '\n    ').with(12, '\n        ').with(15, '\n    ');

  it('in Python a line ends where a gap breaks outside brackets', () => {
    expect(codeText({ ...program, gaps }, 'python').join(' ')).toBe(
      `def f ( x , y ) : ${LINE_END} z = [ x , y ] ${LINE_END} return z ${LINE_END}`,
    );
    expect(codeText({ ...program, gaps }, 'python', 15).at(-1)).toBe(LINE_END);
    const continued = gaps.with(15, ' \\\n    ');
    expect(codeText({ ...program, gaps: continued }, 'python').filter((token) => token === LINE_END)).toHaveLength(2);
  });

  it('a header is left out', () => {
    expect(codeText({ ...program, gaps, bodyStart: 8 }, 'python', 15)).toEqual([...words('z = [ x , y ]'), LINE_END]);
    expect(codeText({ ...program, bodyStart: 8 }, 'c', 10)).toEqual(['z', '=']);
  });

  it('elsewhere it is the tokens', () => {
    expect(codeText({ ...program, gaps }, 'c', 4)).toEqual(['def', 'f', '(', 'x']);
  });
});

describe('statements', () => {
  /** A model that says the same whatever stands before, then nothing. */
  const says = (text: string): Ngrams => {
    const rest = text.split(' ').map((token) => (token === '<line>' ? LINE_END : token));
    return { next: () => rest.shift() ?? null };
  };
  const draw = (text: string, language: 'c' | 'java' | 'python', maxTokens = 20): string | null =>
    drawStatement(says(text), [], language, maxTokens, makeRng(0))?.join(' ') ?? null;

  test.each([
    ['x = f ( 1 ) ; y', 'x = f ( 1 ) ;'],
    ['for ( i = 0 ; i < 2 ; i ++ ) g ( i ) ; y', 'for ( i = 0 ; i < 2 ; i ++ ) g ( i ) ;'],
    ['int a [ ] = { 1 , 2 } ; y', 'int a [ ] = { 1 , 2 } ;'],
  ])('C: %s', (text, statement) => {
    expect(draw(text, 'c')).toBe(statement);
  });

  test.each([
    'x = f ( 1 ; y',
    'x ) ; y',
    'if ( x ) { y ; } z ;',
    'return x ;',
    'if ( x ) return ;',
    'else x ;',
    'case 1 : x ;',
    'out : x ;',
    '; x',
    'x = ( 1 ] ;',
    'x = 1',
  ])('C, refused: %s', (text) => {
    expect(draw(text, 'c')).toBeNull();
  });

  test('Python ends with the line, which is not part of it', () => {
    expect(draw('x = f ( 1 ) <line> y', 'python')).toBe('x = f ( 1 )');
    for (const text of ['if x : <line> y', 'return x <line>', '<line> x', 'x = f ( <line> 1 )']) expect(draw(text, 'python')).toBeNull();
  });

  test('no longer than it may be', () => {
    expect(draw('x = 1 + 2 ;', 'c', 6)).toBe('x = 1 + 2 ;');
    expect(draw('x = 1 + 2 ;', 'c', 5)).toBeNull();
    expect(draw('x = 1 <line>', 'python', 3)).toBe('x = 1');
    expect(draw('x = 1 <line>', 'python', 2)).toBeNull();
  });
});
