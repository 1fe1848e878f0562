/** A model ready to use: its shape, parameters, tokenizer and task. */
import { lookUp, UserError } from '../core/errors.ts';
import type { Sample, TaskName } from '../core/contracts.ts';
import type { Rng } from '../core/rng.ts';
import { loadTokenizer, matchTensors, readCheckpoint, readConfig, type Tokenizer } from '../engine/index.ts';
import type { HostTensor, ModelConfig } from './contracts.ts';
import { initialTensors, tensorShapes, type Parameter } from './parameters.ts';
import { robertaParameters, type RobertaShape } from './models/roberta.ts';
import { robertaShapeOf } from './models/roberta-config.ts';
import { makeRow } from './rows.ts';
import type { ModelInput, Task } from './task.ts';
import { tasks } from './tasks/index.ts';

export interface Model {
  readonly config: ModelConfig;
  readonly shape: RobertaShape;
  /** Encoder first, head last: the order of the flat vector. */
  readonly parameters: readonly Parameter[];
  readonly tokenizer: Tokenizer;
  readonly task: Task;
}

const sizes = {
  tiny: { layers: 2, width: 64, heads: 2, feedForward: 256 },
  mini: { layers: 4, width: 256, heads: 4, feedForward: 1024 },
  base: { layers: 12, width: 768, heads: 12, feedForward: 3072 },
} as const;

export function openModel(config: ModelConfig, taskName: TaskName): Model {
  const task = lookUp(tasks, taskName, 'task');
  const tokenizer = tokenizerOf(config.tokenizer);
  const folder = weightsFolder(config);
  const expected = {
    ...sizes[config.size],
    vocabulary: tokenizer.vocabularySize,
    positions: config.maxTokens + 2,
    types: 1,
    epsilon: 1e-5,
  };
  const shape = folder === null ? expected : robertaShapeOf(readConfig(folder), { folder, size: config.size, expected });
  const parameters = [...robertaParameters(shape, tokenizer.special.pad), ...task.head(shape.width)];
  return { config, shape, parameters, tokenizer, task };
}

const tokenizers = new Map<string, Tokenizer>();

/** Loading one takes longer than scoring a test set with a small model, and every stage of a run needs the same one. */
function tokenizerOf(spec: string): Tokenizer {
  const tokenizer = tokenizers.get(spec) ?? loadTokenizer(spec);
  tokenizers.set(spec, tokenizer);
  return tokenizer;
}

function weightsFolder({ weights }: ModelConfig): string | null {
  if (weights === 'scratch') return null;
  if (weights.startsWith('file:')) return weights.slice('file:'.length);
  throw new UserError('weights', `found “${weights}”`, '“scratch”, or “file:DIR” with config.json and model.safetensors');
}

/** Parameters before training: drawn, or read with the head drawn. */
export function startingTensors({ config, parameters, task, shape }: Model, rng: Rng): ReadonlyMap<string, HostTensor> {
  const drawn = initialTensors(parameters, rng);
  const folder = weightsFolder(config);
  if (folder === null) return drawn;
  const head = new Set(tensorShapes(task.head(shape.width)).keys());
  const wanted = new Map([...tensorShapes(parameters)].filter(([name]) => !head.has(name)));
  const { tensors } = readCheckpoint(folder);
  const read = matchTensors(withoutPrefix(wanted), tensors, {
    place: folder,
    prefixes: ['encoder.', 'roberta.', ''],
    ignore: ['pooler.', 'lm_head.', 'classifier.', 'embeddings.position_ids'],
  });
  return new Map([...drawn].map(([name, tensor]) => [name, read.get(name.replace(/^encoder\./, '')) ?? tensor]));
}

const withoutPrefix = <T>(tensors: ReadonlyMap<string, T>): Map<string, T> =>
  new Map([...tensors].map(([name, value]) => [name.replace(/^encoder\./, ''), value]));

/** What a model reads of each sample. */
export function inputsOf(model: Model, samples: readonly Sample[]): ModelInput[] {
  const encoded = new Map<readonly string[], number[]>();
  return samples.map((sample) =>
    model.task.words(sample).map((words, row) => {
      // Samples share functions: a pair list names each of them many times.
      const known = encoded.get(words);
      if (known !== undefined) return known;
      const ids = rowOf(model, words, row, new Map());
      encoded.set(words, ids);
      return ids;
    }),
  );
}

/**
 * A row of sub-tokens: its words, cut to the row's limit.
 * @param row its place in a `ModelInput`
 * @param spelled word index -> the ids that stand for this word instead of its own sub-tokens
 */
export function rowOf(
  { config, tokenizer, task }: Pick<Model, 'config' | 'tokenizer' | 'task'>,
  words: readonly string[],
  row: number,
  spelled: ReadonlyMap<number, readonly number[]>,
): number[] {
  const { ids, wordOf } = tokenizer.encodeWords(words);
  const spell = (id: number, piece: number): readonly number[] => {
    const given = spelled.get(wordOf[piece]!);
    if (given === undefined) return [id];
    return wordOf[piece - 1] === wordOf[piece] ? [] : given;
  };
  return makeRow(spelled.size === 0 ? ids : ids.flatMap(spell), tokenizer.special, task.limits(config.maxTokens)[row]!);
}
