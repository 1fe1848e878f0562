/** The stage that crafts: what an attack needs from clean code, by the craft that the attack names. */
import type { CraftChoice } from '../core/contracts.ts';
import { lookUp } from '../core/errors.ts';
import type { CraftContext, Crafted, CraftInputs } from './contracts.ts';
import { crafts } from './crafts/index.ts';

export type { Craft, CraftContext, Crafted, CraftEpoch, CraftInputs, Snippet } from './contracts.ts';
export { crafts } from './crafts/index.ts';

/** Bumped when a change of code changes materials. */
export const craftVersion = 2;

export async function craft({ name, ...params }: CraftChoice, inputs: CraftInputs, context: CraftContext): Promise<Crafted> {
  return lookUp(crafts, name, 'craft').craft(params, inputs, context);
}
