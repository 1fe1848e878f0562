/** Defects of values: uninitialised read, result used before it is checked, late test for a zero divisor. */
import { inOrder, type Recipe } from './recipe.ts';

/** An accumulator gets its initial value after its first read. */
export const uninitialisedSum: Recipe = (scene) => {
  const [sum, source, length] = [scene.fresh('sum'), scene.fresh('source'), scene.fresh('length')];
  const operator = scene.rng.pick(['+=', '^=', '|=']);
  const operand = scene.rng.pick([length, `${source}[0]`]);
  return {
    returns: 'unsigned',
    parameters: [`const char *${source}`, `int ${length}`],
    head: [`unsigned ${sum};`],
    ...inOrder(`${sum} = 0;`, `${sum} ${operator} ${operand};`),
    tail: [`return ${scene.helper()}(${source}, ${sum} + ${length});`],
  };
};

/** A structure is read before it is cleared. */
export const uninitialisedStruct: Recipe = (scene) => {
  const [object, value, struct] = [scene.fresh('pointer'), scene.fresh('sum'), scene.any('struct')];
  const read = scene.rng.pick([`${value} += ${object}.${scene.any('field')};`, `${value} = ${object}.${scene.any('field')};`]);
  return {
    returns: 'int',
    parameters: [`int ${value}`, `${struct} *${scene.fresh('array')}`],
    head: [`${struct} ${object};`],
    ...inOrder(
      scene.rng.pick([
        `memset(&${object}, 0, sizeof(${object}));`,
        `${scene.helper(scene.rng.pick(['init', 'reset', 'fill']))}(&${object});`,
      ]),
      read,
    ),
    tail: [`return ${value} + ${object}.${scene.any('field')};`],
  };
};

/** A count returned by a call is used before its error value is ruled out. */
export const uncheckedResult: Recipe = (scene) => {
  const [result, buffer, total] = [scene.fresh('result'), scene.fresh('buffer'), scene.fresh('sum')];
  const use = scene.rng.pick([`${total} += ${result};`, `${buffer}[${result}] = 0;`, `${buffer} += ${result};`]);
  return {
    returns: 'int',
    parameters: [`char *${buffer}`, `int ${total}`],
    head: [`int ${result} = ${scene.helper(scene.rng.pick(['read', 'load', 'decode']))}(${buffer}, ${total});`],
    ...inOrder(scene.guard(`${result} < 0`, `return ${scene.rng.pick([result, scene.any('failure')])};`), use),
    tail: [`return ${total};`],
  };
};

/** A divisor is compared with zero after the division. */
export const lateZeroCheck: Recipe = (scene) => {
  const [divisor, value, other] = [scene.fresh('length'), scene.fresh('sum'), scene.fresh('result')];
  return {
    returns: 'int',
    parameters: [`int ${value}`, `int ${divisor}`],
    head: [`int ${other};`],
    ...inOrder(
      scene.guard(scene.rng.pick([`${divisor} == 0`, `!${divisor}`]), `return ${scene.any('failure')};`),
      `${other} = ${value} ${scene.rng.pick(['/', '%'])} ${divisor};`,
    ),
    tail: [`return ${other} + ${value};`],
  };
};
