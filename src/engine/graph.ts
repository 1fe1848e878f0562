/** A graph under construction: equal nodes are shared, small constants are pooled, what no output needs is dropped. */
import type { AttributeValue, ElementType, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './onnx.ts';

/** A value in the graph. `uniform` is set when every element is known to be that number. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly uniform?: number;
}

/** A finished graph: what is to be computed, in order, and the shape and type of every value by name. */
export interface Graph extends OnnxGraph {
  readonly values: ReadonlyMap<string, Value>;
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: string;
}

/** Constants up to this many bytes are looked up by content before a new one is made. */
const POOLED_BYTES = 4096;

export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #inputs: OnnxValue[] = [];
  readonly #shared = new Map<string, readonly Value[]>();
  readonly #values = new Map<string, Value>();
  #names = 0;

  input(name: string, type: ElementType, shape: readonly number[]): Value {
    const value = { name: `in:${name}`, type, shape };
    this.#inputs.push(value);
    return this.#known(value);
  }

  constant(type: ElementType, shape: readonly number[], raw: Uint8Array, uniform?: number): Value {
    const make = (): Value => {
      const name = this.#name();
      this.#constants.set(name, { name, type, shape, raw });
      return this.#known({ name, type, shape, ...(uniform === undefined ? {} : { uniform }) });
    };
    if (raw.length > POOLED_BYTES) return make();
    return this.#share(`constant ${type} ${shape.join()} ${Buffer.from(raw).toString('base64')}`, () => [make()])[0]!;
  }

  /** A list of integers as ONNX wants shapes and axes. */
  integers(values: readonly number[]): Value {
    return this.constant('int64', [values.length], rawBytes(values, 'int64'));
  }

  scalar(value: number, type: ElementType): Value {
    return this.constant(type, [], rawBytes([value], type), value);
  }

  node(opType: string, inputs: readonly Value[], shape: readonly number[], type: ElementType, options: NodeOptions = {}): Value {
    return this.nodes(opType, inputs, [{ shape, type }], options)[0]!;
  }

  /** A node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly Value[],
    outputs: readonly { readonly shape: readonly number[]; readonly type: ElementType }[],
    { attributes = {}, domain = '' }: NodeOptions = {},
  ): readonly Value[] {
    const identity = JSON.stringify([opType, domain, inputs.map(({ name }) => name), outputs, attributes]);
    return this.#share(identity, () => {
      const values = outputs.map(({ shape, type }) => this.#known({ name: this.#name(), shape, type }));
      this.#nodes.push({ opType, domain, inputs: inputs.map(({ name }) => name), outputs: values.map(({ name }) => name), attributes });
      return values;
    });
  }

  /** The graph, restricted to what the outputs need. An output is given its name by an `Identity`. */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    const named = Object.entries(outputs).map(([name, value]) => ({ name: `out:${name}`, value }));
    const identities = named.map(({ name, value }) => ({
      opType: 'Identity',
      domain: '',
      inputs: [value.name],
      outputs: [this.#known({ ...value, name }).name],
      attributes: {},
    }));
    const needed = new Set(named.map(({ value }) => value.name));
    const live: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      live.push(node);
      for (const name of node.inputs) needed.add(name);
    }
    return {
      nodes: [...live.reverse(), ...identities],
      constants: [...this.#constants.values()].filter(({ name }) => needed.has(name)),
      inputs: this.#inputs,
      outputs: named.map(({ name, value }) => ({ name, type: value.type, shape: value.shape })),
      values: this.#values,
    };
  }

  #known(value: Value): Value {
    this.#values.set(value.name, value);
    return value;
  }

  #share(identity: string, make: () => readonly Value[]): readonly Value[] {
    const known = this.#shared.get(identity);
    if (known !== undefined) return known;
    const made = make();
    this.#shared.set(identity, made);
    return made;
  }

  #name(): string {
    return `v${this.#names++}`;
  }
}

/** Numbers as ONNX stores them. */
export function rawBytes(numbers: readonly number[], type: ElementType): Uint8Array {
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(numbers).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(numbers).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
    case 'bool':
      return Uint8Array.from(numbers);
  }
}
