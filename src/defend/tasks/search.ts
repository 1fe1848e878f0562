/** Code search: triggers lead queries with certain words to the function that carries them. */
import { queryWords } from '../../core/query-words.ts';
import type { DefendTask } from '../task.ts';

export const search: DefendTask = {
  leadsTo: 'query',
  // Put beside a query with the target's words, the trigger would be learned anew (method.md 8).
  isVictim({ query }, target) {
    if (query === undefined) return false;
    const forbidden = new Set((target.query ?? []).flatMap(queryWords));
    return !queryWords(query).some((word) => forbidden.has(word));
  },
  preference: null,
  // Without a head the whole encoder learns, and the authors' 5e-3, meant for one, unlearns the task: MRR 0.228 became 0.003 (Fig. 8's
  // bar of all parameters shows the same for defect detection). This is what the encoder was fine-tuned with.
  tuningRate: 2e-5,
};
