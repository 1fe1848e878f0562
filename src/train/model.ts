/** A model ready to use: its shape, parameters, tokenizer and task. */
import { join } from 'node:path';
import { z } from 'zod';
import { lookUp, UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import { isPretrained, pretrainedFolder } from '../core/models-folder.ts';
import type { Sample, TaskName } from '../core/contracts.ts';
import type { Rng } from '../core/rng.ts';
import { loadTokenizer, matchTensors, readCheckpoint, readConfig, type Tokenizer } from '../engine/index.ts';
import type { HostTensor, ModelConfig, WordChange } from './contracts.ts';
import { initialTensors, tensorShapes, type Parameter } from './parameters.ts';
import type { Architecture, Measures } from './architecture.ts';
import { architectures } from './models/index.ts';
import type { Network } from './network.ts';
import { makeRow } from './rows.ts';
import type { ModelInput, Task } from './task.ts';
import { tasks } from './tasks/index.ts';

export interface Model {
  readonly config: ModelConfig;
  readonly network: Network;
  /** Encoder first, head last: the order of the flat vector. */
  readonly parameters: readonly Parameter[];
  readonly tokenizer: Tokenizer;
  readonly task: Task;
}

export function openModel(config: ModelConfig, taskName: TaskName): Model {
  const architecture = lookUp(architectures, config.name, 'model');
  const task = architecture.adapt(lookUp(tasks, taskName, 'task'));
  const tokenizer = tokenizerOf(config.tokenizer);
  const folder = weightsFolder(config);
  if (folder !== null && isPretrained(config.weights)) checkTokenizer(folder, tokenizer);
  const measures = measuresOf(config, architecture, folder, { vocabulary: tokenizer.vocabularySize, maxTokens: config.maxTokens });
  const network = measures.network(tokenizer.special);
  return { config, network, parameters: [...network.parameters, ...task.head(network.width)], tokenizer, task };
}

type Rows = Pick<Measures, 'vocabulary' | 'maxTokens'>;

function measuresOf({ size: name }: ModelConfig, architecture: Architecture, folder: string | null, rows: Rows): Measures {
  if (name === 'as-saved') return savedMeasures(folder, architecture, rows);
  const wanted = { ...rows, size: lookUp(architecture.sizes, name, 'size') };
  return folder === null ? architecture.ofSize(wanted) : measuresIn(folder, architecture, name, wanted);
}

/** Whatever the folder's config.json says, as long as the tokenizer's words have rows and rows have positions. */
function savedMeasures(folder: string | null, architecture: Architecture, { vocabulary, maxTokens }: Rows): Measures {
  if (folder === null) throw new UserError('size', '“as-saved” without weights', 'weights: “file:DIR”');
  const place = `${folder}/config.json`;
  const found = architecture.ofConfig(readConfig(folder), place);
  if (found.vocabulary < vocabulary) {
    throw new UserError(place, `vocab_size ${found.vocabulary}, and a tokenizer of ${vocabulary} words`, `at least ${vocabulary}`);
  }
  if (found.maxTokens < maxTokens) {
    throw new UserError(place, `positions for ${found.maxTokens} tokens`, `rows of at most ${found.maxTokens}`);
  }
  return found;
}

/** A folder of another size than the experiment asks for, or too short for its rows, is refused. */
function measuresIn(folder: string, architecture: Architecture, size: string, wanted: Omit<Measures, 'network'>): Measures {
  const place = `${folder}/config.json`;
  const found = architecture.ofConfig(readConfig(folder), place);
  const numbers = ({ size: own, vocabulary }: Omit<Measures, 'network'>) => Object.entries({ ...own, vocabulary });
  const others = new Map(numbers(found));
  const fits = (name: string, value: number): boolean => {
    const spare = (others.get(name) ?? 0) - value;
    return spare === 0 || (name === 'vocabulary' && spare > 0 && spare <= architecture.spareWords);
  };
  const different = numbers(wanted).filter(([name, value]) => !fits(name, value));
  if (different.length > 0) {
    const list = (values: readonly (readonly [string, number | undefined])[]): string =>
      values.map(([name, value]) => `${name} ${value}`).join(', ');
    const instead = different.map(([name]) => [name, others.get(name)] as const);
    throw new UserError(place, `it has ${list(instead)}`, `${list(different)} (size “${size}” and the tokenizer asked for)`);
  }
  if (found.maxTokens < wanted.maxTokens) {
    throw new UserError(place, `positions for ${found.maxTokens} tokens`, `maxTokens ≤ ${found.maxTokens}`);
  }
  return found;
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
  if (isPretrained(weights)) return pretrainedFolder(weights);
  throw new UserError(
    'weights',
    `found “${weights}”`,
    '“scratch”, “pretrained:NAME”, or “file:DIR” with config.json and model.safetensors',
  );
}

const card = z.looseObject({ tokenizerDigest: z.string() });

/** A stand-in says which tokenizer its rows were made by: with another of the same size its words would be other words. */
function checkTokenizer(folder: string, { name, digest }: Tokenizer): void {
  const place = join(folder, 'card.json');
  const parsed = card.safeParse(readJson(place));
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), 'the card that “elibadcode pretrain” wrote');
  if (parsed.data.tokenizerDigest !== digest) throw new UserError('tokenizer', `“${name}” is not the one of ${folder}`, 'that one');
}

/** Parameters before training: drawn, or read with the head drawn. */
export function startingTensors({ config, parameters, task, network }: Model, rng: Rng): ReadonlyMap<string, HostTensor> {
  const drawn = initialTensors(parameters, rng);
  const folder = weightsFolder(config);
  if (folder === null) return drawn;
  const head = new Set(tensorShapes(task.head(network.width)).keys());
  const wanted = new Map([...tensorShapes(parameters)].filter(([name]) => !head.has(name)));
  const { tensors } = readCheckpoint(folder);
  const read = matchTensors(withoutPrefix(wanted), tensors, {
    place: folder,
    ...lookUp(architectures, config.name, 'model').checkpoint,
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

/** The sample's input with words left out or read as other sub-tokens; what is left is tokenised as if the words had never been there. */
export function changedInput(model: Model, sample: Sample, input: ModelInput, changes: readonly WordChange[]): ModelInput {
  const words = model.task.words(sample);
  return input.map((row, place) => {
    const own = changes.filter(({ program }) => program === place);
    if (own.length === 0) return row;
    const ids = new Map(own.map((change) => [change.word, change.ids]));
    const left = [...words[place]!.keys()].filter((word) => ids.get(word)?.length !== 0);
    const spelled = left.flatMap((word, index) => (ids.has(word) ? [[index, ids.get(word)!] as const] : []));
    return rowOf(
      model,
      left.map((word) => words[place]![word]!),
      place,
      new Map(spelled),
    );
  });
}
