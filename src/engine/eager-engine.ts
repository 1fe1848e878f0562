/** Programs run operation by operation on a TensorFlow.js backend: the reference in tests, and `@tensorflow/tfjs-node-gpu`. */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../core/errors.ts';
import type { DeviceTensor, Engine, HostValue, Program, ProgramSource } from './contracts.ts';
import { hostMemoryBudget } from './host-memory.ts';
import { named } from './named.ts';
import { runOf } from './run.ts';

class TfTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly tensor: tf.Tensor;

  constructor(tensor: tf.Tensor) {
    this.tensor = tensor;
    this.shape = tensor.shape;
    this.dtype = tensor.dtype === 'int32' ? 'int32' : 'float32';
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

/** @param backend a registered TensorFlow.js backend: `cpu` (slow, for tests) or `tensorflow` (tfjs-node-gpu). */
export function openEagerEngine(backend: 'cpu' | 'tensorflow'): Engine {
  // Without it the first use of `cpu` prints advice to install another package.
  tf.enableProdMode();
  const activate = async (): Promise<void> => {
    await tf.setBackend(backend);
  };
  const toTensor = (value: HostValue): tf.Tensor => tf.tensor(value.data, [...value.shape], value.dtype);

  return {
    device: `tfjs/${backend}`,
    adapter: null,
    async compile<In extends string, Kept extends string, Host extends string>(
      source: ProgramSource<In, Kept, Host>,
    ): Promise<Program<In, Kept, Host>> {
      await activate();
      const start: Program<In, Kept, Host>['start'] = async (inputs) => {
        await activate();
        const outputs = tf.tidy(() => {
          const entries = Object.entries<DeviceTensor | HostValue>(inputs);
          const tensors = entries.map(([name, value]) => [name, value instanceof TfTensor ? value.tensor : toTensor(value as HostValue)]);
          const results = source.body(Object.fromEntries(tensors) as Record<In, tf.Tensor>);
          // Clones: an output may be an input, and each is freed by itself.
          const own = (name: Kept | Host): tf.Tensor => tf.clone(results[name]);
          return { kept: named(source.keep, own), fetched: named(source.fetch, own) };
        });
        const data = await Promise.all(source.fetch.map((name) => outputs.fetched[name].data<'float32'>()));
        tf.dispose(outputs.fetched);
        return {
          kept: named(source.keep, (name) => new TfTensor(outputs.kept[name])),
          fetched: Promise.resolve(named(source.fetch, (name) => data[source.fetch.indexOf(name)]!)),
        };
      };
      return {
        nodeCount: null,
        start,
        run: runOf(start),
        release: () => Promise.resolve(),
      };
    },
    async upload(value) {
      await activate();
      return new TfTensor(toTensor(value));
    },
    async download(tensor) {
      if (!(tensor instanceof TfTensor)) throw new Error('download: the tensor belongs to another engine');
      return (await tensor.tensor.data()) as Float32Array;
    },
    batchTokens: 8192,
    memoryBudget: hostMemoryBudget(),
    profile: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

/** `--engine tfjs-node-gpu`: the optional native package, never replaced by anything else. */
export async function openTfjsNodeGpu(): Promise<Engine> {
  // A name in a variable: the package is optional and absent from the lock file, so the compiler must not look for it.
  const optionalPackage = '@tensorflow/tfjs-node-gpu';
  try {
    await import(optionalPackage);
  } catch (error) {
    // Its import throws plain errors without a code when the native library is missing.
    throw new UserError(
      '--engine tfjs-node-gpu',
      `@tensorflow/tfjs-node-gpu could not be loaded: ${String(error).split('\n')[0] ?? ''}`,
      'install it with `npm install --no-save --ignore-scripts=false @tensorflow/tfjs-node-gpu@4.22.0` (it downloads TensorFlow; CUDA 11.2 and cuDNN 8.1), or use --engine traced',
    );
  }
  return openEagerEngine('tensorflow');
}
