/** Ties an attack's functions to the schema of its parameters, so that the pipeline can hold any attack without knowing which. */
import type { z } from 'zod';
import type { Attack } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';

/** What an attack may leave out: most need nothing crafted. */
type Draft<Params> = Omit<Attack<Params>, 'params' | 'craft'> & Partial<Pick<Attack<Params>, 'craft'>>;

/** The functions of the result read their parameters through the schema: defaults filled in, an unknown key refused. */
export function defineAttack<Schema extends z.ZodType<Json>>(
  attack: Draft<z.output<Schema>> & { readonly params: Schema },
): Omit<Attack, 'params'> & { readonly params: Schema } {
  return {
    ...attack,
    triggerText: (params) => attack.triggerText(attack.params.parse(params)),
    craft: (params) => {
      const settled = attack.params.parse(params);
      return attack.craft?.(settled) ?? null;
    },
    inject: (program, params, context) => attack.inject(program, attack.params.parse(params), context),
  };
}
