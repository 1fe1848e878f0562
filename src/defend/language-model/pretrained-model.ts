/** A causal model of code that was pretrained here, `pretrained:NAME`: rows begin with the id that its rows began with. */
import { UserError } from '../../core/errors.ts';
import type { Engine } from '../../engine/index.ts';
import { openCausalScorer } from '../../train/index.ts';
import { deletionsBy, type LanguageModel, type RowScore, type Words } from './contracts.ts';

export async function openPretrainedModel(spec: string, engine: Engine): Promise<LanguageModel> {
  const scorer = await openCausalScorer(engine, spec);
  const { tokenizer, maxTokens } = scorer;
  const encode = (words: Words): number[] => [tokenizer.special.cls, ...tokenizer.encodeWords(words).ids];

  const scores = async (rows: readonly Words[]): Promise<RowScore[]> => {
    const encoded = rows.map(encode);
    const longest = encoded.reduce((most, { length }) => Math.max(most, length), 0);
    if (longest > maxTokens) {
      throw new UserError(spec, `a row of ${longest} sub-tokens, its beginning included`, `a filter’s maxTokens below ${maxTokens}`);
    }
    return (await scorer.score(encoded)).map(({ loss, count }) => ({ logLikelihood: -loss, predictions: count }));
  };

  return {
    description: spec,
    fitting(words, limit) {
      // Where a row is cut, its word goes as a whole: the number of the first sub-token beyond the limit is that of the first word that does not fit.
      const { wordOf } = tokenizer.encodeWords(words);
      return wordOf[limit] ?? words.length;
    },
    deletions: (rows) => deletionsBy(scores, rows),
    close: () => scorer.close(),
  };
}
