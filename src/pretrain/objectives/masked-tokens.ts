/** Masked tokens, RoBERTa's objective: 15 % of a row's sub-tokens are hidden and told from the rest. */
import type * as tf from '@tensorflow/tfjs';
import { bucketLength } from '../../train/rows.ts';
import { maskedCount, maskRow } from '../mask-row.ts';
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
import { longestOf, type Objective, type ObjectiveModel, oneStream, type OpenObjective } from '../objective.ts';

function open({ network, maxTokens, idOf, isSpecial, ordinary, tokenizer }: ObjectiveModel): OpenObjective {
  const masking = { mask: idOf(maskOf(tokenizer)), isSpecial, ordinary };
  return {
    head: languageModelHead(network),
    perWord: [WORD_BIAS],
    streams: oneStream,
    isDivisible: true,
    tokensOf: (rows) => [bucketLength(longestOf(rows), maxTokens)],
    weight: (row) => maskedCount(row.filter((id) => !isSpecial(id)).length),
    dropoutSites: ([tokens]) => network.dropoutSites(tokens!, 'all'),
    rowFloats: (tokens) => maskedRowFloats(network, tokens),
    inputs: ({ batch, tokens: [tokens] }) => maskedSignature(0, batch, tokens!),
    values(rows, draws, { batch, tokens: [tokens] }) {
      const masked = rows.map((row, index) => maskRow(row, masking, draws[index]!));
      return maskedValues(0, masked, { batch, tokens: tokens!, network });
    },
    losses(parameters, inputs, { batch }, dropout) {
      const ids = inputs['ids0'] as tf.Tensor2D;
      const rows = { words: network.lookUpWords(parameters, ids), mask: inputs['mask0'] as tf.Tensor2D, ids };
      return maskedLosses(parameters, network.encode(parameters, rows, { dropout, read: 'all' }), inputs, 0, batch);
    },
  };
}

export const maskedTokens: Objective = {
  name: 'masked-tokens',
  architecture: 'roberta',
  readsQueries: true,
  vocabularySize: ({ vocabularySize }) => vocabularySize,
  extraIds: (tokenizer) => [maskOf(tokenizer)],
  unseen: null,
  open,
  storedName: robertaStoredName,
};
