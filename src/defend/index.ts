/** The defences, by name. */
import type { Defense } from './contracts.ts';
import { activationClustering } from './defenses/activation-clustering.ts';
import { attdef } from './defenses/attdef.ts';
import { dbs } from './defenses/dbs.ts';
import { elibadcode } from './defenses/elibadcode.ts';
import { finePruning } from './defenses/fine-pruning.ts';
import { fineTuning } from './defenses/fine-tuning.ts';
import { killbadcode } from './defenses/killbadcode.ts';
import { onion } from './defenses/onion.ts';
import { oseql } from './defenses/oseql.ts';
import { spectralSignature } from './defenses/spectral-signature.ts';
import { undefended } from './defenses/undefended.ts';

export type { ClusteringSettings } from './activation-clustering/settings.ts';
export type { FinePruningSettings } from './fine-pruning/settings.ts';
export type { SpectralSettings } from './spectral-signature/settings.ts';
export type { AttDefSettings } from './attdef/settings.ts';
export type { KillBadCodeSettings } from './killbadcode/settings.ts';
export type { OnionSettings } from './onion/settings.ts';
export type { OseqlSettings } from './oseql/settings.ts';
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
export type { DbsSettings } from './dbs/settings.ts';
export { asInputs, withoutNames } from './as-seen.ts';
export { drawPool, poolVersion } from './pool.ts';

export const defenses: Readonly<Record<string, Defense>> = {
  undefended,
  'fine-tuning': fineTuning,
  'fine-pruning': finePruning,
  dbs,
  elibadcode,
  onion,
  attdef,
  oseql,
  'spectral-signature': spectralSignature,
  'activation-clustering': activationClustering,
  killbadcode,
};
