/**
 * Tracing: a TensorFlow.js backend whose kernels record ONNX nodes instead of computing. A program is run once on symbolic
 * tensors; gradients come from TensorFlow.js' own tape, so what is recorded is forward and backward pass alike.
 */
import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, rawBytes, type Graph, type Value } from './graph.ts';
import { fusedKernels, kernels, type Emitter } from './kernels.ts';
import type { Signature, TensorSpec } from './contracts.ts';

export const TRACE_BACKEND = 'elibadcode-trace';
/** Own kernels are registered under this prefix, so that they never meet a kernel of TensorFlow.js. */
export const FUSED_PREFIX = 'elibadcode:';

class TraceBackend extends tf.KernelBackend {
  graph = new GraphBuilder();
  values = new WeakMap<object, Value>();

  override numDataIds = (): number => 0;
  override floatPrecision = (): 32 => 32;
  override epsilon = (): number => 1e-7;
  override timerAvailable = (): boolean => false;
  override disposeData = (): boolean => true;
  override incRef = (): void => undefined;
  decRef = (): void => undefined;
  override refCount = (): number => 1;
  override memory = (): { unreliable: boolean } => ({ unreliable: true });

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype);
    return dataId;
  }

  /** TensorFlow.js hands over a constant. */
  override move(dataId: object, values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): void {
    if (values === null) return;
    const numbers = Array.from(values as ArrayLike<number>, Number);
    const uniform = numbers.every((number) => number === numbers[0]) ? numbers[0] : undefined;
    const type = elementTypeOf(dtype);
    this.values.set(dataId, this.graph.constant(type, shape, rawBytes(numbers, type), uniform));
  }

  traced(tensor: { dataId: object }): Value {
    const value = this.values.get(tensor.dataId);
    if (value === undefined) throw new Error('a tensor from outside the traced program was used in it; make it an input');
    return value;
  }

  tensorInfo(value: Value): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.type as tf.DataType };
  }
}

function elementTypeOf(dtype: tf.DataType): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Error(`programs compute with float32, int32 and bool; found ${dtype}`);
}

const backend = new TraceBackend();
tf.registerBackend(TRACE_BACKEND, () => backend, 0);

function register(kernelName: string, emit: Emitter): void {
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc({ inputs, attrs }) {
      const values = Object.fromEntries(
        Object.entries(inputs)
          .filter(([, input]) => (input as tf.TensorInfo | null | undefined) != null)
          .map(([name, input]) => [name, backend.traced(input as tf.TensorInfo)]),
      );
      const result = emit(backend.graph, values, attrs ?? {});
      return isList(result) ? result.map((value) => backend.tensorInfo(value)) : backend.tensorInfo(result);
    },
  });
}

const isList = (value: Value | readonly Value[]): value is readonly Value[] => Array.isArray(value);

for (const [name, emit] of Object.entries(kernels)) register(name, emit);
for (const [name, emit] of Object.entries(fusedKernels)) register(FUSED_PREFIX + name, emit);

export interface Trace {
  readonly graph: Graph;
  readonly outputs: Signature;
}

/** Records `program` for the given input shapes and types. Synchronous, so two traces never mix. */
export function trace(program: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>, inputs: Signature): Trace {
  // TensorFlow.js says `string`, and gives `undefined` before a first backend is set.
  const previous = tf.getBackend() as string | undefined;
  backend.graph = new GraphBuilder();
  backend.values = new WeakMap();
  void tf.setBackend(TRACE_BACKEND);
  // What TensorFlow.js registers on the way is forgotten at the end of the scope.
  tf.engine().startScope();
  try {
    const symbols = Object.entries(inputs).map(([name, { shape, dtype }]) => {
      const info = backend.tensorInfo(backend.graph.input(name, dtype, shape));
      return [name, tf.engine().makeTensorFromTensorInfo(info)] as const;
    });
    const values = Object.fromEntries(
      Object.entries(program(Object.fromEntries(symbols))).map(([name, tensor]) => [name, backend.traced(tensor)]),
    );
    const outputs = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, outputSpec(name, value)]));
    return { graph: backend.graph.finish(values), outputs };
  } finally {
    tf.engine().endScope();
    backend.graph = new GraphBuilder();
    if (previous !== undefined) void tf.setBackend(previous);
  }
}

function outputSpec(name: string, { shape, type }: Value): TensorSpec {
  if (type !== 'float32' && type !== 'int32') throw new Error(`output “${name}” is ${type}: cast it to float32 or int32`);
  return { shape, dtype: type };
}
