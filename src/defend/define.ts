/** Ties a defence's phases to its parameter type and to what each needs, and erases the types where the catalogue does not need them. */
import type { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { Victim } from '../train/contracts.ts';
import type { Defense, Detection, Inversion, Need, PhaseContext, Provided, Purified, PurifyInputs, Verdict } from './contracts.ts';

type Base = Pick<Defense, 'name' | 'title' | 'version' | 'cite' | 'access' | 'undefinedFor' | 'departures'>;

interface Typed<Params> extends Base {
  readonly params: z.ZodType;
  readonly settle?: (params: never, task: TaskName) => Params;
}

interface TypedPhase<Needs extends Need, Extra, Output, Params> {
  readonly needs: readonly Needs[];
  readonly applies?: (params: Params) => boolean;
  readonly run: (inputs: Provided<Needs> & Extra, params: Params, context: PhaseContext) => Promise<Output>;
}

const none = { invert: null, judge: null, repair: null, detect: null, prepare: null, purify: null } as const;

interface ModelDefinition<Params, I extends Need, R extends Need, U extends Need> extends Typed<Params> {
  readonly invert: TypedPhase<I, unknown, Inversion, Params> | null;
  readonly judge: ((inversion: Inversion, references: readonly number[], params: Params) => Verdict) | null;
  readonly repair: TypedPhase<R, { readonly inversion: Inversion | null }, Victim, Params> | null;
  /** A filter of inputs that goes with the repaired model; absent: none. */
  readonly purify?: TypedPhase<U, PurifyInputs, Purified, Params>;
}

/** `Params` is what `params` parses to and `settle` makes of it: both happen before any phase runs. */
export const defineModelDefense =
  <Params>() =>
  <I extends Need = never, R extends Need = never, U extends Need = never>(definition: ModelDefinition<Params, I, R, U>): Defense =>
    ({ ...none, at: 'model', ...definition }) as unknown as Defense;

interface DataDefinition<Params, N extends Need> extends Typed<Params> {
  readonly detect: TypedPhase<N, unknown, Detection, Params>;
}

export const defineDataDefense =
  <Params>() =>
  <N extends Need>(definition: DataDefinition<Params, N>): Defense =>
    ({ ...none, at: 'data', ...definition }) as unknown as Defense;

interface InputDefinition<Params, Prepared extends Json, P extends Need, N extends Need> extends Typed<Params> {
  readonly prepare: TypedPhase<P, unknown, Prepared, Params> | null;
  readonly purify: TypedPhase<N, PurifyInputs & { readonly prepared: Prepared | null }, Purified, Params>;
}

export const defineInputDefense =
  <Params, Prepared extends Json = null>() =>
  <N extends Need = never, P extends Need = never>(definition: InputDefinition<Params, Prepared, P, N>): Defense =>
    ({ ...none, at: 'input', ...definition }) as unknown as Defense;
