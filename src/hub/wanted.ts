/** Which files of a repository make a model: its config, its tokenizer and one form of its weights. Everything else is left alone. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';

const config = 'config.json';
const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'merges.txt',
  'special_tokens_map.json',
  'added_tokens.json',
];
/** Best first: safetensors hold nothing but tensors. An index names the shards that hold them. */
const weightsFiles = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin', 'pytorch_model.bin.index.json'];
const isIndex = (name: string): boolean => name.endsWith('.index.json');
const isWeights = (name: string): boolean => /\.(safetensors|bin)$/.test(name);

/** Begins with a letter or digit and has no separator: it cannot climb out, on any system. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
export const isPlainName = (name: string): boolean => plainName.test(name);

/** Files that may belong to the model; a shard may be called anything that its index says. */
export const mayBelong = (name: string): boolean =>
  isPlainName(name) && (name === config || tokenizerFiles.includes(name) || weightsFiles.includes(name) || isWeights(name));

/** More than any tokenizer has; weights may have any size. */
const MAX_BYTES_BESIDE_WEIGHTS = 256 * 2 ** 20;
export const mayHaveSize = (name: string, bytes: number): boolean => isWeights(name) || bytes <= MAX_BYTES_BESIDE_WEIGHTS;

/** The model's files but for the shards, weights last; or what is missing. */
export function chooseFiles(names: ReadonlySet<string>): { readonly files: readonly string[] } | { readonly lacks: string } {
  if (!names.has(config)) return { lacks: config };
  const weights = weightsFiles.find((name) => names.has(name));
  if (weights === undefined) return { lacks: weightsFiles.join(' or ') };
  return { files: [config, ...tokenizerFiles.filter((name) => names.has(name)), weights] };
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Shards that the index among `files` names, read from `pathOf(index)`; none without an index. */
export function shardsOf(files: readonly string[], pathOf: (name: string) => string): string[] {
  const index = files.find(isIndex);
  if (index === undefined) return [];
  const path = pathOf(index);
  const content = indexSchema.safeParse(parsed(readFileSync(path, 'utf8')));
  if (!content.success) throw new UserError(path, 'is no index of shards', 'weight_map: tensor -> file');
  const shards = [...new Set(Object.values(content.data.weight_map))].sort();
  const bad = shards.find((name) => !isPlainName(name) || !isWeights(name));
  if (bad !== undefined) throw new UserError(path, `names ${shown(bad)} as a shard`, 'weights files beside the index');
  if (shards.length === 0) throw new UserError(path, 'names no shard', 'weight_map: tensor -> file');
  return shards;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null; // Refused by the schema, with the path.
  }
}

/** A name that a stranger chose, safe to print. */
export const shown = (name: string): string => JSON.stringify(name.slice(0, 120));

/** For people who place files by hand. */
export const filesByHand = [
  `${config};`,
  `${weightsFiles[0]!} (or ${weightsFiles[1]!} with the shards it names, or ${weightsFiles[2]!}, or ${weightsFiles[3]!} with its shards);`,
  'tokenizer.json, or vocab.json and merges.txt;',
  'tokenizer_config.json, special_tokens_map.json, added_tokens.json where the repository has them',
].join(' ');
