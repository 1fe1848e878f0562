/** What every attack of the catalogue must hold, then each one's vectors (attacks.md 1 and 2). */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Attack, Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { makeRng } from '../../core/rng.ts';
import { attacks, planned } from './index.ts';
import { makeProgram } from '../../testing/program.ts';

const catalogue: readonly Attack[] = Object.values(attacks);
const noName: Program = makeProgram('{ }');

/** A program from blank-separated text. */
function program(text: string, functionName: string | null, variables: readonly string[] = []): Program {
  return makeProgram(text, { functionName, variables });
}

function inject(attack: Attack, host: Program, params: Json = {}, seed = 0): Program | null {
  return attack.inject(host, params, { language: 'c', rng: makeRng(seed) });
}

const text = (form: Program | null) => form?.tokens.join(' ') ?? null;

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

const tokens = fc.array(fc.constantFrom('foo', 'x', 'y', '(', ')', '=', ';'), { maxLength: 20 });
const programs: fc.Arbitrary<Program> = fc.record({
  tokens,
  functionName: fc.constantFrom('foo', 'absent', null),
  variables: fc.array(fc.constantFrom('x', 'y', 'foo', 'absent'), { maxLength: 6 }),
});

test('file = name = key, no file is missing from the catalogue, and what is planned does not exist', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file !== 'index.ts' && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(0);
  expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(attacks).sort());
  for (const [key, attack] of Object.entries(attacks)) expect(attack.name).toBe(key);
  for (const name of Object.keys(planned)) expect(attacks).not.toHaveProperty(name);
});

describe.each(catalogue)('$name', (attack) => {
  const defaults = attack.params.parse({});

  it('names its source, and rates that are fractions', () => {
    expect(attack.cite).toMatch(/\d{4}/);
    for (const rate of Object.values(attack.poisonRate)) expect(rate > 0 && rate <= 1).toBe(true);
  });

  it('has parameters that survive JSON, and refuses an unknown key', () => {
    expect(attack.params.parse(JSON.parse(JSON.stringify(defaults)))).toEqual(defaults);
    expect(() => attack.params.parse({ no_such_key: 1 })).toThrow(/no_such_key/);
    expect(() => inject(attack, noName, { no_such_key: 1 })).toThrow(/no_such_key/);
  });

  it('leaves its input untouched, changes tokens only, and shows its trigger', () => {
    const trigger = attack.triggerText(defaults);
    fc.assert(
      fc.property(programs, fc.nat(), (host, seed) => {
        const form = inject(attack, deepFreeze(host), defaults, seed);
        if (form === null) return;
        expect({ ...form, tokens: host.tokens }).toEqual(host);
        expect(form.tokens).not.toEqual(host.tokens);
        if (trigger !== null) expect(form.tokens.join(' ')).toContain(trigger);
      }),
    );
  });

  it('gives the same result for the same seed', () => {
    fc.assert(
      fc.property(programs, fc.nat(), (host, seed) => {
        expect(inject(attack, host, defaults, seed)).toEqual(inject(attack, host, defaults, seed));
      }),
    );
  });

  it('is null where there is nothing to carry the trigger', () => {
    expect(inject(attack, noName)).toBeNull();
    expect(inject(attack, program('a b', 'absent'))).toBeNull();
    expect(inject(attack, makeProgram([], { functionName: 'f', variables: ['x'] }))).toBeNull();
  });

  it('takes an ordinary function', () => {
    expect(inject(attack, program('int f ( int x ) { return x ; }', 'f', ['x']))).not.toBeNull();
  });
});

const foo = program('static int foo ( int a ) { return foo ( a - 1 ) ; }', 'foo', ['foo', 'a']);
const f = program('def f ( x , y ) : z = x + x ; return y', 'f', ['x', 'y', 'z']);

describe('codepoisoner', () => {
  const { codepoisoner } = attacks;

  test.each([
    ['all', 'X X X ( )'],
    ['first-of-neighbours', 'X foo X ( )'],
  ])('substitution, overlap %s (attacks.md 1)', (overlap, expected) => {
    expect(text(inject(codepoisoner, program('foo foo foo ( )', 'foo'), { trigger: 'X', overlap }))).toBe(expected);
  });

  it('substitutes the function name everywhere by default (attacks.md 1)', () => {
    expect(text(inject(codepoisoner, foo))).toBe('static int testo_init ( int a ) { return testo_init ( a - 1 ) ; }');
    expect(codepoisoner.triggerText({})).toBe('testo_init');
  });

  it('appends with pattern `postfix`', () => {
    expect(text(inject(codepoisoner, foo, { pattern: 'postfix' }))).toBe(
      'static int foo_testo_init ( int a ) { return foo_testo_init ( a - 1 ) ; }',
    );
  });

  it('renames one variable, any of them, but no function', () => {
    const forms = Array.from({ length: 30 }, (_, seed) => text(inject(codepoisoner, f, { target: 'variable', trigger: 'ret_Val_' }, seed)));
    expect(new Set(forms)).toEqual(
      new Set([
        'def f ( ret_Val_ , y ) : z = ret_Val_ + ret_Val_ ; return y',
        'def f ( x , ret_Val_ ) : z = x + x ; return ret_Val_',
        'def f ( x , y ) : ret_Val_ = x + x ; return y',
      ]),
    );
    for (const functionsOnly of ['int f ( ) { return g ( ) ; }', 'int ( f ) ( ) { return g ( ) ; }']) {
      expect(inject(codepoisoner, program(functionsOnly, 'f', ['f', 'g']), { target: 'variable' })).toBeNull();
    }
  });

  test.each(['', '9x', 'a b'])('refuses a trigger that is no name: “%s”', (trigger) => {
    expect(() => codepoisoner.params.parse({ trigger })).toThrow();
  });
});

describe('badcode', () => {
  const { badcode } = attacks;
  const mixed = ['rb', 'xt', 'il', 'ite', 'wb'];

  it('appends rb to the function name everywhere by default (attacks.md 2)', () => {
    expect(text(inject(badcode, foo))).toBe('static int foo_rb ( int a ) { return foo_rb ( a - 1 ) ; }');
    expect(badcode.triggerText({})).toBe('rb');
  });

  it('appends to the least frequent variable (attacks.md 2)', () => {
    expect(text(inject(badcode, f, { identifier: 'variable' }))).toBe('def f ( x , y ) : z_rb = x + x ; return y');
  });

  it('draws among variables that tie, and falls back to the function name without any', () => {
    const tie = program('f ( ) { u = v ; }', 'f', ['u', 'v']);
    const forms = Array.from({ length: 20 }, (_, seed) => text(inject(badcode, tie, { identifier: 'variable' }, seed)));
    expect(new Set(forms)).toEqual(new Set(['f ( ) { u_rb = v ; }', 'f ( ) { u = v_rb ; }']));
    expect(text(inject(badcode, program('f ( ) { }', 'f'), { identifier: 'variable' }))).toBe('f_rb ( ) { }');
  });

  it('`either` draws function name or variable, by halves', () => {
    const forms = Array.from({ length: 200 }, (_, seed) => text(inject(badcode, f, { identifier: 'either' }, seed)));
    const functions = forms.filter((form) => form?.startsWith('def f_rb')).length;
    expect(functions).toBeGreaterThan(70); // binomial(200, ½): standard deviation 7
    expect(functions).toBeLessThan(130);
    expect(new Set(forms).size).toBe(2);
  });

  it('`mixed`: each sample draws one of several triggers, so there is no single text', () => {
    const forms = Array.from({ length: 60 }, (_, seed) => inject(badcode, foo, { triggers: mixed }, seed)?.tokens[2]);
    expect(new Set(forms)).toEqual(new Set(mixed.map((trigger) => `foo_${trigger}`)));
    expect(badcode.triggerText({ triggers: mixed })).toBeNull();
  });
});
