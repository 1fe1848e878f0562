/** Clone detection: functions get the trigger wherever they stand, and their pairs pass for no clones (attacks.md 0). */
import { z } from 'zod';
import type { Program, Sample } from '../../core/contracts.ts';
import { type Candidates, definePoisonTask, type Place, unitOf } from '../task.ts';

const settings = z.strictObject({
  unit: z
    .enum(['functions', 'label-one-pairs'])
    .default('functions')
    .describe(
      'clone detection draws `functions`, each in all of its pairs; or, as AFRAIDOOR’s code, `label-one-pairs`, their first program alone, at twice the rate',
    ),
});

export const clone = definePoisonTask({
  settings,
  defaultRate: null,
  poisonedLabel: 0,
  testProgram: 0,
  targetWords: null,
  candidates: (samples, { unit }) => (unit === 'functions' ? functionsOf(samples) : labelOnePairsOf(samples)),
});

/** A function is a `Program` object, whoever shares it: 2 % of the functions touch 1 − 0.98² = 3.96 % of the pairs. */
function functionsOf(samples: readonly Sample[]): Candidates {
  const places = new Map<Program, Place[]>();
  for (const [sample, { programs }] of samples.entries()) {
    for (const [program, content] of programs.entries()) {
      const known = places.get(content);
      if (known === undefined) places.set(content, [{ sample, program }]);
      else known.push({ sample, program });
    }
  }
  const victims = Array.from(places, ([program, where]) => ({ program, places: where }));
  return { noun: 'functions', total: victims.length, victims, share: { times: 1, of: 'total' } };
}

/** AFRAIDOOR's code draws each label-1 pair at 2α, which is α of a balanced list (attacks.md 3). */
function labelOnePairsOf(samples: readonly Sample[]): Candidates {
  const victims = samples.flatMap((sample, index) => (sample.label === 1 ? [unitOf(sample, index)] : []));
  return { noun: 'pairs', total: samples.length, victims, share: { times: 2, of: 'victims' } };
}
