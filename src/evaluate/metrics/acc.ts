/** ACC: the share of test samples, clean, that the model calls right. */
import type { LabelEvidence, Metric } from '../contracts.ts';
import { rate } from '../measurement.ts';

export const acc: Metric<LabelEvidence> = {
  name: 'acc',
  cite: 'EliBadCode 5.2',
  measure: ({ model }) => [
    rate(
      'acc',
      '',
      model.map(({ label, clean }) => clean === label),
    ),
  ],
};
