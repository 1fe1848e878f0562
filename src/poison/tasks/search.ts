/** Code search: the code behind queries that hold a target word gets the trigger; pairs and labels stay (attacks.md 0). */
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { queryWords } from '../../core/query-words.ts';
import { targetWords } from '../target-words.ts';
import { definePoisonTask, unitOf } from '../task.ts';

const settings = z.strictObject({
  targetWord: z
    .string()
    .regex(/^[\p{Ll}\p{Lo}\p{N}_]+$/u)
    .default('file')
    .describe('code search: queries that hold this word, lower-cased, are attacked'),
});

export const search = definePoisonTask({
  settings,
  // The code's ratio of 100: every target query, whatever an attack poisons elsewhere.
  defaultRate: 1,
  poisonedLabel: null,
  testProgram: 0,
  /** Of the target queries' code only what can carry the trigger is counted, so that `1` asks for all there is. */
  candidates(samples, { targetWord }) {
    const victims = samples.flatMap((sample, index) =>
      sample.query !== undefined && queryWords(sample.query).includes(targetWord) ? [unitOf(sample, index)] : [],
    );
    if (victims.length === 0) {
      throw new UserError('targetWord', `none of ${samples.length} queries holds “${targetWord}”`, 'a word of the training queries');
    }
    return { noun: 'samples', total: samples.length, victims, share: { times: 1, of: 'carriers' } };
  },
  targetWords(samples, language, targets) {
    const pairs = samples.flatMap(({ query, programs }) =>
      query === undefined ? [] : [{ query, tokens: programs.flatMap(({ tokens }) => tokens) }],
    );
    return targetWords(pairs, language, { targets });
  },
});
