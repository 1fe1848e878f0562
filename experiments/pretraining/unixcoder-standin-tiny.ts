/** The smallest stand-in for UniXcoder: queries and functions drawn together, so more of those with queries; about a minute on two cores. */
import { definePretraining } from '../../src/config/pretraining.ts';
import { generated, tinyPretraining } from '../axes.ts';

export default definePretraining({
  ...tinyPretraining,
  name: 'unixcoder-standin-tiny',
  architecture: 'roberta',
  objective: 'contrastive',
  corpora: [
    { ...generated.defect, train: 400 },
    { ...generated.search, train: 1200 },
  ],
});
