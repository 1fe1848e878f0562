/** Operations and memory, against the figures of victims-and-data.md 7 and against the passes themselves. */
import { describe, expect, it } from 'vitest';
import { tinyModel } from '../testing/tiny-model.ts';
import { inversionPasses, longestRows, sampleFlops, stepMemory, TRAINING_PASSES } from './estimate.ts';
import { architectures } from './models/index.ts';
import type { Read } from './network.ts';
import { tasks } from './tasks/index.ts';

const networkOf = (name: keyof typeof architectures, layers?: number) => {
  const size = architectures[name].sizes.base!;
  const measures = { size: { ...size, layers: layers ?? size.layers }, vocabulary: 50_265, maxTokens: 400 };
  return architectures[name].ofSize(measures).network({ pad: 1, sep: 2 });
};

describe('operations', () => {
  it('of RoBERTa-base at 400 tokens are the document’s 74 GFLOP, of two rows twice that', () => {
    const { rowFlops } = networkOf('roberta');
    // Its 85.05 M count biases and norms too.
    expect(rowFlops(400, 'all') / (2 * 85.05e6 * 400 + 12 * 4 * 400 ** 2 * 768)).toBeCloseTo(1, 2);
    expect(rowFlops(400, 'mean')).toBe(rowFlops(400, 'all'));
    const clone = sampleFlops({ rowFlops }, tasks.clone, [400]);
    expect(clone).toBe(2 * sampleFlops({ rowFlops }, tasks.defect, [400]));
    expect(longestRows(tasks.clone, 400)).toEqual([400]);
  });

  it.each(['roberta', 't5', 'gpt-bigcode'] as const)(
    'of %s are twice its layers’ matrices a token, and what grows with the square',
    (name) => {
      const matrices = ({ parameters }: ReturnType<typeof networkOf>): number =>
        parameters.filter(({ shape }) => shape.length === 2).reduce((sum, { shape }) => sum + shape[0]! * shape[1]!, 0);
      const [few, many] = [networkOf(name, 2), networkOf(name, 12)];
      // Tables are the same whatever the number of layers.
      const added = (tokens: number): number => many.rowFlops(tokens, 'all') - few.rowFlops(tokens, 'all');
      const attentions = name === 't5' ? 3 : 1;
      expect(added(400)).toBe(2 * (matrices(many) - matrices(few)) * 400 + 10 * attentions * 4 * 400 ** 2 * 768);
    },
  );

  it.each(['roberta', 't5', 'gpt-bigcode'] as const)('of %s are fewer where one token is read, by most of the last layer', (name) => {
    const [one, two] = [networkOf(name, 1), networkOf(name, 2)];
    const read: Read = 'first';
    const whole = two.rowFlops(200, 'all') - one.rowFlops(200, 'all');
    expect(two.rowFlops(200, 'all') - two.rowFlops(200, read)).toBeGreaterThan(0.3 * whole);
    expect(two.rowFlops(200, read)).toBeGreaterThan(one.rowFlops(200, read));
    expect(two.rowFlops(0, read)).toBe(0);
  });

  it('of an inversion’s option are some 201,000 passes, 14.9 PFLOP', () => {
    const passes = inversionPasses({ iterations: 100, samples: 30, repeat: 64 });
    expect(passes).toBe((30 * 64 + TRAINING_PASSES * 30) * 100);
    expect((passes * networkOf('roberta').rowFlops(400, 'all')) / 1e15).toBeCloseTo(14.9, 0);
  });
});

describe('memory of a step', () => {
  const model = tinyModel();
  const step = { batchSize: 8, dropout: 0.1, tokens: [64] };

  it('is what planMemory lets pass, and no byte more', () => {
    const { bytes, rows } = stepMemory(model, step, Number.MAX_SAFE_INTEGER);
    expect(rows).toBe(8);
    expect(stepMemory(model, step, bytes).rows).toBe(8);
    expect(stepMemory(model, step, bytes - 1).rows).toBeLessThan(8);
  });

  it('grows with batch, rows and dropout', () => {
    const of = (changes: Partial<typeof step>): number => stepMemory(model, { ...step, ...changes }, Number.MAX_SAFE_INTEGER).bytes;
    expect(of({ batchSize: 16 })).toBeGreaterThan(of({}));
    expect(of({ tokens: [48] })).toBeLessThan(of({}));
    expect(of({ dropout: 0 })).toBeLessThan(of({}));
  });
});
