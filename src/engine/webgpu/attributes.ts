/** A node's attributes, read as what they must be. */
import type { AttributeValue, OnnxNode } from '../onnx.ts';

export const integerOf = (node: OnnxNode, name: string, otherwise: number): number => {
  const value: AttributeValue | undefined = node.attributes[name];
  if (value === undefined) return otherwise;
  if (typeof value !== 'number') throw new Error(`${node.opType}: ${name} must be a whole number`);
  return value;
};

export const floatOf = (node: OnnxNode, name: string, otherwise: number): number => {
  const value = node.attributes[name];
  if (value === undefined) return otherwise;
  if (typeof value !== 'object' || !('float' in value)) throw new Error(`${node.opType}: ${name} must be a float`);
  return value.float;
};
