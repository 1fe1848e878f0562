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
};
