/** The n-gram model as a language model of words: trained on the clean pool, exact, and cheap on any machine. */
import type { LanguageModel, Words } from './contracts.ts';
import { type NgramSettings, trainNgram } from './n-gram.ts';

export function ngramOfWords(clean: readonly Words[], settings: NgramSettings): LanguageModel {
  const model = trainNgram(clean, settings);
  const { fallbackOrders } = model;
  const given = fallbackOrders.length === 0 ? '' : `; given discounts at order ${fallbackOrders.join(', ')}`;
  return {
    description: `${settings.order}-gram of ${clean.length} clean programs${given}`,
    fitting: (words, limit) => Math.min(words.length, limit),
    deletions: (rows) =>
      Promise.resolve(
        rows.map((row) => {
          const { logLikelihood, without } = model.deletions(row);
          return {
            // Its end is predicted too.
            whole: { logLikelihood, predictions: row.length + 1 },
            without: Array.from(without, (left) => ({ logLikelihood: left, predictions: row.length })),
          };
        }),
      ),
    close: () => Promise.resolve(),
  };
}
