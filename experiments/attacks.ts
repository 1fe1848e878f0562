/** The matrix attack x task on generated corpora, before any defence: what each attack reaches, and what it costs a clean model. */
import { defineExperiment } from '../src/config/define.ts';
import { generated, tinyCrafting, tinyVictims } from './axes.ts';

export default defineExperiment({
  name: 'attacks',
  title: 'Every attack on every task, generated corpora, before any defence',
  corpora: [generated.defect, generated.clone, generated.search],
  models: [tinyVictims.defect, tinyVictims.clone, tinyVictims.search],
  attacks: [
    { name: 'none' },
    { name: 'codepoisoner' },
    { name: 'codepoisoner', strategy: 'constant-unfolding' },
    { name: 'codepoisoner', strategy: 'dead-code' },
    { name: 'codepoisoner', strategy: 'lm-snippet' },
    { name: 'badcode' },
    { name: 'badcode', triggers: ['rb', 'xt', 'il', 'ite', 'wb'] },
    { name: 'badcode', identifier: 'variable' },
    { name: 'afraidoor', crafting: tinyCrafting },
    { name: 'bnc' },
    { name: 'bnc', trigger: 'grammar' },
  ],
  defenses: [{ name: 'undefended' }],
  seeds: [1],
});
