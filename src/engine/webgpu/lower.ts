/** From a traced graph to GPU work: what is element-wise is computed inside the kernels that read it, the rest becomes launches. */
import type { Graph } from '../graph.ts';
import type { OnnxNode, OnnxTensor } from '../onnx.ts';
import { operators } from './elementwise.ts';
import type { Dispatch } from './kernel.ts';
import { evaluate } from './move.ts';
import type { LoweringContext, Work } from './lowering-context.ts';
import { lowerings } from './operators.ts';
import { costOf, literal, scalarOf, sizeOf, sourcesOf, type Lazy, type Scalar, type Storage, type Stored, type Tensor } from './tensor.ts';

export interface LoweredProgram {
  readonly work: readonly Work[];
  readonly inputs: ReadonlyMap<string, Storage>;
  readonly outputs: ReadonlyMap<string, Storage>;
  readonly constants: readonly { readonly storage: Storage; readonly data: Float32Array | Int32Array }[];
  readonly storages: readonly Storage[];
}

/** Buffers a kernel reads at most; WebGPU promises 8 with the one it writes, every device seen has 10 or more. */
const MOST_SOURCES = 7;
/** A value with several readers is computed by each of them when that costs less than storing it. */
const CHEAP = 2;
const MOST_OPERATIONS = 60;

/** @param alignment elements that a view's place in its storage must be a multiple of */
export function lower(graph: Graph, fetched: ReadonlySet<string>, alignment: number): LoweredProgram {
  return new Lowering(graph, fetched, alignment).program();
}

class Lowering implements LoweringContext {
  readonly #graph: Graph;
  readonly #fetched: ReadonlySet<string>;
  readonly #alignment: number;
  readonly #tensors = new Map<string, Tensor>();
  readonly #uses = new Map<string, number>();
  readonly #storages: Storage[] = [];
  readonly #work: Work[] = [];
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #constantStorages: { storage: Storage; data: Float32Array | Int32Array }[] = [];
  readonly #inputs = new Map<string, Storage>();
  readonly #outputs = new Map<string, Storage>();
  /** What a value became when it was stored. */
  readonly #stored = new Map<Tensor, Stored>();
  readonly #aligned = new Map<string, Stored>();

  constructor(graph: Graph, fetched: ReadonlySet<string>, alignment: number) {
    this.#graph = graph;
    this.#fetched = fetched;
    this.#alignment = alignment;
  }

  program(): LoweredProgram {
    for (const constant of this.#graph.constants) this.#constants.set(constant.name, constant);
    for (const { inputs } of this.#graph.nodes) for (const name of inputs) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    for (const { name, type, shape } of this.#graph.inputs) {
      const stored = this.make(shape, scalarOf(type), 'input');
      this.#inputs.set(name, stored.storage);
      this.#tensors.set(name, stored);
    }
    for (const node of this.#graph.nodes) {
      if (node.outputs[0]!.startsWith('out:')) this.#output(node.outputs[0]!, this.tensor(node.inputs[0]!));
      else this.#node(node);
    }
    return {
      work: this.#work,
      inputs: this.#inputs,
      outputs: this.#outputs,
      constants: this.#constantStorages,
      storages: this.#storages,
    };
  }

  #node(node: OnnxNode): void {
    const outputs = node.outputs.map((name) => this.#graph.values.get(name)!);
    const isElementwise = Object.hasOwn(operators, node.opType) && node.opType !== 'Reshape';
    const results = isElementwise
      ? [this.#elementwise(node, outputs[0]!.shape, scalarOf(outputs[0]!.type))]
      : this.#operator(node)(this, node, outputs);
    results.forEach((tensor, index) => this.#tensors.set(node.outputs[index]!, this.#settle(tensor, node.outputs[index]!)));
  }

  #operator(node: OnnxNode): (typeof lowerings)[string] {
    const lowering = lowerings[node.opType];
    if (lowering === undefined) throw new Error(`the operator ${node.opType} has no GPU kernel`);
    return lowering;
  }

  /** Stores what several kernels would otherwise compute again at a price. */
  #settle(tensor: Tensor, name: string): Tensor {
    if (tensor.kind !== 'lazy') return tensor;
    const isShared = (this.#uses.get(name) ?? 0) > 1;
    const isCheap = costOf(tensor) <= CHEAP && sourcesOf(tensor).size <= 1;
    return (isShared && !isCheap) || costOf(tensor) > MOST_OPERATIONS ? this.store(tensor) : tensor;
  }

  #elementwise(node: OnnxNode, shape: readonly number[], scalar: Scalar): Tensor {
    const size = sizeOf(shape);
    const first = this.tensor(node.inputs[0]!);
    if (node.opType === 'Expand' && first.kind === 'literal') return literal(first.value, shape, first.scalar);
    if (node.opType === 'Cast' && first.kind === 'literal') return literal(first.value, shape, scalar);
    if (node.opType === 'Cast' && first.scalar === scalar) return first;
    const names = node.opType === 'Expand' ? node.inputs.slice(0, 1) : node.inputs;
    // What is repeated along an axis is computed once and read often.
    let args = names.map((name): Tensor => {
      const arg = this.tensor(name);
      const isRepeated = arg.kind !== 'literal' && arg.size !== size;
      return isRepeated || arg.kind === 'stored' ? this.store(arg) : (this.#stored.get(arg) ?? arg);
    });
    const sources = (): number => new Set(args.flatMap((arg) => [...sourcesOf(arg)])).size;
    while (sources() > MOST_SOURCES) {
      const widest = args.reduce((a, b) => (sourcesOf(b).size > sourcesOf(a).size ? b : a));
      if (widest.kind !== 'lazy') break;
      args = args.map((arg) => (arg === widest ? this.store(arg) : arg));
    }
    const lazy: Lazy = { kind: 'lazy', op: node.opType, args, shape, size, scalar };
    return lazy;
  }

  #output(name: string, tensor: Tensor): void {
    const role = this.#fetched.has(name) ? 'fetched' : 'kept';
    const stored = this.store(tensor);
    const { storage } = stored;
    if (storage.role === 'workspace' && stored.offset === 0 && storage.elements === tensor.size && storage.home === undefined) {
      storage.role = role;
      this.#outputs.set(name, storage);
      return;
    }
    const own = this.make(tensor.shape, tensor.scalar, role);
    this.copy(stored, own);
    this.#outputs.set(name, own.storage);
  }

  tensor(name: string): Tensor {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const constant = this.#constants.get(name);
    if (constant === undefined) throw new Error(`the value ${name} is used before it is made`);
    const made = this.#constant(constant);
    this.#tensors.set(name, made);
    return made;
  }

  #constant({ name, type, shape }: OnnxTensor): Tensor {
    const scalar = scalarOf(type);
    const numbers = this.numbers(name);
    if (numbers.length > 0 && numbers.every((number) => number === numbers[0])) return literal(numbers[0]!, shape, scalar);
    const stored = this.make(shape, scalar, 'constant');
    this.#constantStorages.push({
      storage: stored.storage,
      data: scalar === 'f32' ? Float32Array.from(numbers) : Int32Array.from(numbers),
    });
    return stored;
  }

  isConstant(name: string): boolean {
    return this.#constants.has(name);
  }

  /** The elements of a constant. */
  numbers(name: string): number[] {
    const constant = this.#constants.get(name);
    if (constant === undefined) throw new Error(`${name} must be a constant`);
    const { raw, type } = constant;
    const bytes = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength);
    switch (type) {
      case 'float32':
        return [...new Float32Array(bytes)];
      case 'int32':
        return [...new Int32Array(bytes)];
      case 'int64':
        return [...new BigInt64Array(bytes)].map(Number);
      case 'bool':
        return [...raw];
    }
  }

  make = (shape: readonly number[], scalar: Scalar = 'f32', role: Storage['role'] = 'workspace'): Stored => {
    const size = sizeOf(shape);
    const storage: Storage = { id: this.#storages.length, elements: size, role };
    this.#storages.push(storage);
    return { kind: 'stored', storage, offset: 0, shape, size, scalar };
  };

  /** The value in memory, at a place that a kernel can be given. */
  store(tensor: Tensor): Stored {
    if (tensor.kind === 'stored') return this.#align(tensor);
    const known = this.#stored.get(tensor);
    if (known !== undefined) return known;
    // Of a reshaped value, what is beneath is stored, for its other readers.
    if (tensor.kind === 'lazy' && tensor.op === 'Reshape') {
      const beneath = this.store(tensor.args[0]!);
      return { ...beneath, shape: tensor.shape };
    }
    const stored = this.make(tensor.shape, tensor.scalar);
    this.#stored.set(tensor, stored);
    this.#work.push(evaluate(tensor, stored));
    return stored;
  }

  /** Buffers are handed to kernels from aligned places on; a view elsewhere is copied once. */
  #align(tensor: Stored): Stored {
    if (tensor.offset % this.#alignment === 0) return tensor;
    const key = `${tensor.storage.id}+${tensor.offset}x${tensor.size}`;
    let moved = this.#aligned.get(key);
    if (moved === undefined) {
      moved = this.make(tensor.shape, tensor.scalar);
      this.copy(tensor, moved);
      this.#aligned.set(key, moved);
    }
    return { ...moved, shape: tensor.shape };
  }

  copy(from: Stored, to: Stored, toOffset = 0): void {
    this.#work.push({ kind: 'copy', from: from.storage, fromOffset: from.offset, to: to.storage, toOffset, elements: from.size });
  }

  clear(stored: Stored): void {
    this.#work.push({ kind: 'clear', storage: stored.storage });
  }

  push(...dispatches: readonly Dispatch[]): void {
    this.#work.push(...dispatches);
  }

  /** Whether no kernel so far has read it. */
  isUnread(storage: Storage): boolean {
    return !this.#work.some(
      (work) =>
        (work.kind === 'dispatch' && work.bindings.some((binding) => binding.storage === storage && binding.access === 'read')) ||
        (work.kind === 'copy' && work.from === storage),
    );
  }

  /** Whether `offset` may be the beginning of what a kernel writes. */
  isAligned(offset: number): boolean {
    return offset % this.#alignment === 0;
  }
}
