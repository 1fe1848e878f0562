/**
 * F1 of label 1 on the clean test set, with precision and recall. F1 is stored as its counts 2·tp of 2·tp + fp + fn, so that tp is half its
 * hits, and fp + fn what is left of n; it is no share of samples, so intervals are made by way of tp / (tp + fp + fn).
 */
import type { LabelEvidence, Metric } from '../contracts.ts';
import { rate, share } from '../measurement.ts';

export const f1: Metric<LabelEvidence> = {
  name: 'f1',
  cite: 'EliBadCode 5.2; averaging is not stated: of the positive class, as BigCloneBench’s users do',
  measure({ model }) {
    const called = model.filter(({ clean }) => clean === 1);
    const real = model.filter(({ label }) => label === 1);
    const both = called.filter(({ label }) => label === 1).length;
    return [
      share('f1', '', 2 * both, called.length + real.length, 'no test sample is of label 1, or called so'),
      rate(
        'precision',
        '',
        called.map(({ label }) => label === 1),
      ),
      rate(
        'recall',
        '',
        real.map(({ clean }) => clean === 1),
      ),
    ];
  },
};
