/** The catalogue of attacks: a new one is its file and its line here. */
import type { Attack } from '../../core/contracts.ts';
import { badcode } from './badcode.ts';
import { codepoisoner } from './codepoisoner.ts';

export const attacks = { codepoisoner, badcode } satisfies Readonly<Record<string, Attack>>;

/** Attacks an experiment may name that are not built, and why: a plan says so instead of calling them unknown. */
export const planned: Readonly<Record<string, string>> = {
  afraidoor: 'its crafting model, a sequence-to-sequence LSTM trained on clean code, is not built yet',
  bnc: 'dead-code insertion is not built yet',
};
