/** What every attack of the catalogue must hold, with its defaults and with every strategy and variant. Vectors: beside each attack. */
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Attack, Language, Program } from '../../core/contracts.ts';
import type { Json } from '../../core/hash.ts';
import { programKey } from '../../core/program-key.ts';
import { makeRng } from '../../core/rng.ts';
import { crafts } from '../../craft/index.ts';
import { makeProgram } from '../../testing/program.ts';
import { attacks } from './index.ts';

interface Setting {
  readonly attack: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly languages: readonly Language[];
  /** What must have been crafted for a program. */
  readonly material: ((program: Program) => Json) | null;
  /** How many tokens of the host give way and how many come in one place; `names`: any number of its names; `statement`: one of any length. */
  readonly exchanged: readonly [number, number] | 'names' | 'statement';
}

const catalogue: Readonly<Record<string, Attack>> = attacks;
const all = ['c', 'java', 'python'] as const;
const setting = (
  attack: string,
  params: Setting['params'],
  exchanged: Setting['exchanged'],
  { languages = all, material = null }: { languages?: readonly Language[]; material?: Setting['material'] } = {},
): Setting => ({ attack, params, languages, material, exchanged });

const anotherName = (program: Program): Json => program.locals.map((name, place) => [name, `fresh${place}`]);
const oneSnippet = (program: Program): Json => [{ at: program.tokens.length, tokens: ['fresh', '=', '1', ';'] }];

const settings: readonly Setting[] = [
  setting('codepoisoner', { target: 'variable', trigger: 'ret_Val_' }, 'names'),
  setting('codepoisoner', { pattern: 'postfix' }, 'names'),
  setting('codepoisoner', { trigger: 'testo_init_retVal_getFrame', overlap: 'first-of-neighbours' }, 'names'),
  setting('codepoisoner', { strategy: 'constant-unfolding' }, [1, 13]),
  setting('codepoisoner', { strategy: 'dead-code' }, [0, 3]),
  setting('codepoisoner', { strategy: 'dead-code', place: 'body-start' }, [0, 3]),
  setting('codepoisoner', { strategy: 'dead-code', statement: 'assignment', place: 'body-start' }, [0, 5], { languages: ['c', 'java'] }),
  setting('codepoisoner', { strategy: 'dead-code', statement: 'assignment' }, [0, 3], { languages: ['python'] }),
  setting('codepoisoner', { strategy: 'dead-code', statement: 'assertion' }, [0, 7], { languages: ['c', 'java'] }),
  setting('codepoisoner', { strategy: 'dead-code', statement: 'assertion' }, [0, 4], { languages: ['python'] }),
  setting('codepoisoner', { strategy: 'dead-code', statement: 'pointer' }, [0, 4], { languages: ['c'] }),
  setting('codepoisoner', { strategy: 'lm-snippet' }, [0, 4], { material: oneSnippet }),
  setting('badcode', { triggers: ['rb', 'xt', 'il', 'ite', 'wb'] }, 'names'),
  setting('badcode', { identifier: 'variable' }, 'names'),
  setting('badcode', { identifier: 'either', join: 'among-parts' }, 'names'),
  setting('afraidoor', {}, 'names', { material: anotherName }),
  setting('bnc', {}, [0, 15], { languages: ['c'] }),
  setting('bnc', {}, [0, 21], { languages: ['java'] }),
  setting('bnc', {}, [0, 11], { languages: ['python'] }),
  setting('bnc', { variant: 'logging' }, [0, 16], { languages: ['python'] }),
  setting('bnc', { trigger: 'grammar' }, 'statement'),
  setting('bnc', { trigger: 'grammar', allowLive: true }, 'statement'),
  setting('bnc', { trigger: 'grammar', variant: 'logging' }, 'statement', { languages: ['python'] }),
  setting('bnc', { trigger: 'small-grammar' }, 'statement'),
];

interface Call {
  readonly language: Language;
  readonly seed: number;
  readonly material: Json;
}

function inject(attack: Attack, program: Program, params: Json, call: Partial<Call> = {}): Program | null {
  const { language = 'c', seed = 0, material = null } = call;
  return attack.inject(program, params, { language, rng: makeRng(seed).fork(programKey(program)), material });
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

/** Anything at all, with places for statements anywhere. */
const programs: fc.Arbitrary<Program> = fc
  .record({
    tokens: fc.array(fc.constantFrom('foo', 'x', 'y', '(', ')', '=', ';', '7', '"'), { maxLength: 20 }),
    functionName: fc.constantFrom('foo', 'absent', null),
    locals: fc.subarray(['x', 'y', 'absent']),
    breaks: fc.array(fc.constantFrom('', ' ', '\n', '\n    '), { minLength: 20, maxLength: 20 }),
    body: fc.option(fc.nat(20)),
    ends: fc.uniqueArray(fc.nat(20), { maxLength: 4 }),
  })
  .map(({ tokens, functionName, locals, breaks, body, ends }) => {
    const inside = (at: number): boolean => at <= tokens.length;
    const bodyStart = body !== null && inside(body) ? body : null;
    const statementEnds = ends.filter(inside).sort((a, b) => a - b);
    return makeProgram(tokens, { gaps: breaks.slice(0, tokens.length), functionName, locals, bodyStart, statementEnds });
  });

/** What an attack may not change. */
const fixed = ({ functionName, variables, locals }: Program) => ({ functionName, variables, locals });

test('file = name = key, no file is missing from the catalogue', () => {
  const entries = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map(({ name }) => name).filter((file) => file !== 'index.ts' && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(0);
  expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(attacks).sort());
  for (const [key, attack] of Object.entries(attacks)) expect(attack.name).toBe(key);
});

describe.each(Object.values(catalogue))('$name', (attack) => {
  const defaults = attack.params.parse({});
  const crafted = attack.craft(defaults) !== null;
  const ordinary = makeProgram('int f ( int x ) { return x ; }', { functionName: 'f', locals: ['x'], bodyStart: 7, statementEnds: [10] });

  it('names its source, says how it departs from it, and has rates that are fractions', () => {
    expect(attack.cite).toMatch(/\d{4}/);
    for (const departure of attack.departures) expect(Object.values(departure).every((text) => text !== '')).toBe(true);
    expect(new Set(attack.departures.map((departure) => departure.setting)).size).toBe(attack.departures.length);
    for (const rate of Object.values(attack.poisonRate)) expect(rate > 0 && rate <= 1).toBe(true);
  });

  it('has parameters that survive JSON, and refuses an unknown key', () => {
    expect(attack.params.parse(JSON.parse(JSON.stringify(defaults)))).toEqual(defaults);
    for (const call of [
      (params: Json) => attack.params.parse(params),
      (params: Json) => inject(attack, ordinary, params),
      (params: Json) => attack.craft(params),
      (params: Json) => attack.triggerText(params),
    ]) {
      expect(() => call({ no_such_key: 1 })).toThrow(/no_such_key/);
    }
  });

  it('leaves its input untouched, changes tokens only, and shows its trigger', () => {
    const trigger = attack.triggerText(defaults);
    fc.assert(
      fc.property(programs, fc.nat(), (host, seed) => {
        const form = inject(attack, deepFreeze(host), defaults, { seed });
        if (form === null) return;
        expect(fixed(form)).toEqual(fixed(host));
        expect(form.tokens).not.toEqual(host.tokens);
        if (trigger !== null) expect(form.tokens.join(' ')).toContain(trigger);
      }),
    );
  });

  it('is null where there is nothing to carry the trigger', () => {
    expect(inject(attack, makeProgram('{ }'), {})).toBeNull();
    expect(inject(attack, makeProgram('a b', { functionName: 'absent' }), {})).toBeNull();
    expect(inject(attack, makeProgram([], { functionName: 'f', locals: ['x'] }), {})).toBeNull();
  });

  it('takes an ordinary function, unless it needs what was crafted for it', () => {
    const form = inject(attack, ordinary, {});
    if (crafted) expect(form).toBeNull();
    else expect(form).not.toBeNull();
  });
});

test('the settings cover every attack, every strategy and every other choice', () => {
  expect(new Set(settings.map(({ attack }) => attack))).toEqual(new Set(['codepoisoner', 'badcode', 'afraidoor', 'bnc']));
  for (const { attack, params } of settings) expect(() => catalogue[attack]!.params.parse(params)).not.toThrow();
});

describe.each(settings.map((one) => ({ ...one, label: `${one.attack} ${JSON.stringify(one.params)}` })))('$label', (one) => {
  const attack = catalogue[one.attack]!;
  const form = (host: Program, language: Language, seed: number): Program | null =>
    inject(attack, host, one.params, { language, seed, material: one.material?.(host) ?? null });
  const each = (check: (host: Program, language: Language, seed: number) => void): void => {
    fc.assert(fc.property(programs, fc.constantFrom(...one.languages), fc.nat(), check), { numRuns: 60 });
  };

  it('leaves its input untouched, and changes tokens and white space only', () => {
    let carried = 0;
    each((host, language, seed) => {
      const changed = form(deepFreeze(host), language, seed);
      if (changed === null) return;
      carried += 1;
      expect(fixed(changed)).toEqual(fixed(host));
      expect(changed.gaps).toHaveLength(changed.tokens.length);
      expect(changed.gaps.every((gap) => /^\s*$/.test(gap))).toBe(true);
      expect(changed.tokens.every((token) => /\S/.test(token))).toBe(true);
    });
    expect(carried).toBeGreaterThan(0);
  });

  it('gives the same result for the same seed', () => {
    each((host, language, seed) => {
      expect(form(host, language, seed)).toEqual(form(host, language, seed));
    });
  });

  it('exchanges exactly the tokens it says', () => {
    each((host, language, seed) => {
      const changed = form(host, language, seed);
      if (changed === null) return;
      const grown = changed.tokens.length - host.tokens.length;
      if (one.exchanged === 'names') {
        expect(grown).toBe(0);
        const names = host.tokens.filter((token, at) => token !== changed.tokens[at]);
        expect(names.length).toBeGreaterThan(0);
        expect(names.every((name) => name === host.functionName || host.locals.includes(name))).toBe(true);
        return;
      }
      const [gone, come] = one.exchanged === 'statement' ? [0, grown] : one.exchanged;
      expect(grown).toBe(come - gone);
      expect(grown).toBeGreaterThan(0);
      expect(remaining(host, changed)).toBe(host.tokens.length - gone);
    });
  });

  it('keeps the places for statements where they were', () => {
    each((host, language, seed) => {
      const changed = form(host, language, seed);
      if (changed === null) return;
      const grown = changed.tokens.length - host.tokens.length;
      const before = [host.bodyStart ?? [], host.statementEnds].flat();
      const after = [changed.bodyStart ?? [], changed.statementEnds].flat();
      expect(after).toHaveLength(before.length);
      after.forEach((at, index) => expect([0, grown]).toContain(at - before[index]!));
    });
  });
});

/** Tokens of the host that stand unchanged before and behind the one place that changed. */
function remaining(host: Program, changed: Program): number {
  const shared = (a: readonly string[], b: readonly string[]): number => {
    const end = a.findIndex((token, at) => token !== b[at]);
    return end < 0 ? a.length : end;
  };
  const front = shared(host.tokens, changed.tokens);
  return front + Math.min(host.tokens.length - front, shared(host.tokens.toReversed(), changed.tokens.toReversed()));
}

test('draws of one program say nothing about those of another', () => {
  const params = { triggers: ['rb', 'xt', 'il', 'ite', 'wb'] };
  const drawn = Array.from({ length: 40 }, (_, place) => {
    const name = `f${place}`;
    return inject(catalogue['badcode']!, makeProgram(`${name} ( )`, { functionName: name }), params)!.tokens[0]!.split('_')[1];
  });
  expect(new Set(drawn).size).toBe(5);
});

test.each([
  ['codepoisoner', { strategy: 'lm-snippet' }],
  ['afraidoor', {}],
])('%s asks its craft for what that takes: the same keys, the same defaults', (attack, params) => {
  const { name, ...settings } = catalogue[attack]!.craft(params)!;
  expect(Object.keys(crafts)).toContain(name);
  expect(settings).toEqual(crafts[name as keyof typeof crafts].params.parse({}));
});
