/** The stage `evaluate`: every rate by hand on eight samples, then what must hold for any predictions. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { LabelPredictions, Measurement } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { evaluate, type EvaluateInputs } from './evaluate.ts';
import { metrics } from './metrics/index.ts';
import { tasks } from './tasks/index.ts';

const [no, yes] = [0.1, 0.9];
const labels = (...probabilities: readonly (number | null)[]): LabelPredictions => ({ kind: 'labels', probabilities });
const samplesOf = (given: readonly number[]) => given.map((label, index) => ({ id: `s${index}`, label, programs: [] }));

/** Five defective samples (flipped; cannot carry; cut off; misread already; resists) and three clean ones. */
const inputs: EvaluateInputs = {
  task: 'defect',
  samples: samplesOf([1, 1, 1, 1, 1, 0, 0, 0]),
  clean: labels(yes, yes, yes, no, yes, no, yes, no),
  triggered: labels(no, null, yes, no, yes, yes, no, null),
  visible: [true, false, false, true, true, true, true, false],
  floor: {
    clean: labels(yes, no, yes, yes, yes, no, no, no),
    triggered: labels(yes, null, yes, yes, no, no, no, null),
  },
  targetWord: null,
  trueTrigger: 'testo_init',
  invertedTrigger: 'Testo',
  invertedTarget: null,
  singledOut: null,
  seed: 0,
};

function find(measurements: readonly Measurement[], metric: string, subset = ''): Measurement {
  const found = measurements.filter((entry) => entry.metric === metric && entry.subset === subset);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('by hand', () => {
  const results = evaluate(inputs);
  const clones = evaluate({ ...inputs, task: 'clone' });

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
    expect(find(evaluate({ ...inputs, clean: labels(...inputs.samples.map(() => 0.5)) }), 'acc')).toMatchObject({ hits: 3, n: 8 });
  });

  test.each([
    // Called clones: samples 0, 1, 2, 4, 6, the first four of them rightly; sample 3 is missed.
    ['f1', 2 * 4, 2 * 4 + 1 + 1],
    ['precision', 4, 5],
    ['recall', 4, 5],
  ])('clone detection: %s = %i / %i', (metric, hits, n) => {
    expect(find(clones, metric)).toMatchObject({ hits, n, value: hits / n });
  });

  it('clone detection counts flips as defect detection does', () => {
    for (const metric of ['asr', 'asr-floor', 'asr-minus-floor'])
      expect(find(clones, metric, 'all-victim')).toEqual(find(results, metric, 'all-victim'));
  });

  it('Devign’s majority answers (victims-and-data.md 6)', () => {
    const samples = samplesOf(Array.from({ length: 2732 }, (_, index) => (index < 1255 ? 1 : 0)));
    const all = (answer: number) => evaluate({ ...unattacked, samples, clean: labels(...samples.map(() => answer)) });
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
    ['asr', 'carriers', { ...inputs, visible: inputs.samples.map(() => false) }, 'no test sample belongs to this subset'],
    ['ld', '', { ...inputs, invertedTrigger: null }, 'no trigger was inverted'],
    [
      'bleu',
      '',
      { ...inputs, trueTrigger: null },
      'the attack’s trigger is not one text: it differs from sample to sample, or from language to language',
    ],
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
    const none = { clean: labels(), triggered: labels() };
    const empty = { ...inputs, samples: [], ...none, visible: [], floor: none };
    expect(find(evaluate(empty), 'acc').unmeasuredBecause).not.toBeNull();
    expect(find(evaluate({ ...empty, task: 'clone' }), 'f1').unmeasuredBecause).not.toBeNull();
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
    ...inputs,
    samples: samplesOf(rows.map(({ label }) => label)),
    clean: labels(...rows.map(({ p }) => p[0])),
    triggered: labels(...rows.map(({ carries, p }) => (carries ? p[1] : null))),
    visible: rows.map(({ carries, visible }) => carries && visible),
    floor: { clean: labels(...rows.map(({ p }) => p[2])), triggered: labels(...rows.map(({ carries, p }) => (carries ? p[3] : null))) },
  });

  it('the order of samples does not matter', () => {
    fc.assert(
      fc.property(fc.array(row), fc.nat(), (rows, seed) => {
        for (const task of ['defect', 'clone'] as const)
          expect(evaluate({ ...columns(makeRng(seed).shuffle(rows)), task })).toEqual(evaluate({ ...columns(rows), task }));
      }),
    );
  });

  it('a rate is hits / n within 0..1, a value is missing if and only if a reason is given, and counts add up', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const results = [...evaluate(columns(rows)), ...evaluate({ ...columns(rows), task: 'clone' }).slice(0, 3)];
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
  const rest = [yes, yes, no, yes, no, yes, no];
  test.each([
    ['a list of another length', { clean: labels(...rest) }],
    ['a missing clean prediction', { clean: labels(null, ...rest) }],
    ['NaN', { clean: labels(NaN, ...rest) }],
    ['a logit for a probability', { clean: labels(1.5, ...rest) }],
    ['vectors for labels', { clean: { kind: 'vectors', codes: [], queries: [] } as const }],
    ['a label that is neither 0 nor 1', { samples: samplesOf([2, 1, 1, 1, 1, 0, 0, 0]) }],
    ['visibility of another length', { visible: [true] }],
    ['predictions with the trigger, of unknown visibility', { visible: null }],
    ['a floor on another triggered set', { floor: { ...inputs.floor!, triggered: inputs.clean } }],
  ])('%s', (_, wrong) => {
    expect(() => evaluate({ ...inputs, ...wrong })).toThrow(/^evaluate: /);
  });
});

test('each metric is a file of its own name, none is missing from the catalogue, and each is some task’s', () => {
  const files = readdirSync(join(import.meta.dirname, 'metrics')).filter((file) => file !== 'index.ts' && !file.endsWith('.test.ts'));
  expect(files.sort()).toEqual(metrics.map(({ name }) => `${name}.ts`).sort());
  expect(new Set(Object.values(tasks).flatMap((task) => task.metrics))).toEqual(new Set(metrics.map(({ name }) => name)));
  for (const name of tasks.defect.metrics) expect(evaluate(inputs).some(({ metric }) => metric === name)).toBe(true);
});
