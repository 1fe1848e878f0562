/** A causal model of one's own, `file:DIR`, as transformers.js reads it: an optional package that is loaded only when it is asked for. */
import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { deletionsBy, type LanguageModel, type RowScore, type Words } from './contracts.ts';

/** What is used of the package `@huggingface/transformers`, version 4. */
export interface CausalPackage {
  readonly env: { allowRemoteModels: boolean; useFSCache: boolean };
  readonly AutoTokenizer: { from_pretrained(folder: string, options: object): Promise<CausalTokenizer> };
  readonly AutoModelForCausalLM: { from_pretrained(folder: string, options: object): Promise<CausalModel> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, shape: readonly number[]) => object;
}

export interface CausalTokenizer {
  encode(text: string, options: { readonly add_special_tokens: false }): readonly number[];
}

/** Logits [rows, tokens, vocabulary] of row-major ids [rows, tokens]. */
export interface CausalModel {
  (inputs: {
    readonly input_ids: object;
    readonly attention_mask: object;
  }): Promise<{ readonly logits: { readonly dims: readonly number[]; readonly data: ArrayLike<number> } }>;
  dispose(): Promise<unknown>;
}

/** Tokens of a batch, padding included: with 50,000 logits each, some 200 MB. */
const BATCH_TOKENS = 1024;

export async function openFileModel(spec: string, load: () => Promise<CausalPackage> = () => loadPackage()): Promise<LanguageModel> {
  const folder = resolve(spec.slice('file:'.length));
  const causal = await load();
  // Nothing is asked of a network, and nothing taken from an earlier download of the same name.
  causal.env.allowRemoteModels = false;
  causal.env.useFSCache = false;
  try {
    const tokenizer = await causal.AutoTokenizer.from_pretrained(folder, { local_files_only: true });
    const model = await causal.AutoModelForCausalLM.from_pretrained(folder, { local_files_only: true, dtype: 'fp32' });
    return causalModel(spec, tokenizer, model, causal.Tensor);
  } catch (error) {
    throw new UserError(
      spec,
      `not read as a causal model: ${String(error).split('\n')[0] ?? ''}`,
      'a folder with tokenizer.json, tokenizer_config.json, config.json and the graph of a causal model, as transformers.js reads it',
    );
  }
}

/** @param optionalPackage in a variable: it is absent from the lock file, so the compiler must not look for it */
export async function loadPackage(optionalPackage = '@huggingface/transformers'): Promise<CausalPackage> {
  try {
    return (await import(optionalPackage)) as CausalPackage;
  } catch (error) {
    throw new UserError(
      'languageModel “file:DIR”',
      `${optionalPackage} could not be loaded: ${String(error).split('\n')[0] ?? ''}`,
      'install it with `npm install --no-save @huggingface/transformers@4.3.1`, or use “n-gram”',
    );
  }
}

type Ids = readonly number[];

function causalModel(spec: string, tokenizer: CausalTokenizer, model: CausalModel, Tensor: CausalPackage['Tensor']): LanguageModel {
  const encode = (words: Words): Ids => tokenizer.encode(words.join(' '), { add_special_tokens: false });

  const scores = async (rows: readonly Words[]): Promise<RowScore[]> => {
    const encoded = rows.map(encode);
    const found = new Map<Ids, RowScore>();
    for (const batch of batchesOf(encoded)) {
      const likelihoods = await logLikelihoods(batch, model, Tensor);
      batch.forEach((ids, index) => found.set(ids, { logLikelihood: likelihoods[index]!, predictions: Math.max(0, ids.length - 1) }));
    }
    return encoded.map((ids) => found.get(ids)!);
  };

  return {
    description: spec,
    fitting(words, limit) {
      // Sub-tokens of a text's beginning grow with it.
      let [fits, tooMany] = [0, words.length + 1];
      while (tooMany - fits > 1) {
        const middle = (fits + tooMany) >>> 1;
        if (encode(words.slice(0, middle)).length <= limit) fits = middle;
        else tooMany = middle;
      }
      return fits;
    },
    deletions: (rows) => deletionsBy(scores, rows),
    async close() {
      await model.dispose();
    },
  };
}

/** Rows of like length together; a row of one id predicts nothing, but an empty one would be no row. */
function batchesOf(rows: readonly Ids[]): Ids[][] {
  const batches: Ids[][] = [];
  for (const row of [...rows].sort((a, b) => b.length - a.length)) {
    const batch = batches.at(-1);
    // The first is the longest: all are padded to it.
    if (batch === undefined || (batch.length + 1) * batch[0]!.length > BATCH_TOKENS) batches.push([row]);
    else batch.push(row);
  }
  return batches;
}

/** Of each row: ln of the probability of its ids but the first, as the authors' GPT-2 has it. */
async function logLikelihoods(rows: readonly Ids[], model: CausalModel, Tensor: CausalPackage['Tensor']): Promise<number[]> {
  const tokens = rows[0]!.length;
  if (tokens < 2) return rows.map(() => 0);
  const ids = BigInt64Array.from(rows.flatMap((row) => Array.from({ length: tokens }, (_, index) => BigInt(row[index] ?? 0))));
  const mask = BigInt64Array.from(rows.flatMap((row) => Array.from({ length: tokens }, (_, index) => (index < row.length ? 1n : 0n))));
  const shape = [rows.length, tokens];
  const { logits } = await model({ input_ids: new Tensor('int64', ids, shape), attention_mask: new Tensor('int64', mask, shape) });
  const vocabulary = logits.dims[2]!;
  return rows.map((row, r) =>
    row.slice(1).reduce((total, id, index) => total + logProbability(logits.data, (r * tokens + index) * vocabulary, vocabulary, id), 0),
  );
}

/** ln of the soft-max of `vocabulary` logits from `start`, at `id`. */
function logProbability(logits: ArrayLike<number>, start: number, vocabulary: number, id: number): number {
  let highest = -Infinity;
  for (let i = start; i < start + vocabulary; i++) highest = Math.max(highest, logits[i]!);
  let sum = 0;
  for (let i = start; i < start + vocabulary; i++) sum += Math.exp(logits[i]! - highest);
  return logits[start + id]! - highest - Math.log(sum);
}
