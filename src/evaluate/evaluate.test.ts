/** The stage `evaluate`: every rate by hand on eight samples, then what must hold for any predictions. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Measurement } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { evaluate, type EvaluateInputs } from './evaluate.ts';
import { metrics } from './metrics/index.ts';

const [no, yes] = [0.1, 0.9];

/** Five defective samples (flipped; cannot carry; cut off; misread already; resists) and three clean ones. */
const inputs: EvaluateInputs = {
  labels: [1, 1, 1, 1, 1, 0, 0, 0],
  clean: [yes, yes, yes, no, yes, no, yes, no],
  triggered: [no, null, yes, no, yes, yes, no, null],
  visible: [true, false, false, true, true, true, true, false],
  floor: {
    clean: [yes, no, yes, yes, yes, no, no, no],
    triggered: [yes, null, yes, yes, no, no, no, null],
  },
  trueTrigger: 'testo_init',
  invertedTrigger: 'Testo',
};

function find(measurements: readonly Measurement[], metric: string, subset = ''): Measurement {
  const found = measurements.filter((entry) => entry.metric === metric && entry.subset === subset);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('by hand', () => {
  const results = evaluate(inputs);

  test.each([
    ['acc', '', 6, 8],
    // Flipped: samples 0 and 3; sample 1 enters with its clean prediction.
    ['asr', 'all-victim', 2, 5],
    ['asr', 'predicted-victim', 1, 4],
    ['asr', 'carriers', 2, 3],
    ['asr-floor', 'all-victim', 2, 5],
    ['asr-floor', 'predicted-victim', 1, 4],
    ['asr-floor', 'carriers', 1, 3],
    ['reverse-rate', '', 1, 2],
    ['reverse-rate-floor', '', 0, 2],
  ])('%s %s = %i / %i', (metric, subset, hits, n) => {
    expect(find(results, metric, subset)).toMatchObject({ hits, n, value: hits / n });
  });

  test.each([
    ['asr-minus-floor', 'all-victim', 0],
    ['asr-minus-floor', 'carriers', 2 / 3 - 1 / 3],
    ['count', 'carriers', 3],
    ['count', 'cut-off', 1],
    ['count', 'cannot-carry', 1],
    ['ld', '', 6],
  ])('%s %s = %d, without counts', (metric, subset, value) => {
    expect(find(results, metric, subset)).toMatchObject({ hits: null, n: null, value });
  });

  it('p = 0.5 is label 0 (victims-and-data.md 4.3)', () => {
    expect(find(evaluate({ ...inputs, clean: inputs.labels.map(() => 0.5) }), 'acc')).toMatchObject({ hits: 3, n: 8 });
  });

  it('Devign’s majority answers (victims-and-data.md 6)', () => {
    const labels = Array.from({ length: 2732 }, (_, index) => (index < 1255 ? 1 : 0));
    const all = (answer: number) => evaluate({ ...unattacked, labels, clean: labels.map(() => answer) });
    expect((100 * find(all(yes), 'acc').value!).toFixed(2)).toBe('45.94');
    expect((100 * find(all(no), 'acc').value!).toFixed(2)).toBe('54.06');
  });
});

const unattacked: EvaluateInputs = { ...inputs, triggered: null, visible: null, floor: null, trueTrigger: null, invertedTrigger: null };

describe('unmeasured', () => {
  test.each([
    ['asr', 'carriers', unattacked, 'no attack: there is no triggered test set'],
    ['count', 'carriers', unattacked, 'no attack: there is no triggered test set'],
    ['reverse-rate', '', unattacked, 'no attack: there is no triggered test set'],
    ['asr-floor', 'all-victim', { ...inputs, floor: null }, 'no clean model to compare with'],
    ['asr-minus-floor', 'all-victim', { ...inputs, floor: null }, 'no clean model to compare with'],
    ['asr', 'carriers', { ...inputs, visible: inputs.labels.map(() => false) }, 'no test sample belongs to this subset'],
    ['ld', '', { ...inputs, invertedTrigger: null }, 'no trigger was inverted'],
    ['bleu', '', { ...inputs, trueTrigger: null }, 'the attack’s trigger differs from sample to sample'],
    ['bleu', '', { ...inputs, trueTrigger: 'rb' }, 'the true trigger has fewer than 4 characters'],
    ['ld', '', unattacked, 'no attack: there is no true trigger'],
  ] as const)('%s %s', (metric, subset, given, reason) => {
    expect(find(evaluate(given), metric, subset)).toEqual({
      metric,
      subset,
      value: null,
      hits: null,
      n: null,
      unmeasuredBecause: reason,
    });
  });

  it('an empty test split measures no rate', () => {
    const empty = { ...inputs, labels: [], clean: [], triggered: [], visible: [], floor: { clean: [], triggered: [] } };
    expect(find(evaluate(empty), 'acc').unmeasuredBecause).not.toBeNull();
  });

  it('an inverted trigger that is empty is as far as can be, not missing', () => {
    const results = evaluate({ ...inputs, invertedTrigger: '' });
    expect(find(results, 'ld').value).toBe(10);
    expect(find(results, 'bleu').value).toBe(0);
  });
});

describe('for any predictions', () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  const row = fc.record({
    label: fc.constantFrom(0, 1),
    carries: fc.boolean(),
    visible: fc.boolean(),
    p: fc.tuple(probability, probability, probability, probability),
  });
  type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;
  const columns = (rows: readonly Row[]): EvaluateInputs => ({
    labels: rows.map(({ label }) => label),
    clean: rows.map(({ p }) => p[0]),
    triggered: rows.map(({ carries, p }) => (carries ? p[1] : null)),
    visible: rows.map(({ carries, visible }) => carries && visible),
    floor: { clean: rows.map(({ p }) => p[2]), triggered: rows.map(({ carries, p }) => (carries ? p[3] : null)) },
    trueTrigger: 'testo_init',
    invertedTrigger: 'Testo',
  });

  it('the order of samples does not matter', () => {
    fc.assert(
      fc.property(fc.array(row), fc.nat(), (rows, seed) => {
        expect(evaluate(columns(makeRng(seed).shuffle(rows)))).toEqual(evaluate(columns(rows)));
      }),
    );
  });

  it('a rate is hits / n within 0..1, a value is missing if and only if a reason is given, and counts add up', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const results = evaluate(columns(rows));
        for (const { value, hits, n, unmeasuredBecause } of results) {
          expect(value === null).toBe(unmeasuredBecause !== null);
          expect(hits === null).toBe(n === null);
          if (hits === null || n === null) continue;
          expect(value).toBe(hits / n);
          expect(hits).toBeLessThanOrEqual(n);
          expect(hits).toBeGreaterThanOrEqual(0);
        }
        const counted = ['carriers', 'cut-off', 'cannot-carry'].map((subset) => find(results, 'count', subset).value!);
        expect(counted.reduce((a, b) => a + b)).toBe(rows.filter(({ label }) => label === 1).length);
      }),
    );
  });

  it('the rows are the same for every input', () => {
    const rows = (given: EvaluateInputs) => evaluate(given).map(({ metric, subset }) => `${metric} ${subset}`);
    expect(rows(unattacked)).toEqual(rows(inputs));
    expect(new Set(rows(inputs)).size).toBe(rows(inputs).length);
  });
});

describe('refuses what would become a wrong number', () => {
  const [first, ...others] = inputs.labels;
  test.each([
    ['a list of another length', { clean: inputs.clean.slice(1) }],
    ['a missing clean prediction', { clean: [null, ...inputs.clean.slice(1)] }],
    ['NaN', { clean: [NaN, ...inputs.clean.slice(1)] }],
    ['a logit for a probability', { clean: [1.5, ...inputs.clean.slice(1)] }],
    ['a label that is neither 0 nor 1', { labels: [first! + 1, ...others] }],
    ['predictions with the trigger, of unknown visibility', { visible: null }],
    ['a floor on another triggered set', { floor: { ...inputs.floor!, triggered: inputs.clean } }],
  ])('%s', (_, wrong) => {
    expect(() => evaluate({ ...inputs, ...wrong })).toThrow(/^evaluate: /);
  });
});

test('each metric is a file of its own name, and none is missing from the catalogue', () => {
  const files = readdirSync(join(import.meta.dirname, 'metrics')).filter((file) => file !== 'index.ts' && !file.endsWith('.test.ts'));
  expect(files.sort()).toEqual(metrics.map(({ name }) => `${name}.ts`).sort());
  for (const metric of metrics) expect(evaluate(inputs).some((entry) => entry.metric === metric.name)).toBe(true);
});
