/**
 * Parity with PyTorch: every entry of the golden vectors computed by our programs on an engine, beside its largest relative
 * error.
 */
import * as tf from '@tensorflow/tfjs';
import { makeRng } from '../core/rng.ts';
import { dropoutPlace, dropoutPool, linearSchedule, noDropout, planDropout, type DeviceTensor, type Engine } from '../engine/index.ts';
import { forward, openScorer, scorableModel, vector, viewParameters, type ParameterTensors } from '../train/index.ts';
import { nextUpdate, replaceState, startState } from '../train/state.ts';
import { stepProgram, tokenReader } from '../train/steps.ts';
import { search } from '../train/tasks/search.ts';
import type { Golden } from './golden.ts';
import {
  batchOf,
  goldenSubject,
  pairHead,
  meanOf,
  rowsIn,
  samplesIn,
  samplesOf,
  uploadTensors,
  type GoldenSubject,
} from './golden-model.ts';
import { hiddenStates } from './parity-hidden.ts';
import { largestRelativeError, type Numbers } from './matchers.ts';
import { embeddedTriggerOutputs, triggerOutputs } from './parity-trigger.ts';

/** What the other entries are computed from. */
export const goldenInputs: readonly string[] = ['ids', 'ids2', 'labels', 'trigger.ids', 'trigger.positions', 'dbs.z'];

export interface Parity {
  readonly entry: string;
  /** max|ours − golden| / max|golden|. */
  readonly error: number;
}

/** Five steps of the optimiser add up rounding; ids and masks must be equal; everything else is one pass or one gradient. */
export function boundOf(entry: string): number {
  if (idEntries.includes(entry)) return 0;
  return entry.startsWith('train.') ? 1e-3 : 1e-4;
}

/** In the golden file's order; every entry that is no input. */
export async function measureParity(engine: Engine, golden: Golden): Promise<Parity[]> {
  const subject = goldenSubject(engine, golden);
  const computed: Record<string, Numbers> = {
    ...(await forwardOutputs(subject)),
    ...(await scorerOutputs(subject)),
    ...(await triggerOutputs(subject)),
    ...(await embeddedTriggerOutputs(subject)),
    ...(await trainingOutputs(subject)),
  };
  const entries = golden.names.filter((name) => !goldenInputs.includes(name));
  return entries.map((entry) => {
    const actual = computed[entry];
    if (actual === undefined) throw new Error(`no program computes the golden entry ${entry}`);
    return { entry, error: largestRelativeError(actual, expectedOf(golden, entry)) };
  });
}

const idEntries: readonly string[] = ['mask', 'trigger.stamped_ids', 'trigger.mask'];
const expectedOf = (golden: Golden, entry: string): Numbers => (idEntries.includes(entry) ? golden.ids(entry) : golden.floats(entry));

/** Encoder and heads. The golden search vectors are those of the heads. */
async function forwardOutputs({ engine, golden, model, tensors }: GoldenSubject): Promise<Record<string, Numbers>> {
  const { network, parameters, task } = model;
  const [batch, tokens] = golden.ids('ids').shape as [number, number];
  const rows = { shape: [batch, tokens], dtype: 'int32' } as const;
  const mask = { shape: [batch, tokens], dtype: 'float32' } as const;
  const { task: clone, values: head } = pairHead(golden, model);
  const states = hiddenStates[golden.name];
  const fetch = [...states.entries, 'vector', 'defect.logit', 'clone.logits', 'clone.loss', 'search.scores', 'search.loss'];
  const theta = await uploadTensors(engine, model, tensors);
  const program = await engine.compile({
    name: 'golden outputs',
    inputs: {
      theta,
      ...{ ids: rows, mask, ids2: rows, mask2: mask, labels: { shape: [batch], dtype: 'float32' } as const },
      ...head,
    },
    keep: [],
    fetch,
    body(inputs) {
      const views = viewParameters(parameters, inputs.theta as tf.Tensor1D);
      const encoded = (ids: tf.Tensor, mask: tf.Tensor) => encodeIds(model, views, ids, mask);
      const rows = { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
      const words = network.lookUpWords(views, rows.ids);
      const [code, other] = [encoded(inputs.ids, inputs.mask), encoded(inputs.ids2, inputs.mask2)];
      const both = clone.outputs(
        readHead(inputs, Object.keys(head)),
        [tf.reshape(tf.concat2d([code, other], 1), [2 * batch, network.width])],
        noDropout,
      );
      const found = search.outputs(views, [code, other], noDropout);
      const [codes, queries] = tf.split(found, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const labels = inputs.labels as tf.Tensor1D;
      const ones1 = tf.ones<tf.Rank.R1>([batch]);
      const lossOf = (changed: tf.Tensor): tf.Scalar => {
        const outputs = forward(model, views, [{ ...rows, words: changed as tf.Tensor2D }], noDropout);
        return tf.mean(task.losses(outputs, labels, ones1));
      };
      return {
        ...states.compute({ golden, network, views, rows: { ...rows, words }, lossOf }),
        vector: code,
        'defect.logit': task.outputs(views, [code], noDropout),
        'clone.logits': both,
        'clone.loss': tf.mean(clone.losses(both, labels, ones1)),
        'search.scores': tf.mul(tf.matMul(queries, codes, false, true), 20),
        'search.loss': tf.mean(search.losses(found, labels, ones1)),
      };
    },
  });
  const first = batchOf(model, rowsIn(golden, 'ids'));
  const second = batchOf(model, rowsIn(golden, 'ids2'));
  const labels = vector([...golden.ids('labels').data]);
  const { fetched } = await program.run({ theta, ...first, ids2: second.ids, mask2: second.mask, labels, ...head });
  await program.release();
  theta.dispose();
  return { ...fetched, mask: first.mask.data };
}

const readHead = (inputs: Readonly<Record<string, tf.Tensor>>, keys: readonly string[]): ParameterTensors =>
  Object.fromEntries(keys.map((key) => [key, inputs[key]!]));

function encodeIds({ network }: GoldenSubject['model'], views: ParameterTensors, ids: tf.Tensor, mask: tf.Tensor): tf.Tensor2D {
  const rows = ids as tf.Tensor2D;
  const inputs = { words: network.lookUpWords(views, rows), mask: mask as tf.Tensor2D, ids: rows };
  return network.encode(views, inputs, { dropout: noDropout, read: 'first' });
}

/** What the stage `predict` computes. */
async function scorerOutputs({ engine, golden, model, tensors }: GoldenSubject): Promise<Record<string, Numbers>> {
  const scorer = await openScorer(engine, scorableModel(model), tensors);
  const scored = await scorer.score(samplesIn(golden), [...golden.ids('labels').data]);
  await scorer.close();
  return { 'defect.prob': scored.map(({ probability }) => probability), 'defect.loss': meanOf(scored.map(({ loss }) => loss)) };
}

/** Five optimiser steps: learning rate 1e-3, warm-up over two, clipping at 1. */
async function trainingOutputs({ engine, golden, model, tensors }: GoldenSubject): Promise<Record<string, Numbers>> {
  const [batch, tokens] = golden.ids('ids').shape as [number, number];
  const partition = { trained: model.parameters, frozen: [] };
  const dropout = planDropout(0, batch, [1]);
  const reader = tokenReader(model, { batch, tokens: [tokens] }, true);
  const step = await engine.compile(stepProgram({ task: model.task, partition, reader, dropout }, { clipNorm: 1 }));
  const state = await startState(engine, partition, tensors);
  const rng = makeRng('golden');
  const steps = 5;
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let index = 0; index < steps; index++) {
    const { kept, fetched } = await step.run({
      theta: state.theta,
      m: state.m,
      v: state.v,
      frozen: state.frozen,
      ...samplesOf(model, samplesIn(golden)),
      labels: vector([...golden.ids('labels').data]),
      weights: vector(Array<number>(batch).fill(1)),
      ...nextUpdate(state, 1e-3 * linearSchedule(index, steps, 2)),
      pool: dropoutPool(dropout, rng),
      ...dropoutPlace(dropout, rng),
    });
    replaceState(state, kept);
    losses.push(fetched.loss[0]!);
    norms.push(fetched.norm[0]!);
  }
  await step.release();
  return {
    'train.losses': losses,
    'train.grad_norms': norms,
    'train.final_vector': await vectorsOf({ engine, golden, model }, state.theta),
  };
}

async function vectorsOf({ engine, golden, model }: Omit<GoldenSubject, 'tensors'>, theta: DeviceTensor): Promise<Float32Array> {
  const batch = batchOf(model, rowsIn(golden, 'ids'));
  const program = await engine.compile({
    name: 'golden vectors',
    inputs: { theta, ...batch },
    keep: [],
    fetch: ['vector'],
    body(inputs) {
      const views = viewParameters(model.parameters, inputs.theta as tf.Tensor1D);
      return { vector: encodeIds(model, views, inputs.ids, inputs.mask) };
    },
  });
  const { fetched } = await program.run({ theta, ...batch });
  await program.release();
  return fetched.vector;
}
