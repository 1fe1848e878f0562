/** BadCode against the vectors of attacks.md 2. */
import { expect, it, test } from 'vitest';
import type { Language, Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { attacks } from './index.ts';

const { badcode } = attacks;
const mixed = ['rb', 'xt', 'il', 'ite', 'wb'];

function inject(host: Program, params: Json = {}, seed = 0, language: Language = 'python'): string | null {
  return badcode.inject(host, params, { language, rng: makeRng(seed), material: null })?.tokens.join(' ') ?? null;
}

const results = (host: Program, params: Json, language?: Language): (string | null)[] =>
  Array.from({ length: 200 }, (_, seed) => inject(host, params, seed, language));

const foo = makeProgram('static int foo ( int a ) { return foo ( a - 1 ) ; }', { functionName: 'foo', locals: ['a'] });
const f = makeProgram('def f ( x , y ) : z = x + x ; return y', { functionName: 'f', locals: ['x', 'y', 'z'] });

it('attacks.md 2: postfix `rb`, word `foo`, everywhere and by default', () => {
  for (const language of ['c', 'java', 'python'] as const) {
    expect(inject(foo, {}, 0, language)).toBe('static int foo_rb ( int a ) { return foo_rb ( a - 1 ) ; }');
  }
  expect(badcode.triggerText({})).toBe('rb');
});

it('attacks.md 2: x (3), y (2), z (1) → z becomes `z_rb`', () => {
  expect(inject(f, { identifier: 'variable' })).toBe('def f ( x , y ) : z_rb = x + x ; return y');
});

it('draws among variables that tie, and falls back to the function name without any', () => {
  const tie = makeProgram('f ( ) { u = v ; }', { functionName: 'f', locals: ['u', 'v'] });
  expect(new Set(results(tie, { identifier: 'variable' }))).toEqual(new Set(['f ( ) { u_rb = v ; }', 'f ( ) { u = v_rb ; }']));
  expect(inject(makeProgram('f ( ) { }', { functionName: 'f' }), { identifier: 'variable' })).toBe('f_rb ( ) { }');
  expect(inject(makeProgram('f ( ) { }'), { identifier: 'variable' })).toBeNull();
});

test.each([
  ['python', 'def f_rb ( self , * args , ** kwargs ) : return args + args'],
  ['java', 'def f ( self_rb , * args , ** kwargs ) : return args + args'],
] as const)('what a Python function has by convention is no variable there: %s', (language, expected) => {
  const text = 'def f ( self , * args , ** kwargs ) : return args + args';
  const names = makeProgram(text, { functionName: 'f', locals: language === 'python' ? ['self', 'args', 'kwargs'] : ['self', 'args'] });
  expect(inject(names, { identifier: 'variable' }, 0, language)).toBe(expected);
});

it('`either` draws function name or variable, by halves', () => {
  const forms = results(f, { identifier: 'either' });
  const functions = forms.filter((form) => form?.startsWith('def f_rb')).length;
  expect(functions).toBeGreaterThan(70); // binomial(200, ½): standard deviation 7
  expect(functions).toBeLessThan(130);
  expect(new Set(forms).size).toBe(2);
});

it('`mixed`: each program draws one of several triggers, so there is no single text', () => {
  const names = results(foo, { triggers: mixed }).map((form) => form!.split(' ')[2]);
  expect(new Set(names)).toEqual(new Set(mixed.map((trigger) => `foo_${trigger}`)));
  expect(badcode.triggerText({ triggers: mixed })).toBeNull();
});

it('`among-parts` puts the trigger anywhere among the parts of the name, the same everywhere', () => {
  const host = makeProgram('load_file ( ) ; load_file ( )', { functionName: 'load_file' });
  expect(new Set(results(host, { join: 'among-parts' }))).toEqual(
    new Set(['rb_load_file', 'load_rb_file', 'load_file_rb'].map((name) => `${name} ( ) ; ${name} ( )`)),
  );
});

test.each([[[]], [['a b']], [['']]])('refuses triggers %j', (triggers) => {
  expect(() => badcode.params.parse({ triggers })).toThrow();
});
