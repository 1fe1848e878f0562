/** ONNX's file format: the handful of messages a traced program needs, written with protobufjs. */
import protobuf from 'protobufjs';

/** ONNX element types used here (TensorProto.DataType). */
export const elementType = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementType;

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly opType: string;
  /** Empty for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Integers, integer lists and strings as they are; a float attribute as `{ float }`. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly raw: Uint8Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const field = (id: number, type: string, rule?: 'repeated'): protobuf.IField => ({ id, type, ...(rule === undefined ? {} : { rule }) });

// Field numbers of onnx.proto (ONNX IR version 9).
const schema = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: field(1, 'int64'),
        producer: field(2, 'string'),
        graph: field(7, 'Graph'),
        opsets: field(8, 'Opset', 'repeated'),
      },
    },
    Opset: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    Graph: {
      fields: {
        node: field(1, 'Node', 'repeated'),
        name: field(2, 'string'),
        initializer: field(5, 'Tensor', 'repeated'),
        input: field(11, 'ValueInfo', 'repeated'),
        output: field(12, 'ValueInfo', 'repeated'),
      },
    },
    Node: {
      fields: {
        input: field(1, 'string', 'repeated'),
        output: field(2, 'string', 'repeated'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: field(5, 'Attribute', 'repeated'),
        domain: field(7, 'string'),
      },
    },
    Attribute: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        ints: field(8, 'int64', 'repeated'),
        type: field(20, 'int32'),
      },
    },
    Tensor: {
      fields: { dims: field(1, 'int64', 'repeated'), dataType: field(2, 'int32'), name: field(8, 'string'), rawData: field(9, 'bytes') },
    },
    ValueInfo: { fields: { name: field(1, 'string'), type: field(2, 'Type') } },
    Type: { fields: { tensor: field(1, 'TensorType') } },
    TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'Shape') } },
    Shape: { fields: { dim: field(1, 'Dimension', 'repeated') } },
    Dimension: { fields: { dimValue: field(1, 'int64') } },
  },
}).lookupType('Model');

/** Opset 20: the first with `Gelu`; `com.microsoft` for ONNX Runtime's fused kernels. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const model = {
    irVersion: 9,
    producer: 'elibadcode',
    opsets: [
      { domain: '', version: 20 },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'program',
      node: graph.nodes.map(({ opType, domain, inputs, outputs, attributes }, index) => ({
        name: `${opType}_${index}`,
        opType,
        domain,
        input: inputs,
        output: outputs,
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeFields(value) })),
      })),
      initializer: graph.constants.map(({ name, type, shape, raw }) => ({ name, dims: shape, dataType: elementType[type], rawData: raw })),
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
    },
  };
  return schema.encode(schema.fromObject(model)).finish();
}

function attributeFields(value: AttributeValue): object {
  if (typeof value === 'number') return { type: 2, i: value };
  if (typeof value === 'string') return { type: 3, s: new TextEncoder().encode(value) };
  if ('float' in value) return { type: 1, f: value.float };
  return { type: 7, ints: value };
}

function valueInfo({ name, type, shape }: OnnxValue): object {
  return { name, type: { tensor: { elemType: elementType[type], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } } };
}
