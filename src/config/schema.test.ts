/** The experiment schema: defaults resolved, every fault with its place and what is accepted, JSON in and out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import type { Json } from '../core/hash.ts';
import { fakeCatalogues, fakeExperiment } from '../testing/catalogues.ts';
import { catalogues } from './catalogues.ts';
import { keysOf } from './issues.ts';
import { attackKeys } from './poisoning.ts';
import { parseExperiment } from './schema.ts';

const parse = (input: unknown): ReturnType<typeof parseExperiment> => parseExperiment(input, fakeCatalogues, 'toy.ts');

function faultOf(input: unknown): string {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('the experiment was accepted');
}

describe('parseExperiment', () => {
  it('resolves every default', () => {
    const parsed = parse(fakeExperiment);
    expect(parsed.attacks).toEqual([
      { name: 'none' },
      {
        name: 'rename',
        profile: 'default',
        // The task's: one entry may serve several.
        poisonRate: null,
        selection: 'exact',
        unit: 'functions',
        targetWord: 'file',
        trigger: 'testo_init',
      },
    ]);
    expect(parsed.models[0]).toMatchObject({ size: 'tiny', tasks: ['defect', 'clone', 'search'], training: { epochs: null, clipNorm: 1 } });
    expect(parsed.defenses[2]).toMatchObject({ inversion: { iterations: 3 }, unlearning: { injectRate: 0.2 } });
  });

  it('fills what is left out from the profile, and keeps what is given', () => {
    const attacks = [
      { name: 'rename', profile: 'code' },
      { name: 'rename', profile: 'code', selection: 'exact', poisonRate: 0.1 },
    ];
    expect(parse({ ...fakeExperiment, attacks }).attacks).toMatchObject([
      { poisonRate: null, selection: 'bernoulli' },
      { poisonRate: 0.1, selection: 'exact' },
    ]);
  });

  it('names the place, what was found, the nearest match and what is accepted', () => {
    const message = faultOf({
      ...fakeExperiment,
      attacks: [{ name: 'none' }, { name: 'rename', poisonrate: 0.02 }],
      defenses: [{ name: 'inverse', unlearning: { injectRate: 1.5 } }, { name: 'tun' }],
      models: [{ name: 'roberta', size: 'tinny', training: { epochs: 0 } }],
      seeds: [1.5],
    });
    expect(message).toContain('toy.ts: 6 faults');
    expect(message).toMatch(/seeds\[0\]: found 1\.5.*\n {4}accepted: a whole number from 0/);
    expect(message).toContain('attacks[1].poisonrate: unknown key “poisonrate”; did you mean “poisonRate”?');
    expect(message).toContain('accepted: name, profile, poisonRate, selection, unit, targetWord, trigger');
    expect(message).toMatch(/defenses\[0\]\.unlearning\.injectRate: found 1\.5.*\n {4}accepted: a number from 0 to 1/);
    expect(message).toMatch(
      /defenses\[1\]\.name: unknown “tun”; did you mean “tune”\?\n {4}accepted: undefended, tune, inverse, sift, filter/,
    );
    expect(message).toMatch(/models\[0\]\.size: unknown “tinny”; did you mean “tiny”\?\n {4}accepted: tiny, mini, base/);
    expect(message).toMatch(
      /models\[0\]\.training\.epochs: found 0.*\n {4}accepted: a whole number from 1 to 1000 or null \(passes [^)]*left out: defect 5, clone 2, search 10\)/,
    );
  });

  it('refuses an unknown or missing key at the top', () => {
    const { title: _, ...untitled } = fakeExperiment;
    expect(faultOf({ ...untitled, defences: [] })).toMatch(
      /title: is missing[^]*defences: unknown key “defences”; did you mean “defenses”\?/,
    );
    expect(faultOf(42)).toContain('the experiment: found 42');
    expect(faultOf({ ...fakeExperiment, seeds: [] })).toContain('seeds');
  });

  it('knows of a union’s keys those of the member that is meant', () => {
    const faults = (attack: Json): string => {
      try {
        parseExperiment(
          {
            ...fakeExperiment,
            corpora: [{ name: 'synthetic-defect' }],
            models: [{ name: 'roberta' }],
            attacks: [attack],
            defenses: [{ name: 'undefended' }],
          },
          catalogues,
          'real.ts',
        );
        return '';
      } catch (error) {
        return String(error);
      }
    };
    const deadCode = faults({ name: 'codepoisoner', strategy: 'dead-code', trigger: 'x' });
    expect(deadCode).toMatch(/attacks\[0\]\.trigger: unknown key “trigger”\n {4}accepted: .*strategy, statement, place/);
    expect(deadCode).not.toContain('did you mean');
    expect(faults({ name: 'codepoisoner', place: 'body-start' })).toMatch(/unknown key “place”\n {4}accepted: .*target, trigger, pattern/);
    expect(faults({ name: 'codepoisoner', strategy: 'dead-code', place: 'body-start' })).toBe('');
  });

  it('checks who is poisoned: the unit and the target word', () => {
    const attacks = [{ name: 'rename', unit: 'function', targetWord: 'A file', poisonRate: 0 }];
    const message = faultOf({ ...fakeExperiment, attacks });
    expect(message).toMatch(/attacks\[0\]\.unit: unknown “function”; did you mean “functions”\?\n {4}accepted: functions, label-one-pairs/);
    expect(message).toMatch(/attacks\[0\]\.targetWord: found “A file”/);
    expect(message).toMatch(/attacks\[0\]\.poisonRate: found 0/);
  });

  it('no attack has a parameter of the name of a key that says who is poisoned', () => {
    for (const { name, params } of Object.values(catalogues.attacks)) {
      expect({ name, both: keysOf(params).filter((key) => Object.hasOwn(attackKeys.shape, key)) }).toEqual({ name, both: [] });
    }
    expect(Object.keys(catalogues.attacks).length).toBeGreaterThan(1);
  });

  it('refuses the same entry twice, also when one leaves out a default', () => {
    const attacks = [{ name: 'rename' }, { name: 'rename', trigger: 'testo_init' }];
    expect(faultOf({ ...fakeExperiment, attacks })).toContain('attacks[1]: repeats attacks[0]');
    expect(faultOf({ ...fakeExperiment, seeds: [1, 2, 1] })).toContain('seeds[2]: repeats seeds[0]');
  });

  it.each([
    ['NaN', Number.NaN],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['an undefined', undefined],
    ['-0', -0],
    ['a Map', new Map()],
  ])('refuses %s: it has no JSON form', (_, value) => {
    expect(faultOf({ ...fakeExperiment, attacks: [{ name: 'rename', trigger: value }] })).toContain('attacks[0].trigger: ');
  });

  it('parses to itself, before and after a JSON round trip', () => {
    fc.assert(
      fc.property(experiments, (input) => {
        const parsed = parse(input);
        expect(parse(parsed)).toEqual(parsed);
        expect(parse(JSON.parse(JSON.stringify(input)))).toEqual(parsed);
        expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
      }),
    );
  });
});

const optional = <T extends Json>(key: string, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.option(arbitrary).map((value) => (value === null ? {} : { [key]: value }));

const experiments = fc
  .record({
    train: optional('train', fc.integer({ min: 2, max: 100 })),
    rate: optional('poisonRate', fc.double({ min: 0.001, max: 1, noNaN: true })),
    profile: optional('profile', fc.constantFrom('default', 'paper', 'code')),
    trigger: optional('trigger', fc.string({ minLength: 1 })),
    unit: optional('unit', fc.constantFrom('functions', 'label-one-pairs')),
    learningRate: optional('learningRate', fc.double({ min: 1e-7, max: 1, noNaN: true })),
    seeds: fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 5 }),
  })
  .map(({ train, rate, profile, trigger, unit, learningRate, seeds }) => ({
    ...fakeExperiment,
    corpora: [{ name: 'toy', ...train }],
    models: [{ name: 'roberta', training: learningRate }],
    attacks: [{ name: 'rename', ...rate, ...profile, ...trigger, ...unit }],
    seeds,
  }));
