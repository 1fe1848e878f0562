/** The numerics behind filters of the training data: eigenvectors, components, clusters, each against what defines it. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Pause, pauseFor } from '../../core/pause.ts';
import { makeRng } from '../../core/rng.ts';
import '../../testing/matchers.ts';
import { momentsOf } from './covariance.ts';
import { independentComponents } from './fast-ica.ts';
import { kMeans } from './k-means.ts';
import { principalComponents } from './principal-components.ts';
import { dot, pointsOf, rowOf, someRows } from './rows.ts';
import { silhouette } from './silhouette.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const on: Pause = () => Promise.resolve();
const points = (rows: readonly (readonly number[])[]) => pointsOf(Float64Array.from(rows.flat()), rows[0]!.length);

describe('eigenvalues and -vectors of a symmetric matrix', () => {
  const matrices = fc
    .integer({ min: 1, max: 12 })
    .chain((n) => fc.tuple(fc.constant(n), fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n * n, maxLength: n * n })));

  it('give the matrix back, stand at right angles, and ascend: repeated eigenvalues and zeros included', async () => {
    await fc.assert(
      fc.asyncProperty(matrices, async ([n, entries]) => {
        const a = Float64Array.from({ length: n * n }, (_, p) => entries[p]! + entries[(p % n) * n + Math.floor(p / n)]!);
        const given = a.slice();
        const { values, vectors } = await symmetricEigen(a, n, on);
        expect(a).toEqual(given);
        expect([...values]).toEqual([...values].sort((x, y) => x - y));
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const product = dot(rowOf(vectors, n, i), rowOf(vectors, n, j));
            expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-12);
            const again = values.reduce((sum, value, e) => sum + value * vectors[e * n + i]! * vectors[e * n + j]!, 0);
            expect(Math.abs(again - a[i * n + j]!)).toBeLessThan(1e-11);
          }
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('are known for a chain of springs, 80 wide', async () => {
    const n = 80;
    const chain = Float64Array.from({ length: n * n }, (_, p) => [2, -1][Math.abs(Math.floor(p / n) - (p % n))] ?? 0);
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    expect((await symmetricEigen(chain, n, on)).values).toBeAllclose(expected, { relative: 1e-10, absolute: 1e-12 });
  });

  it('have a sign that does not depend on chance, and refuse what is no number', async () => {
    const { vectors } = await symmetricEigen(Float64Array.of(2, -1, -1, 2), 2, on);
    expect([...vectors]).toBeAllclose(
      [1, 1, 1, -1].map((sign) => sign * Math.SQRT1_2),
      { absolute: 1e-12 },
    );
    await expect(symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2, on)).rejects.toThrow(/no numbers/);
  });
});

test('mean and covariance of rows, whichever way they fall into blocks', async () => {
  for (const count of [1, 3, 4, 6]) {
    const rng = makeRng(count);
    const rows = Array.from({ length: count }, () => [rng.normal() + 100, rng.normal(), 3]);
    const { mean, covariance } = await momentsOf(points(rows), on);
    const own = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0) / count);
    const products = [0, 1, 2].flatMap((i) =>
      [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[i]! - own[i]!) * (row[j]! - own[j]!), 0) / count),
    );
    expect(mean).toBeAllclose(own);
    expect(covariance).toBeAllclose(products, { absolute: 1e-12 });
  }
});

describe('components', () => {
  const rng = makeRng('sources');
  // Two sources that are far from normal, mixed.
  const sources = Array.from({ length: 400 }, () => [rng.uniform() - 0.5, rng.uniform() < 0.5 ? -1 : 1]);
  const mixed = points(sources.map(([a, b]) => [3 * a! + b!, a! - 2 * b!, a! + b!, 7]));

  it('principal: of variance one behind the other, or all 1, and no more than there are', async () => {
    const plain = await principalComponents(mixed, 10, { whiten: false }, on);
    expect([plain.count, plain.width]).toEqual([400, 2]);
    const { covariance } = await momentsOf(plain, on);
    expect(covariance[0]!).toBeGreaterThan(covariance[3]!);
    expect(Math.abs(covariance[1]!)).toBeLessThan(1e-10);
    const white = await principalComponents(mixed, 10, { whiten: true }, on);
    expect((await momentsOf(white, on)).covariance).toBeAllclose([1, 0, 0, 1], { absolute: 1e-9 });
    expect((await principalComponents(mixed, 1, { whiten: false }, on)).width).toBe(1);
    expect((await principalComponents(someRows(mixed, [5, 5]), 10, { whiten: true }, on)).data).toEqual(new Float64Array(2));
  });

  it('independent: the sources come back, in any order and sign', async () => {
    const { points: found, converged } = await independentComponents(mixed, 10, makeRng(2), on);
    expect(converged).toBe(true);
    const correlation = (column: number, source: number): number => {
      const mean = sources.reduce((sum, row) => sum + row[source]!, 0) / 400;
      const deviation = Math.sqrt(sources.reduce((sum, row) => sum + (row[source]! - mean) ** 2, 0) / 400);
      return Math.abs(sources.reduce((sum, row, i) => sum + found.data[i * 2 + column]! * (row[source]! - mean), 0) / (400 * deviation));
    };
    const table = [0, 1].map((column) => [0, 1].map((source) => correlation(column, source)));
    expect(table.map((row) => Math.max(...row)).every((largest) => largest > 0.98)).toBe(true);
    expect(table[0]![0]! > 0.5).not.toBe(table[1]![0]! > 0.5);
  });
});

describe('clusters', () => {
  it('of lowest inertia: 0, 0.1, 0.2, 0.3 and 5, 5.1', async () => {
    const { of, inertia } = await kMeans(points([[0], [0.1], [0.2], [0.3], [5], [5.1]]), 2, 10, makeRng(1), on);
    expect(new Set(of.slice(0, 4)).size).toBe(1);
    expect(new Set(of.slice(4)).size).toBe(1);
    expect(of[0]).not.toBe(of[4]);
    expect(inertia).toBeCloseTo(0.05 + 0.005, 12);
  });

  it('never lie further from their points than one centre does, and each point is with the nearest', async () => {
    const list = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(list, fc.integer(), async (rows, seed) => {
        const given = points(rows);
        const { of, centres, inertia } = await kMeans(given, 2, 3, makeRng(seed), on);
        const distance = (index: number, cluster: number): number =>
          (rows[index]![0] - centres[cluster * 2]!) ** 2 + (rows[index]![1] - centres[cluster * 2 + 1]!) ** 2;
        const { covariance } = await momentsOf(given, on);
        expect(inertia).toBeLessThanOrEqual(rows.length * (covariance[0]! + covariance[3]!) + 1e-9);
        rows.forEach((_, index) => {
          for (let other = 0; other * 2 < centres.length; other++) {
            expect(distance(index, of[index]!)).toBeLessThanOrEqual(distance(index, other));
          }
        });
      }),
      { seed: 1 },
    );
  });

  it('are fewer where points are equal', async () => {
    expect(await kMeans(points([[1], [1], [1]]), 2, 2, makeRng(1), on)).toMatchObject({ of: Int32Array.of(0, 0, 0), inertia: 0 });
  });

  it('have a silhouette: worked out by hand', () => {
    const line = points([[0], [1], [5]]);
    // Point 0: a 1, b 5; point 1: a 1, b 4; the last is alone.
    expect(silhouette(line, Int32Array.of(0, 0, 1), [0, 1, 2])).toBeCloseTo((4 / 5 + 3 / 4 + 0) / 3, 12);
    expect(silhouette(line, Int32Array.of(0, 0, 1), [0, 1])).toBe(0);
  });
});

describe('a long loop', () => {
  const rng = makeRng('long');
  const many = points(Array.from({ length: 1200 }, () => [rng.normal(), rng.normal()]));
  const wide = Float64Array.from({ length: 40 * 40 }, (_, p) => 1 / (1 + Math.floor(p / 40) + (p % 40)));

  const loops: readonly (readonly [string, number, (pause: Pause) => Promise<unknown>])[] = [
    ['moments', 1200 / 128, (pause) => momentsOf(many, pause)],
    // Columns, their reflections, and at least one sweep each.
    ['eigenvectors', 40 / 8 + 40 / 8, (pause) => symmetricEigen(wide, 40, pause)],
    ['principal components', 1200 / 128 + 1200 / 1024, (pause) => principalComponents(many, 2, { whiten: false }, pause)],
    ['independent components', 1200 / 128 + 1200 / 1024 + 2, (pause) => independentComponents(many, 2, makeRng(1), pause)],
    ['clusters', 10, (pause) => kMeans(many, 2, 10, makeRng(1), pause)],
  ];

  it.each(loops)('pauses in %s, hears there that it is to stop, and gives the same with any pause', async (_, atLeast, loop) => {
    let pauses = 0;
    const expected = await loop(() => {
      pauses++;
      return Promise.resolve();
    });
    expect(pauses).toBeGreaterThanOrEqual(atLeast);
    expect(JSON.stringify(await loop(pauseFor(new AbortController().signal)))).toBe(JSON.stringify(expected));

    const stop = new AbortController();
    // As a key that is pressed while the loop runs: heard only by a loop that waits.
    setImmediate(() => stop.abort(new Error('stopped')));
    await expect(loop(pauseFor(stop.signal))).rejects.toThrow('stopped');
  });
});
