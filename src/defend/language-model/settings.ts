/** What a defence's settings say of the language model that it asks (defenses.md 4, 9). */
import { z } from 'zod';
import type { Leaves } from '../settings-schema.ts';

const discount = (count: number): z.ZodNumber => z.number().gt(0).max(count);

export const ngramShape = {
  order: z.int().min(2).max(6).describe('tokens of the longest gram of the n-gram model'),
  fallbackDiscounts: z
    .tuple([discount(1), discount(2), discount(3)])
    .readonly()
    .nullable()
    .describe(
      'discounts for counts 1, 2 and from 3 of an order with too few grams to estimate them (KenLM has [0.5, 1, 1.5] for that); null: an error',
    ),
};

export type NgramShape = Leaves<typeof ngramShape>;

/** KenLM's order in KillBadCode, and its refusal of too little text. */
export const defaultNgram: NgramShape = { order: 4, fallbackDiscounts: null };
