/** A golden model as a model of ours: shapes from its config.json, its tensors under our names, rows without padding. */
import type { DeviceTensor, Engine, HostValue } from '../engine/index.ts';
import { architectures, makeBatch, padRows, type HostTensor, type Model, type ModelInput, type TokenInput } from '../train/index.ts';
import { flatten } from '../train/parameters.ts';
import { clone } from '../train/tasks/clone.ts';
import { defect } from '../train/tasks/defect.ts';
import type { Golden } from './golden.ts';

/** make_golden.py's special ids. */
const specials = {
  roberta: { cls: 0, pad: 1, sep: 2, mask: 3, unk: 4 },
  t5: { cls: 1, pad: 0, sep: 2, mask: 3, unk: 4 },
  'gpt-bigcode': { cls: 1, pad: 0, sep: 2, mask: 3, unk: 4 },
} as const;

export interface GoldenModel {
  readonly model: Model;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

export function goldenModel(golden: Golden): GoldenModel {
  const { name } = golden;
  const special = specials[name];
  const { vocabulary, network: networkWith } = architectures[name].ofConfig(golden.config, `${golden.folder}/config.json`);
  const network = networkWith(special);
  const task = architectures[name].adapt(defect);
  const maxTokens = golden.ids('ids').shape[1]!;
  const model: Model = {
    config: { name, size: 'tiny', weights: 'scratch', tokenizer: 'golden', maxTokens, comparedWith: null },
    network,
    parameters: [...network.parameters, ...task.head(network.width)],
    // The golden rows are ids already: only the special ids are read.
    tokenizer: { special, vocabularySize: vocabulary } as unknown as Model['tokenizer'],
    task,
  };
  const tensors = [...golden.weights].map(([tensor, values]) => [ourName(tensor), values] as const);
  return { model, tensors: new Map(tensors) };
}

/** Heads of other tasks keep their names: no parameter is called so. */
function ourName(name: string): string {
  if (!name.startsWith('head.')) return `encoder.${name.replace(/^transformer\./, '')}`;
  const own = /^head\.defect\.(.*)$/.exec(name)?.[1];
  if (own === undefined) return name;
  return own.startsWith('score.') ? own : `classifier.${own}`;
}

/** The rows of an entry of ids [batch, tokens], padding cut off. */
export function rowsIn(golden: Golden, name: string): number[][] {
  const { data, shape } = golden.ids(name);
  const [batch, tokens] = shape as [number, number];
  return Array.from({ length: batch }, (_, r) => {
    const row = [...data.subarray(r * tokens, (r + 1) * tokens)];
    return row.slice(0, row.findLastIndex((id) => id !== specials[golden.name].pad) + 1);
  });
}

/** Weights of the pair head, which the model of the defect task lacks, by the keys of the task's parameters. */
export function pairHead(golden: Golden, { network }: Model) {
  const task = architectures[golden.name].adapt(clone);
  const values = task.head(network.width).map(({ key, tensors: [tensor] }): readonly [string, HostValue] => {
    const { shape, data } = golden.weights.get(`head.clone.${tensor!.replace('classifier.', '')}`)!;
    return [key, { shape, data, dtype: 'float32' }];
  });
  return { task, values: Object.fromEntries(values) };
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
export const batchOf = ({ network, config }: Model, rows: readonly (readonly number[])[]): Readonly<Record<'ids' | 'mask', HostValue>> =>
  padRows(rows, config.maxTokens, network);

/** The same of samples, as programs of the model's task read them. */
export const samplesOf = ({ task, network, config }: Model, inputs: readonly ModelInput[]): Readonly<Record<TokenInput, HostValue>> =>
  makeBatch(inputs, task, { batch: inputs.length, tokens: [config.maxTokens] }, network);

export async function uploadTensors(engine: Engine, { parameters }: Model, tensors: GoldenModel['tensors']): Promise<DeviceTensor> {
  const data = flatten(parameters, tensors);
  return engine.upload({ shape: [data.length], dtype: 'float32', data });
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
