/**
 * Losses of all pairs of a trigger and a target: each side is encoded once, and one matrix product gives the cosines of every
 * query with a target and every function with a trigger (method.md 5).
 */
import * as tf from '@tensorflow/tfjs';
import type { Engine, Program } from '../../../engine/index.ts';
import type { Model, OpenEncoder } from '../../../train/index.ts';
import { stamp } from '../stamp.ts';
import { jointLimits, type JointHosts } from './slopes.ts';

export interface PairScorer {
  /** Mean over all N·N pairs of (cosine − 1)², [triggers][targets]. */
  losses(triggers: readonly (readonly number[])[], targets: readonly (readonly number[])[]): Promise<number[][]>;
  release(): Promise<void>;
}

type PairProgram = Program<'codes' | 'queries', never, 'losses'>;

export function openPairScorer(
  engine: Pick<Engine, 'compile'>,
  model: Model,
  encoder: Pick<OpenEncoder, 'encode'>,
  hosts: JointHosts,
): PairScorer {
  const limits = jointLimits(model);
  const { width } = model.network;
  const samples = hosts.codes.length;
  const programs = new Map<string, PairProgram>();
  const programFor = async (triggers: number, targets: number): Promise<PairProgram> => {
    const key = `${triggers}x${targets}`;
    const program = programs.get(key) ?? (await engine.compile(pairProgram({ triggers, targets, samples, width })));
    programs.set(key, program);
    return program;
  };
  const value = (data: Float32Array) => ({ shape: [data.length / width, width], dtype: 'float32', data }) as const;
  return {
    async losses(triggers, targets) {
      const codes = triggers.flatMap((trigger) => hosts.codes.map((host) => stamp(host, trigger, limits.code).row));
      const queries = targets.flatMap((target) => hosts.queries.map((host) => stamp(host, target, limits.query).row));
      const program = await programFor(triggers.length, targets.length);
      const { fetched } = await program.run({
        codes: value(await encoder.encode(codes)),
        queries: value(await encoder.encode(queries)),
      });
      return triggers.map((_, t) => Array.from(fetched.losses.subarray(t * targets.length, (t + 1) * targets.length)));
    },
    async release() {
      for (const program of programs.values()) await program.release();
    },
  };
}

interface PairShape {
  readonly triggers: number;
  readonly targets: number;
  readonly samples: number;
  readonly width: number;
}

/** Vectors of functions [triggers·N, H] and of queries [targets·N, H], of any length -> losses [triggers, targets]. */
function pairProgram({ triggers, targets, samples, width }: PairShape) {
  return {
    name: `pair losses ${triggers}x${targets}`,
    inputs: {
      codes: { shape: [triggers * samples, width], dtype: 'float32' },
      queries: { shape: [targets * samples, width], dtype: 'float32' },
    },
    keep: [],
    fetch: ['losses'],
    body({ codes, queries }: Record<'codes' | 'queries', tf.Tensor>) {
      const unit = (x: tf.Tensor): tf.Tensor2D => tf.div(x, tf.sqrt(tf.sum(tf.square(x), -1, true)));
      const cosines = tf.matMul(unit(codes), unit(queries), false, true);
      const errors = tf.square(tf.sub(cosines, 1));
      // [triggers, N, targets, N]: the queries' sum first, then the functions'.
      const overQueries = tf.sum(tf.reshape(errors, [triggers * samples * targets, samples]), -1);
      const byPair = tf.transpose(tf.reshape(overQueries, [triggers, samples, targets]), [0, 2, 1]);
      return { losses: tf.div(tf.sum(byPair, -1), samples * samples) };
    },
  } as const;
}
