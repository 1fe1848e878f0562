/** GPT-BigCode's parameters with Hugging Face's names, and their initial values. */
import type { Initial, Parameter } from '../parameters.ts';
import type { GptBigCodeShape } from './gpt-bigcode-config.ts';

const zeros: Initial = { kind: 'constant', value: 0 };
const ones: Initial = { kind: 'constant', value: 1 };

/** In the order of the flat vector. */
export function gptBigCodeParameters({ layers, width, heads, feedForward, vocabulary, positions }: GptBigCodeShape): Parameter[] {
  // Hugging Face's 0.02 belongs to 768 features (roberta.ts); what is added to the residual is smaller the more layers add to it.
  const deviation = 0.02 * Math.sqrt(768 / width);
  const normal: Initial = { kind: 'normal', deviation };
  const added: Initial = { kind: 'normal', deviation: deviation / Math.sqrt(2 * layers) };
  const table = (key: string, name: string, rows: number): Parameter => ({
    ...{ key, tensors: [`encoder.${name}.weight`], shape: [rows, width], initial: normal },
  });
  const norm = (key: string, name: string): Parameter[] => [
    { key: `${key}.scale`, tensors: [`encoder.${name}.weight`], shape: [width], initial: ones },
    { key: `${key}.bias`, tensors: [`encoder.${name}.bias`], shape: [width], initial: zeros },
  ];
  const dense = (key: string, name: string, inputs: number, outputs: number, initial: Initial): Parameter[] => [
    { key: `${key}.weight`, tensors: [`encoder.${name}.weight`], shape: [outputs, inputs], initial },
    { key: `${key}.bias`, tensors: [`encoder.${name}.bias`], shape: [outputs], initial: zeros },
  ];
  return [
    table('words', 'wte', vocabulary),
    table('positions', 'wpe', positions),
    ...Array.from({ length: layers }, (_, index) => [
      ...norm(`${index}.attentionNorm`, `h.${index}.ln_1`),
      // All heads' queries, then the one key and the one value.
      ...dense(`${index}.qkv`, `h.${index}.attn.c_attn`, width, width + (2 * width) / heads, normal),
      ...dense(`${index}.attention`, `h.${index}.attn.c_proj`, width, width, added),
      ...norm(`${index}.feedNorm`, `h.${index}.ln_2`),
      ...dense(`${index}.up`, `h.${index}.mlp.c_fc`, width, feedForward, normal),
      ...dense(`${index}.down`, `h.${index}.mlp.c_proj`, feedForward, width, added),
    ]).flat(),
    ...norm('norm', 'ln_f'),
  ];
}
