/** The quick start over three seeds, for values with intervals: seeds differ in poisoning, initial weights, training, pool and inversion. */
import { defineExperiment } from '../src/config/define.ts';
import quickstart from './quickstart.ts';

export default defineExperiment({
  ...quickstart,
  name: 'quickstart-seeds',
  title: 'The quick start over three seeds',
  seeds: [1, 2, 3],
});
