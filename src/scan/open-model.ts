/** Opens a user's checkpoint: which architecture it is, which of its tensors are the model's, and what its head becomes. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { type Json, keyOf, sha256 } from '../core/hash.ts';
import { matchTensors, readCheckpoint, readConfig, type StoredTensor } from '../engine/index.ts';
import { architectures, type HostTensor, type Model, type ModelConfig, openModel } from '../train/index.ts';
import { gptBigCodeShapeOf } from '../train/models/gpt-bigcode-config.ts';
import { robertaShapeOf } from '../train/models/roberta-config.ts';
import { t5ShapeOf } from '../train/models/t5-config.ts';
import { tensorShapes } from '../train/parameters.ts';
import type { UserModel } from './contracts.ts';
import { findHead } from './head.ts';

/** Rows are this long unless the model has fewer positions or the caller says otherwise: the paper's, for functions. */
const ROW_TOKENS = 400;

const architectureOf: Readonly<Record<string, ModelConfig['name']>> = { roberta: 'roberta', t5: 't5', gpt_bigcode: 'gpt-bigcode' };

/** What each network is made by, with values that config.json leaves out filled in. @param place the file, for messages */
const shapeOf: Readonly<Record<ModelConfig['name'], (config: unknown, place: string) => Json>> = {
  roberta: (config, place) => ({ ...robertaShapeOf(config, place) }),
  t5(config, place) {
    const shape = t5ShapeOf(config, place);
    return { ...shape, positions: { ...shape.positions } };
  },
  'gpt-bigcode': (config, place) => ({ ...gptBigCodeShapeOf(config, place) }),
};

/** What may stand before the encoder's names: saved with Hugging Face's heads, by the authors' code, by this project, or alone. */
const PREFIXES = ['encoder.roberta.', 'encoder.transformer.', 'encoder.', 'roberta.', 'transformer.', ''];

/** @param maxTokens `null`: the default */
export function openUserModel(given: string, task: TaskName, maxTokens: number | null): UserModel {
  const folder = resolve(given);
  refuseOtherFolders(folder);
  const config = readConfig(folder);
  const configPlace = join(folder, 'config.json');
  const name = nameOf(config, configPlace);
  const shape = shapeOf[name](config, configPlace);
  const tokens = maxTokens ?? Math.min(ROW_TOKENS, architectures[name].ofConfig(config, configPlace).maxTokens);
  const place = `file:${folder}`;
  const described: ModelConfig = { name, size: 'as-saved', weights: place, tokenizer: place, maxTokens: tokens, comparedWith: null };
  const model = openModel(described, task);
  const stored = readCheckpoint(folder).tensors;
  const body = readBody(folder, model, stored);
  const head = findHead(folder, model, stored);
  const tensors = new Map([...body.tensors, ...head.tensors]);
  return {
    ...{ folder, task, model, shape, stored, head: head.form },
    victim: { model: described, tensors, history: [] },
    digest: digestOf(shape, model, tensors),
    names: new Map([...body.names, ...head.names]),
  };
}

const dataFile = /\.(parquet|arrow|jsonl|jsonl\.gz|csv|tsv)$|^dataset_(info|dict)\.json$/;

function refuseOtherFolders(folder: string): void {
  const accepted = 'a Hugging Face folder: config.json, model.safetensors or pytorch_model.bin, and the tokenizer’s files';
  const about = statSync(folder, { throwIfNoEntry: false });
  if (about === undefined) throw new UserError(folder, 'no such folder', accepted);
  if (!about.isDirectory()) throw new UserError(folder, 'is a file', accepted);
  const names = readdirSync(folder);
  if (!names.includes('config.json')) {
    const data = names.find((name) => dataFile.test(name));
    throw new UserError(folder, data === undefined ? 'no config.json' : `holds data (${data}), and no model`, accepted);
  }
  const hasTokenizer = names.includes('tokenizer.json') || (names.includes('vocab.json') && names.includes('merges.txt'));
  if (!hasTokenizer) {
    throw new UserError(
      folder,
      'a model without its tokenizer',
      'tokenizer.json, or vocab.json and merges.txt, beside the weights (tokenizer.save_pretrained writes them)',
    );
  }
}

const configSchema = z.looseObject({ model_type: z.string(), pad_token_id: z.int().nullish() });

function nameOf(config: unknown, place: string): ModelConfig['name'] {
  const known = Object.keys(architectureOf).join(', ');
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) throw new UserError(place, z.prettifyError(parsed.error), `Hugging Face’s config.json with model_type ${known}`);
  const { model_type: type, pad_token_id: pad } = parsed.data;
  const name = Object.hasOwn(architectureOf, type) ? architectureOf[type]! : null;
  if (name === null) throw new UserError(place, `model_type “${type}” is not known here`, known);
  // Positions are counted from the padding's id on.
  if (name === 'roberta' && pad != null && pad !== 1) throw new UserError(place, `pad_token_id ${pad}`, '1, as RoBERTa’s');
  return name;
}

interface Body {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly names: ReadonlyMap<string, string>;
}

/** All tensors of the encoder; one that is missing, of another shape or too many is an error that names it. */
function readBody(folder: string, { network, config }: Model, stored: ReadonlyMap<string, StoredTensor>): Body {
  const shapes = [...tensorShapes(network.parameters)].map(([own, shape]) => ({ own, shape, tail: own.replace(/^encoder\./, '') }));
  const first = shapes[0]!.tail;
  const found = PREFIXES.filter((prefix) => stored.has(prefix + first));
  if (found.length !== 1) {
    const problem = found.length === 0 ? `no tensor ends in “${first}” where an encoder’s would` : `encoders under ${found.join(' and ')}`;
    throw new UserError(folder, problem, `one, under ${PREFIXES.map((prefix) => `“${prefix}”`).join(', ')}`);
  }
  const prefix = found[0]!;
  const own = new Map([...stored].filter(([name]) => name.startsWith(prefix)).map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  const wanted = new Map(shapes.map(({ tail, shape }) => [tail, shape]));
  const ignore = [...architectures[config.name].checkpoint.ignore, 'classifier.', 'score.'];
  const read = matchTensors(wanted, own, { place: folder, ignore });
  return {
    tensors: new Map(shapes.map(({ own: name, tail }) => [name, read.get(tail)!])),
    names: new Map(shapes.map(({ own: name, tail }) => [name, prefix + tail])),
  };
}

/**
 * What else config.json says is in no digest, or a copy under another `_name_or_path` would be another model. The labels are counted by
 * the head's tensors, two rows being the one that they become.
 */
function digestOf(shape: Json, { config, tokenizer }: Model, tensors: ReadonlyMap<string, HostTensor>): string {
  const sums = [...tensors].map(([name, { shape, data }]): Json => {
    return [name, shape, sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
  });
  return keyOf({ architecture: config.name, shape, tokenizer: tokenizer.digest, tensors: sums });
}
