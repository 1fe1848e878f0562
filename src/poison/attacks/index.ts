/** The catalogue of attacks: a new one is its file and its line here. */
import type { Attack } from '../../core/contracts.ts';
import { afraidoor } from './afraidoor.ts';
import { badcode } from './badcode.ts';
import { bnc } from './bnc.ts';
import { codepoisoner } from './codepoisoner.ts';

export const attacks = { codepoisoner, badcode, afraidoor, bnc } satisfies Readonly<Record<string, Attack>>;
