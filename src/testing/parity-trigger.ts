/** The golden entries of the trigger search: stamped rows, their loss, the one-hot gradient, and DBS' soft trigger. */
import * as tf from '@tensorflow/tfjs';
import { lossesWith, softLosses } from '../defend/dbs/soft-trigger.ts';
import { compileGradient } from '../defend/elibadcode/gradient.ts';
import { stamp, type Host } from '../defend/elibadcode/stamp.ts';
import type { HostValue } from '../engine/index.ts';
import { openScorer, scorableModel, viewParameters, type Model } from '../train/index.ts';
import { batchOf, rowsIn, uploadTensors, type GoldenSubject } from './golden-model.ts';
import type { Golden } from './golden.ts';
import type { Numbers } from './matchers.ts';

/** What an iteration of the inversion computes. */
export async function triggerOutputs({ engine, golden, model, tensors }: GoldenSubject): Promise<Record<string, Numbers>> {
  const trigger = [...golden.ids('trigger.ids').data];
  const { hosts, limits } = hostsIn(golden, model);
  const stamped = (ids: readonly number[]): number[][] => hosts.map((host) => stamp(host, ids, limits).row);
  const { pad } = model.tokenizer.special;
  const blank = batchOf(model, stamped(trigger.map(() => pad)));
  const scorer = await openScorer(engine, scorableModel(model), tensors);
  const vocabulary = Array.from({ length: model.tokenizer.vocabularySize }, (_, id) => id);
  const gradient = await compileGradient(engine, model, scorer, { hosts, target: 0, vocabulary, triggerTokens: trigger.length });
  const onehot = await gradient.run(trigger);
  await gradient.release();
  await scorer.close();
  return {
    'trigger.stamped_ids': blank.ids.data,
    'trigger.mask': blank.mask.data,
    'trigger.onehot_grad': onehot,
  };
}

/** Losses with a trigger's embeddings stamped in, what reads ids reading pad there: the trigger's own, and DBS' soft ones, softmax(z/2) over the vocabulary. */
export async function embeddedTriggerOutputs({ engine, golden, model, tensors }: GoldenSubject): Promise<Record<string, Numbers>> {
  const { config, parameters } = model;
  const { hosts, limits } = hostsIn(golden, model);
  const z: HostValue = { ...golden.floats('dbs.z'), dtype: 'float32' };
  const n = z.shape[0]!;
  const blank = batchOf(
    model,
    hosts.map((host) => stamp(host, Array<number>(n).fill(model.tokenizer.special.pad), limits).row),
  );
  // For each token of the batch: which trigger place it is, or n for none.
  const slots = new Int32Array(blank.ids.data.length).fill(n);
  hosts.forEach(({ position }, row) => {
    for (let slot = 0; slot < n; slot++) slots[row * config.maxTokens + position + slot] = slot;
  });
  const fixed = {
    theta: await uploadTensors(engine, model, tensors),
    ...blank,
    z,
    trigger: { shape: [n], dtype: 'int32', data: golden.ids('trigger.ids').data } as const,
    slots: { shape: [slots.length], dtype: 'int32', data: slots } as const,
  };
  const program = await engine.compile({
    name: 'golden triggers',
    inputs: fixed,
    keep: [],
    fetch: ['trigger.loss', 'dbs.loss', 'dbs.z_grad'],
    body(inputs) {
      const views = viewParameters(parameters, inputs.theta as tf.Tensor1D);
      const words = views['words'] as tf.Tensor2D;
      const rows = {
        ids: inputs.ids as tf.Tensor2D,
        mask: inputs.mask as tf.Tensor2D,
        slots: inputs.slots as tf.Tensor1D,
        labels: tf.zeros<tf.Rank.R1>([hosts.length]),
        weights: tf.fill<tf.Rank.R1>([hosts.length], 1 / hosts.length),
      };
      const soft = { z: inputs.z, temperature: tf.scalar(2), noise: tf.zeros(z.shape as [number, number]), words };
      const { losses, gradient } = softLosses(model, views, rows, soft);
      const own = tf.mean(lossesWith(model, views, rows, tf.gather(words, inputs.trigger as tf.Tensor1D)));
      return { 'trigger.loss': own, 'dbs.loss': tf.mean(losses), 'dbs.z_grad': gradient };
    },
  });
  const { fetched } = await program.run(fixed);
  await program.release();
  return fetched;
}

function hostsIn(golden: Golden, { config, tokenizer }: Model) {
  const positions = golden.ids('trigger.positions').data;
  const hosts = rowsIn(golden, 'ids').map((ids, row): Host => ({ ids, position: positions[row]!, others: [] }));
  return { hosts, limits: { maxTokens: config.maxTokens, sep: tokenizer.special.sep } };
}
