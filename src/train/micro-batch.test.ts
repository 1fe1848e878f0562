/** How a step is cut to fit memory: within the budget where that is possible, in equal parts, never more of them than needed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tinyModel } from '../testing/tiny-model.ts';
import { clone } from './tasks/clone.ts';
import { defect } from './tasks/defect.ts';
import { search } from './tasks/search.ts';
import { evenRows, planMemory, rowBytes, type MemoryLimits } from './micro-batch.ts';
import { architectures } from './models/index.ts';
import { robertaNetwork } from './models/roberta.ts';
import { flatSize } from './parameters.ts';

const GIB = 2 ** 30;
const shapeOf = (layers: number, width: number, vocabulary: number) => ({
  ...{ layers, width, heads: width / 64, feedForward: 4 * width, vocabulary, positions: 514, types: 1, epsilon: 1e-5 },
});
const limits = (shape: ReturnType<typeof shapeOf>, changes: Partial<MemoryLimits>): MemoryLimits => {
  const network = robertaNetwork(shape, { pad: 1, sep: 2 });
  const partition = { trained: network.parameters, frozen: [] };
  return { network, task: defect, partition, poolSize: 1 << 20, batchSize: 32, tokens: [400], budget: 20 * GIB, ...changes };
};

test('the estimates of two models: resident memory measured on the CPU, per row and per step', () => {
  // Measured: 55 MiB a row of 256 sub-tokens, 1.27 GiB for 16 of them, 0.2 GiB of it the process's own.
  const small = shapeOf(4, 256, 1000);
  expect(rowBytes(robertaNetwork(small, { pad: 1, sep: 2 }), 256, 'first') / 2 ** 20).toBeCloseTo(57.5 + 1, 0);
  const { rows, bytes } = planMemory(limits(small, { batchSize: 16, tokens: [256] }));
  expect(rows([256])).toBe(16);
  expect(bytes({ batch: 16, tokens: [256] }) / GIB).toBeCloseTo(1.1, 1);
  // CodeBERT at 32x400 within 60 % of 24 GiB.
  const base = shapeOf(12, 768, 50_265);
  expect(flatSize(limits(base, {}).partition.trained)).toBeGreaterThan(123e6);
  expect(planMemory(limits(base, { budget: 0.6 * 23.5 * GIB })).rows([400])).toBe(2);
});

test.each([
  // Growth of the resident memory from batches of 4 to batches of 16 rows of 256 sub-tokens, 4 layers x 256, dropout on, on the CPU.
  { architecture: architectures.roberta, measured: 57.7 },
  { architecture: architectures.t5, measured: 152.4 },
  { architecture: architectures['gpt-bigcode'], measured: 61.8 },
])('the estimate of a row is the memory measured, or up to 15 % above: $architecture.name', ({ architecture, measured }) => {
  const { network: networkWith } = architecture.ofSize({ size: architecture.sizes.mini!, vocabulary: 1000, maxTokens: 256 });
  const estimated = rowBytes(networkWith({ pad: 1, sep: 2 }), 256, 'first') / 2 ** 20;
  expect(estimated).toBeGreaterThan(measured);
  expect(estimated).toBeLessThan(1.15 * measured);
});

test('a step stays within its budget, is cut no finer than it must, and takes one row where nothing fits', () => {
  const { network } = tinyModel();
  const partition = { trained: tinyModel().parameters, frozen: [] };
  const property = fc.property(
    fc.integer({ min: 1, max: 64 }),
    fc.integer({ min: 1, max: 64 }),
    fc.double({ min: 0, max: 10, noNaN: true }),
    fc.boolean(),
    (batchSize, length, megabytes, isRelative) => {
      const tokens = [16 * length];
      const given = { network, task: defect, partition, poolSize: 1000, isRelative, batchSize, tokens, budget: megabytes * 1e6 };
      const plan = planMemory(given);
      const rows = plan.rows(tokens);
      expect(Number.isInteger(rows) && rows >= 1 && rows <= batchSize).toBe(true);
      if (rows > 1) expect(plan.bytes({ batch: rows, tokens })).toBeLessThanOrEqual(plan.available);
      // One part fewer would not fit.
      const parts = Math.ceil(batchSize / rows);
      const larger = Math.ceil(batchSize / Math.max(1, parts - 1));
      if (parts > 2) expect(plan.bytes({ batch: larger, tokens })).toBeGreaterThan(plan.available);
      // More memory never makes smaller parts.
      expect(planMemory({ ...given, budget: given.budget * 2 }).rows(tokens)).toBeGreaterThanOrEqual(rows);
      // Where length plays no part.
      expect(planMemory({ ...given, tokens: [0] }).rows([0])).toBeGreaterThanOrEqual(rows);
    },
  );
  fc.assert(property, { seed: 1 });
});

test('frozen parameters and the pool count', () => {
  const { network } = tinyModel();
  const available = (changes: Partial<MemoryLimits>): number =>
    planMemory({
      network,
      task: defect,
      partition: { trained: [], frozen: [] },
      poolSize: 0,
      batchSize: 1,
      tokens: [16],
      budget: GIB,
      ...changes,
    }).available;
  const frozen = tinyModel().parameters;
  expect(available({}) - available({ poolSize: 100 })).toBe(400);
  expect(available({}) - available({ partition: { trained: [], frozen } })).toBe(4 * flatSize(frozen));
});

test('relative steps take four vectors more in a program, whole or in parts, and nothing between programs', () => {
  const usual = limits(shapeOf(4, 256, 1000), { batchSize: 16 });
  const [plain, relative] = [planMemory(usual), planMemory({ ...usual, isRelative: true })];
  for (const batch of [16, 8]) {
    const shape = { batch, tokens: [400] };
    expect(relative.bytes(shape) - plain.bytes(shape)).toBe(4 * 4 * flatSize(usual.partition.trained));
  }
  expect(relative.available).toBe(plain.available);
});

test('a pair takes two rows; a batch whose samples are compared with each other is whole or refused', () => {
  const shape = shapeOf(4, 256, 1000);
  const given = limits(shape, { batchSize: 16, budget: 4 * GIB });
  const pairs = planMemory({ ...given, task: clone });
  const single = planMemory(given);
  expect(pairs.bytes({ batch: 2, tokens: [400] })).toBe(single.bytes({ batch: 4, tokens: [400] }));
  const found = { ...given, task: search, tokens: [256, 128] };
  expect(planMemory({ ...found, budget: 20 * GIB }).rows([256, 128])).toBe(16);
  expect(() => planMemory({ ...found, budget: GIB })).toThrow(/16 samples take about .* GiB, 1.0 GiB may be used/);
});

test('parts are even', () => {
  expect([evenRows(32, 32), evenRows(32, 31), evenRows(32, 13), evenRows(32, 1), evenRows(7, 3)]).toEqual([32, 16, 11, 1, 3]);
});
