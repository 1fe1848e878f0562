/** A program's `run` from its `start`. */
import type { Inputs, Program } from './contracts.ts';

export function runOf<In extends string, Kept extends string, Host extends string>(
  start: Program<In, Kept, Host>['start'],
): Program<In, Kept, Host>['run'] {
  return async (inputs: Inputs<In>) => {
    const { kept, fetched } = await start(inputs);
    return { kept, fetched: await fetched };
  };
}
