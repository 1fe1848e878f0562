/** What is measured for a model, and that a rate comes of it. */
import { expect, it } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { measureRate, probeOf } from './measure-rate.ts';
import { architectures } from './models/index.ts';

const engine = { batchTokens: 2048 };

it('is as wide as the model, but no wider than its time allows, and no larger than its batch or what the engine takes', () => {
  const { roberta, 'gpt-bigcode': decoder } = architectures;
  const mini = probeOf(engine, roberta, roberta.sizes.mini!, 8);
  expect(mini).toEqual({
    name: 'roberta, 2 layers of width 256, 8 rows of 128',
    size: { layers: 2, width: 256, heads: 4, feedForward: 1024 },
    rows: 8,
  });
  expect(probeOf(engine, decoder, decoder.sizes['1b']!, null)).toMatchObject({ size: { width: 384, heads: 6 }, rows: 16 });
  expect(probeOf(engine, roberta, roberta.sizes.mini!, 64).rows).toBe(16);
});

it.each(Object.values(architectures))(
  '$name has a rate',
  async (architecture) => {
    const cpu = await openEngine({ device: 'cpu', engine: 'traced' });
    try {
      const probe = { name: 'least', size: { layers: 2, width: 8, heads: 2, feedForward: 16 }, rows: 1 };
      const rate = await measureRate(cpu, architecture, probe);
      expect(rate).toBeGreaterThan(0);
      expect(Number.isFinite(rate)).toBe(true);
    } finally {
      await cpu.close();
    }
  },
  60_000,
);
