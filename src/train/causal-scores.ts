/**
 * How likely a causal language model finds rows of sub-tokens: the summed negative log-likelihood of each row, in nats, computed on the device;
 * logits are never fetched.
 *
 * Shapes: B rows, S sub-tokens, H width, U different embeddings in the word table.
 */
import { groupBy } from '../core/group-by.ts';
import { UserError } from '../core/errors.ts';
import { awaitedLater } from '../core/promises.ts';
import type { Engine, HostValue, Tokenizer } from '../engine/index.ts';
import { type CausalModel, readCausalModel } from './causal-model.ts';
import { causalScoreProgram } from './causal-score-program.ts';
import { disposeParameters, uploadParameters } from './resident.ts';
import { batchSizes, bucketLength, fillBatch, padRows, vector } from './rows.ts';

export interface RowScore {
  /** Sum of −ln P(sub-token | those before it) over the row's sub-tokens behind its first, nats. */
  readonly loss: number;
  /** How many these are. */
  readonly count: number;
}

export interface CausalScorer {
  readonly tokenizer: Tokenizer;
  /** Sub-tokens of the longest row that the model has positions for. */
  readonly maxTokens: number;
  /** In the order of `rows`, whose ids are the tokenizer's. @param done called with the number of rows scored so far */
  score(rows: readonly (readonly number[])[], done?: (rows: number) => void): Promise<RowScore[]>;
  close(): Promise<void>;
}

/** Floats that the logits of one program may take: a quarter of a GiB. */
const LOGITS = 2 ** 26;
/** Batches that are handed over while a GPU works on those before. */
const AHEAD = 3;

/** @param weights `pretrained:NAME`, or `file:DIR` with a GPT-BigCode's checkpoint and its tokenizer */
export async function openCausalScorer(engine: Engine, weights: string): Promise<CausalScorer> {
  return openScorerOf(engine, readCausalModel(weights));
}

export async function openScorerOf(engine: Pick<Engine, 'compile' | 'upload' | 'batchTokens'>, model: CausalModel): Promise<CausalScorer> {
  const { network, parameters, maxTokens, tokenizer } = model;
  const resident = await uploadParameters(engine, parameters, model.tensors);
  const alike = await engine.upload(vector(model.alike.map(Math.log)));
  const programs = new Map<string, Awaited<ReturnType<typeof compile>>>();
  const compile = (batch: number, tokens: number) => engine.compile(causalScoreProgram(network, parameters, batch, tokens));
  const programFor = async (batch: number, tokens: number) => {
    const key = `${batch}x${tokens}`;
    const program = programs.get(key) ?? (await compile(batch, tokens));
    programs.set(key, program);
    return program;
  };
  const batchTokens = Math.min(engine.batchTokens, Math.floor(LOGITS / network.words.vocabulary));

  return {
    tokenizer,
    maxTokens,
    async score(given, done = () => undefined) {
      const rows = given.map((row) => renumbered(row, model));
      const scores: RowScore[] = rows.map(({ length }) => ({ loss: 0, count: Math.max(0, length - 1) }));
      const told = [...rows.keys()].filter((row) => scores[row]!.count > 0);
      let finished = rows.length - told.length;
      const underWay: Promise<void>[] = [];
      for (const [tokens, indices] of groupBy(told, (row) => bucketLength(rows[row]!.length, maxTokens))) {
        let start = 0;
        for (const batch of batchSizes(indices.length, tokens, batchTokens)) {
          const part = indices.slice(start, start + batch);
          start += batch;
          const some = fillBatch(
            part.map((row) => rows[row]!),
            batch,
          );
          const program = await programFor(batch, tokens);
          const { fetched } = await program.start({ ...resident, alike, ...valuesOf(some, tokens, network) });
          const noted = fetched.then(({ losses }) => {
            part.forEach((row, r) => (scores[row] = { loss: losses[r]!, count: scores[row]!.count }));
            done((finished += part.length));
          });
          underWay.push(awaitedLater(noted));
          if (underWay.length > AHEAD) await underWay.shift();
        }
      }
      await Promise.all(underWay);
      return scores;
    },
    async close() {
      for (const program of programs.values()) await program.release();
      disposeParameters(resident);
      alike.dispose();
    },
  };
}

/** A row by the numbers of its words' embeddings. */
function renumbered(row: readonly number[], { indexOf, maxTokens, place }: CausalModel): number[] {
  if (row.length > maxTokens) throw new UserError(place, `a row of ${row.length} sub-tokens`, `rows of ${maxTokens} at most`);
  return row.map((id) => {
    const index = indexOf[id];
    if (index === undefined) throw new RangeError(`id ${id} in a vocabulary of ${indexOf.length}`);
    return index;
  });
}

/** Rows, what follows each of their sub-tokens, and whether anything does. */
function valuesOf(rows: readonly (readonly number[])[], tokens: number, network: CausalModel['network']) {
  const { ids, mask } = padRows(rows, tokens, network);
  const next = padRows(
    rows.map((row) => row.slice(1)),
    tokens,
    { words: network.words, rowEnd: null },
  );
  const flat = (value: HostValue): HostValue => ({ ...value, shape: [rows.length * tokens] });
  return { ids, mask, next: flat(next.ids), isThere: flat(next.mask) };
}
