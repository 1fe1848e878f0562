/** The stages `poison` and `trigger`: exact counts, seeded draws, victims only, and errors that say what was found. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { makeRng } from '../core/rng.ts';
import { poison, trigger, type PoisonInputs, type PoisonParams } from './poison.ts';

/** Labels alternate 0, 1; of every ten samples the last two have no function name, one of each label. */
function corpus(size: number): PoisonInputs {
  const samples = Array.from({ length: size }, (_, index): Sample => {
    const functionName = index % 10 < 8 ? `f${index}` : null;
    const tokens = ['int', `f${index}`, '(', ')', '{', '}'];
    return { id: `s${index}`, label: index % 2, programs: [{ tokens, functionName, variables: [] }] };
  });
  return { task: 'defect', language: 'c', samples };
}

const params: PoisonParams = { attack: { name: 'codepoisoner' }, rate: 0.1, selection: 'exact' };
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
        fc.pre(count <= carriers);

        const set = poison(inputs, { ...params, rate }, context(seed));
        expect(set.counts).toEqual({ total: size, victims: Math.floor(size / 2), carriers, poisoned: count });
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
      'rate: 0.41 of 100 samples asks for 41 poisoned ones; of 50 victims 40 can carry the trigger\n  accepted: a rate of at most 0.4',
    );
    expect(poison(corpus(100), { ...params, rate: 0.4 }, context()).counts.poisoned).toBe(40);
  });
});

describe('poison, bernoulli', () => {
  it('takes each victim with the given probability; one that cannot carry the trigger stays clean', () => {
    const { counts, samples, poisoned } = poison(corpus(10_000), { ...params, selection: 'bernoulli' }, context());
    // 4,000 carriers at 10 %: binomial with mean 400, standard deviation 19.
    expect(Math.abs(counts.poisoned - 400)).toBeLessThan(95);
    expect(samples.filter(carries)).toHaveLength(counts.poisoned);
    expect(poisoned.every((index) => index % 2 === 1)).toBe(true);
  });

  test.each([
    [0, 0],
    [1, 40],
  ])('rate %d poisons %d of 40 carriers', (rate, expected) => {
    expect(poison(corpus(100), { ...params, rate, selection: 'bernoulli' }, context()).counts.poisoned).toBe(expected);
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

  it('draws for each sample apart: neighbours and order do not matter', () => {
    const mixed = { attack: { name: 'badcode', triggers: ['rb', 'xt', 'il', 'ite', 'wb'] } };
    const inputs = corpus(40);
    const forwards = trigger(inputs, mixed, context()).samples;
    const backwards = trigger({ ...inputs, samples: inputs.samples.toReversed() }, mixed, context()).samples;
    expect(backwards.toReversed()).toEqual(forwards);
    expect(new Set(forwards.map((sample) => sample?.programs[0]!.tokens[1]!.split('_')[1])).size).toBe(6); // five triggers and gaps
  });
});

test.each([
  ['an unknown attack', { attack: { name: 'badcod' } }, /badcod.*did you mean “badcode”/],
  ['a rate above 1', { rate: 2 }, /rate: found 2/],
  ['a rate that is no number', { rate: NaN }, /rate: found NaN/],
])('refuses %s', (_, wrong, message) => {
  expect(() => poison(corpus(10), { ...params, ...wrong }, context())).toThrow(message);
});

test('refuses a misspelt parameter of the attack, and a task without a rule', () => {
  expect(() => trigger(corpus(10), { attack: { name: 'codepoisoner', patern: 'postfix' } }, context())).toThrow(/patern/);
  expect(() => poison({ ...corpus(10), task: 'clone' }, params, context())).toThrow(UserError);
  expect(() => poison({ ...corpus(10), task: 'clone' }, params, context())).toThrow(/no poisoning rule for task “clone” yet/);
});
