/** The stages `poison` and `trigger`: exact counts, seeded draws, victims only, shared programs, and errors that say what was found. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Program, Sample } from '../core/contracts.ts';
import { programKey } from '../core/program-key.ts';
import { makeRng } from '../core/rng.ts';
import { makeProgram } from '../testing/program.ts';
import { hostsOf, poison, trigger, type PoisonInputs, type PoisonParams } from './poison.ts';

/** Labels alternate 0, 1; of every ten samples the last two have no function name, one of each label. */
function corpus(size: number): PoisonInputs {
  const samples = Array.from({ length: size }, (_, index): Sample => {
    const program = makeProgram(`int f${index} ( ) { }`, { functionName: index % 10 < 8 ? `f${index}` : null });
    return { id: `s${index}`, label: index % 2, programs: [program] };
  });
  return { task: 'defect', language: 'c', samples, materials: null };
}

const params: PoisonParams = { attack: { name: 'codepoisoner' }, rate: 0.1, selection: 'exact', rule: {} };
const mixed = { attack: { name: 'badcode', triggers: ['rb', 'xt', 'il', 'ite', 'wb'] } };
const context = (seed = 0) => ({ rng: makeRng(seed) });
const carries = ({ programs }: Sample) => programs[0]!.tokens.includes('testo_init');

describe('poison, exact', () => {
  it('changes the stated number of label-1 carriers, and nobody else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 400 }), fc.nat(), (size, permille, seed) => {
        const inputs = corpus(size);
        const carriers = inputs.samples.filter(({ label, programs }) => label === 1 && programs[0]!.functionName !== null).length;
        const rate = permille / 1000;
        const count = Math.round(rate * size);
        fc.pre(count <= carriers && (count > 0 || rate === 0));

        const set = poison(inputs, { ...params, rate }, context(seed));
        const victims = Math.floor(size / 2);
        expect(set.counts).toEqual({ total: size, victims, carriers, poisoned: count, samples: count, relabelled: count });
        expect(set.poisoned).toHaveLength(count);
        expect(set.poisoned).toEqual([...new Set(set.poisoned)].sort((a, b) => a - b));
        for (const [index, sample] of set.samples.entries()) {
          const clean = inputs.samples[index]!;
          if (!set.poisoned.includes(index)) expect(sample).toBe(clean);
          else {
            expect(clean.label).toBe(1);
            expect(sample).toMatchObject({ id: clean.id, label: 0 });
            expect(carries(sample)).toBe(true);
          }
        }
      }),
    );
  });

  it('poisons 437 of 21,854 at 2 % (attacks.md 0)', () => {
    expect(poison(corpus(21_854), { ...params, rate: 0.02 }, context()).counts.poisoned).toBe(437);
  });

  it('draws by the seed', () => {
    const chosen = (seed: number) => poison(corpus(200), params, context(seed)).poisoned;
    expect(chosen(1)).toEqual(chosen(1));
    expect(chosen(1)).not.toEqual(chosen(2));
  });

  it('says how many carriers there are when there are too few', () => {
    expect(() => poison(corpus(100), { ...params, rate: 0.41 }, context())).toThrow(
      'rate: 0.41 asks for 41 of 100 samples; of 50 victims 40 can carry the trigger\n  accepted: a rate of at most 0.4',
    );
    expect(poison(corpus(100), { ...params, rate: 0.4 }, context()).counts.poisoned).toBe(40);
  });

  it('refuses a rate that poisons nobody: the model would be a clean one', () => {
    expect(() => poison(corpus(20), { ...params, rate: 0.02 }, context())).toThrow('rate: 0.02 poisons none of 20 samples');
    expect(poison(corpus(20), { ...params, rate: 0 }, context()).poisoned).toEqual([]);
  });
});

describe('poison, bernoulli', () => {
  const bernoulli: PoisonParams = { ...params, selection: 'bernoulli' };

  it('takes each victim with the given probability; one that cannot carry the trigger stays clean', () => {
    const { counts, samples, poisoned } = poison(corpus(10_000), bernoulli, context());
    // 4,000 carriers at 10 %: binomial with mean 400, standard deviation 19.
    expect(Math.abs(counts.poisoned - 400)).toBeLessThan(95);
    expect(samples.filter(carries)).toHaveLength(counts.poisoned);
    expect(poisoned.every((index) => index % 2 === 1)).toBe(true);
  });

  test.each([
    [0, 0],
    [1, 40],
  ])('rate %d poisons %d of 40 carriers', (rate, expected) => {
    expect(poison(corpus(100), { ...bernoulli, rate }, context()).counts.poisoned).toBe(expected);
  });

  it('refuses what an integer 0–99 below a percentage cannot draw; 7 % is not 7.000000000000001', () => {
    expect(() => poison(corpus(100), { ...bernoulli, rate: 0.015 }, context())).toThrow(/draws each victim at 1\.5 %[^]*whole percents/);
    const inputs = corpus(20_000);
    // Mean 560 of 8,000, standard deviation 23; 8 % would be 640.
    expect(Math.abs(poison(inputs, { ...bernoulli, rate: 0.07 }, context()).counts.poisoned - 560)).toBeLessThan(75);
  });
});

describe('trigger', () => {
  it('puts the trigger into both labels, keeps the true label, and leaves a gap where it cannot', () => {
    const inputs = corpus(20);
    const { samples } = trigger(inputs, params, context());
    expect(samples).toHaveLength(20);
    for (const [index, sample] of samples.entries()) {
      const clean = inputs.samples[index]!;
      if (clean.programs[0]!.functionName === null) expect(sample).toBeNull();
      else {
        expect(sample).toMatchObject({ id: clean.id, label: clean.label });
        expect(carries(sample!)).toBe(true);
      }
    }
  });

  it('draws for each program apart: neighbours and order do not matter', () => {
    const inputs = corpus(40);
    const forwards = trigger(inputs, mixed, context()).samples;
    const backwards = trigger({ ...inputs, samples: inputs.samples.toReversed() }, mixed, context()).samples;
    expect(backwards.toReversed()).toEqual(forwards);
    expect(new Set(forwards.map((sample) => sample?.programs[0]!.tokens[1]!.split('_')[1])).size).toBe(6); // five triggers and gaps
  });

  it('makes one triggered program for one clean program, and lists each once', () => {
    const [a, b] = [makeProgram('int a ( )', { functionName: 'a' }), makeProgram('b')];
    const programs = [a, b, a, a];
    const samples = programs.map((program, index): Sample => ({ id: `s${index}`, label: 1, programs: [program] }));
    const set = trigger({ task: 'defect', language: 'c', samples, materials: null }, mixed, context());
    const formsSeen = set.samples.map((sample) => sample?.programs[0] ?? null);
    expect(new Set(formsSeen).size).toBe(2); // one for `a`, and the gap
    expect([...set.forms]).toEqual([
      [a, formsSeen[0]],
      [b, null],
    ]);
  });

  it('equal functions get equal triggers, in train and between runs of one seed', () => {
    const twin = (): Program => makeProgram('int a ( )', { functionName: 'a' });
    const samples = Array.from({ length: 30 }, (_, index): Sample => ({ id: `s${index}`, label: 1, programs: [twin()] }));
    const set = poison({ task: 'defect', language: 'c', samples, materials: null }, { ...params, ...mixed, rate: 1 }, context());
    expect(new Set(set.samples.map(({ programs }) => programKey(programs[0]!))).size).toBe(1);
  });
});

describe('hostsOf', () => {
  it('gives the victims of the training split and the test programs, each once', () => {
    const { samples } = corpus(8);
    const test = [samples[1]!, samples[4]!];
    expect(hostsOf('defect', { train: samples, test }, {})).toEqual([1, 3, 5, 7, 4].map((index) => samples[index]!.programs[0]));
  });
});

test.each([
  ['an unknown attack', { attack: { name: 'badcod' } }, /badcod.*did you mean “badcode”/],
  ['a rate above 1', { rate: 2 }, /rate: found 2/],
  ['a rate that is no number', { rate: NaN }, /rate: found NaN/],
  ['a misspelt parameter of the attack', { attack: { name: 'codepoisoner', patern: 'postfix' } }, /patern/],
  ['a setting of another task’s rule', { rule: { targetWord: 'file' } }, /targetWord/],
])('refuses %s', (_, wrong, message) => {
  expect(() => poison(corpus(10), { ...params, ...wrong }, context())).toThrow(message);
});
