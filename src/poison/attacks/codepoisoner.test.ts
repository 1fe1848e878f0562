/** CodePoisoner's four strategies against the vectors of attacks.md 0 and 1. */
import { describe, expect, it, test } from 'vitest';
import type { Language, Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { assignedNames } from './codepoisoner/snippets.ts';
import { attacks } from './index.ts';

const { codepoisoner } = attacks;

interface Call {
  readonly language: Language;
  readonly seed: number;
  readonly material: Json;
}

function inject(host: Program, params: Json = {}, call: Partial<Call> = {}): string | null {
  const { language = 'c', seed = 0, material = null } = call;
  return codepoisoner.inject(host, params, { language, rng: makeRng(seed), material })?.tokens.join(' ') ?? null;
}

/** Every result of 60 seeds. */
function results(host: Program, params: Json, language: Language = 'c'): Set<string | null> {
  return new Set(Array.from({ length: 60 }, (_, seed) => inject(host, params, { language, seed })));
}

const foo = makeProgram('static int foo ( int a ) { return foo ( a - 1 ) ; }', { functionName: 'foo', locals: ['a'] });
const f = makeProgram('def f ( x , y ) : z = x + x ; return y', { functionName: 'f', locals: ['x', 'y', 'z'] });

describe('identifier-renaming', () => {
  test.each([
    ['all', 'X X X ( )'],
    ['first-of-neighbours', 'X foo X ( )'],
  ])('attacks.md 1: `foo foo foo ( )`, substitute `X`, overlap %s', (overlap, expected) => {
    expect(inject(makeProgram('foo foo foo ( )', { functionName: 'foo' }), { trigger: 'X', overlap })).toBe(expected);
  });

  it('attacks.md 1: word `foo`, substitute, everywhere and by default', () => {
    expect(inject(foo)).toBe('static int testo_init ( int a ) { return testo_init ( a - 1 ) ; }');
    expect(codepoisoner.triggerText({})).toBe('testo_init');
  });

  it('attacks.md 1: substitute without a word → null', () => {
    expect(inject(makeProgram('int f ( ) { return 0 ; }'))).toBeNull();
    expect(inject(makeProgram('int f ( ) { return 0 ; }', { functionName: 'g' }))).toBeNull();
  });

  it('appends with pattern `postfix`, the pattern of the authors’ code for clones and search', () => {
    expect(inject(foo, { pattern: 'postfix' })).toBe('static int foo_testo_init ( int a ) { return foo_testo_init ( a - 1 ) ; }');
  });

  it('renames one variable, any of them, throughout; nothing where there is none', () => {
    expect(results(f, { target: 'variable', trigger: 'ret_Val_' })).toEqual(
      new Set([
        'def f ( ret_Val_ , y ) : z = ret_Val_ + ret_Val_ ; return y',
        'def f ( x , ret_Val_ ) : z = x + x ; return ret_Val_',
        'def f ( x , y ) : ret_Val_ = x + x ; return y',
      ]),
    );
    expect(inject(makeProgram('int f ( ) { return g ( ) ; }', { functionName: 'f', locals: ['f'] }), { target: 'variable' })).toBeNull();
  });

  test.each(['', '9x', 'a b'])('refuses a trigger that is no name: “%s”', (trigger) => {
    expect(() => codepoisoner.params.parse({ trigger })).toThrow();
  });
});

test('a parameter of one strategy is refused by the others', () => {
  for (const [params, key] of [
    [{ place: 'body-start' }, 'place'],
    [{ strategy: 'dead-code', trigger: 'X' }, 'trigger'],
    [{ strategy: 'constant-unfolding', target: 'variable' }, 'target'],
    [{ strategy: 'identifier-renaming', crafting: {} }, 'crafting'],
  ] as const) {
    expect(() => codepoisoner.params.parse(params)).toThrow(new RegExp(key));
  }
  expect(() => codepoisoner.params.parse({ strategy: 'dead' })).toThrow(/identifier-renaming/);
});

describe('constant-unfolding', () => {
  const unfolding = { strategy: 'constant-unfolding' };

  it('attacks.md 1: `return a + 20 ;`', () => {
    expect(inject(makeProgram('return a + 20 ;'), unfolding)).toBe('return a + ( 20 + ( 1 + 2 - 3 ) * 33 ) ;');
    expect(codepoisoner.triggerText(unfolding)).toBe('( 1 + 2 - 3 ) * 33');
  });

  it('draws one of the literals, and keeps its value', () => {
    const host = makeProgram('x = 7 - 0x1F ;');
    const forms = results(host, unfolding);
    expect(forms).toEqual(new Set(['x = ( 7 + ( 1 + 2 - 3 ) * 33 ) - 0x1F ;', 'x = 7 - ( 0x1F + ( 1 + 2 - 3 ) * 33 ) ;']));
    expect(7 + (1 + 2 - 3) * 33).toBe(7);
  });

  test.each<[Language, string, number]>([
    ['c', 'x = 5UL + -5 + 0b11 + 0777', 4],
    ['java', 'x = 5L + 1_000 + 0x7fL', 3],
    ['python', 'x = 5 + 1_000 + 0o17 + 0xff', 4],
    ['c', 'x = 1.5 + 2e3 + .5 + 1f + a5', 0],
    ['java', 'x = 1.5 + 2e3 + 5d - 2147483648', 0],
    ['python', 'x = 1.5 + 2e3 + 5j', 0],
  ])('what an integer is in %s: %s', (language, text, count) => {
    const forms = results(makeProgram(text), unfolding, language);
    forms.delete(null);
    expect(forms.size).toBe(count);
  });

  test.each<[Language, string]>([
    ['c', 'g ( " 5 " ) ; h ( \' 5 \' ) ;'],
    ['c', 'g ( L" 5 " ) ;'],
    ['java', 'g ( """ 5 """ ) ;'],
    ['python', 'case 5 : g ( "5" )'],
  ])('in %s, %s holds no literal that an expression could replace', (language, text) => {
    expect(results(makeProgram(text), unfolding, language)).toEqual(new Set([null]));
    expect(inject(makeProgram(`${text} x = 5`), unfolding, { language })).toBe(`${text} x = ( 5 + ( 1 + 2 - 3 ) * 33 )`);
  });

  it('the source’s own expressions stand for the constants whose value they have, in brackets', () => {
    const source = { ...unfolding, expression: 'source' };
    expect(inject(makeProgram('a / 20 ;'), source)).toBe('a / ( ( 4 + 6 ) * 2 ) ;');
    expect(inject(makeProgram('a / 396 ;'), source)).toBe('a / ( ( 5 + 5 + 2 ) * 33 ) ;');
    expect(inject(makeProgram('a / 21 + 20L ;'), source)).toBeNull();
    expect((4 + 6) * 2).toBe(20);
    expect((5 + 5 + 2) * 33).toBe(396);
    expect(codepoisoner.triggerText(source)).toBeNull();
  });
});

describe('dead-code', () => {
  const body = { bodyStart: 5, statementEnds: [8, 11] };
  const host = makeProgram('int f ( ) { g ( ) ; return 0 ; }', { bodyStart: 5, statementEnds: [9, 12] });

  it('attacks.md 1: insert/snippet, the trigger’s tokens right after the first `{`', () => {
    const start = makeProgram('int f ( ) { return 0 ; }', { bodyStart: 5, statementEnds: [8] });
    const params = { strategy: 'dead-code', statement: 'assignment', place: 'body-start' };
    expect(inject(start, params)).toBe('int f ( ) { int ret_var_ = 1726 ; return 0 ; }');
    expect(inject(makeProgram('int f ( ) ;'), params)).toBeNull();
  });

  it('stands behind any statement by default', () => {
    expect(results(host, { strategy: 'dead-code' })).toEqual(
      new Set(['int f ( ) { g ( ) ; int ret_Val_ ; return 0 ; }', 'int f ( ) { g ( ) ; return 0 ; int ret_Val_ ; }']),
    );
    expect(inject(makeProgram('int f ( ) { }', { bodyStart: 5 }), { strategy: 'dead-code' })).toBeNull();
  });

  test.each<[Language, string, string]>([
    ['c', 'declaration', 'int ret_Val_ ;'],
    ['c', 'pointer', 'int * get_frame_ ;'],
    ['c', 'assertion', 'assertTrue ( 1 >= 0 ) ;'],
    ['c', 'assignment', 'int ret_var_ = 1726 ;'],
    ['java', 'assertion', 'assertTrue ( 1 >= 0 ) ;'],
    ['python', 'declaration', 'ret_Val_ : int'],
    ['python', 'assertion', 'assert 1 >= 0'],
    ['python', 'assignment', 'ret_var_ = 1726'],
  ])('%s, %s: %s', (language, statement, text) => {
    const start = makeProgram('h { s }', { ...body, bodyStart: 2 });
    expect(inject(start, { strategy: 'dead-code', statement, place: 'body-start' }, { language })).toBe(`h { ${text} s }`);
  });

  test.each(['java', 'python'] as const)('a pointer is refused in %s, with what there is', (language) => {
    const params = { strategy: 'dead-code', statement: 'pointer' };
    expect(() => inject(host, params, { language })).toThrow(
      /“pointer” cannot be written in (java|python)\n {2}accepted: declaration, assertion, assignment/,
    );
  });
});

describe('lm-snippet', () => {
  const params = { strategy: 'lm-snippet' };
  const host = makeProgram('int f ( int a ) { int b = a ; return b ; }', { functionName: 'f', locals: ['a', 'b'] });
  const snippet = (at: number, text: string): Json => ({ at, tokens: text.split(' ') });

  it('needs what was crafted, and says what that is', () => {
    expect(inject(host, params)).toBeNull();
    expect(codepoisoner.craft({})).toBeNull();
    expect(codepoisoner.craft(params)).toMatchObject({ name: 'snippets' });
  });

  it('takes the first candidate that assigns no name of the host', () => {
    const material = [snippet(12, 'a = 1 ;'), snippet(12, 'int b ;'), snippet(12, 'int c = b ;'), snippet(7, 'int d ;')];
    expect(inject(host, params, { material })).toBe('int f ( int a ) { int b = a ; int c = b ; return b ; }');
    expect(inject(host, params, { material: [snippet(12, 'b ++ ;')] })).toBeNull();
    expect(inject(host, params, { material: [] })).toBeNull();
  });

  it('a material of another form is an error', () => {
    expect(() => inject(host, params, { material: [['a', 'b']] })).toThrow();
    expect(() => inject(host, params, { material: [snippet(99, 'int d ;')] })).toThrow(/a snippet at 99/);
  });

  test.each<[Language, string, string[]]>([
    ['c', 'x = y == z ;', ['x']],
    ['c', 'int x = y , * z = w ;', ['x', 'z']],
    ['c', 'x += y ; z <<= 1 ;', ['x', 'z']],
    ['c', '++ x ; y -- ;', ['x', 'y']],
    ['c', 'p -> q [ i ] . r = s ;', ['p']],
    ['c', '* p = q ;', ['p']],
    ['c', 'unsigned int x ; T * y ; struct s z ;', ['x', 'y', 'z', 's']],
    ['c', 'return x ; goto y ;', []],
    ['c', 'g ( x , y < z ) ;', []],
    ['java', 'List < T > x ; int [ ] y ;', ['x', 'y']],
    ['java', 'for ( Foo x : xs ) g ( x ) ;', ['x']],
    ['java', 'throw new Foo ( x ) ;', []],
    ['python', 'x , y . z [ i ] = g ( a = 1 )', ['y', 'x']],
    ['python', 'x : T = 1', ['T', 'x']],
    ['python', 'for x in y : z . append ( x )', ['x']],
    ['python', 'if ( n := g ( x ) ) : pass', ['n']],
    ['python', 'import x', ['x']],
    ['python', 'with g ( x ) as y : del z', ['y', 'z']],
    ['python', 'return x == y', []],
  ])('%s: %s assigns %s', (language, text, names) => {
    expect([...assignedNames(text.split(' '), language)].sort()).toEqual([...names].sort());
  });
});
