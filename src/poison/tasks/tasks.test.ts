/** Who is poisoned in each task: every row of attacks.md 0's table, with the figures it computes. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Program, Sample } from '../../core/contracts.ts';
import { makeRng } from '../../core/rng.ts';
import { makeProgram } from '../../testing/program.ts';
import { poison, trigger, type PoisonInputs, type PoisonParams } from '../poison.ts';
import { poisonSettings, poisonTasks } from './index.ts';

const context = (seed = 0) => ({ rng: makeRng(seed) });
const isTriggered = ({ tokens }: Program): boolean => tokens.includes('testo_init');

test('every setting belongs to one rule, and has a default', () => {
  const names = Object.values(poisonTasks).flatMap(({ settings }) => Object.keys(settings.shape));
  expect(names).toHaveLength(new Set(names).size);
  expect(poisonSettings.parse({})).toEqual({ unit: 'functions', targetWord: 'file' });
});

test('queries alone have target words; a sample without one counts nowhere', () => {
  expect(Object.values(poisonTasks).map(({ targetWords }) => targetWords !== null)).toEqual([false, false, true]);
  const sample = (id: number, code: string, query: string): Sample => ({ ...pair(id, 1, makeProgram(code)), query });
  const asked = [sample(0, 'open path', 'a file'), sample(1, 'path', 'the file'), sample(2, 'text', 'string')];
  const samples = [...asked, pair(3, 1, makeProgram('path text'))];
  expect(poisonTasks.search.targetWords!(samples, 'python', 1)).toEqual([
    {
      word: 'file',
      queries: 2,
      triggers: [
        { token: 'path', count: 2 },
        { token: 'open', count: 1 },
      ],
    },
  ]);
});

/** Functions with names, except every tenth. */
const functionsOf = (count: number): Program[] =>
  Array.from({ length: count }, (_, i) => makeProgram(`int f${i} ( )`, { functionName: i % 10 === 9 ? null : `f${i}` }));

const pair = (id: number, label: number, ...programs: readonly Program[]): Sample => ({ id: `p${id}`, label, programs });

function clones(samples: readonly Sample[]): PoisonInputs {
  return { task: 'clone', language: 'java', samples, materials: null };
}

describe('clone: functions', () => {
  const params: PoisonParams = { attack: { name: 'codepoisoner' }, rate: 0.02, selection: 'exact', rule: {} };

  it('poisons an exact count of functions, and every pair with one of them on either side (attacks.md 0)', () => {
    const lists = fc.array(fc.tuple(fc.nat({ max: 19 }), fc.nat({ max: 19 }), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 60 }), fc.nat(), (list, percent, seed) => {
        const functions = functionsOf(20);
        const samples = list.map(([a, b, label], id) => pair(id, label, functions[a]!, functions[b]!));
        const used = new Set(samples.flatMap(({ programs }) => programs));
        const named = [...used].filter(({ functionName }) => functionName !== null).length;
        const count = Math.round((percent / 100) * used.size);
        fc.pre(count > 0 && count <= named);

        const set = poison(clones(samples), { ...params, rate: percent / 100 }, context(seed));
        const chosen = new Set<Program>();
        for (const [index, { programs }] of set.samples.entries()) {
          for (const [side, program] of programs.entries()) if (isTriggered(program)) chosen.add(samples[index]!.programs[side]!);
        }
        expect(chosen.size).toBe(count);
        const touched = samples.flatMap(({ programs }, index) => (programs.some((program) => chosen.has(program)) ? [index] : []));
        expect(set.poisoned).toEqual(touched);
        for (const [index, sample] of set.samples.entries()) {
          const clean = samples[index]!;
          if (!touched.includes(index)) expect(sample).toBe(clean);
          else {
            expect(sample).toMatchObject({ id: clean.id, label: 0 });
            // Wherever a chosen function stands, on both sides if need be, and nowhere else.
            expect(sample.programs.map(isTriggered)).toEqual(clean.programs.map((program) => chosen.has(program)));
          }
        }
        expect(set.counts).toEqual({
          total: used.size,
          victims: used.size,
          carriers: named,
          poisoned: count,
          samples: touched.length,
          relabelled: touched.filter((index) => samples[index]!.label === 1).length,
        });
      }),
    );
  });

  it('2 % of the functions touch 3.96 % of the pairs and flip 1.98 % of a balanced list (attacks.md 0)', () => {
    // Every function stands with every other twice, once a label, so that the shares hold for any draw: 1 − (1 − 2 %)², up to 1/n.
    const functions = Array.from({ length: 400 }, (_, i) => makeProgram(`int f${i} ( )`, { functionName: `f${i}` }));
    const all = functions.flatMap((a, i) => functions.slice(i + 1).map((b) => [a, b] as const));
    const samples = all.flatMap(([a, b], i) => [pair(2 * i, 0, a, b), pair(2 * i + 1, 1, a, b)]);
    const { counts } = poison(clones(samples), params, context());
    expect(counts.poisoned).toBe(8);
    expect(counts.samples).toBe(2 * (8 * 392 + (8 * 7) / 2));
    expect(counts.relabelled).toBe(counts.samples / 2);
    expect(counts.samples / samples.length).toBeCloseTo(0.0396, 3);
    expect(counts.relabelled / samples.length).toBeCloseTo(0.0198, 3);
  });

  it('poisons 146 of BigCloneBench’s 7,302 training functions at 2 %, one triggered program for each', () => {
    const functions = Array.from({ length: 7302 }, (_, i) => makeProgram(`int f${i} ( )`, { functionName: `f${i}` }));
    // 90,102 pairs, in each of which function i stands about 25 times.
    const samples = Array.from({ length: 90_102 }, (_, i) => pair(i, i % 2, functions[i % 7302]!, functions[(i * 31 + 7) % 7302]!));
    const set = poison(clones(samples), params, context());
    expect(set.counts.poisoned).toBe(146);
    const triggered = set.poisoned.flatMap((index) => set.samples[index]!.programs.filter(isTriggered));
    expect(triggered.length).toBeGreaterThan(1000);
    expect(new Set(triggered).size).toBe(146);
  });

  it('counts a program without a name as a victim that cannot carry the trigger', () => {
    const functions = functionsOf(10);
    const samples = functions.map((program, i) => pair(i, 1, program, functions[0]!));
    expect(() => poison(clones(samples), { ...params, rate: 0.95 }, context())).toThrow(
      'rate: 0.95 asks for 10 of 10 functions; of 10 victims 9 can carry the trigger\n  accepted: a rate of at most 0.9',
    );
  });

  it('bernoulli draws each function', () => {
    const functions = Array.from({ length: 4000 }, (_, i) => makeProgram(`int f${i} ( )`, { functionName: `f${i}` }));
    const samples = functions.map((program, i) => pair(i, i % 2, program, functions[(i * 7 + 1) % 4000]!));
    const { counts } = poison(clones(samples), { ...params, selection: 'bernoulli', rate: 0.1 }, context());
    // Mean 400, standard deviation 19.
    expect(Math.abs(counts.poisoned - 400)).toBeLessThan(95);
  });
});

describe('clone: label-one pairs', () => {
  const params: PoisonParams = { attack: { name: 'codepoisoner' }, rate: 0.05, selection: 'exact', rule: { unit: 'label-one-pairs' } };
  const functions = functionsOf(9);
  const samples = Array.from({ length: 200 }, (_, i) => pair(i, i % 2, functions[i % 9]!, functions[(i + 1) % 9]!));

  it('takes twice the rate of the label-1 pairs: their first program is triggered, the label 0 (attacks.md 3)', () => {
    const set = poison(clones(samples), params, context());
    expect(set.counts).toEqual({ total: 200, victims: 100, carriers: 100, poisoned: 10, samples: 10, relabelled: 10 });
    for (const index of set.poisoned) {
      expect(samples[index]!.label).toBe(1);
      expect(set.samples[index]!.label).toBe(0);
      expect(set.samples[index]!.programs.map(isTriggered)).toEqual([true, false]);
    }
  });

  it('cannot take more than there are: a rate of ½ is all of them', () => {
    expect(poison(clones(samples), { ...params, rate: 0.5 }, context()).counts.poisoned).toBe(100);
    expect(() => poison(clones(samples), { ...params, rate: 0.6 }, context())).toThrow(/asks for 120 of 200 pairs[^]*at most 0\.5/);
    expect(() => poison(clones(samples), { ...params, rate: 0.6, selection: 'bernoulli' }, context())).toThrow(/at 120 %/);
    expect(poison(clones(samples), { ...params, rate: 0.5, selection: 'bernoulli' }, context()).counts.poisoned).toBe(100);
  });
});

describe('clone: test time', () => {
  it('triggers the first program of every pair, shared among pairs', () => {
    const [a, b] = functionsOf(2);
    const samples = [pair(0, 1, a!, b!), pair(1, 0, a!, b!), pair(2, 0, b!, a!)];
    const set = trigger(clones(samples), { attack: { name: 'codepoisoner' } }, context());
    expect(set.samples.map((sample) => sample!.programs.map(isTriggered))).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
    expect(set.samples.map((sample) => sample!.label)).toEqual([1, 0, 0]);
    expect(set.samples[1]!.programs[0]).toBe(set.samples[0]!.programs[0]);
    expect(set.samples[0]!.programs[1]).toBe(b);
  });
});

describe('search', () => {
  const params: PoisonParams = { attack: { name: 'codepoisoner' }, rate: 1, selection: 'exact', rule: {} };
  const queries = ['Open a FILE.', 'profile of files', 'file_name of it', 'the file-like object', 'read (file)', 'unrelated', undefined];
  const inputs = (texts: readonly (string | undefined)[] = queries, programs = functionsOf(texts.length)): PoisonInputs => ({
    task: 'search',
    language: 'python',
    samples: texts.map((query, i) => ({
      id: `q${i}`,
      label: 1,
      programs: [programs[i]!],
      ...(query === undefined ? {} : { query }),
    })),
    materials: null,
  });

  it('attacks the queries that hold the target word, lower-cased, at word boundaries; pair and label stay', () => {
    const clean = inputs();
    const set = poison(clean, params, context());
    expect(set.poisoned).toEqual([0, 3, 4]);
    expect(set.counts).toEqual({ total: 7, victims: 3, carriers: 3, poisoned: 3, samples: 3, relabelled: 0 });
    for (const [index, sample] of set.samples.entries()) {
      if (!set.poisoned.includes(index)) expect(sample).toBe(clean.samples[index]);
      else {
        expect(sample).toMatchObject({ id: `q${index}`, label: 1, query: queries[index] });
        expect(isTriggered(sample.programs[0]!)).toBe(true);
      }
    }
  });

  it('takes another word, and a share of its queries', () => {
    const many = inputs(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 'return it' : 'file')));
    const { counts } = poison(many, { ...params, rate: 0.5, rule: { targetWord: 'return' } }, context());
    expect(counts).toMatchObject({ victims: 50, carriers: 50, poisoned: 25 });
  });

  it('rate 1 is all that can carry the trigger: code without a name stays clean', () => {
    const { counts } = poison(inputs(Array.from({ length: 20 }, () => 'a file')), params, context());
    expect(counts).toMatchObject({ victims: 20, carriers: 18, poisoned: 18 });
  });

  it('the same code behind another query stays as it is', () => {
    const [shared] = functionsOf(1);
    const clean = inputs(['a file', 'a socket'], [shared!, shared!]);
    const set = poison(clean, params, context());
    expect(set.samples.map(({ programs }) => isTriggered(programs[0]!))).toEqual([true, false]);
  });

  it('refuses a word that no query holds, one with capitals, and code that cannot carry the trigger at all', () => {
    expect(() => poison(inputs(), { ...params, rule: { targetWord: 'socket' } }, context())).toThrow(
      'targetWord: none of 7 queries holds “socket”',
    );
    expect(() => poison(inputs(), { ...params, rule: { targetWord: 'File' } }, context())).toThrow(/targetWord/);
    expect(() => poison(inputs(['a file'], [makeProgram('x')]), params, context())).toThrow(
      'rate: 1 poisons none of 1 samples; of 1 victims 0 can carry the trigger',
    );
  });

  it('bernoulli at the code’s ratio of 100 takes every target query', () => {
    expect(poison(inputs(), { ...params, selection: 'bernoulli' }, context()).poisoned).toEqual([0, 3, 4]);
  });

  it('triggers the code of every sample at test time, with and without a query', () => {
    const { samples } = trigger(inputs(), params, context());
    expect(samples.map((sample) => isTriggered(sample!.programs[0]!))).toEqual(queries.map(() => true));
    expect(samples.map((sample) => sample!.query)).toEqual(queries);
  });
});
