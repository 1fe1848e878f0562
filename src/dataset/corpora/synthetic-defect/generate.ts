/** Puts a recipe, fillers and a head together into the C text of a function and of its defective twin. */
import type { Rng } from '../../../core/rng.ts';
import { lateIndexCheck, lateLengthCheck, offByOne } from './bounds.ts';
import { makeFillers } from './fillers.ts';
import { allocationOverflow, doubleFree, lateNullCheck, useAfterFree, wrongPointerCheck } from './memory.ts';
import type { Recipe } from './recipe.ts';
import { makeScene, type Scene } from './scene.ts';
import { lateZeroCheck, uncheckedResult, uninitialisedStruct, uninitialisedSum } from './values.ts';

/** Every kind of defect, equally frequent. */
export const recipes: Readonly<Record<string, Recipe>> = {
  'late-null-check': lateNullCheck,
  'wrong-pointer-check': wrongPointerCheck,
  'use-after-free': useAfterFree,
  'double-free': doubleFree,
  'allocation-overflow': allocationOverflow,
  'late-length-check': lateLengthCheck,
  'late-index-check': lateIndexCheck,
  'off-by-one': offByOne,
  'uninitialised-sum': uninitialisedSum,
  'uninitialised-struct': uninitialisedStruct,
  'unchecked-result': uncheckedResult,
  'late-zero-check': lateZeroCheck,
};

export interface GeneratedTwins {
  /** A key of `recipes`. */
  readonly kind: string;
  /** C text of the function without, and with, the defect. */
  readonly correct: string;
  readonly defective: string;
}

/**
 * A function and its twin: the same tokens in another order.
 * @param kinds keys of `recipes`, each as likely as the others
 */
export function generateTwins(rng: Rng, kinds: readonly string[]): GeneratedTwins {
  const kind = rng.pick(kinds);
  const scene = makeScene(rng);
  const twins = recipes[kind]!(scene);
  const fillers = makeFillers(scene, rng.integer(3));
  const parameters = placeAmong(scene, twins.parameters, fillers.parameter);
  const names = parameters.map((parameter) => /\w+$/.exec(parameter)![0]);

  // Fillers stand before the place of the defect, after it, or (rarely: the signal should stay local) inside.
  const before: string[] = [];
  const after: string[] = [];
  let inside: string | null = null;
  for (const statement of fillers.statements) {
    if (inside === null && scene.chance(0.1)) inside = statement;
    else (scene.chance(0.5) ? before : after).push(statement);
  }
  if (scene.chance(0.15)) before.unshift(recursiveCall(scene, names, parameters.indexOf(fillers.parameter), twins.returns));

  const head = `${scene.chance(0.6) ? 'static ' : ''}${twins.returns} ${scene.functionName}(${parameters.join(', ')})`;
  const insideAt = 1 + rng.integer(Math.max(1, twins.correct.length - 1));
  const render = (core: readonly string[]): string => {
    const middle = inside === null ? core : [...core.slice(0, insideAt), inside, ...core.slice(insideAt)];
    const body = [fillers.declaration, ...twins.head, ...before, ...middle, ...after, ...twins.tail];
    return `${head}\n{\n${body.map((statement) => `    ${statement}\n`).join('')}}\n`;
  };
  return { kind, correct: render(twins.correct), defective: render(twins.defective) };
}

/** `list` with `extra` at a random place. */
function placeAmong(scene: Scene, list: readonly string[], extra: string): string[] {
  const at = scene.rng.integer(list.length + 1);
  return [...list.slice(0, at), extra, ...list.slice(at)];
}

/** An early call of the function itself with a smaller filler argument, before anything is allocated or released. */
function recursiveCall(scene: Scene, names: readonly string[], smaller: number, returns: string): string {
  const limit = scene.any('constant');
  const passed = names.map((name, place) => (place === smaller ? `${name} - ${limit}` : name)).join(', ');
  const call = `${scene.functionName}(${passed});`;
  return `if (${names[smaller]!} > ${limit}) ${returns === 'void' ? `{ ${call} return; }` : `return ${call}`}`;
}
