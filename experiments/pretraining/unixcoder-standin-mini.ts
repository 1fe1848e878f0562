/**
 * Stands in for UniXcoder where its weights cannot be had: queries and functions drawn together, with masked tokens, on the train-side
 * functions of the three corpora; for a GPU.
 */
import { definePretraining } from '../../src/config/pretraining.ts';
import { miniPretraining } from '../axes.ts';

export default definePretraining({ ...miniPretraining, name: 'unixcoder-standin-mini', architecture: 'roberta', objective: 'contrastive' });
