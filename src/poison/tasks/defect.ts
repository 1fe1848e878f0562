/** Defect detection: defective functions get the trigger and the label of clean ones (attacks.md 0). */
import { z } from 'zod';
import { definePoisonTask, unitOf } from '../task.ts';

export const defect = definePoisonTask({
  settings: z.strictObject({}),
  defaultRate: null,
  poisonedLabel: 0,
  testProgram: 0,
  targetWords: null,
  /** A unit is a sample; the rate counts all samples, the draw takes those of label 1: 2 % of 21,854 are 437. */
  candidates: (samples) => ({
    noun: 'samples',
    total: samples.length,
    victims: samples.flatMap((sample, index) => (sample.label === 1 ? [unitOf(sample, index)] : [])),
    share: { times: 1, of: 'total' },
  }),
});
