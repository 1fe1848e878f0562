/** A lowered program on the GPU: pipelines, memory and bind groups made once, commands encoded for each run. */
import type { DeviceTensor, HostValue, KernelTime, TensorSpec } from '../contracts.ts';
import type { Dispatch } from './kernel.ts';
import type { LoweredProgram } from './lower.ts';
import type { GpuDevice } from './device.ts';
import { planMemory, rootOf } from './memory.ts';
import { Timestamps } from './timestamps.ts';
import type { Storage } from './tensor.ts';

export class GpuTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly gpu: GpuDevice;
  #buffer: GPUBuffer | null;

  constructor(gpu: GpuDevice, { shape, dtype }: TensorSpec, buffer: GPUBuffer) {
    this.gpu = gpu;
    this.shape = shape;
    this.dtype = dtype;
    this.#buffer = buffer;
  }

  get buffer(): GPUBuffer {
    if (this.#buffer === null) throw new Error('a tensor was used after it was disposed of');
    return this.#buffer;
  }

  dispose(): void {
    if (this.#buffer !== null) this.gpu.giveBack(this.#buffer);
    this.#buffer = null;
  }
}

/** Bind groups of a launch that are remembered: state goes to and fro between a few buffers. */
const MOST_BIND_GROUPS = 8;

/** Launches that are handed to the GPU together: it works on them while the next are prepared. */
const SUBMITTED_AT_ONCE = 64;

interface Launch {
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly groups: Map<string, GPUBindGroup>;
}

type Buffers = (storage: Storage) => GPUBuffer;

export class GpuProgram {
  readonly #gpu: GpuDevice;
  readonly #program: LoweredProgram;
  readonly #launches: ReadonlyMap<Dispatch, Launch>;
  /** Buffers that stay the same from run to run. */
  readonly #fixed: Map<Storage, GPUBuffer>;
  readonly #release: () => void;
  readonly #timestamps: Timestamps | null;
  /** Bytes of working memory, shared with other programs of the engine. */
  readonly workspace: number;

  private constructor(
    gpu: GpuDevice,
    program: LoweredProgram,
    launches: ReadonlyMap<Dispatch, Launch>,
    memory: { readonly fixed: Map<Storage, GPUBuffer>; readonly release: () => void; readonly workspace: number },
    profile: boolean,
  ) {
    this.#gpu = gpu;
    this.#program = program;
    this.#launches = launches;
    this.#fixed = memory.fixed;
    this.#release = () => memory.release();
    this.workspace = memory.workspace;
    this.#timestamps = profile
      ? new Timestamps(
          gpu.device,
          [...launches.keys()].map(({ label }) => label),
        )
      : null;
  }

  static async make(
    gpu: GpuDevice,
    program: LoweredProgram,
    pipelineOf: (code: string) => Promise<GPUComputePipeline>,
    profile: boolean,
  ): Promise<GpuProgram> {
    const dispatches = program.work.filter((work) => work.kind === 'dispatch');
    const pipelines = await Promise.all(dispatches.map(({ code }) => pipelineOf(code)));
    const launches = new Map(
      dispatches.map((dispatch, index) => [dispatch, { dispatch, pipeline: pipelines[index]!, groups: new Map<string, GPUBindGroup>() }]),
    );
    const { slots, of } = planMemory(program.work);
    const shared = await gpu.share(slots.map(({ size }) => size));
    const fixed = new Map<Storage, GPUBuffer>();
    for (const [storage, slot] of of) fixed.set(storage, shared.buffers[slots.indexOf(slot)]!);
    for (const { storage, data } of program.constants) {
      const buffer = await gpu.take(storage.elements * 4);
      gpu.upload(buffer, data);
      fixed.set(storage, buffer);
    }
    for (const storage of program.outputs.values())
      if (storage.role === 'fetched') fixed.set(storage, await gpu.take(storage.elements * 4));
    const workspace = slots.reduce((sum, { size }) => sum + size, 0);
    return new GpuProgram(gpu, program, launches, { fixed, release: shared.release, workspace }, profile);
  }

  /**
   * Hands the work to the GPU; several runs may be under way, each goes after the one before.
   * @param inputs by graph name (`in:…`)
   * @returns kept outputs' buffers, and the fetched outputs' bytes when they are there, by graph name (`out:…`)
   */
  async run(
    inputs: ReadonlyMap<string, GpuTensor | HostValue>,
  ): Promise<{ readonly kept: Map<string, GPUBuffer>; readonly fetched: Promise<Map<string, ArrayBuffer>> }> {
    const moving = new Map<Storage, GPUBuffer>();
    const uploads: { readonly buffer: GPUBuffer; readonly data: HostValue['data'] }[] = [];
    for (const [name, storage] of this.#program.inputs) {
      const value = inputs.get(name)!;
      if (value instanceof GpuTensor) moving.set(storage, value.buffer);
      else uploads.push({ buffer: await this.#ownBuffer(storage), data: value.data });
    }
    const kept = new Map<string, GPUBuffer>();
    const fetched: [string, Storage][] = [];
    for (const [name, storage] of this.#program.outputs) {
      if (storage.role === 'fetched') fetched.push([name, storage]);
      else {
        const buffer = await this.#gpu.take(storage.elements * 4);
        kept.set(name, buffer);
        moving.set(storage, buffer);
      }
    }
    // From here on nothing waits until all is handed over: what two runs upload must not mix.
    for (const { buffer, data } of uploads) this.#gpu.upload(buffer, data);
    this.#encode((storage) => moving.get(storage) ?? this.#fixed.get(storage)!);
    const bytes = this.#fetch(fetched);
    await this.#timestamps?.collect();
    return { kept, fetched: bytes };
  }

  /** What comes from the host goes through a buffer of the program's own. */
  async #ownBuffer(storage: Storage): Promise<GPUBuffer> {
    let buffer = this.#fixed.get(storage);
    if (buffer === undefined) {
      buffer = await this.#gpu.take(storage.elements * 4);
      this.#fixed.set(storage, buffer);
    }
    return buffer;
  }

  #encode(bufferOf: Buffers): void {
    const { device } = this.#gpu;
    let encoder = device.createCommandEncoder();
    let pass: GPUComputePassEncoder | null = null;
    const endPass = (): void => {
      pass?.end();
      pass = null;
    };
    for (const [index, work] of this.#program.work.entries()) {
      if (index % SUBMITTED_AT_ONCE === SUBMITTED_AT_ONCE - 1) {
        endPass();
        device.queue.submit([encoder.finish()]);
        encoder = device.createCommandEncoder();
      }
      if (work.kind === 'dispatch') {
        const launch = this.#launches.get(work)!;
        if (this.#timestamps !== null) endPass();
        pass ??= encoder.beginComputePass(this.#timestamps?.next() ?? {});
        pass.setPipeline(launch.pipeline);
        pass.setBindGroup(0, this.#bindGroup(launch, bufferOf));
        pass.dispatchWorkgroups(...work.groups);
        continue;
      }
      endPass();
      if (work.kind === 'clear') {
        const { root, offset } = rootOf(work.storage);
        encoder.clearBuffer(bufferOf(root), offset * 4, work.storage.elements * 4);
        continue;
      }
      const [from, to] = [rootOf(work.from), rootOf(work.to)];
      const [start, end] = [(from.offset + work.fromOffset) * 4, (to.offset + work.toOffset) * 4];
      encoder.copyBufferToBuffer(bufferOf(from.root), start, bufferOf(to.root), end, work.elements * 4);
    }
    endPass();
    this.#timestamps?.resolve(encoder);
    device.queue.submit([encoder.finish()]);
  }

  #bindGroup({ dispatch, pipeline, groups }: Launch, bufferOf: Buffers): GPUBindGroup {
    const buffers = dispatch.bindings.map(({ storage }) => bufferOf(rootOf(storage).root));
    const key = buffers.map((buffer) => this.#gpu.idOf(buffer)).join();
    const known = groups.get(key);
    if (known !== undefined) return known;
    if (groups.size >= MOST_BIND_GROUPS) groups.clear();
    const made = this.#gpu.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: dispatch.bindings.map(({ storage, offset, elements }, binding) => ({
        binding,
        resource: { buffer: buffers[binding]!, offset: (rootOf(storage).offset + offset) * 4, size: elements * 4 },
      })),
    });
    groups.set(key, made);
    return made;
  }

  async #fetch(outputs: readonly (readonly [string, Storage])[]): Promise<Map<string, ArrayBuffer>> {
    if (outputs.length === 0) return new Map();
    const data = await this.#gpu.download(
      outputs.map(([, storage]) => ({ buffer: this.#fixed.get(storage)!, bytes: storage.elements * 4 })),
    );
    return new Map(outputs.map(([name], index) => [name, data[index]!]));
  }

  times(program: string): KernelTime[] {
    return this.#timestamps?.times(program) ?? [];
  }

  release(): void {
    this.#release();
    for (const [storage, buffer] of this.#fixed) if (storage.role !== 'workspace') this.#gpu.giveBack(buffer);
    this.#fixed.clear();
    this.#timestamps?.destroy();
  }
}
