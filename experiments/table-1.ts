/** Table 1 (RQ1): does EliBadCode remove the backdoor, and better than the baselines? The whole grid; the plan says what is not built yet. */
import { defineExperiment } from '../src/config/define.ts';
import { attacks, corpora, defenses, models, referenceSeeds, seeds } from './axes.ts';

export default defineExperiment({
  name: 'table-1',
  title: 'Table 1: three victims, three tasks, three attacks, before and after each defence',
  corpora,
  models,
  // Clean models too: without their ASR on the same triggered samples, an ASR after a defence says little (exhibits.md C12).
  attacks: [{ name: 'none' }, ...attacks],
  defenses,
  seeds,
  calibration: { seeds: referenceSeeds },
});
