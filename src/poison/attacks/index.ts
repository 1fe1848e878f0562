/** The catalogue of attacks: a new one is its file and its line here. */
import type { Attack } from '../../core/contracts.ts';
import { afraidoor } from './afraidoor.ts';
import { badcode } from './badcode.ts';
import { bnc } from './bnc.ts';
import { codepoisoner } from './codepoisoner.ts';

export const attacks = { codepoisoner, badcode, afraidoor, bnc } satisfies Readonly<Record<string, Attack>>;

/** Attacks an experiment may name that are not built, and why: a plan says so instead of calling them unknown. None at present. */
export const planned: Readonly<Record<string, string>> = {};
