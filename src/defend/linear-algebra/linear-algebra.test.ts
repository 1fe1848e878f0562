/** The numerics behind filters of the training data: eigenvectors, components, clusters, each against what defines it. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import '../../testing/matchers.ts';
import { momentsOf } from './covariance.ts';
import { independentComponents } from './fast-ica.ts';
import { kMeans } from './k-means.ts';
import { principalComponents } from './principal-components.ts';
import { dot, pointsOf, rowOf, someRows } from './rows.ts';
import { silhouette } from './silhouette.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const points = (rows: readonly (readonly number[])[]) => pointsOf(Float64Array.from(rows.flat()), rows[0]!.length);

describe('eigenvalues and -vectors of a symmetric matrix', () => {
  const matrices = fc
    .integer({ min: 1, max: 12 })
    .chain((n) => fc.tuple(fc.constant(n), fc.array(fc.integer({ min: -4, max: 4 }), { minLength: n * n, maxLength: n * n })));

  it('give the matrix back, stand at right angles, and ascend: repeated eigenvalues and zeros included', () => {
    fc.assert(
      fc.property(matrices, ([n, entries]) => {
        const a = Float64Array.from({ length: n * n }, (_, p) => entries[p]! + entries[(p % n) * n + Math.floor(p / n)]!);
        const given = a.slice();
        const { values, vectors } = symmetricEigen(a, n);
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

  it('are known for a chain of springs, 80 wide', () => {
    const n = 80;
    const chain = Float64Array.from({ length: n * n }, (_, p) => [2, -1][Math.abs(Math.floor(p / n) - (p % n))] ?? 0);
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    expect(symmetricEigen(chain, n).values).toBeAllclose(expected, { relative: 1e-10, absolute: 1e-12 });
  });

  it('have a sign that does not depend on chance, and refuse what is no number', () => {
    const { vectors } = symmetricEigen(Float64Array.of(2, -1, -1, 2), 2);
    expect([...vectors]).toBeAllclose(
      [1, 1, 1, -1].map((sign) => sign * Math.SQRT1_2),
      { absolute: 1e-12 },
    );
    expect(() => symmetricEigen(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toThrow(/no numbers/);
  });
});

test('mean and covariance of rows, whichever way they fall into blocks', () => {
  for (const count of [1, 3, 4, 6]) {
    const rng = makeRng(count);
    const rows = Array.from({ length: count }, () => [rng.normal() + 100, rng.normal(), 3]);
    const { mean, covariance } = momentsOf(points(rows));
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

  it('principal: of variance one behind the other, or all 1, and no more than there are', () => {
    const plain = principalComponents(mixed, 10, { whiten: false });
    expect([plain.count, plain.width]).toEqual([400, 2]);
    const { covariance } = momentsOf(plain);
    expect(covariance[0]!).toBeGreaterThan(covariance[3]!);
    expect(Math.abs(covariance[1]!)).toBeLessThan(1e-10);
    expect(momentsOf(principalComponents(mixed, 10, { whiten: true })).covariance).toBeAllclose([1, 0, 0, 1], { absolute: 1e-9 });
    expect(principalComponents(mixed, 1, { whiten: false }).width).toBe(1);
    expect(principalComponents(someRows(mixed, [5, 5]), 10, { whiten: true }).data).toEqual(new Float64Array(2));
  });

  it('independent: the sources come back, in any order and sign', () => {
    const { points: found, converged } = independentComponents(mixed, 10, makeRng(2));
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
  it('of lowest inertia: 0, 0.1, 0.2, 0.3 and 5, 5.1', () => {
    const { of, inertia } = kMeans(points([[0], [0.1], [0.2], [0.3], [5], [5.1]]), 2, 10, makeRng(1));
    expect(new Set(of.slice(0, 4)).size).toBe(1);
    expect(new Set(of.slice(4)).size).toBe(1);
    expect(of[0]).not.toBe(of[4]);
    expect(inertia).toBeCloseTo(0.05 + 0.005, 12);
  });

  it('never lie further from their points than one centre does, and each point is with the nearest', () => {
    const list = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(list, fc.integer(), (rows, seed) => {
        const given = points(rows);
        const { of, centres, inertia } = kMeans(given, 2, 3, makeRng(seed));
        const distance = (index: number, cluster: number): number =>
          (rows[index]![0] - centres[cluster * 2]!) ** 2 + (rows[index]![1] - centres[cluster * 2 + 1]!) ** 2;
        const { covariance } = momentsOf(given);
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

  it('are fewer where points are equal', () => {
    expect(kMeans(points([[1], [1], [1]]), 2, 2, makeRng(1))).toMatchObject({ of: Int32Array.of(0, 0, 0), inertia: 0 });
  });

  it('have a silhouette: worked out by hand', () => {
    const line = points([[0], [1], [5]]);
    // Point 0: a 1, b 5; point 1: a 1, b 4; the last is alone.
    expect(silhouette(line, Int32Array.of(0, 0, 1), [0, 1, 2])).toBeCloseTo((4 / 5 + 3 / 4 + 0) / 3, 12);
    expect(silhouette(line, Int32Array.of(0, 0, 1), [0, 1])).toBe(0);
  });
});
