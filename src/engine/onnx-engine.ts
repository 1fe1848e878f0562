/** Programs traced to ONNX and run by ONNX Runtime: on the CPU, and on GPUs through WebGPU or CUDA. */
import os from 'node:os';
import * as ort from 'onnxruntime-node';
import { UserError } from '../core/errors.ts';
import type { DeviceTensor, Engine, EngineOptions, HostValue, Program, ProgramSource, TensorSpec } from './contracts.ts';
import { named } from './named.ts';
import { trace } from './trace.ts';

class OrtTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly tensor: ort.Tensor;

  constructor(tensor: ort.Tensor) {
    this.tensor = tensor;
    this.shape = tensor.dims;
    this.dtype = tensor.type === 'int32' ? 'int32' : 'float32';
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

const providerHelp: Record<EngineOptions['device'], string> = {
  cpu: 'the CPU provider is part of onnxruntime-node: run `npm ci` again',
  webgpu:
    'a GPU with a Vulkan driver and its loader (Debian: libvulkan1, and the driver’s own ICD file); `elibadcode doctor` shows what is found',
  cuda: 'the CUDA provider of onnxruntime-node: `make cuda` fetches it (x64 Linux, CUDA 12 or 13 and cuDNN 9)',
};

export async function openOnnxEngine({ device, threads }: EngineOptions): Promise<Engine> {
  const available = ort.listSupportedBackends().map(({ name }) => name);
  if (!available.includes(device)) {
    throw new UserError(`--device ${device}`, `ONNX Runtime offers ${available.join(', ')}`, providerHelp[device]);
  }
  const engine = new OnnxEngine(device, threads ?? os.availableParallelism());
  await engine.probe();
  return engine;
}

type Copy = Program<'value', 'value', 'value'>;

class OnnxEngine implements Engine {
  readonly device: string;
  readonly #kind: EngineOptions['device'];
  readonly #threads: number;
  readonly #onDevice: boolean;
  readonly #copies = new Map<string, Promise<Copy>>();

  constructor(kind: EngineOptions['device'], threads: number) {
    this.#kind = kind;
    this.#threads = threads;
    this.device = `onnx/${kind}`;
    this.#onDevice = kind === 'webgpu';
  }

  /** A device that is listed but cannot be opened is found out here, not in the middle of a run. */
  async probe(): Promise<void> {
    const one: HostValue = { shape: [1], dtype: 'float32', data: Float32Array.of(1) };
    try {
      // A session on the device itself: to hand a tensor over would not open a device that takes tensors from the host.
      await (await this.#copying(one, 'cpu')).run({ value: one });
    } catch (error) {
      if (this.#kind === 'cpu') throw error;
      throw new UserError(`--device ${this.#kind}`, `it could not be opened: ${String(error)}`, providerHelp[this.#kind]);
    }
  }

  async compile<In extends string, Kept extends string, Host extends string>(
    source: ProgramSource<In, Kept, Host>,
  ): Promise<Program<In, Kept, Host>> {
    const { onnx, nodeCount } = trace(source.body, source.inputs);
    const session = await ort.InferenceSession.create(onnx, {
      executionProviders: this.#kind === 'cpu' ? ['cpu'] : [this.#kind],
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(this.#onDevice
        ? {
            preferredOutputLocation: Object.fromEntries([
              ...source.keep.map((name) => [`out:${name}`, 'gpu-buffer'] as const),
              ...source.fetch.map((name) => [`out:${name}`, 'cpu'] as const),
            ]),
          }
        : {}),
    });
    const expected = Object.entries<TensorSpec>(source.inputs);
    return {
      nodeCount,
      async run(inputs) {
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
          fetched: named(source.fetch, (name) => output(name).data as Float32Array),
        };
      },
      release: () => session.release(),
    };
  }

  async upload(value: HostValue): Promise<DeviceTensor> {
    if (!this.#onDevice) return new OrtTensor(hostTensor(value));
    const program = await this.#copying(value, 'gpu-buffer');
    return (await program.run({ value })).kept.value;
  }

  async download(tensor: DeviceTensor): Promise<Float32Array> {
    if (!(tensor instanceof OrtTensor)) throw new Error('download: the tensor belongs to another engine');
    if (tensor.tensor.location === 'cpu') return tensor.tensor.data as Float32Array;
    const program = await this.#copying(tensor, 'cpu');
    return (await program.run({ value: tensor })).fetched.value;
  }

  /**
   * An identity program, kept for each shape: the binding's only way to move a tensor to the device for good, and its only way
   * back (`getData` on a device tensor ends the process, onnxruntime-node 1.30).
   */
  #copying({ shape, dtype }: TensorSpec, to: 'gpu-buffer' | 'cpu'): Promise<Copy> {
    const key = `${to} ${dtype} ${shape.join()}`;
    const known = this.#copies.get(key);
    if (known !== undefined) return known;
    const program: Promise<Copy> = this.compile({
      name: `copy to ${to}`,
      inputs: { value: { shape, dtype } },
      keep: to === 'cpu' ? [] : ['value'],
      fetch: to === 'cpu' ? ['value'] : [],
      body: ({ value }) => ({ value }),
    });
    this.#copies.set(key, program);
    return program;
  }

  async close(): Promise<void> {
    for (const program of this.#copies.values()) await (await program).release();
    this.#copies.clear();
  }
}

function hostTensor({ dtype, data, shape }: HostValue): ort.Tensor {
  return new ort.Tensor(dtype, data as Float32Array, shape);
}

function checkInput(program: string, name: string, spec: TensorSpec, value: TensorSpec | undefined): void {
  if (value === undefined) throw new Error(`${program}: input “${name}” is missing`);
  if (value.dtype !== spec.dtype || value.shape.join() !== spec.shape.join()) {
    throw new Error(`${program}: input “${name}” must be ${spec.dtype} [${spec.shape}], found ${value.dtype} [${value.shape}]`);
  }
}
