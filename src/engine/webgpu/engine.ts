/** `--device webgpu`: traced programs lowered to WGSL kernels of this project, run on the GPU through Dawn. */
import { UserError } from '../../core/errors.ts';
import type { DeviceTensor, Engine, EngineOptions, HostValue, KernelTime, Program, ProgramSource, TensorSpec } from '../contracts.ts';
import { sumKernelTimes } from '../kernel-times.ts';
import { named } from '../named.ts';
import { checkInput } from '../program-inputs.ts';
import { runOf } from '../run.ts';
import { trace } from '../trace.ts';
import { GpuDevice } from './device.ts';
import { lower } from './lower.ts';
import { GpuProgram, GpuTensor } from './program.ts';

/** WebGPU does not tell how much memory an adapter has: without a limit, what cannot be had is an error that says so. */
export async function openWebGpuEngine({ profile = false, memory = Number.POSITIVE_INFINITY }: EngineOptions): Promise<Engine> {
  let gpu: GpuDevice;
  try {
    gpu = await GpuDevice.open(profile);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('--device webgpu', `it could not be opened: ${String(error)}`, 'a machine that Dawn (npm package webgpu) supports');
  }
  return new WebGpuEngine(gpu, profile, memory);
}

class WebGpuEngine implements Engine {
  readonly device = 'wgsl/webgpu';
  readonly adapter: string;
  /** Enough to fill a large GPU; chosen, other sizes were not measured. */
  readonly batchTokens = 32_768;
  readonly memoryBudget: number;
  readonly #gpu: GpuDevice;
  readonly #profile: boolean;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #times: KernelTime[] = [];
  readonly #programs = new Map<GpuProgram, string>();

  constructor(gpu: GpuDevice, profile: boolean, memory: number) {
    this.memoryBudget = memory;
    this.adapter = gpu.name;
    this.#gpu = gpu;
    this.#profile = profile;
  }

  async compile<In extends string, Kept extends string, Host extends string>(
    source: ProgramSource<In, Kept, Host>,
  ): Promise<Program<In, Kept, Host>> {
    const { graph, outputs } = trace(source.body, source.inputs);
    const lowered = lower(graph, new Set(source.fetch.map((name) => `out:${name}`)), this.#gpu.alignment / 4);
    const program = await GpuProgram.make(this.#gpu, lowered, (code) => this.#pipeline(code), this.#profile);
    this.#programs.set(program, source.name);
    const expected = Object.entries<TensorSpec>(source.inputs);
    const start: Program<In, Kept, Host>['start'] = async (inputs) => {
      const given = new Map<string, GpuTensor | HostValue>();
      for (const [name, spec] of expected) {
        const value = inputs[name as In];
        checkInput(source.name, name, spec, value);
        given.set(`in:${name}`, value as GpuTensor | HostValue);
      }
      const { kept, fetched } = await program.run(given);
      return {
        kept: named(source.keep, (name) => new GpuTensor(this.#gpu, outputs[name]!, kept.get(`out:${name}`)!)),
        fetched: fetched.then((bytes) => named(source.fetch, (name) => view(outputs[name]!, bytes.get(`out:${name}`)!))),
      };
    };
    return {
      nodeCount: graph.nodes.length,
      start,
      run: runOf(start),
      release: () => {
        this.#times.push(...program.times(source.name));
        this.#programs.delete(program);
        program.release();
        return Promise.resolve();
      },
    };
  }

  #pipeline(code: string): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(code);
    if (known !== undefined) return known;
    const made = makePipeline(this.#gpu.device, code);
    this.#pipelines.set(code, made);
    return made;
  }

  async upload(value: HostValue): Promise<DeviceTensor> {
    const buffer = await this.#gpu.take(value.data.byteLength);
    this.#gpu.upload(buffer, value.data);
    return new GpuTensor(this.#gpu, value, buffer);
  }

  async download(tensor: DeviceTensor): Promise<Float32Array> {
    if (!(tensor instanceof GpuTensor) || tensor.gpu !== this.#gpu) throw new Error('download: the tensor belongs to another engine');
    const bytes = tensor.shape.reduce((product, size) => product * size, 4);
    return view(tensor, (await this.#gpu.download([{ buffer: tensor.buffer, bytes }]))[0]!);
  }

  profile(): Promise<readonly KernelTime[]> {
    const running = [...this.#programs].flatMap(([program, name]) => program.times(name));
    return Promise.resolve(sumKernelTimes([...this.#times, ...running].filter(({ calls }) => calls > 0)));
  }

  close(): Promise<void> {
    for (const program of this.#programs.keys()) program.release();
    this.#programs.clear();
    this.#gpu.close();
    return Promise.resolve();
  }
}

async function makePipeline(device: GPUDevice, code: string): Promise<GPUComputePipeline> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  const [pipeline, error] = await Promise.allSettled([
    device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } }),
    device.popErrorScope(),
  ]);
  if (pipeline.status === 'fulfilled') return pipeline.value;
  const reason = error.status === 'fulfilled' && error.value !== null ? error.value.message : String(pipeline.reason);
  throw new Error(`a GPU kernel does not compile: ${reason}\n${code}`);
}

/** Fetched integers come as `Int32Array` under the interface's type, as from the other engines. */
function view({ dtype }: TensorSpec, bytes: ArrayBuffer): Float32Array {
  return dtype === 'int32' ? (new Int32Array(bytes) as unknown as Float32Array) : new Float32Array(bytes);
}
