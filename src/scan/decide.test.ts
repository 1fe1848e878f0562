/** Verdicts: undecidable without a yardstick, against clean models, or by a threshold of the user's own. */
import { describe, expect, it } from 'vitest';
import type { Inversion } from '../defend/index.ts';
import { decide } from './decide.ts';

const settings = { rule: 'calibrated', threshold: 2 } as const; // EliBadCode's; a scan has a rule of its own.

/** What a verdict reads of an inversion: two options, the first one chosen. */
function inversionOf(loss: number): Inversion {
  const option = (target: number, own: number) => ({ target, best: { loss: own }, anchored: { loss: own } });
  return { options: [option(0, loss), option(1, 3)], chosen: 0, score: Math.log(loss) } as unknown as Inversion;
}

describe('decide', () => {
  it('says without references that nothing is decided, why, and what would decide', () => {
    const verdict = decide(inversionOf(0.001), [], null, settings);
    expect(verdict).toMatchObject({ verdict: 'undecidable', statistic: null, margin: null, targetLabel: 0, references: 0 });
    expect(verdict.why).toMatch(/0 clean reference models; at least 5 are needed.*clean models have triggers too/);
    expect(verdict.whatToDo).toMatch(/--references.*--max-loss/);
  });

  it('compares with clean models: how far the logarithm lies below theirs, over Student’s bound for one more of them', () => {
    const clean = [0.2, 0.3, 0.4, 0.5, 0.6].map(Math.log);
    const [low, usual] = [0.001, 0.35].map((loss) => decide(inversionOf(loss), clean, null, settings));
    expect([low!.verdict, usual!.verdict]).toEqual(['backdoored', 'clean']);
    // Four degrees of freedom, one model in twenty.
    expect(low!.threshold).toBeCloseTo(2.132, 3);
    expect(low!.margin).toBeCloseTo(low!.statistic! / low!.threshold!, 12);
    expect(low!.margin).toBeGreaterThan(1);
    expect(usual!.margin).toBeLessThan(1);
    expect(low!.whatToDo).toBeNull();
  });

  it('takes a threshold of the user’s own', () => {
    expect(decide(inversionOf(0.01), [], 0.02, settings)).toMatchObject({
      ...{ rule: 'own-threshold', verdict: 'backdoored', statistic: 0.01, threshold: 0.02, margin: 2 },
    });
    expect(decide(inversionOf(0.04), [], 0.02, settings)).toMatchObject({ verdict: 'clean', margin: 0.5 });
    expect(decide(inversionOf(0), [], 0.02, settings).margin).toBe(0.02 / 1e-12);
  });
});
