/**
 * Queries and their functions drawn together, with masked tokens on the same rows, for the stand-in of UniXcoder (Guo et al., ACL 2022).
 * A batch's loss is the mean over its rows of a query's cross entropy against all functions of the batch (code search's own: 20 times the
 * cosine of mean-pooled states, text to code) and of the mean loss of the row's masked sub-tokens. A row without a query has its masked
 * sub-tokens alone and is no candidate.
 *
 * Departures from UniXcoder: queries and functions are masked and encoded apart in one pass that serves both losses, where UniXcoder
 * contrasts two passes of one unmasked input that differ by their drop-out; neither its unidirectional and denoising objectives nor its
 * syntax trees are there, since the tasks use it as an encoder of text alone.
 *
 * Shapes: B rows; stream 0 holds queries, stream 1 functions, of S sub-tokens each.
 */
import * as tf from '@tensorflow/tfjs';
import { noDropout, type HostValue } from '../../engine/index.ts';
import { chooseTokens } from '../../train/layers.ts';
import { bucketLength } from '../../train/rows.ts';
import { tasks } from '../../train/tasks/index.ts';
import { maskRow } from '../mask-row.ts';
import {
  languageModelHead,
  maskedLosses,
  maskedRowFloats,
  maskedSignature,
  maskedValues,
  maskOf,
  robertaStoredName,
  WORD_BIAS,
} from '../masked-places.ts';
import { longestOf, type Objective, type ObjectiveModel, type OpenObjective } from '../objective.ts';

interface Parts {
  readonly query: readonly number[];
  readonly code: readonly number[];
  readonly isPair: boolean;
}

/** `<s> query </s> function </s>` as code search reads it: two rows. Without a query the first is empty but for its ends. */
function partsOf(row: readonly number[], sep: number): Parts {
  const end = row.indexOf(sep, 1);
  const isPair = end < row.length - 1;
  const cls = row[0]!;
  return isPair ? { query: row.slice(0, end + 1), code: [cls, ...row.slice(end + 1)], isPair } : { query: [cls, sep], code: row, isPair };
}

function open({ network, maxTokens, idOf, isSpecial, ordinary, tokenizer }: ObjectiveModel): OpenObjective {
  const masking = { mask: idOf(maskOf(tokenizer)), isSpecial, ordinary };
  const { sep } = network.words;
  return {
    head: languageModelHead(network),
    perWord: [WORD_BIAS],
    streams: [
      { name: 'query', rows: [0] },
      { name: 'code', rows: [1] },
    ],
    isDivisible: false,
    tokensOf(rows) {
      const parts = rows.map((row) => partsOf(row, sep));
      return [parts.map(({ query }) => query), parts.map(({ code }) => code)].map((some) => bucketLength(longestOf(some), maxTokens));
    },
    weight: () => 1,
    dropoutSites: (tokens) => tokens.flatMap((length) => network.dropoutSites(length, 'all')),
    rowFloats: (tokens) => maskedRowFloats(network, tokens),
    inputs: ({ batch, tokens: [query, code] }) => ({
      ...maskedSignature(0, batch, query!),
      ...maskedSignature(1, batch, code!),
      targetPairs: { shape: [batch], dtype: 'float32' },
    }),
    values(rows, draws, { batch, tokens: [query, code] }) {
      const parts = rows.map((row) => partsOf(row, sep));
      const queries = parts.map((part, index) => maskRow(part.query, masking, draws[index]!.fork('query')));
      const codes = parts.map((part, index) => maskRow(part.code, masking, draws[index]!.fork('code')));
      const predicted = queries.map(({ places }, index) => places.length + codes[index]!.places.length);
      // What fills the batch is no candidate.
      const pairs = Float32Array.from({ length: batch }, (_, index) => (parts[index]?.isPair === true ? 1 : 0));
      const targetPairs: HostValue = { shape: [batch], dtype: 'float32', data: pairs };
      return {
        ...maskedValues(0, queries, { batch, tokens: query!, network }, predicted),
        ...maskedValues(1, codes, { batch, tokens: code!, network }, predicted),
        targetPairs,
      };
    },
    losses(parameters, inputs, { batch }, dropout) {
      const encoded = ([0, 1] as const).map((stream) => {
        const [ids, mask] = [inputs[`ids${stream}`] as tf.Tensor2D, inputs[`mask${stream}`] as tf.Tensor2D];
        const rows = { words: network.lookUpWords(parameters, ids), mask, ids };
        const hidden = network.encode(parameters, rows, { dropout, read: 'all' });
        const mean = chooseTokens(hidden, tf.div(mask, tf.sum(mask, 1, true)));
        return { mean, told: maskedLosses(parameters, hidden, inputs, stream, batch) };
      });
      const [query, code] = encoded as [(typeof encoded)[number], (typeof encoded)[number]];
      const paired = pairLosses(query.mean, code.mean, inputs['targetPairs'] as tf.Tensor1D);
      return tf.add(paired, tf.add(query.told, code.told));
    },
  };
}

/** Loss of each row's query against the functions of all pairs, [B]; 0 where `pairs` [B] is 0. @param queries, codes [B, H] */
export function pairLosses(queries: tf.Tensor2D, codes: tf.Tensor2D, pairs: tf.Tensor1D): tf.Tensor1D {
  const { outputs, losses } = tasks.search;
  return tf.mul(losses(outputs({}, [codes, queries], noDropout), pairs, pairs), pairs);
}

export const contrastive: Objective = {
  name: 'contrastive',
  architecture: 'roberta',
  readsQueries: true,
  vocabularySize: ({ vocabularySize }) => vocabularySize,
  extraIds: (tokenizer) => [maskOf(tokenizer)],
  unseen: null,
  open,
  storedName: robertaStoredName,
};
