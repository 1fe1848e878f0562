/** The GPU through Dawn, WebGPU's native implementation: adapter, device, buffers that are used again. */
import { create, globals } from 'webgpu';
import { UserError } from '../../core/errors.ts';

/**
 * Every index a kernel computes is checked against the shapes when the kernel is written, so Dawn's own clamping of each access is
 * left out, as is the zeroing of workgroup memory that is written before it is read.
 */
const DAWN_OPTIONS = [
  'enable-dawn-features=allow_unsafe_apis,disable_robustness,disable_workgroup_init',
  'disable-dawn-features=timestamp_quantization',
];

const HELP =
  'a GPU with a Vulkan driver and its loader (Debian: libvulkan1, and the driver’s own ICD file; VK_DRIVER_FILES names it where it is not found); `elibadcode doctor` shows what is found';

/** Storage buffers a kernel may use. */
const BUFFERS_A_KERNEL = 10;
const GIB = 2 ** 30;

interface SharedBuffer {
  readonly buffer: GPUBuffer;
  /** Programs that use it. */
  users: number;
}

export class GpuDevice {
  readonly device: GPUDevice;
  /** Dawn ends when this is collected. */
  readonly gpu: GPU;
  /** What the adapter calls itself. */
  readonly name: string;
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #shared: SharedBuffer[] = [];

  readonly #ids = new WeakMap<GPUBuffer, number>();
  #nextId = 0;
  /** The first error that no call could throw. */
  #error: string | null = null;

  private constructor(gpu: GPU, adapter: GPUAdapter, device: GPUDevice) {
    this.gpu = gpu;
    this.device = device;
    device.addEventListener('uncapturederror', ({ error }) => (this.#error ??= error.message));
    void device.lost.then(({ reason, message }) => {
      if (reason !== 'destroyed') this.#error ??= `the device was lost: ${message}`;
    });
    const { vendor, device: model, description } = adapter.info;
    this.name = [vendor, model, description].filter((part) => part !== '').join(', ');
  }

  static async open(profile: boolean): Promise<GpuDevice> {
    // Constants and classes such as GPUBufferUsage are globals in the standard.
    Object.assign(globalThis, globals);
    const gpu = create(DAWN_OPTIONS);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) throw new UserError('--device webgpu', 'no adapter: Dawn found no usable GPU', HELP);
    if (adapter.limits.maxStorageBuffersPerShaderStage < BUFFERS_A_KERNEL) {
      throw new UserError('--device webgpu', `the adapter binds ${adapter.limits.maxStorageBuffersPerShaderStage} buffers a kernel`, HELP);
    }
    if (profile && !adapter.features.has('timestamp-query')) {
      throw new UserError('profile', 'this adapter measures no times', 'another adapter, or no profile');
    }
    const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize, maxStorageBuffersPerShaderStage } = adapter.limits;
    const device = await adapter.requestDevice({
      requiredFeatures: profile ? ['timestamp-query'] : [],
      requiredLimits: {
        maxBufferSize,
        maxStorageBufferBindingSize,
        maxComputeWorkgroupStorageSize,
        maxStorageBuffersPerShaderStage,
        minStorageBufferOffsetAlignment: adapter.limits.minStorageBufferOffsetAlignment,
      },
    });
    return new GpuDevice(gpu, adapter, device);
  }

  /** Bytes at a multiple of which a view of a buffer may begin. */
  get alignment(): number {
    return this.device.limits.minStorageBufferOffsetAlignment;
  }

  /** A buffer of its own, perhaps one that was given back. */
  async take(bytes: number): Promise<GPUBuffer> {
    return this.#free.get(bytes)?.pop() ?? (await this.#create(bytes, 'a tensor'));
  }

  giveBack(buffer: GPUBuffer): void {
    const known = this.#free.get(buffer.size);
    if (known === undefined) this.#free.set(buffer.size, [buffer]);
    else known.push(buffer);
  }

  /** Working memory that programs share, since they run one after the other: one buffer of at least each size. */
  async share(sizes: readonly number[]): Promise<{ readonly buffers: readonly GPUBuffer[]; readonly release: () => void }> {
    const taken = new Set<SharedBuffer>();
    const chosen = new Map<number, GPUBuffer>();
    const order = sizes.map((size, index) => ({ size, index })).toSorted((a, b) => b.size - a.size);
    for (const { size, index } of order) {
      const fitting = this.#shared.filter((entry) => !taken.has(entry) && entry.buffer.size >= size);
      let entry = fitting.length === 0 ? undefined : fitting.reduce((a, b) => (b.buffer.size < a.buffer.size ? b : a));
      if (entry === undefined) {
        entry = { buffer: await this.#create(size, 'working memory'), users: 0 };
        this.#shared.push(entry);
      }
      entry.users += 1;
      taken.add(entry);
      chosen.set(index, entry.buffer);
    }
    return {
      buffers: sizes.map((_, index) => chosen.get(index)!),
      release: () => {
        for (const entry of taken) {
          entry.users -= 1;
          if (entry.users > 0) continue;
          entry.buffer.destroy();
          this.#shared.splice(this.#shared.indexOf(entry), 1);
        }
        taken.clear();
      },
    };
  }

  async #create(bytes: number, what: string): Promise<GPUBuffer> {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) throw tooLarge(what, bytes, `a buffer holds ${(most / GIB).toFixed(2)} GiB on this adapter`);
    this.device.pushErrorScope('out-of-memory');
    const buffer = this.device.createBuffer({
      size: bytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
    const error = await this.device.popErrorScope();
    if (error !== null) throw tooLarge(what, bytes, error.message.split('\n')[0]!);
    return buffer;
  }

  upload(buffer: GPUBuffer, data: Float32Array | Int32Array, offset = 0): void {
    this.device.queue.writeBuffer(buffer, offset, data);
  }

  /** The first bytes of each buffer, on the host; waits for the GPU. */
  async download(parts: readonly { readonly buffer: GPUBuffer; readonly bytes: number }[]): Promise<ArrayBuffer[]> {
    const size = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const staging = this.device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = this.device.createCommandEncoder();
    const starts: number[] = [];
    let end = 0;
    for (const { buffer, bytes } of parts) {
      encoder.copyBufferToBuffer(buffer, 0, staging, end, bytes);
      starts.push(end);
      end += bytes;
    }
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const whole = staging.getMappedRange();
    const copies = parts.map(({ bytes }, index) => whole.slice(starts[index], starts[index]! + bytes));
    staging.destroy();
    if (this.#error !== null) throw new Error(`the GPU reports: ${this.#error}`);
    return copies;
  }

  /** A number for each buffer, to know it by. */
  idOf(buffer: GPUBuffer): number {
    let id = this.#ids.get(buffer);
    if (id === undefined) {
      id = this.#nextId++;
      this.#ids.set(buffer, id);
    }
    return id;
  }

  close(): void {
    for (const { buffer } of this.#shared.splice(0)) buffer.destroy();
    for (const buffers of this.#free.values()) for (const buffer of buffers) buffer.destroy();
    this.#free.clear();
    this.device.destroy();
  }
}

function tooLarge(what: string, bytes: number, reason: string): UserError {
  return new UserError(
    '--device webgpu',
    `${what} of ${(bytes / GIB).toFixed(2)} GiB cannot be had: ${reason}`,
    'smaller batches, or a GPU with more memory',
  );
}
