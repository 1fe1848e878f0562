/** The golden entries of the trigger search: stamped rows, their loss, the one-hot gradient, and DBS' soft trigger. */
import * as tf from '@tensorflow/tfjs';
import { compileGradient } from '../defend/elibadcode/gradient.ts';
import { stamp, type Host } from '../defend/elibadcode/stamp.ts';
import { lookUpRows, noDropout, type HostValue } from '../engine/index.ts';
import { forward, openScorer, scorableModel, viewParameters, type Model } from '../train/index.ts';
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
  const { config, network, parameters, task } = model;
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
  const kept = Float32Array.from(slots, (slot) => (slot === n ? 1 : 0));
  const fixed = {
    theta: await uploadTensors(engine, model, tensors),
    ...blank,
    z,
    trigger: { shape: [n], dtype: 'int32', data: golden.ids('trigger.ids').data } as const,
    slots: { shape: [slots.length], dtype: 'int32', data: slots } as const,
    kept: { shape: [slots.length, 1], dtype: 'float32', data: kept } as const,
  };
  const program = await engine.compile({
    name: 'golden triggers',
    inputs: fixed,
    keep: [],
    fetch: ['trigger.loss', 'dbs.loss', 'dbs.z_grad'],
    body(inputs) {
      const views = viewParameters(parameters, inputs.theta as tf.Tensor1D);
      const meanLoss = (embeddings: tf.Tensor): tf.Scalar => {
        const table = tf.concat([embeddings, tf.zeros([1, network.width])], 0) as tf.Tensor2D;
        // Pad stands in the trigger's places.
        const ids = inputs.ids as tf.Tensor2D;
        const words: tf.Tensor2D = tf.add(
          tf.mul(network.lookUpWords(views, ids), inputs.kept),
          lookUpRows(table, inputs.slots as tf.Tensor1D),
        );
        const outputs = forward(model, views, [{ words, mask: inputs.mask as tf.Tensor2D, ids }], noDropout);
        return tf.mean(task.losses(outputs, tf.zeros([hosts.length]), tf.ones([hosts.length])));
      };
      const vocabulary = views['words'] as tf.Tensor2D;
      const softLoss = (logits: tf.Tensor): tf.Scalar => meanLoss(tf.matMul(tf.softmax<tf.Tensor2D>(tf.div(logits, 2)), vocabulary));
      const { value, grad } = tf.valueAndGrad(softLoss)(inputs.z);
      const own = meanLoss(tf.gather(vocabulary, inputs.trigger));
      return { 'trigger.loss': own, 'dbs.loss': value, 'dbs.z_grad': grad };
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
