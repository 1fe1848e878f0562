/** LD of the inverted query word and the target word, in characters; case does not count, because queries are compared in lower case. */
import { editDistance } from '../../core/errors.ts';
import type { Metric, RankEvidence } from '../contracts.ts';
import { quantity, unmeasured } from '../measurement.ts';

export const targetLd: Metric<RankEvidence> = {
  name: 'target-ld',
  cite: 'ours',
  measure({ isAttacked, targetWord, invertedTarget }) {
    if (!isAttacked || targetWord === null) return [unmeasured('target-ld', '', 'no attack: there is no target word')];
    if (invertedTarget === null) return [unmeasured('target-ld', '', 'no target word was inverted')];
    return [quantity('target-ld', '', editDistance(invertedTarget.toLowerCase(), targetWord.toLowerCase()))];
  },
};
