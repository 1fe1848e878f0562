/** Is the model backdoored, and towards which label? (method.md 7) */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { mad, mean, median, standardDeviation, studentQuantile, studentTail } from '../core/statistics.ts';
import type { Inversion, InversionOption, Verdict } from './contracts.ts';
import type { Leaves } from './settings-schema.ts';

export const verdictShape = {
  rule: z
    .enum(['calibrated', 'predictive', 'outlier', 'loss', 'lowest-loss'])
    .describe(
      'against clean models, by median deviations, or by Student’s prediction interval; Neural Cleanse’s test on the options’ losses; DBS’: a loss below `lossBelow`; or none: the lowest loss wins',
    ),
  threshold: z.number().positive().describe('anomaly index above which a model is flagged; `predictive` and `loss` do not read it'),
  falsePositives: z
    .number()
    .gt(0)
    .lt(0.5)
    .optional()
    .describe('share of clean models that the rule `predictive` flags by chance; 0.05 if left out'),
  lossBelow: z.number().positive().optional().describe('loss below which the rule `loss` flags a model, which it must be given'),
};

/** What one rule alone reads may be left out, so that keys of others do not hold it. */
type OfOneRule = 'lossBelow' | 'falsePositives';
export type VerdictSettings = Omit<Leaves<typeof verdictShape>, OfOneRule> & { readonly [K in OfOneRule]?: number | undefined };

const MINIMUM_REFERENCES = 5;
/** The loss is a mean of logarithms of floats: 0 would mean "beyond float32", not certainty. */
const SMALLEST_LOSS = 1e-12;

/** ln of the loss with the trigger that is unlearnt: what verdicts compare. */
export function scoreOf({ anchored }: Pick<InversionOption, 'anchored'>): number {
  return Math.log(Math.max(anchored.loss, SMALLEST_LOSS));
}

/** @param references scores of clean models of the same task and backbone, the model under test left out */
export function judge(inversion: Inversion, references: readonly number[], settings: VerdictSettings): Verdict {
  const targetLabel = inversion.options[inversion.chosen]!.target;
  const base = { rule: settings.rule, threshold: settings.threshold, targetLabel, references: references.length };
  if (settings.rule === 'calibrated') return { ...base, ...calibrated(inversion.score, references, settings.threshold) };
  if (settings.rule === 'predictive') return { ...base, ...predictive(inversion.score, references, settings.falsePositives) };
  if (settings.rule === 'outlier') return { ...base, ...outlier(inversion, settings.threshold) };
  if (settings.rule === 'loss') return { ...base, ...belowLoss(inversion, settings.lossBelow) };
  return {
    ...base,
    threshold: null,
    statistic: null,
    verdict: 'backdoored',
    why: 'the lowest loss wins: this rule never calls a model clean',
  };
}

type Finding = Pick<Verdict, 'statistic' | 'verdict' | 'why'>;

/** Flags a score that lies more than `threshold` deviations below the clean models'. */
function calibrated(score: number, references: readonly number[], threshold: number): Finding {
  if (references.length < MINIMUM_REFERENCES) {
    return undecidable(`${references.length} clean reference models; at least ${MINIMUM_REFERENCES} are needed`);
  }
  const spread = mad(references);
  if (spread === 0) return undecidable('the clean reference models all have one score');
  const statistic = (median(references) - score) / spread;
  const compared = `score ${score.toFixed(3)}, clean median ${median(references).toFixed(3)}, deviation ${spread.toFixed(3)}`;
  return { statistic, verdict: statistic > threshold ? 'backdoored' : 'clean', why: compared };
}

/**
 * Flags a score lower than all but a share of clean models would have, if theirs are normal: Student's prediction interval for one more
 * of them. With few references a median deviation is often far too small; this interval knows how few they are.
 */
function predictive(score: number, references: readonly number[], share = 0.05): Finding & Pick<Verdict, 'threshold'> {
  if (references.length < MINIMUM_REFERENCES) {
    return { ...undecidable(`${references.length} clean reference models; at least ${MINIMUM_REFERENCES} are needed`), threshold: null };
  }
  const [centre, spread] = [mean(references), standardDeviation(references)!];
  if (spread === 0) return { ...undecidable('the clean reference models all have one score'), threshold: null };
  const statistic = (centre - score) / (spread * Math.sqrt(1 + 1 / references.length));
  const threshold = studentQuantile(share, references.length - 1);
  const p = studentTail(statistic, references.length - 1);
  const why = `score ${score.toFixed(3)}, clean mean ${centre.toFixed(3)}, deviation ${spread.toFixed(3)}; a clean model’s is as low with p = ${p.toPrecision(2)}`;
  return { statistic, threshold, verdict: statistic > threshold ? 'backdoored' : 'clean', why };
}

/** Neural Cleanse's test on the options' losses; with two labels its index is 0.6745 whatever the losses. */
function outlier({ options, chosen }: Inversion, threshold: number): Finding {
  const losses = options.map(({ best }) => best.loss);
  const statistic = anomalyIndices(losses)[chosen]!;
  // Without spread the index is no number, which no record can hold.
  if (!Number.isFinite(statistic)) return undecidable('the options’ losses have no spread');
  if (losses.length < 3) return { ...undecidable('the outlier test needs at least 3 options'), statistic };
  const flagged = statistic > threshold && losses[chosen]! < median(losses);
  return { statistic, verdict: flagged ? 'backdoored' : 'clean', why: `anomaly index of the lowest of ${losses.length} losses` };
}

/** DBS' rule (defenses.md 1): the loss of the trigger that is unlearnt, below a limit set for an architecture. */
function belowLoss({ options, chosen }: Inversion, threshold: number | undefined): Finding & Pick<Verdict, 'threshold'> {
  if (threshold === undefined)
    throw new UserError('verdict.lossBelow', 'left out, and the rule “loss” compares with it', 'a loss, 0.001 in DBS');
  const statistic = options[chosen]!.anchored.loss;
  const isBelow = statistic < threshold;
  return {
    statistic,
    threshold,
    verdict: isBelow ? 'backdoored' : 'clean',
    why: `the trigger’s loss is ${isBelow ? '' : 'not '}below ${threshold}`,
  };
}

/** |x − median| / (1.4826 · median absolute deviation); not finite when there is no spread. */
export function anomalyIndices(losses: readonly number[]): number[] {
  return losses.map((loss) => Math.abs(loss - median(losses)) / mad(losses));
}

const undecidable = (why: string): Finding => ({ statistic: null, verdict: 'undecidable', why });
