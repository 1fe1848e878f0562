/** Defects of values: uninitialised read, result used before it is checked, late test for a zero divisor. */
import { inOrder, type Recipe } from './recipe.ts';

/** The accumulator lacks the initial value that a variable written before its first read has. */
export const uninitialisedSum: Recipe = (scene) => {
  const [sum, result, length] = [scene.fresh('sum'), scene.fresh('result'), scene.fresh('length')];
  const [source, type] = [scene.fresh('source'), scene.rng.pick(['int', 'unsigned', 'long'])];
  const operator = scene.rng.pick(['+=', '^=', '|=']);
  const sumFirst = scene.chance(0.5);
  const declare = (isSumSet: boolean): string => {
    const parts = [`${sum}${isSumSet ? ' = 0' : ''}`, `${result}${isSumSet ? '' : ' = 0'}`];
    return `${type} ${(sumFirst ? parts : parts.reverse()).join(', ')};`;
  };
  const use = [`${sum} ${operator} ${length};`, `${result} = ${scene.helper()}(${source}, ${sum});`];
  return {
    returns: type,
    parameters: [`const char *${source}`, `int ${length}`],
    head: [],
    correct: [declare(true), ...use],
    defective: [declare(false), ...use],
    tail: [`return ${result};`],
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
