/** Ties a craft's function to the schema of its parameters, so that the stage can hold any craft without knowing which. */
import type { z } from 'zod';
import type { Json } from '../core/hash.ts';
import type { Craft } from './contracts.ts';

/** The function of the result reads its parameters through the schema: defaults filled in, an unknown key refused. */
export function defineCraft<Schema extends z.ZodType<Json>>(
  craft: Omit<Craft<z.output<Schema>>, 'params'> & { readonly params: Schema },
): Omit<Craft, 'params'> & { readonly params: Schema } {
  return {
    ...craft,
    craft: (params, inputs, context) => craft.craft(craft.params.parse(params), inputs, context),
  };
}
