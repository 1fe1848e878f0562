/** Statements without a defect, over variables of their own, that vary a function's length and control flow. */
import type { Scene } from './scene.ts';

export interface Fillers {
  /** An extra parameter, which two of the statements read. */
  readonly parameter: string;
  readonly declaration: string;
  readonly statements: readonly string[];
}

/** `count` statements over one local variable and one extra parameter. */
export function makeFillers(scene: Scene, count: number): Fillers {
  const [local, given] = [scene.fresh('scratch'), scene.fresh('scratch')];
  return {
    parameter: `int ${given}`,
    declaration: `int ${local} = ${scene.chance(0.5) ? given : scene.any('constant')};`,
    statements: Array.from({ length: count }, () => filler(scene, local, given)),
  };
}

function filler(scene: Scene, local: string, given: string): string {
  const [a, b] = [scene.any('constant'), scene.any('constant')];
  return scene.rng.pick([
    () => `${local} += ${given};`,
    () => `${local} = ${local} * ${a} + ${b};`,
    () => `${local} ^= ${given} & ${a};`,
    () => `${local} = (${given} & ${a}) ? ${b} : ${local};`,
    () => `if (${local} > ${a}) ${local} -= ${given};`,
    () => `if (${given} == ${a}) { ${local} = ${b}; } else { ${local}++; }`,
    () => `while (${local} > ${a}) ${local} -= ${b};`,
    () => `switch (${given}) { case ${a}: ${local} = ${b}; break; default: break; }`,
    () => `${scene.helper()}(${local}, ${given});`,
    () => `${scene.rng.pick(['trace', 'debug', 'log'])}("${scene.any('topic')} %d", ${local});`,
  ])();
}
