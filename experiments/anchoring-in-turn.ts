/**
 * Does the trigger that is unlearnt keep what counts? Anchoring leaves tokens out alone, as in the paper, or in turn until the loss would
 * rise by β in all. Three architectures, two attacks, generated code; the stand-in comes from `pretrain codet5-standin-tiny`.
 */
import { defineExperiment } from '../src/config/define.ts';
import { decoder, generated, seeds, tinyInversion, tinyUnlearning, tinyVictims } from './axes.ts';

const victims = [tinyVictims.defect, tinyVictims.clone];

export default defineExperiment({
  name: 'anchoring-in-turn',
  title: 'EliBadCode with tokens left out alone and in turn: three architectures, defect and clone detection of generated code',
  corpora: [generated.defect, generated.clone],
  models: [
    ...victims,
    ...victims.map((victim) => ({ ...victim, ...decoder })),
    ...victims.map((victim) => ({ ...victim, name: 't5', comparedWith: 'codet5', weights: 'pretrained:codet5-standin-tiny' }) as const),
  ],
  attacks: [{ name: 'codepoisoner' }, { name: 'badcode' }],
  defenses: [
    { name: 'undefended' },
    { name: 'elibadcode', inversion: tinyInversion, unlearning: tinyUnlearning },
    { name: 'elibadcode', inversion: { ...tinyInversion, anchor: { removal: 'in-turn' } }, unlearning: tinyUnlearning },
  ],
  pool: { ratio: 0.2 },
  seeds,
});
