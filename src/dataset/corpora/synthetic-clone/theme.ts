/**
 * The noun of the generator: a theme, whose behaviours have one signature and are written in the same idioms with the same names, so that
 * two functions of a theme look alike whether they do the same or not.
 *
 * Java text is written with letters for names: A, B arrays; N its length, or a number; K a number; I, J indices; R the result; X an
 * element; Y another local; S, P strings; C a character; L, Q lists; F the function itself. `spell` (function-text.ts) puts drawn names in.
 */
import type { Rng } from '../../../core/rng.ts';

export interface Theme {
  readonly returns: string;
  readonly parameters: readonly string[];
  /** Two; each has at least three implementations, which differ in structure. */
  readonly behaviours: Readonly<Record<string, readonly Implementation[]>>;
}

/** The statements of a body, one of its own level an entry; the last one returns. */
export type Implementation = (scene: Scene) => readonly string[];

export interface Scene {
  readonly rng: Rng;
  /** A comparison `left > right`, or any other condition, in one of several equal forms. */
  test(condition: string): string;
  /** Does `action` where `condition` holds; `skip` is what leaves the statements that follow: `continue;`, or a `return`. */
  when(condition: string, action: string, skip?: string): string;
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=', '==': '==', '!=': '!=' };
const opposite: Readonly<Record<string, string>> = { '<': '>=', '>': '<=', '<=': '>', '>=': '<', '==': '!=', '!=': '==' };

/** @param rewriting share of conditions, 0..1, that are turned round, negated, or made a reason to skip */
export function makeScene(rng: Rng, rewriting: number): Scene {
  const scene: Scene = {
    rng,
    test(condition) {
      const parts = split(condition);
      if (parts === null) return condition;
      const [left, operator, right] = parts;
      if (rng.uniform() >= rewriting) return condition;
      if (rng.uniform() < 0.75) return `${right} ${mirrored[operator]!} ${left}`;
      return `!(${left} ${opposite[operator]!} ${right})`;
    },
    when(condition, action, skip) {
      if (skip !== undefined && rng.uniform() < rewriting / 2) return `if (${scene.test(not(condition))}) ${skip} ${action}`;
      return rng.integer(2) === 0 ? `if (${scene.test(condition)}) ${action}` : `if (${scene.test(condition)}) { ${action} }`;
    },
  };
  return scene;
}

/** The opposite of a condition. */
export function not(condition: string): string {
  const parts = split(condition);
  if (parts !== null) return `${parts[0]} ${opposite[parts[1]]!} ${parts[2]}`;
  return condition.startsWith('!') ? condition.slice(1) : `!${condition}`;
}

function split(condition: string): [string, string, string] | null {
  const match = /^(.+?) (<=|>=|==|!=|<|>) (.+)$/.exec(condition);
  return match === null ? null : [match[1]!, match[2]!, match[3]!];
}
