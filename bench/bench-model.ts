/** A model with random weights on an engine that counts the seconds it compiles: what every kind of work starts from. */
import { makeRng, type Rng } from '../src/core/rng.ts';
import type { Engine } from '../src/engine/index.ts';
import type { HostTensor, Model } from '../src/train/index.ts';
import { robertaNetwork } from '../src/train/models/roberta.ts';
import { type Parameter, tensorShapes } from '../src/train/parameters.ts';
import { defect } from '../src/train/tasks/defect.ts';
import type { Job } from './job.ts';
import { special } from './row-file.ts';

export interface Bench {
  readonly engine: Engine;
  readonly job: Job;
  readonly model: Model;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly rng: Rng;
  /** Seconds spent in `engine.compile` since the bench was opened. */
  readonly compileSeconds: () => number;
}

export function openBench(engine: Engine, job: Job): Bench {
  const { layers, width, heads, feedForward, vocabulary } = job.spec;
  const { maxTokens } = job.setting;
  const shape = { layers, width, heads, feedForward, vocabulary, positions: maxTokens + 2, types: 1, epsilon: 1e-5 };
  const network = robertaNetwork(shape, special);
  const parameters = [...network.parameters, ...defect.head(width)];
  const config = { name: 'roberta', size: 'base', weights: 'scratch', tokenizer: 'gpt2', maxTokens, comparedWith: null } as const;
  // The rows come as ids: of the tokenizer the search reads the special ids, and anchoring what to call a token.
  const tokenizer = { special, decode: (ids: readonly number[]) => ids.join(' ') } as unknown as Model['tokenizer'];
  const model = { config, network, parameters, tokenizer, task: defect };
  const tensors = randomTensors(parameters);
  return { engine, job, model, tensors, rng: makeRng(1), compileSeconds: timeCompilation(engine) };
}

/** Spread as a fresh model's, by a generator that fills a hundred million weights in a second. */
function randomTensors(parameters: readonly Parameter[]): Map<string, HostTensor> {
  let state = 1;
  const uniform = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state / 2 ** 31) * bound;
  };
  const kinds = new Map(parameters.flatMap(({ tensors, initial }) => tensors.map((name) => [name, initial] as const)));
  return new Map(
    [...tensorShapes(parameters)].map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const initial = kinds.get(name)!;
      if (initial.kind === 'constant') return [name, { shape, data: data.fill(initial.value) }];
      const bound = initial.kind === 'uniform' ? initial.bound : initial.deviation * Math.sqrt(3);
      for (let i = 0; i < data.length; i++) data[i] = uniform(bound);
      return [name, { shape, data }];
    }),
  );
}

/** Seconds spent in `engine.compile` so far. */
function timeCompilation(engine: Engine): () => number {
  let seconds = 0;
  const compile = engine.compile.bind(engine);
  const timed: Engine['compile'] = async (source) => {
    const start = performance.now();
    try {
      return await compile(source);
    } finally {
      seconds += (performance.now() - start) / 1000;
    }
  };
  Object.assign(engine, { compile: timed });
  return () => seconds;
}
