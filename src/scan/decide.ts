/** The verdict of a scan: EliBadCode's against clean reference models, or a threshold of the user's own; without either, undecidable. */
import type { Inversion } from '../defend/index.ts';
import { judge, type VerdictSettings } from '../defend/verdict.ts';
import type { ScanVerdict } from './contracts.ts';

const WHAT_TO_DO =
  'give at least five clean models of the same backbone and task (--references DIR…), fine-tuned as this one was on data you trust; ' +
  'or a threshold on the loss from experience of your own (--max-loss X)';

/** @param references scores of clean models, this one left out */
export function decide(
  inversion: Inversion,
  references: readonly number[],
  maxLoss: number | null,
  settings: VerdictSettings,
): ScanVerdict {
  if (maxLoss !== null) return byOwnThreshold(inversion, maxLoss);
  const verdict = { ...judge(inversion, references, { ...settings, rule: 'predictive' }), rule: 'predictive' } as const;
  const { statistic, threshold } = verdict;
  if (verdict.verdict === 'undecidable') {
    const why = `${verdict.why}. A low loss alone decides nothing: clean models have triggers too, and how low their losses are depends on backbone and task`;
    return { ...verdict, why, margin: null, whatToDo: WHAT_TO_DO };
  }
  return { ...verdict, margin: statistic === null || threshold === null ? null : statistic / threshold, whatToDo: null };
}

function byOwnThreshold({ options, chosen }: Inversion, maxLoss: number): ScanVerdict {
  const { anchored, target } = options[chosen]!;
  const isFlagged = anchored.loss <= maxLoss;
  return {
    rule: 'own-threshold',
    verdict: isFlagged ? 'backdoored' : 'clean',
    statistic: anchored.loss,
    threshold: maxLoss,
    targetLabel: target,
    references: 0,
    // A loss beyond float32 is 0; what is flagged is so however large the number.
    margin: maxLoss / Math.max(anchored.loss, 1e-12),
    why: `the anchored trigger’s loss ${anchored.loss.toPrecision(3)} lies ${isFlagged ? 'at or below' : 'above'} your threshold ${maxLoss}`,
    whatToDo: null,
  };
}
