/** T5's parameters with Hugging Face's names, and their initial values (victims-and-data.md 4.4). */
import type { Initial, Parameter } from '../parameters.ts';
import type { T5Shape } from './t5-config.ts';

/** In the order of the flat vector. Keys and values lie side by side: they are used as one product. */
export function t5Parameters(shape: T5Shape): Parameter[] {
  const { width, heads, headWidth, feedForward, positions, vocabulary, layers } = shape;
  const inner = heads * headWidth;
  const normal = (features: number): Initial => ({ kind: 'normal', deviation: features ** -0.5 });
  const matrix = (key: string, tensors: readonly string[], rows: number, columns: number, initial: Initial): Parameter => {
    return { key, tensors: tensors.map((name) => `encoder.${name}.weight`), shape: [rows * tensors.length, columns], initial };
  };
  const norm = (key: string, name: string): Parameter => {
    return { key, tensors: [`encoder.${name}.weight`], shape: [width], initial: { kind: 'constant', value: 1 } };
  };
  /** A sub-layer's norm and its attention; `prefix` of the keys. */
  const attention = (prefix: string, layer: string, name: string): Parameter[] => [
    norm(`${prefix}Norm`, `${layer}.layer_norm`),
    // Their product is what attention reads: without a factor 1/√D there, it stands in the queries' values.
    matrix(`${prefix}.q`, [`${layer}.${name}.q`], inner, width, normal(width * headWidth)),
    matrix(`${prefix}.kv`, [`${layer}.${name}.k`, `${layer}.${name}.v`], inner, width, normal(width)),
    matrix(`${prefix}.o`, [`${layer}.${name}.o`], width, inner, normal(inner)),
  ];
  const feed = (key: string, layer: string): Parameter[] => [
    norm(`${key}.feedNorm`, `${layer}.layer_norm`),
    matrix(`${key}.up`, [`${layer}.DenseReluDense.wi`], feedForward, width, normal(width)),
    matrix(`${key}.down`, [`${layer}.DenseReluDense.wo`], width, feedForward, normal(feedForward)),
  ];
  const stack = (side: 'encoder' | 'decoder'): Parameter[] => {
    const bias = `${side}.block.0.layer.0.SelfAttention.relative_attention_bias`;
    const blocks = Array.from({ length: layers }, (_, index) => {
      const [key, block] = [`${side}.${index}`, `${side}.block.${index}`];
      const self = attention(`${key}.self`, `${block}.layer.0`, 'SelfAttention');
      if (side === 'encoder') return [...self, ...feed(key, `${block}.layer.1`)];
      return [...self, ...attention(`${key}.cross`, `${block}.layer.1`, 'EncDecAttention'), ...feed(key, `${block}.layer.2`)];
    });
    return [
      matrix(`${side}.bias`, [bias], positions.buckets, heads, normal(width)),
      ...blocks.flat(),
      norm(`${side}.norm`, `${side}.final_layer_norm`),
    ];
  };
  const words = matrix('words', ['shared'], vocabulary, width, { kind: 'normal', deviation: 1 });
  return [words, ...stack('encoder'), ...stack('decoder')];
}
