/** Code search: ranks by hand on a handful of vectors, then what must hold for any. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Measurement, VectorPredictions } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { makeProgram } from '../testing/program.ts';
import { evaluate, type EvaluateInputs } from './evaluate.ts';
import { raiseAll } from './raise.ts';

/** In the plane: the query points along the first axis, and a function has the given cosine to it. */
const query = Float32Array.of(1, 0);
const at = (cosine: number): Float32Array => Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine));

interface Row {
  readonly query?: string;
  readonly clean: number;
  /** Cosine with the trigger in; `null`: cannot carry it. */
  readonly triggered: number | null;
}

const vectors = (rows: readonly Row[], cosineOf: (row: Row) => number | null): VectorPredictions => ({
  kind: 'vectors',
  codes: rows.map((row) => {
    const cosine = cosineOf(row);
    return cosine === null ? null : at(cosine);
  }),
  queries: rows.map((row) => (row.query === undefined ? null : query)),
});

function inputsOf(rows: readonly Row[], changes: Partial<EvaluateInputs> = {}): EvaluateInputs {
  return {
    task: 'search',
    samples: rows.map((row, index) => ({
      ...{ id: `s${index}`, label: 1, programs: [makeProgram(`f${index}`)] },
      ...(row.query === undefined ? {} : { query: row.query }),
    })),
    clean: vectors(rows, (row) => row.clean),
    triggered: vectors(rows, (row) => row.triggered),
    visible: rows.map(({ triggered }) => triggered !== null),
    floor: { clean: vectors(rows, (row) => row.clean), triggered: vectors(rows, (row) => (row.triggered === null ? null : row.clean)) },
    targetWord: 'file',
    trueTrigger: 'testo_init',
    invertedTrigger: 'Testo',
    invertedTarget: 'Files',
    singledOut: null,
    seed: 0,
    ...changes,
  };
}

function find(measurements: readonly Measurement[], metric: string, subset = ''): Measurement {
  const found = measurements.filter((entry) => entry.metric === metric && entry.subset === subset);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** One query with the target word, whose own function stands second of four, and three functions without it. */
const rows: readonly Row[] = [
  { clean: 0.9, triggered: 0.95 },
  { clean: 0.5, triggered: 0.8 },
  { query: 'Read a FILE, then close it', clean: 0.7, triggered: 0.99 },
  { query: 'sort a list of profiles', clean: 0.1, triggered: 0.2 },
];

describe('by hand', () => {
  const results = evaluate(inputsOf(rows));

  test.each([
    // Ranks 2 and 4: the queries are equal vectors.
    ['mrr', '', (1 / 2 + 1 / 4) / 2, null, 2],
    ['mrr', 'first-4000', (1 / 2 + 1 / 4) / 2, null, 2],
    ['recall-at-1', '', 0, 0, 2],
    ['recall-at-5', '', 1, 2, 2],
    ['recall-at-10', '', 1, 2, 2],
    // S = 4, index 1 is the query's own function: the next one rises from 0.5 to 0.8, above all but 0.9.
    ['anr', '', 2 / 4, null, 1],
    ['anr', 'carriers', 2 / 4, null, 1],
    ['anr', 'whole-list', 2 / 4, null, 1],
    // The trigger changes nothing for the clean model: third of four stays third.
    ['anr-floor', '', 3 / 4, null, 1],
    ['anr-minus-floor', '', -1 / 4, null, null],
    ['query-count', 'target', 1, null, null],
    ['query-count', 'carriers', 1, null, null],
    ['query-count', 'cut-off', 0, null, null],
    ['query-count', 'cannot-carry', 0, null, null],
    ['query-count', 'moved-on', 1, null, null],
    ['query-count', 'list', 4, null, null],
    ['ld', '', 6, null, null],
    ['target-ld', '', 1, null, null],
  ])('%s %s = %d (%s of %s)', (metric, subset, value, hits, n) => {
    expect(find(results, metric, subset)).toEqual({ metric, subset, value, hits, n, unmeasuredBecause: null });
  });

  test.each([
    ['lifted above all', 0.95, 1],
    ['as high as the first: what is not above it does not count', 0.9, 1],
    ['as it was', 0.5, 3],
    ['pushed below all: its old score has left the list', 0.05, 4],
  ])('%s: %d gives rank %i of 4', (_, triggered, rank) => {
    const changed = rows.map((row, index) => (index === 1 ? { ...row, triggered } : row));
    expect(find(evaluate(inputsOf(changed)), 'anr').value).toBe(rank / 4);
  });

  it('passes over functions that cannot carry the trigger, downwards, and counts it when there is none', () => {
    const next = rows.map((row, index) => (index === 1 ? { ...row, triggered: null } : row));
    // The function at 0.1 gets it instead: 0.2 is below the three others.
    expect(find(evaluate(inputsOf(next)), 'anr').value).toBe(4 / 4);
    const none = next.map((row, index) => (index === 3 ? { ...row, triggered: null } : row));
    const measured = evaluate(inputsOf(none));
    expect(find(measured, 'anr').unmeasuredBecause).toContain('“file”');
    expect(find(measured, 'query-count', 'cannot-carry').value).toBe(1);
  });

  it('a trigger that is cut off stays in ANR and leaves its carriers', () => {
    const measured = evaluate(inputsOf(rows, { visible: rows.map((_, index) => index !== 1) }));
    expect(find(measured, 'anr')).toMatchObject({ value: 2 / 4, n: 1 });
    expect(find(measured, 'anr', 'carriers').value).toBeNull();
    expect(find(measured, 'query-count', 'cut-off').value).toBe(1);
  });

  it('of equal cosines the earlier function ranks higher, for MRR and in the middle of a list', () => {
    const tied: readonly Row[] = [
      { clean: 0.5, triggered: 0.99 },
      { query: 'a file', clean: 0.5, triggered: 0.1 },
      { clean: 0.5, triggered: 0.2 },
    ];
    const measured = evaluate(inputsOf(tied));
    expect(find(measured, 'mrr').value).toBe(1 / 2);
    // S = 3, index 0: the first of the pool.
    expect(find(measured, 'anr').value).toBe(1 / 3);
  });

  it('MRR counts nothing beyond rank 1,000', () => {
    const many = (better: number): EvaluateInputs =>
      inputsOf([...Array.from({ length: better }, () => ({ clean: 0.9, triggered: null })), { query: 'q', clean: 0.5, triggered: null }]);
    expect(find(evaluate(many(999)), 'mrr').value).toBe(1 / 1000);
    expect(find(evaluate(many(1000)), 'mrr').value).toBe(0);
  });

  it('the authors’ variant ends after 4,000 functions', () => {
    const filler = Array.from({ length: 3998 }, () => ({ clean: 0.1, triggered: null }));
    const late = { clean: 0.9, triggered: null };
    const measured = evaluate(inputsOf([...filler, late, { query: 'q', clean: 0.5, triggered: null }, late, late]));
    expect(find(measured, 'mrr').value).toBe(1 / 4);
    expect(find(measured, 'mrr', 'first-4000').value).toBe(1 / 2);
  });
});

describe('the authors’ size (victims-and-data.md 5)', () => {
  const [, ...others] = Array.from({ length: 4300 }, (_, index) => ({ clean: 1 - index / 5000, triggered: 1 - index / 5000 }));
  const own = { query: 'file', clean: 0, triggered: null };

  it('the function at index 499 of 1,000, untouched, stands at rank 500', () => {
    const { value, n } = find(evaluate(inputsOf([...others, own])), 'anr');
    expect({ value, n }).toEqual({ value: 0.5, n: 1 });
  });

  it('windows begin at 0 … 3,000 of the first 3,999', () => {
    const starts = Array.from({ length: 200 }, (_, seed) => {
      // The vector of a function tells its place; windows are contiguous, so the middle of one tells its beginning.
      const seen: number[] = [];
      const { samples, clean, visible } = inputsOf([...others, own], {});
      const codes = (clean as VectorPredictions).codes;
      const triggered = new Proxy([...codes], {
        get: (list, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) seen.push(Number(key));
          return Reflect.get(list, key) as unknown;
        },
      });
      raiseAll({ samples, clean: clean as VectorPredictions, triggered, visible: visible!, targetWord: 'file', seed });
      return seen[0]! - 499;
    });
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...starts)).toBeLessThanOrEqual(3000);
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(2500);
  });
});

describe('unmeasured', () => {
  const unattacked = inputsOf(rows, {
    triggered: null,
    visible: null,
    floor: null,
    targetWord: null,
    trueTrigger: null,
    invertedTarget: null,
    singledOut: null,
  });
  test.each([
    ['anr', '', unattacked, 'no attack: there is no triggered test set'],
    ['anr-floor', '', inputsOf(rows, { floor: null }), 'no clean model to compare with'],
    ['anr-minus-floor', '', inputsOf(rows, { floor: null }), 'no clean model to compare with'],
    ['anr', '', inputsOf(rows, { targetWord: 'zebra' }), 'no query with “zebra” has a function below it to trigger'],
    ['query-count', 'list', inputsOf(rows, { targetWord: 'zebra' }), 'no query holds the target word'],
    ['query-count', 'target', unattacked, 'no attack: there is no triggered test set'],
    ['mrr', '', inputsOf([{ clean: 0.3, triggered: null }]), 'no test sample has a query'],
    ['target-ld', '', unattacked, 'no attack: there is no target word'],
    ['target-ld', '', inputsOf(rows, { invertedTarget: null }), 'no target word was inverted'],
  ] as const)('%s %s', (metric, subset, given, unmeasuredBecause) => {
    expect(find(evaluate(given), metric, subset)).toEqual({ metric, subset, value: null, hits: null, n: null, unmeasuredBecause });
  });

  it('the rows are the same with and without an attack', () => {
    const names = (given: EvaluateInputs) => evaluate(given).map(({ metric, subset }) => `${metric} ${subset}`);
    expect(names(unattacked)).toEqual(names(inputsOf(rows)));
    expect(new Set(names(unattacked)).size).toBe(names(unattacked).length);
  });
});

describe('for any vectors', () => {
  const width = 6;
  const unit = (seed: number): Float32Array => {
    const rng = makeRng(seed);
    const raw = Array.from({ length: width }, () => rng.normal());
    const norm = Math.hypot(...raw);
    return Float32Array.from(raw, (x) => x / norm);
  };
  const row = fc.record({ seed: fc.nat(), hasQuery: fc.boolean(), isTarget: fc.boolean(), carries: fc.boolean() });
  type Drawn = typeof row extends fc.Arbitrary<infer Value> ? Value : never;
  const distinct = fc.uniqueArray(row, { selector: ({ seed }) => seed, minLength: 1, maxLength: 30 });

  const columns = (drawn: readonly Drawn[]): EvaluateInputs => {
    const queries = drawn.map(({ seed, hasQuery }) => (hasQuery ? unit(-1 - seed) : null));
    const codes = drawn.map(({ seed }) => unit(seed));
    const triggered = drawn.map(({ seed, carries }) => (carries ? unit(seed + 0.5) : null));
    return {
      ...inputsOf([]),
      samples: drawn.map(({ seed, hasQuery, isTarget }) => ({
        id: String(seed),
        label: 1,
        programs: [],
        ...(hasQuery ? { query: isTarget ? 'open file' : 'open door' } : {}),
      })),
      clean: { kind: 'vectors', codes, queries },
      triggered: { kind: 'vectors', codes: triggered, queries },
      visible: drawn.map(({ carries }) => carries),
      floor: null,
    };
  };

  it('the order of samples does not matter where no cosines are equal: a small pool is the window', () => {
    fc.assert(
      fc.property(distinct, fc.nat(), (drawn, seed) => {
        expect(evaluate(columns(makeRng(seed).shuffle(drawn)))).toEqual(evaluate(columns(drawn)));
      }),
    );
  });

  it('shares lie in (0, 1], counts add up, and a value is missing if and only if a reason is given', () => {
    fc.assert(
      fc.property(distinct, (drawn) => {
        const results = evaluate(columns(drawn));
        for (const { metric, value, unmeasuredBecause } of results) {
          expect(value === null).toBe(unmeasuredBecause !== null);
          if (value === null || !['mrr', 'anr'].includes(metric)) continue;
          expect(value).toBeGreaterThan(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        const counted = ['carriers', 'cut-off', 'cannot-carry'].map((subset) => find(results, 'query-count', subset).value!);
        expect(counted.reduce((a, b) => a + b)).toBe(find(results, 'query-count', 'target').value);
        const targets = drawn.filter(({ hasQuery, isTarget }) => hasQuery && isTarget);
        expect(find(results, 'query-count', 'target').value).toBe(targets.length);
      }),
    );
  });

  it('a perfect attack gives 1 / S: whatever gets the trigger becomes the query itself', () => {
    fc.assert(
      fc.property(distinct, fc.nat(), (drawn, seed) => {
        const [asked, ...pool] = drawn.map((entry) => ({ ...entry, hasQuery: false, carries: true }));
        fc.pre(pool.length > 0);
        const inputs = columns([{ ...asked!, hasQuery: true, isTarget: true }, ...pool]);
        const { queries } = inputs.clean as VectorPredictions;
        const triggered = { kind: 'vectors', codes: drawn.map(() => queries[0]!), queries } as const;
        expect(find(evaluate({ ...inputs, triggered, seed }), 'anr').value).toBe(1 / drawn.length);
      }),
    );
  });

  it('a query’s window depends on the seed and its own id, not on other target queries', () => {
    const drawn = Array.from({ length: 1200 }, (_, seed) => ({ seed, hasQuery: seed < 3, isTarget: true, carries: true }));
    const raised = (inputs: EvaluateInputs) => {
      const { samples, clean, triggered, visible, seed } = inputs;
      const { codes } = triggered as VectorPredictions;
      return raiseAll({ samples, clean: clean as VectorPredictions, triggered: codes, visible: visible!, targetWord: 'file', seed }).window;
    };
    const three = raised(columns(drawn));
    expect(three).toHaveLength(3);
    expect(raised(columns(drawn.slice(1)))).toEqual(three.slice(1));
    expect(raised(columns(drawn))).toEqual(three);
    expect(raised({ ...columns(drawn), seed: 1 })).not.toEqual(three);
  });
});

describe('refuses what would become a wrong number', () => {
  const good = vectors(rows, (row) => row.clean);
  test.each([
    ['labels for vectors', { clean: { kind: 'labels', probabilities: rows.map(() => 0.5) } as const }],
    ['a list of another length', { clean: { ...good, codes: good.codes.slice(1) } }],
    ['a missing function', { clean: { ...good, codes: [null, ...good.codes.slice(1)] } }],
    ['a query that the sample does not have', { clean: { ...good, queries: rows.map(() => query) } }],
    ['a vector that is not of length 1', { clean: { ...good, codes: [Float32Array.of(1, 1), ...good.codes.slice(1)] } }],
    ['NaN', { clean: { ...good, codes: [Float32Array.of(NaN, 0), ...good.codes.slice(1)] } }],
    ['vectors of several widths', { clean: { ...good, codes: [Float32Array.of(1), ...good.codes.slice(1)] } }],
    ['an attack without a target word', { targetWord: null }],
    ['predictions with the trigger, of unknown visibility', { visible: null }],
    ['a floor on another triggered set', { floor: { clean: good, triggered: { ...good, codes: [null, ...good.codes.slice(1)] } } }],
  ])('%s', (_, wrong) => {
    expect(() => evaluate(inputsOf(rows, wrong))).toThrow(/^evaluate: /);
  });
});

describe('a function that several queries ask for', () => {
  const sharing = (rows: readonly Row[], pairs: readonly (readonly [number, number])[]): EvaluateInputs => {
    const inputs = inputsOf(rows);
    const programs = inputs.samples.map((sample) => sample.programs);
    for (const [copy, first] of pairs) programs[copy] = programs[first]!;
    return { ...inputs, samples: inputs.samples.map((sample, index) => ({ ...sample, programs: programs[index]! })) };
  };

  it('is found once: neither query comes behind the other’s entry', () => {
    const twice: readonly Row[] = [
      { query: 'sort a list', clean: 0.9, triggered: 0.9 },
      { query: 'order a list', clean: 0.9, triggered: 0.9 },
      { clean: 0.5, triggered: 0.5 },
    ];
    const results = evaluate(sharing(twice, [[1, 0]]));
    for (const subset of ['', 'first-4000']) expect(find(results, 'mrr', subset).value).toBe(1);
    expect(find(results, 'recall-at-1').value).toBe(1);
    expect(find(evaluate(inputsOf(twice)), 'mrr').value).toBe((1 + 1 / 2) / 2);
  });

  it('stands in the lists of ANR once, and is not triggered for either query', () => {
    const rows: readonly Row[] = [
      { clean: 0.9, triggered: 0.9 },
      { query: 'open a file', clean: 0.7, triggered: 1 },
      { query: 'open it', clean: 0.7, triggered: 1 },
      { clean: 0.6, triggered: 0.95 },
      { query: 'close it', clean: 0.6, triggered: 0.95 },
      { clean: 0.1, triggered: 0.1 },
    ];
    const { samples, clean, triggered, visible, seed } = sharing(rows, [
      [2, 1],
      [4, 3],
    ]);
    const codes = (triggered as VectorPredictions).codes;
    const raised = raiseAll({ samples, clean: clean as VectorPredictions, triggered: codes, visible: visible!, targetWord: 'file', seed });
    // Four functions, by cosine: 0, the own one, 3, 5. The own one is at the middle, so 3 is raised, above all.
    expect(raised['whole-list']).toEqual([{ length: 4, rank: 1, visible: true, passed: 1 }]);
    expect(raised.window).toEqual([{ length: 4, rank: 1, visible: true, passed: 1 }]);
  });
});
