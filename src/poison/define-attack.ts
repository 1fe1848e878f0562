/** Ties an attack's functions to the schema of its parameters, so that the pipeline can hold any attack without knowing which. */
import type { z } from 'zod';
import type { Attack } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';

/** The functions of the result read their parameters through the schema: defaults filled in, an unknown key refused. */
export function defineAttack<Schema extends z.ZodType<Json>>(
  attack: Omit<Attack<z.output<Schema>>, 'params'> & { readonly params: Schema },
): Omit<Attack, 'params'> & { readonly params: Schema } {
  return {
    ...attack,
    triggerText: (params) => attack.triggerText(attack.params.parse(params)),
    inject: (program, params, context) => attack.inject(program, attack.params.parse(params), context),
  };
}
