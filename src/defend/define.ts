/** Ties a defence's phases to its parameter type, and erases the type where the catalogue does not need it. */
import type { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';
import type { StageContext } from '../core/stage.ts';
import type { Engine } from '../engine/index.ts';
import type { Victim } from '../train/contracts.ts';
import type { DefenseInputs, Inversion, ModelDefense, Verdict } from './contracts.ts';

type Context = StageContext & { readonly engine: Engine };

interface Definition<Params> extends Omit<ModelDefense, 'params' | 'settle' | 'invert' | 'judge' | 'repair'> {
  readonly params: z.ZodType;
  readonly settle?: (params: never, task: TaskName) => Params;
  readonly invert: null | ((inputs: DefenseInputs, params: Params, context: Context) => Promise<Inversion>);
  readonly judge: null | ((inversion: Inversion, references: readonly number[], params: Params) => Verdict);
  readonly repair:
    null | ((inputs: DefenseInputs & { readonly inversion: Inversion | null }, params: Params, context: Context) => Promise<Victim>);
}

/** `Params` is what `params` parses to and `settle` makes of it: both happen before any phase runs. */
export function defineDefense<Params>(definition: Definition<Params>): ModelDefense {
  return definition as unknown as ModelDefense;
}
