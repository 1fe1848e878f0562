/** Programs traced to ONNX and run by ONNX Runtime: on the CPU, and on NVIDIA GPUs through CUDA. */
import os from 'node:os';
import * as ort from 'onnxruntime-node';
import { UserError } from '../core/errors.ts';
import type { DeviceTensor, Engine, EngineOptions, HostValue, KernelTime, Program, ProgramSource, TensorSpec } from './contracts.ts';
import { hostMemoryBudget } from './host-memory.ts';
import { named } from './named.ts';
import { encodeModel } from './onnx.ts';
import { OrtProfile } from './onnx-profile.ts';
import { checkInput } from './program-inputs.ts';
import { runOf } from './run.ts';
import { trace } from './trace.ts';

class OrtTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  #tensor: ort.Tensor | null;

  constructor(tensor: ort.Tensor) {
    this.#tensor = tensor;
    this.shape = tensor.dims;
    this.dtype = tensor.type === 'int32' ? 'int32' : 'float32';
  }

  get tensor(): ort.Tensor {
    if (this.#tensor === null) throw new Error('a tensor was used after it was disposed of');
    return this.#tensor;
  }

  dispose(): void {
    this.#tensor?.dispose();
    this.#tensor = null;
  }
}

type OnnxDevice = Exclude<EngineOptions['device'], 'webgpu'>;

const providerHelp: Record<OnnxDevice, string> = {
  cpu: 'the CPU provider is part of onnxruntime-node: run `npm ci` again',
  cuda: 'the CUDA provider of onnxruntime-node: `make cuda` fetches it (x64 Linux, CUDA 12 or 13 and cuDNN 9)',
};

export async function openOnnxEngine(device: OnnxDevice, { threads, profile, memory }: EngineOptions): Promise<Engine> {
  const available = ort.listSupportedBackends().map(({ name }) => name);
  if (!available.includes(device)) {
    throw new UserError(`--device ${device}`, `ONNX Runtime offers ${available.join(', ')}`, providerHelp[device]);
  }
  const limits = { threads: threads ?? os.availableParallelism(), memory: memory ?? hostMemoryBudget() };
  const engine = new OnnxEngine(device, limits, profile === true ? new OrtProfile() : null);
  await engine.probe();
  return engine;
}

class OnnxEngine implements Engine {
  readonly device: string;
  readonly adapter = null;
  readonly batchTokens: number;
  readonly memoryBudget: number;
  readonly #kind: OnnxDevice;
  readonly #threads: number;
  readonly #profile: OrtProfile | null;

  constructor(kind: OnnxDevice, { threads, memory }: Readonly<Record<'threads' | 'memory', number>>, profile: OrtProfile | null) {
    this.#kind = kind;
    this.#threads = threads;
    this.memoryBudget = memory;
    this.#profile = profile;
    this.device = `onnx/${kind}`;
    // Measured on one thread: batches of 8192 fall out of the caches, and take 12 to 17 % longer.
    this.batchTokens = kind === 'cpu' ? 2048 : 32_768;
  }

  /** A device that is listed but cannot be opened is found out here, not in the middle of a run. */
  async probe(): Promise<void> {
    const source: ProgramSource<'x', never, 'x'> = {
      name: 'probe',
      inputs: { x: { shape: [1], dtype: 'float32' } },
      keep: [],
      fetch: ['x'],
      body: ({ x }) => ({ x }),
    };
    try {
      const program = await this.compile(source);
      await program.run({ x: { shape: [1], dtype: 'float32', data: Float32Array.of(1) } });
      await program.release();
    } catch (error) {
      if (this.#kind === 'cpu') throw error;
      throw new UserError(`--device ${this.#kind}`, `it could not be opened: ${String(error)}`, providerHelp[this.#kind]);
    }
  }

  async compile<In extends string, Kept extends string, Host extends string>(
    source: ProgramSource<In, Kept, Host>,
  ): Promise<Program<In, Kept, Host>> {
    const { graph } = trace(source.body, source.inputs);
    const session = await ort.InferenceSession.create(encodeModel(graph), {
      executionProviders: [this.#kind],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...this.#profile?.sessionOptions(),
    });
    this.#profile?.watch(source.name, session);
    const expected = Object.entries<TensorSpec>(source.inputs);
    const start: Program<In, Kept, Host>['start'] = async (inputs) => {
      const feeds: Record<string, ort.Tensor> = {};
      for (const [name, spec] of expected) {
        const value = inputs[name as In];
        checkInput(source.name, name, spec, value);
        feeds[`in:${name}`] = value instanceof OrtTensor ? value.tensor : hostTensor(value as HostValue);
      }
      const results = await session.run(feeds);
      const output = (name: string): ort.Tensor => results[`out:${name}`]!;
      return {
        kept: named(source.keep, (name) => new OrtTensor(output(name))),
        fetched: Promise.resolve(named(source.fetch, (name) => output(name).data as Float32Array)),
      };
    };
    return {
      nodeCount: graph.nodes.length,
      start,
      run: runOf(start),
      // A profiled session is read, and released, when the profile is asked for.
      release: () => (this.#profile === null ? session.release() : Promise.resolve()),
    };
  }

  upload(value: HostValue): Promise<DeviceTensor> {
    return Promise.resolve(new OrtTensor(hostTensor(value)));
  }

  async download(tensor: DeviceTensor): Promise<Float32Array> {
    if (!(tensor instanceof OrtTensor)) throw new Error('download: the tensor belongs to another engine');
    return (await tensor.tensor.getData()) as Float32Array;
  }

  async profile(): Promise<readonly KernelTime[]> {
    return (await this.#profile?.read()) ?? [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function hostTensor({ dtype, data, shape }: HostValue): ort.Tensor {
  return new ort.Tensor(dtype, data as Float32Array, shape);
}
