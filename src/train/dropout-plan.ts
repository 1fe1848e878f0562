/** How much randomness one pass through a model takes. */
import { planDropout, type DropoutPlan } from '../engine/index.ts';
import type { RobertaShape } from './models/roberta.ts';
import type { RowShape } from './programs.ts';

/** Sites: embedding; attention weights and two sub-layer outputs a layer; two in the head. */
export function modelDropout(
  { layers, heads, width }: RobertaShape,
  { batch, tokens }: RowShape,
  { probability, encoder }: { readonly probability: number; readonly encoder: boolean },
): DropoutPlan {
  const largest = encoder ? Math.max(batch * heads * tokens * tokens, batch * tokens * width) : batch * width;
  return planDropout(probability, largest, 3 * layers + 3);
}
