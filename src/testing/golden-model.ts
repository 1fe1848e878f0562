/** The golden RoBERTa as a model of ours: shapes from its config.json, its tensors under our names, rows without padding. */
import type { DeviceTensor, Engine, HostValue } from '../engine/index.ts';
import { makeBatch, padRows, type HostTensor, type Model, type ModelInput, type TokenInput } from '../train/index.ts';
import { flatten } from '../train/parameters.ts';
import { robertaParameters } from '../train/models/roberta.ts';
import { robertaShapeOf } from '../train/models/roberta-config.ts';
import { defect } from '../train/tasks/defect.ts';
import type { Golden } from './golden.ts';

/** make_golden.py's special ids. */
const special = { cls: 0, pad: 1, sep: 2, mask: 3, unk: 4 };

export interface GoldenModel {
  readonly model: Model;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

export function goldenModel(golden: Golden): GoldenModel {
  const config = golden.config as Record<string, number>;
  const expected = {
    layers: config['num_hidden_layers']!,
    width: config['hidden_size']!,
    heads: config['num_attention_heads']!,
    feedForward: config['intermediate_size']!,
    vocabulary: config['vocab_size']!,
    positions: config['max_position_embeddings']!,
    types: config['type_vocab_size']!,
    epsilon: config['layer_norm_eps']!,
  };
  const shape = robertaShapeOf(config, { folder: golden.folder, size: 'tiny', expected });
  const maxTokens = golden.ids('ids').shape[1]!;
  const model: Model = {
    config: { name: 'roberta', size: 'tiny', weights: 'scratch', tokenizer: 'golden', maxTokens, comparedWith: null },
    shape,
    parameters: [...robertaParameters(shape, special.pad), ...defect.head(shape.width)],
    // The golden rows are ids already: only the special ids are read.
    tokenizer: { special, vocabularySize: shape.vocabulary } as unknown as Model['tokenizer'],
    task: defect,
  };
  const tensors = [...golden.weights].map(([name, tensor]) => [ourName(name), tensor] as const);
  return { model, tensors: new Map(tensors) };
}

const ourName = (name: string): string =>
  name.startsWith('head.defect.') ? name.replace('head.defect.', 'classifier.') : name.startsWith('head.') ? name : `encoder.${name}`;

/** The rows of an entry of ids [batch, tokens], padding cut off. */
export function rowsIn(golden: Golden, name: string): number[][] {
  const { data, shape } = golden.ids(name);
  const [batch, tokens] = shape as [number, number];
  return Array.from({ length: batch }, (_, r) => {
    const row = [...data.subarray(r * tokens, (r + 1) * tokens)];
    return row.slice(0, row.findLastIndex((id) => id !== special.pad) + 1);
  });
}

/** Weights of a head that no task of ours has yet, as inputs of a program. */
export function headWeights(golden: Golden, head: 'clone'): Record<'dense' | 'denseBias' | 'output' | 'outputBias', HostValue> {
  const value = (name: string): HostValue => {
    const { shape, data } = golden.weights.get(`head.${head}.${name}`)!;
    return { shape, data, dtype: 'float32' };
  };
  return {
    dense: value('dense.weight'),
    denseBias: value('dense.bias'),
    output: value('out_proj.weight'),
    outputBias: value('out_proj.bias'),
  };
}

/** What parity is measured on. */
export interface GoldenSubject extends GoldenModel {
  readonly engine: Engine;
  readonly golden: Golden;
}

export const goldenSubject = (engine: Engine, golden: Golden): GoldenSubject => ({ ...goldenModel(golden), engine, golden });

/** The golden rows as samples. */
export const samplesIn = (golden: Golden): ModelInput[] => rowsIn(golden, 'ids').map((row) => [row]);

/** Rows padded to the golden length. */
export const batchOf = ({ tokenizer, config }: Model, rows: readonly (readonly number[])[]): Readonly<Record<'ids' | 'mask', HostValue>> =>
  padRows(rows, config.maxTokens, tokenizer.special.pad);

/** The same of samples, as programs of the model's task read them. */
export const samplesOf = ({ task, tokenizer, config }: Model, inputs: readonly ModelInput[]): Readonly<Record<TokenInput, HostValue>> =>
  makeBatch(inputs, task, { batch: inputs.length, tokens: [config.maxTokens] }, tokenizer.special.pad);

export async function uploadTensors(engine: Engine, { parameters }: Model, tensors: GoldenModel['tensors']): Promise<DeviceTensor> {
  const data = flatten(parameters, tensors);
  return engine.upload({ shape: [data.length], dtype: 'float32', data });
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
