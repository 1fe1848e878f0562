/** The defences, by name. */
import type { Defense } from './contracts.ts';
import { elibadcode } from './defenses/elibadcode.ts';
import { fineTuning } from './defenses/fine-tuning.ts';
import { undefended } from './defenses/undefended.ts';

export type {
  Defense,
  DefenseInputs,
  Detection,
  Inversion,
  InversionOption,
  Need,
  Phase,
  Purified,
  PurifiedSample,
  Resources,
  Verdict,
} from './contracts.ts';
export { drawPool, poolVersion } from './pool.ts';

export const defenses: Readonly<Record<string, Defense>> = { undefended, 'fine-tuning': fineTuning, elibadcode };

/** Named in the paper or its comparison, not there yet. */
export const planned: Readonly<Record<string, string>> = {
  dbs: 'its soft triggers come with the other baselines',
  onion: 'it needs a language model of code',
  attdef: 'its attributions come with the other baselines',
};
