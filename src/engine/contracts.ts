/** The nouns of the engine: tensors on a device, programs compiled once, the engine that runs them. */
import type * as tf from '@tensorflow/tfjs';

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** Names, shapes and types of a program's inputs or outputs. */
export type Signature<Name extends string = string> = Readonly<Record<Name, TensorSpec>>;

/** A tensor in the host's memory, row-major. */
export interface HostValue extends TensorSpec {
  readonly data: Float32Array | Int32Array;
}

/** A tensor where the engine keeps it. Opaque: only the engine that made it can read it. */
export interface DeviceTensor extends TensorSpec {
  /** Frees it now instead of at the next garbage collection; using it afterwards is an error. */
  dispose(): void;
}

/** A pure function of tensors, written with TensorFlow.js operations (and those of ops.ts). */
export interface ProgramSource<In extends string, Kept extends string, Host extends string> {
  /** For messages and profiles. */
  readonly name: string;
  readonly inputs: Signature<In>;
  /** Outputs that stay on the device, to go in again as they are. */
  readonly keep: readonly Kept[];
  /** Outputs that come back to the host. */
  readonly fetch: readonly Host[];
  readonly body: (inputs: Record<In, tf.Tensor>) => Record<Kept | Host, tf.Tensor>;
}

export type Inputs<In extends string> = Readonly<Record<In, DeviceTensor | HostValue>>;

export interface Program<In extends string, Kept extends string, Host extends string> {
  /** Nodes of the traced graph, before an engine's own fusions; `null` when the engine runs eagerly. */
  readonly nodeCount: number | null;
  /** Resolves as soon as the kept outputs can go into the next run; on a GPU the fetched ones come later. */
  start(inputs: Inputs<In>): Promise<{
    readonly kept: Readonly<Record<Kept, DeviceTensor>>;
    readonly fetched: Promise<Readonly<Record<Host, Float32Array>>>;
  }>;
  /** The same, all waited for. */
  run(inputs: Inputs<In>): Promise<{
    readonly kept: Readonly<Record<Kept, DeviceTensor>>;
    readonly fetched: Readonly<Record<Host, Float32Array>>;
  }>;
  /** Frees the compiled form. */
  release(): Promise<void>;
}

/** Time one kind of kernel took, summed over the calls since the engine was opened. */
export interface KernelTime {
  /** The program's name. */
  readonly program: string;
  /** Kernel and what tells it from others of its kind: operator, shape. */
  readonly kernel: string;
  readonly calls: number;
  readonly seconds: number;
}

export interface Engine {
  /** What computed and on which class of device, for keys and records: see `deviceClass`. */
  readonly device: string;
  /** The adapter as it calls itself, where there is a choice of adapters. */
  readonly adapter: string | null;
  /** Compiles once for the source's signature. */
  compile<In extends string, Kept extends string, Host extends string>(
    source: ProgramSource<In, Kept, Host>,
  ): Promise<Program<In, Kept, Host>>;
  upload(value: HostValue): Promise<DeviceTensor>;
  download(tensor: DeviceTensor): Promise<Float32Array>;
  /** Sub-tokens a batch of an inference program should have: enough to keep the device busy, little enough for caches and memory. */
  readonly batchTokens: number;
  /** Bytes that one program's tensors may take, state included. */
  readonly memoryBudget: number;
  /** Kernel times, longest first; empty unless the engine was opened with `profile`. */
  profile(): Promise<readonly KernelTime[]>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly device: 'cpu' | 'webgpu' | 'cuda';
  /** `traced`: programs compiled as a whole, by ONNX Runtime or, for WebGPU, by this project. */
  readonly engine: 'traced' | 'tfjs-node-gpu';
  /** Threads of the CPU device; default: one a core. */
  readonly threads?: number;
  /** Bytes that one program's tensors may take; default: of the host 60 % and 20 GiB at most, on WebGPU what the adapter gives. */
  readonly memory?: number;
  /** Measures every kernel, which slows programs down; default: no. */
  readonly profile?: boolean;
}
