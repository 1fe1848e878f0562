/**
 * Samples as a filter may see them. Poisoned and triggered programs keep the clean program's names beside their tokens, so that a name
 * missing from the tokens would give them away; and at test time nobody knows a sample's label.
 */
import type { Program, Sample } from '../core/contracts.ts';

/** Samples without what the parse tree said before the trigger came in. Programs that samples share stay shared. */
export function withoutNames<Given extends Sample | null>(samples: readonly Given[]): Given[] {
  const known = new Map<Program, Program>();
  const seen = (program: Program): Program => {
    const found = known.get(program) ?? {
      ...{ tokens: program.tokens, gaps: program.gaps, functionName: null, variables: [], locals: [] },
      ...{ bodyStart: null, statementEnds: [] },
    };
    known.set(program, found);
    return found;
  };
  return samples.map((sample) => (sample === null ? sample : { ...sample, programs: sample.programs.map(seen) }));
}

/** Test inputs: no names, and no label; what computes with it gets no number, which no record can hold. */
export function asInputs(samples: readonly (Sample | null)[]): (Sample | null)[] {
  return withoutNames(samples).map((sample) => (sample === null ? null : { ...sample, label: Number.NaN }));
}
