/** The size of the training program that RoBERTa becomes: what a layer costs in nodes, forward and backward. */
import { expect, test } from 'vitest';
import { openEngine } from '../../engine/index.ts';
import { modelDropout } from '../dropout-plan.ts';
import { stepProgram, tokenReader } from '../steps.ts';
import { defect } from '../tasks/defect.ts';
import { robertaNetwork } from './roberta.ts';

const rows = { batch: 2, tokens: [128] };

async function nodesOf(layers: number): Promise<number> {
  const shape = { layers, width: 8, heads: 2, feedForward: 16, vocabulary: 20, positions: 130, types: 1, epsilon: 1e-5 };
  const network = robertaNetwork(shape, { pad: 1, sep: 2 });
  const trained = [...network.parameters, ...defect.head(shape.width)];
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const dropout = modelDropout({ network, task: defect }, rows, { probability: 0.1, encoder: true });
  const reader = tokenReader({ network, task: defect }, rows, true);
  const step = await engine.compile(stepProgram({ task: defect, partition: { trained, frozen: [] }, reader, dropout }, { clipNorm: 1 }));
  await step.release();
  return step.nodeCount!;
}

test('the 12-layer training step stays within its nodes, and so does a layer', async () => {
  const [eleven, twelve] = [await nodesOf(11), await nodesOf(12)];
  // Forward, backward, dropout, clipping and optimiser. With the gradients of plain operations, and the optimiser on each
  // parameter by itself, it was 5,397.
  expect(twelve).toBeLessThanOrEqual(1570);
  expect(twelve - eleven).toBeLessThanOrEqual(120);
  expect(twelve).toBeGreaterThan(eleven);
});
