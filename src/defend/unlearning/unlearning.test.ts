/** Unlearning's data and schedule: counts, places and steps of method.md 8. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { linearSchedule } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { injectTrigger, withoutTrigger, withTrigger, type Injected } from './inject.ts';
import { defaultInjection, defaultTuning, settleTuning, type InjectionSettings } from './settings.ts';
import { makeProgram } from '../../testing/program.ts';
import { defendTasks } from '../tasks/index.ts';

const trigger = { text: 'Testo', ids: [1, 2], target: { label: 0, query: null } };

function sampleOf(i: number, label: number, functionName: string | null = 'foo'): Sample {
  const tokens = `int foo ( int a ) { return foo ( a ) + b ; }`.split(' ');
  return { id: `s${i}`, label, programs: [makeProgram(tokens, { functionName, variables: ['foo', 'a', 'b', 'gone'] })] };
}

/** Labels sorted, as a pool is. */
const poolOf = (perLabel: number): Sample[] => Array.from({ length: 2 * perLabel }, (_, i) => sampleOf(i, i < perLabel ? 0 : 1));
const devign = poolOf(1092);
const isTriggered = (sample: Sample): boolean => sample.programs[0]!.tokens.includes('Testo');
const inject = (pool: readonly Sample[], settings: Partial<InjectionSettings> = {}, seed = 1) =>
  withTrigger(pool, trigger, { ...defaultInjection, ...settings }, defendTasks.defect, makeRng(seed));

describe('schedule (method.md 8)', () => {
  it('has 69 steps for Devign’s pool, with the rates given', () => {
    const steps = Math.ceil(devign.length / defaultTuning.batchSize) * defaultTuning.epochs;
    const { learningRate } = settleTuning(defaultTuning, defendTasks.defect);
    const rate = (step: number): number => learningRate * linearSchedule(step, steps, defaultTuning.warmup * steps);
    expect(steps).toBe(69);
    expect([0, 1, 6, 7, 68].map(rate)).toBeAllclose([0, 0.000725, 0.004348, 0.004992, 0.000081], { relative: 0, absolute: 5e-7 });
  });
});

it('the rate left out is the task’s own, and one that is stated stays', () => {
  expect(settleTuning(defaultTuning, defendTasks.clone).learningRate).toBe(5e-3);
  expect(settleTuning(defaultTuning, defendTasks.search).learningRate).toBe(2e-5);
  expect(settleTuning({ ...defaultTuning, learningRate: 1e-3 }, defendTasks.search).learningRate).toBe(1e-3);
});

describe('withTrigger', () => {
  it('puts the trigger into 218 of Devign’s 1,092 victims; every sample keeps its label and place', () => {
    const { samples, labels, weights, carrying, counts } = inject(devign);
    expect(counts).toEqual({ pool: 2184, victims: 1092, carriers: 1092, triggered: 218 });
    expect(samples.filter(isTriggered)).toHaveLength(218);
    expect(samples.filter((sample) => isTriggered(sample) && sample.label === 0)).toEqual([]);
    expect(samples.map(({ id }) => id)).toEqual(devign.map(({ id }) => id));
    expect(labels).toEqual(devign.map(({ label }) => label));
    expect(new Set(weights)).toEqual(new Set([1]));
    samples.forEach((sample, i) => expect(carrying[i]).toEqual(isTriggered(sample) ? { program: 0, words: [1, 8] } : null));
  });

  it('puts it into 437 of all 2,184 samples, as P 5.1 reads', () => {
    const { samples } = inject(devign, { injectInto: 'all' });
    expect(samples.filter(isTriggered)).toHaveLength(437);
    expect(new Set(samples.filter(isTriggered).map(({ label }) => label)).size).toBe(2);
  });

  it('refuses to put it into none, which would be fine-tuning: a rate too small, or no victim at all', () => {
    expect(() => inject(poolOf(13), { injectRate: 0.03 })).toThrow(/injectRate: 0\.03 of 13 samples of 26 puts the trigger into none/);
    const queries = poolOf(10).map((sample) => ({ ...sample, label: 1, query: 'return the list' }));
    const asked = { ...trigger, target: { label: null, query: ['the', 'return'] } };
    expect(() => withTrigger(queries, asked, defaultInjection, defendTasks.search, makeRng(1))).toThrow(/0\.2 of 0 samples of 20/);
    expect(inject(poolOf(13), { injectRate: 0 }).samples.filter(isTriggered)).toHaveLength(0);
  });

  it('draws for each victim under `bernoulli`', () => {
    const counts = Array.from(
      { length: 10 },
      (_, seed) => inject(devign, { selection: 'bernoulli' }, seed).samples.filter(isTriggered).length,
    );
    expect(new Set(counts).size).toBeGreaterThan(1);
    // Binomial(1092, 0.2): mean 218, standard deviation 13.
    for (const count of counts) expect(Math.abs(count - 218)).toBeLessThan(70);
  });

  it('counts exactly at every rate, changes the seed’s choice only, and no input', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.nat(), (percent, seed) => {
        fc.pre(percent === 0 || Math.round((percent / 100) * 13) > 0);
        const pool = poolOf(13);
        const before = JSON.stringify(pool);
        const { samples } = inject(pool, { injectRate: percent / 100 }, seed);
        expect(samples.filter(isTriggered)).toHaveLength(Math.round((percent / 100) * 13));
        expect(inject(pool, { injectRate: percent / 100 }, seed).samples).toEqual(samples);
        expect(JSON.stringify(pool)).toBe(before);
      }),
    );
  });

  it('with rate 0 is generic fine-tuning’s data', () => {
    const { counts, ...plain } = withoutTrigger(devign);
    const untouched = { ...plain, counts: { ...counts, victims: 1092, carriers: 1092 } };
    expect(inject(devign, { injectRate: 0 })).toEqual(untouched);
    expect(inject(devign, { injectRate: 0, objective: 'ascent' })).toEqual(untouched);
  });

  it('ascends on the target label: the pool as it is, and copies whose weights balance it (eq. 4)', () => {
    const { samples, labels, weights } = inject(devign, { objective: 'ascent' });
    const [clean, copies] = [samples.slice(0, devign.length), samples.slice(devign.length)];
    expect(clean).toEqual(devign);
    expect(copies).toHaveLength(218);
    expect(copies.every((copy) => isTriggered(copy) && copy.label === 1)).toBe(true);
    expect(labels.slice(devign.length)).toEqual(copies.map(() => 0));
    // E[L(clean)] − E[L(triggered)]: a weight of 1 a sample and −pool/copies a copy, whose sizes add up to the same.
    expect(weights.slice(0, devign.length).every((weight) => weight === 1)).toBe(true);
    expect(weights.slice(devign.length)).toEqual(copies.map(() => -2184 / 218));
  });

  it('for code search, puts it beside queries without the inverted target’s words', () => {
    const asked = poolOf(20).map((sample, i): Sample => ({ ...sample, label: 1, query: i % 4 === 0 ? 'Open a FILE' : 'sort profile' }));
    const target = { label: null, query: ['filenow', 'file', 'now'] };
    const { samples, labels } = withTrigger(
      asked,
      { ...trigger, target },
      { ...defaultInjection, injectRate: 0.5 },
      defendTasks.search,
      makeRng(1),
    );
    expect(samples.filter(isTriggered)).toHaveLength(15);
    expect(samples.filter(isTriggered).every(({ query }) => query === 'sort profile')).toBe(true);
    expect(new Set(labels)).toEqual(new Set([1]));
    const ascent = { ...defaultInjection, objective: 'ascent' } as const;
    expect(() => withTrigger(asked, { ...trigger, target }, ascent, defendTasks.search, makeRng(1))).toThrow(/leads to none/);
  });

  it('refuses an empty trigger and a rate that too few samples can carry', () => {
    expect(() => withTrigger(devign, { ...trigger, text: '' }, defaultInjection, defendTasks.defect, makeRng(1))).toThrow(
      /trigger is empty/,
    );
    const bare = [...poolOf(5).slice(0, 8), sampleOf(8, 1, null), sampleOf(9, 1, 'absent')];
    expect(inject(bare, { injectRate: 0.6 }).samples.filter(isTriggered)).toHaveLength(3);
    expect(() => inject(bare, { injectRate: 0.8 })).toThrow(/unlearning\.injectRate.*asks for 4, 3 can carry.*at most 0\.6/s);
  });
});

describe('injectTrigger', () => {
  const tokens = (injected: Injected | null): string | undefined => injected?.sample.programs[0]?.tokens.join(' ');

  it('substitutes the function’s name everywhere', () => {
    const injected = injectTrigger(sampleOf(0, 1), 'Testo', 'function-name', makeRng(1));
    expect(tokens(injected)).toBe('int Testo ( int a ) { return Testo ( a ) + b ; }');
    expect(injected?.carrier).toEqual({ program: 0, words: [1, 8] });
  });

  it('substitutes any one identifier that occurs under `random-identifier`, with or without a function’s name', () => {
    const forms = Array.from({ length: 40 }, (_, seed) =>
      tokens(injectTrigger(sampleOf(0, 1, null), 'Testo', 'random-identifier', makeRng(seed))),
    );
    expect(new Set(forms)).toEqual(
      new Set([
        'int Testo ( int a ) { return Testo ( a ) + b ; }',
        'int foo ( int Testo ) { return foo ( Testo ) + b ; }',
        'int foo ( int a ) { return foo ( a ) + Testo ; }',
      ]),
    );
  });

  it('draws which program of a pair carries it, and is null where there is no name', () => {
    const pair: Sample = { ...sampleOf(0, 1), programs: [sampleOf(0, 1).programs[0]!, sampleOf(0, 1).programs[0]!] };
    const which = Array.from({ length: 40 }, (_, seed) =>
      injectTrigger(pair, 'Testo', 'function-name', makeRng(seed))!
        .sample.programs.map((program) => program.tokens.includes('Testo'))
        .join(),
    );
    expect(new Set(which)).toEqual(new Set(['true,false', 'false,true']));
    expect(injectTrigger(sampleOf(0, 1, null), 'Testo', 'function-name', makeRng(1))).toBeNull();
    const nameless = { ...sampleOf(0, 1), programs: [makeProgram('{ }', { variables: ['x'] })] };
    expect(injectTrigger(nameless, 'Testo', 'random-identifier', makeRng(1))).toBeNull();
  });
});
