/**
 * A causal language model read from a folder: GPT-BigCode with the word table as its output's. Words with one and the same embedding, as those
 * are that a stand-in never read, are computed once and counted as many.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import { isPretrained, pretrainedFolder } from '../core/models-folder.ts';
import { loadTokenizer, matchTensors, readCheckpoint, type StoredTensor, type Tokenizer } from '../engine/index.ts';
import type { HostTensor } from './contracts.ts';
import { architectures } from './models/index.ts';
import type { Network } from './network.ts';
import { tensorShapes, type Parameter } from './parameters.ts';
import { compactParameters, compactTensors } from './vocabulary.ts';

export interface CausalModel {
  /** The folder, for messages. */
  readonly place: string;
  readonly tokenizer: Tokenizer;
  readonly maxTokens: number;
  /** On the different embeddings of the word table. */
  readonly network: Network;
  readonly parameters: readonly Parameter[];
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** Of each id, the number of its embedding. */
  readonly indexOf: readonly number[];
  /** Of each embedding, how many words have it. */
  readonly alike: readonly number[];
}

/** @param weights `pretrained:NAME`, or `file:DIR` */
export function readCausalModel(weights: string): CausalModel {
  const { folder, tokenizer } = placesOf(weights);
  const architecture = architectures['gpt-bigcode'];
  const { config, tensors: stored } = readCheckpoint(folder);
  const measures = architecture.ofConfig(config, join(folder, 'config.json'));
  if (measures.vocabulary < tokenizer.vocabularySize) {
    const words = `a word table of ${measures.vocabulary} rows, and a tokenizer of ${tokenizer.vocabularySize}`;
    throw new UserError(folder, words, 'the tokenizer that the model was made with');
  }
  const network = measures.network(tokenizer.special);
  const tensors = tensorsOf(network, stored, folder);
  refuseOwnOutput(stored, tensors.get(WORDS)!, folder);
  const { indexOf, first, alike } = differentRows(tensors.get(WORDS)!);
  const vocabulary = { full: first, compact: new Map(indexOf.entries()) };
  const [pad, sep] = [indexOf[tokenizer.special.pad]!, indexOf[tokenizer.special.sep]!];
  return {
    ...{ place: folder, tokenizer, maxTokens: measures.maxTokens, indexOf, alike },
    network: network.renumbered({ vocabulary: first.length, pad, sep }),
    parameters: compactParameters(network.parameters, vocabulary),
    tensors: compactTensors(network.parameters, tensors, vocabulary),
  };
}

const WORDS = 'encoder.wte.weight';

const card = z.looseObject({ settings: z.looseObject({ tokenizer: z.string() }), tokenizerDigest: z.string() });

/** A stand-in says which tokenizer it was made with; one that was read from files lies beside it. */
function placesOf(weights: string): { readonly folder: string; readonly tokenizer: Tokenizer } {
  if (weights.startsWith('file:')) return { folder: weights.slice('file:'.length), tokenizer: loadTokenizer(weights) };
  if (!isPretrained(weights)) throw new UserError('language model', `found “${weights}”`, '“pretrained:NAME” or “file:DIR”');
  const folder = pretrainedFolder(weights);
  const place = join(folder, 'card.json');
  const parsed = card.safeParse(readJson(place));
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), 'the card that “elibadcode pretrain” wrote');
  const { settings, tokenizerDigest } = parsed.data;
  const tokenizer = loadTokenizer(settings.tokenizer.startsWith('file:') ? `file:${folder}` : settings.tokenizer);
  if (tokenizer.digest !== tokenizerDigest)
    throw new UserError(place, `its tokenizer is not “${tokenizer.name}”`, 'the files of that time');
  return { folder, tokenizer };
}

function tensorsOf({ parameters }: Network, stored: ReadonlyMap<string, StoredTensor>, place: string): Map<string, HostTensor> {
  const wanted = new Map([...tensorShapes(parameters)].map(([name, shape]) => [name.replace(/^encoder\./, ''), shape]));
  const found = matchTensors(wanted, stored, { place, ...architectures['gpt-bigcode'].checkpoint });
  return new Map([...found].map(([name, tensor]) => [`encoder.${name}`, tensor]));
}

/** Hugging Face ties the output's table to the words unless told otherwise, and stores it twice at times. */
function refuseOwnOutput(stored: ReadonlyMap<string, StoredTensor>, words: HostTensor, place: string): void {
  const output = stored.get('lm_head.weight');
  if (output === undefined) return;
  const isSame = output.data.length === words.data.length && words.data.every((value, at) => value === output.data[at]);
  if (!isSame) throw new UserError(place, 'lm_head.weight is another table than the words’', 'a model whose output is its word table');
}

/** Rows of the table that differ, by the first id that has each, ascending. */
function differentRows({ data, shape }: HostTensor): Pick<CausalModel, 'indexOf' | 'alike'> & { readonly first: readonly number[] } {
  const [rows, width] = shape as [number, number];
  const known = new Map<string, number>();
  const [first, alike]: [number[], number[]] = [[], []];
  const indexOf = Array.from({ length: rows }, (_, id) => {
    const { buffer, byteOffset, byteLength } = data.subarray(id * width, (id + 1) * width);
    const bytes = Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
    const index = known.get(bytes) ?? first.length;
    if (index === first.length) {
      known.set(bytes, index);
      first.push(id);
    }
    alike[index] = (alike[index] ?? 0) + 1;
    return index;
  });
  return { indexOf, alike, first };
}
